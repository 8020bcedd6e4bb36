//! A Bot API: an update is handed out again until a later offset confirms it.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

use crate::http::{Request, Response, Server, serve};

pub const TOKEN: &str = "4242:SECRET-SECRET-SECRET-SECRET";
pub const BOT: i64 = 4242;

/// A message that the bot sent, as it stands now.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    pub id: i64,
    pub chat: i64,
    pub text: String,
    pub reply_to: Option<i64>,
    /// Labels and data.
    pub buttons: Vec<(String, String)>,
}

#[derive(Debug, Default)]
pub struct State {
    pub updates: VecDeque<(i64, Value)>,
    pub last_update: i64,
    pub last_message: i64,
    /// Updates below this are confirmed.
    pub offset: i64,
    /// How often each update was handed out.
    pub handed_out: BTreeMap<i64, usize>,
    pub sent: Vec<Sent>,
    /// What went on, one line each.
    pub talk: Vec<String>,
    pub blocked: HashSet<i64>,
    /// How many times a method is still refused with 429.
    pub floods: HashMap<String, (usize, u64)>,
    /// After so many more messages, one is refused with 429 and this many seconds.
    pub flood_after: Option<(usize, u64)>,
    /// A message is taken, and its answer takes this long.
    pub slow: Duration,
    pub files: HashMap<String, Vec<u8>>,
    /// Files that are known and given out with this status.
    pub lost: HashMap<String, u16>,
    /// Messages that were deleted in the app.
    pub deleted: HashSet<i64>,
    pub calls: Vec<(String, Instant, Value)>,
}

#[derive(Debug)]
pub struct Telegram {
    state: Mutex<State>,
    changed: Notify,
    server: Mutex<Option<Server>>,
}

impl Telegram {
    pub async fn start() -> Arc<Self> {
        let telegram = Arc::new(Self {
            state: Mutex::new(State { last_update: 100, last_message: 10, ..State::default() }),
            changed: Notify::new(),
            server: Mutex::new(None),
        });
        let server = serve(telegram.clone(), answer).await;
        *telegram.server.lock().unwrap() = Some(server);
        telegram
    }

    pub fn address(&self) -> String {
        self.server.lock().unwrap().as_ref().unwrap().address.clone()
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The number for the next message.
    pub fn next_message(&self) -> i64 {
        let mut state = self.state();
        state.last_message += 1;
        state.last_message
    }

    /// Puts an update into the queue and returns its number.
    pub fn push(&self, mut update: Value) -> i64 {
        let mut state = self.state();
        state.last_update += 1;
        let id = state.last_update;
        update["update_id"] = id.into();
        state.updates.push_back((id, update));
        drop(state);
        self.changed.notify_waiters();
        id
    }

    /// Waits until something is so.
    pub async fn until(&self, what: &str, so: impl Fn(&State) -> bool) {
        let waited = timeout(Duration::from_secs(20), async {
            loop {
                let changed = self.changed.notified();
                if so(&self.state()) {
                    return;
                }
                // A change between the look and the wait is seen at the latest a moment later.
                let _ = timeout(Duration::from_millis(50), changed).await;
            }
        });
        if waited.await.is_err() {
            panic!("in vain: {what}; so far: {:#?}", self.state().talk);
        }
    }

    /// Waits until an update is confirmed.
    pub async fn confirmed(&self, update: i64) {
        self.until(&format!("update {update} confirmed"), |state| state.offset > update).await;
    }

    /// The last message of ours to a chat.
    pub fn last(&self, chat: i64) -> Sent {
        self.state().sent.iter().rev().find(|sent| sent.chat == chat).cloned().unwrap()
    }

    /// The newest message with a button of this label: the message and the button's data.
    pub fn button(&self, chat: i64, label: &str) -> (i64, String) {
        let state = self.state();
        let found = state.sent.iter().rev().filter(|sent| sent.chat == chat).find_map(|sent| {
            let button = sent.buttons.iter().find(|(known, _)| known.contains(label))?;
            Some((sent.id, button.1.clone()))
        });
        found.unwrap_or_else(|| panic!("no button {label}; so far: {:#?}", state.talk))
    }
}

fn ok(result: Value) -> Response {
    (200, json!({"ok": true, "result": result}).to_string().into_bytes())
}

fn refused(code: u16, description: &str) -> Response {
    (code, json!({"ok": false, "error_code": code, "description": description}).to_string().into_bytes())
}

/// The fields of a form (`multipart/form-data`), which calls that may carry files are sent as.
fn form(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let fields = text.split("name=\"").skip(1).filter_map(|part| {
        let (name, rest) = part.split_once('"')?;
        let value = rest.split_once("\r\n\r\n")?.1.split("\r\n--").next()?;
        Some((name.to_owned(), Value::from(value)))
    });
    Value::Object(fields.collect())
}

async fn answer(telegram: Arc<Telegram>, request: Request) -> Response {
    if let Some(file) = request.path.strip_prefix(&format!("/file/bot{TOKEN}/")) {
        let state = telegram.state();
        if let Some(status) = state.lost.get(file) {
            return (*status, Vec::new());
        }
        return state.files.get(file).map_or_else(|| (404, Vec::new()), |content| (200, content.clone()));
    }
    let Some(method) = request.path.strip_prefix(&format!("/bot{TOKEN}/")) else { return refused(401, "Unauthorized") };
    let method = method.to_ascii_lowercase();
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_else(|_| form(&request.body));
    {
        let mut state = telegram.state();
        if method != "getupdates" {
            state.calls.push((method.clone(), Instant::now(), body.clone()));
        }
        if let Some((left, seconds)) = state.floods.get_mut(&method)
            && *left > 0
        {
            *left -= 1;
            let parameters = json!({"retry_after": *seconds});
            let refusal = json!({"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": parameters});
            return (429, refusal.to_string().into_bytes());
        }
    }
    let chat = body["chat_id"].as_i64().unwrap_or_default();
    let answered = match method.as_str() {
        "getme" => ok(json!({"id": BOT, "is_bot": true, "first_name": "Veche", "username": "veche_bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "can_connect_to_business": false, "has_main_web_app": false})),
        "getupdates" => return updates(&telegram, &body).await,
        "sendmessage" => {
            let mut state = telegram.state();
            if state.blocked.contains(&chat) {
                return refused(403, "Forbidden: bot was blocked by the user");
            }
            let text = body["text"].as_str().unwrap_or_default().to_owned();
            if shown(&text).encode_utf16().count() > 4096 {
                return refused(400, "Bad Request: message is too long");
            }
            match state.flood_after.take() {
                Some((0, seconds)) => {
                    let parameters = json!({"retry_after": seconds});
                    let refusal = json!({"ok": false, "error_code": 429, "description": "Too Many Requests", "parameters": parameters});
                    return (429, refusal.to_string().into_bytes());
                }
                Some((left, seconds)) => state.flood_after = Some((left - 1, seconds)),
                None => {}
            }
            state.last_message += 1;
            let id = state.last_message;
            let reply_to = body["reply_parameters"]["message_id"].as_i64();
            let sent = Sent { id, chat, text: shown(&text), reply_to, buttons: buttons(&body) };
            let line = line(&sent, "<");
            state.talk.push(line);
            state.sent.push(sent);
            ok(message(id, chat, &text))
        }
        "editmessagetext" => {
            let mut state = telegram.state();
            let id = body["message_id"].as_i64().unwrap_or_default();
            if state.deleted.contains(&id) {
                return refused(400, "Bad Request: message to edit not found");
            }
            let text = body["text"].as_str().unwrap_or_default().to_owned();
            let Some(sent) = state.sent.iter_mut().find(|sent| sent.id == id) else {
                return refused(400, "Bad Request: message to edit not found");
            };
            if sent.text == shown(&text) && sent.buttons == buttons(&body) {
                return refused(
                    400,
                    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
                );
            }
            sent.text = shown(&text);
            sent.buttons = buttons(&body);
            let line = line(sent, "~");
            state.talk.push(line);
            ok(message(id, chat, &text))
        }
        "deletemessage" => {
            let mut state = telegram.state();
            let id = body["message_id"].as_i64().unwrap_or_default();
            state.deleted.insert(id);
            if let Some(sent) = state.sent.iter_mut().find(|sent| sent.id == id) {
                sent.buttons.clear();
            }
            state.talk.push(format!("x {id}"));
            ok(true.into())
        }
        "answercallbackquery" => {
            if let Some(text) = body["text"].as_str() {
                let mark = if body["show_alert"] == true { "!!" } else { "!" };
                telegram.state().talk.push(format!("{mark} {text}"));
            }
            ok(true.into())
        }
        "getfile" => {
            let id = body["file_id"].as_str().unwrap_or_default();
            match telegram.state().files.get(id) {
                Some(content) => ok(json!({"file_id": id, "file_unique_id": id, "file_size": content.len(), "file_path": id})),
                None => refused(400, "Bad Request: wrong file id"),
            }
        }
        _ => ok(true.into()),
    };
    telegram.changed.notify_waiters();
    if method == "sendmessage" {
        let slow = telegram.state().slow;
        tokio::time::sleep(slow).await;
    }
    answered
}

async fn updates(telegram: &Telegram, body: &Value) -> Response {
    let offset = body["offset"].as_i64().unwrap_or_default();
    let wait = Duration::from_secs(body["timeout"].as_u64().unwrap_or_default());
    let deadline = Instant::now() + wait;
    loop {
        let changed = telegram.changed.notified();
        {
            let mut state = telegram.state();
            if offset > state.offset {
                state.offset = offset;
                telegram.changed.notify_waiters();
            }
            state.updates.retain(|(id, _)| *id >= offset);
            let next: Vec<(i64, Value)> = state.updates.iter().take(100).cloned().collect();
            if !next.is_empty() || Instant::now() >= deadline {
                for (id, _) in &next {
                    *state.handed_out.entry(*id).or_default() += 1;
                }
                return ok(next.into_iter().map(|(_, update)| update).collect());
            }
        }
        let _ = timeout(Duration::from_millis(20), changed).await;
    }
}

fn message(id: i64, chat: i64, text: &str) -> Value {
    json!({"message_id": id, "date": 1_790_000_000, "chat": {"id": chat, "type": "private", "first_name": "Анна"}, "text": text})
}

fn buttons(body: &Value) -> Vec<(String, String)> {
    let rows = body["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
    let text = |button: &Value, key: &str| button[key].as_str().unwrap_or_default().to_owned();
    let buttons = rows.iter().flat_map(|row| row.as_array().cloned().unwrap_or_default());
    let buttons: Vec<_> = buttons.map(|button| (text(&button, "text"), text(&button, "callback_data"))).collect();
    assert!(buttons.iter().all(|(_, data)| (1..=64).contains(&data.len())), "{buttons:?}");
    buttons
}

/// What HTML shows.
fn shown(html: &str) -> String {
    html.replace("<b>", "*").replace("</b>", "*").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn line(sent: &Sent, mark: &str) -> String {
    let reply = sent.reply_to.map(|to| format!(" (to {to})")).unwrap_or_default();
    let buttons: String = sent.buttons.iter().map(|(label, _)| format!("\n    [{label}]")).collect();
    format!("{mark} {}{reply}: {}{buttons}", sent.id, sent.text.replace('\n', "\n    "))
}
