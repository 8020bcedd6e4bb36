//! What Telegram sends, read leniently: a field that a newer Bot API changed must not cost a person their message.

use serde_json::Value;

/// One update.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    /// Its number; numbers grow.
    pub id: i64,
    /// What it brings.
    pub kind: Kind,
    /// As it came.
    pub raw: Value,
}

/// What an update brings.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A new message in a private chat or a group.
    Message(Box<Message>),
    /// Another wording of an earlier message.
    Edited(Box<Message>),
    /// A button was tapped.
    Tap(Tap),
    /// The bot was let in or shut out.
    Membership { chat: i64, private: bool, allowed: bool },
    /// Nothing for us; says what.
    Other(String),
}

/// Who wrote.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct User {
    pub id: i64,
    pub name: String,
    pub language: String,
    pub bot: bool,
}

/// The kind of a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChatKind {
    Private,
    Group,
    Channel,
}

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub id: i64,
    pub chat: i64,
    pub chat_kind: ChatKind,
    pub from: Option<User>,
    /// The text or the caption.
    pub text: String,
    /// The command that it begins with, without the slash, and to which bot it is addressed.
    pub command: Option<(String, Option<String>)>,
    /// Names of the accounts that it mentions, without the `@`.
    pub mentions: Vec<String>,
    pub files: Vec<File>,
    /// Latitude, longitude and, for a venue, its name and address.
    pub place: Option<(f64, f64, String)>,
    /// The album that it is part of.
    pub album: Option<String>,
    /// The message that it replies to, and the author's id.
    pub reply: Option<(i64, i64)>,
    /// From whom it was forwarded.
    pub forwarded: Option<String>,
    pub edited_at: i64,
    /// The name of what is in it besides, where we can't read that.
    pub other: Option<String>,
    /// The group's new identifier.
    pub migrated_to: Option<i64>,
}

/// A file in a message.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct File {
    pub id: String,
    pub name: String,
    pub content_type: String,
    pub size: u64,
}

/// A tapped button.
#[derive(Debug, Clone)]
pub(crate) struct Tap {
    pub id: String,
    pub from: User,
    pub chat: i64,
    pub private: bool,
    pub message: i64,
    pub data: String,
}

/// What we ask Telegram for.
pub(crate) const WANTED: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

impl Update {
    /// Reads an update. Never fails: what can't be read is [`Kind::Other`].
    pub(crate) fn read(raw: Value) -> Self {
        let id = raw.get("update_id").and_then(Value::as_i64).unwrap_or_default();
        Self { id, kind: Kind::read(&raw), raw }
    }

    /// The chat whose updates must be handled one after another.
    pub(crate) fn chat(&self) -> i64 {
        match &self.kind {
            Kind::Message(message) | Kind::Edited(message) => message.chat,
            Kind::Tap(tap) => tap.chat,
            Kind::Membership { chat, .. } => *chat,
            Kind::Other(_) => 0,
        }
    }
}

impl Kind {
    fn read(raw: &Value) -> Self {
        if let Some(message) = raw.get("message") {
            return Message::read(message)
                .map_or_else(|| Self::Other("unreadable message".into()), |message| Self::Message(Box::new(message)));
        }
        if let Some(message) = raw.get("edited_message") {
            return Message::read(message).map_or_else(|| Self::Other("unreadable edit".into()), |message| Self::Edited(Box::new(message)));
        }
        if let Some(query) = raw.get("callback_query") {
            return Tap::read(query).map_or_else(|| Self::Other("unreadable tap".into()), Self::Tap);
        }
        if let Some(change) = raw.get("my_chat_member") {
            let chat = change.get("chat").unwrap_or(&Value::Null);
            let status = text(change.get("new_chat_member").unwrap_or(&Value::Null), "status");
            return match number(chat, "id") {
                Some(id) => Self::Membership {
                    chat: id,
                    private: text(chat, "type") == "private",
                    allowed: !matches!(status.as_str(), "kicked" | "left"),
                },
                None => Self::Other("unreadable membership".into()),
            };
        }
        let name = raw.as_object().and_then(|fields| fields.keys().find(|key| *key != "update_id"));
        Self::Other(name.map_or_else(|| "nothing".to_owned(), |name| name.chars().take(40).collect()))
    }
}

impl Message {
    fn read(raw: &Value) -> Option<Self> {
        let id = number(raw, "message_id")?;
        let chat = raw.get("chat")?;
        let chat_kind = match chat.get("type").and_then(Value::as_str)? {
            "private" => ChatKind::Private,
            "channel" => ChatKind::Channel,
            _ => ChatKind::Group,
        };
        let (words, entities) = if raw.get("text").is_some() { ("text", "entities") } else { ("caption", "caption_entities") };
        let words = text(raw, words);
        let (command, mentions) = read_entities(&words, raw.get(entities));
        let files = read_files(raw, id);
        let place = read_place(raw);
        let other = (words.is_empty() && files.is_empty() && place.is_none()).then(|| what_else(raw));
        Some(Self {
            id,
            chat: number(chat, "id")?,
            chat_kind,
            from: raw.get("from").and_then(User::read),
            text: words,
            command,
            mentions,
            files,
            place,
            album: raw.get("media_group_id").and_then(Value::as_str).map(str::to_owned),
            reply: raw.get("reply_to_message").and_then(|reply| {
                let author = reply.get("from").and_then(|from| number(from, "id")).unwrap_or_default();
                Some((number(reply, "message_id")?, author))
            }),
            forwarded: read_origin(raw),
            edited_at: number(raw, "edit_date").unwrap_or_default(),
            other,
            migrated_to: number(raw, "migrate_to_chat_id"),
        })
    }
}

impl User {
    fn read(raw: &Value) -> Option<Self> {
        let name = format!("{} {}", text(raw, "first_name"), text(raw, "last_name"));
        Some(Self {
            id: number(raw, "id")?,
            name: name.trim().to_owned(),
            language: text(raw, "language_code"),
            bot: raw.get("is_bot").and_then(Value::as_bool).unwrap_or_default(),
        })
    }
}

impl Tap {
    fn read(raw: &Value) -> Option<Self> {
        let message = raw.get("message");
        let chat = message.and_then(|message| message.get("chat"));
        let from = raw.get("from").and_then(User::read)?;
        Some(Self {
            id: raw.get("id").and_then(Value::as_str)?.to_owned(),
            // A tap on a message sent by way of another chat: the person's own chat with us is the one to answer in.
            chat: chat.and_then(|chat| number(chat, "id")).unwrap_or(from.id),
            private: chat.is_some_and(|chat| text(chat, "type") == "private"),
            message: message.and_then(|message| number(message, "message_id")).unwrap_or_default(),
            data: text(raw, "data"),
            from,
        })
    }
}

fn number(value: &Value, key: &str) -> Option<i64> {
    value.get(key)?.as_i64()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The command at the beginning and the accounts that are mentioned. Telegram counts in UTF-16.
fn read_entities(words: &str, entities: Option<&Value>) -> (Option<(String, Option<String>)>, Vec<String>) {
    let units: Vec<u16> = words.encode_utf16().collect();
    let (mut command, mut mentions) = (None, Vec::new());
    for entity in entities.and_then(Value::as_array).into_iter().flatten().take(200) {
        let at = |key| entity.get(key).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
        let (Some(offset), Some(length)) = (at("offset"), at("length")) else { continue };
        let Some(part) = units.get(offset..offset.saturating_add(length)) else { continue };
        let part = String::from_utf16_lossy(part);
        match entity.get("type").and_then(Value::as_str) {
            Some("bot_command") if offset == 0 => {
                let (name, bot) = part.split_once('@').map_or((part.as_str(), None), |(name, bot)| (name, Some(bot.to_owned())));
                command = Some((name.trim_start_matches('/').to_lowercase(), bot));
            }
            Some("mention") => mentions.push(part.trim_start_matches('@').to_owned()),
            _ => {}
        }
    }
    (command, mentions)
}

fn read_files(raw: &Value, message: i64) -> Vec<File> {
    let file = |value: &Value, name: String, content_type: &str| {
        Some(File {
            id: value.get("file_id")?.as_str()?.to_owned(),
            name: value.get("file_name").and_then(Value::as_str).map_or(name, |name| name.chars().take(200).collect()),
            content_type: value.get("mime_type").and_then(Value::as_str).unwrap_or(content_type).to_owned(),
            size: value.get("file_size").and_then(Value::as_u64).unwrap_or_default(),
        })
    };
    // The sizes of one photo: the largest is last.
    if let Some(photo) = raw.get("photo").and_then(Value::as_array).and_then(|sizes| sizes.last()) {
        return file(photo, format!("photo-{message}.jpg"), "image/jpeg").into_iter().collect();
    }
    // An animation comes with a copy of itself as a document.
    for (key, name, content_type) in [
        ("animation", format!("animation-{message}.mp4"), "video/mp4"),
        ("voice", format!("voice-{message}.ogg"), "audio/ogg"),
        ("audio", format!("audio-{message}.mp3"), "audio/mpeg"),
        ("video", format!("video-{message}.mp4"), "video/mp4"),
        ("video_note", format!("video-{message}.mp4"), "video/mp4"),
        ("document", format!("file-{message}"), "application/octet-stream"),
    ] {
        if let Some(value) = raw.get(key) {
            return file(value, name, content_type).into_iter().collect();
        }
    }
    Vec::new()
}

fn read_place(raw: &Value) -> Option<(f64, f64, String)> {
    let venue = raw.get("venue");
    let location = venue.and_then(|venue| venue.get("location")).or_else(|| raw.get("location"))?;
    let name = venue.map(|venue| format!("{}, {}", text(venue, "title"), text(venue, "address"))).unwrap_or_default();
    Some((location.get("latitude")?.as_f64()?, location.get("longitude")?.as_f64()?, name.trim_matches([',', ' ']).to_owned()))
}

fn read_origin(raw: &Value) -> Option<String> {
    let origin = raw.get("forward_origin").or_else(|| raw.get("forward_from")).or_else(|| raw.get("forward_from_chat"))?;
    let person = |value: &Value| User::read(value).map(|user| user.name);
    let name = origin
        .get("sender_user")
        .and_then(person)
        .or_else(|| origin.get("sender_user_name").and_then(Value::as_str).map(str::to_owned))
        .or_else(|| origin.get("sender_chat").or_else(|| origin.get("chat")).map(|chat| text(chat, "title")))
        .or_else(|| person(origin))
        .unwrap_or_default();
    Some(name.chars().take(100).collect())
}

/// The name of what a message holds that we can't read, or of the event that it tells.
fn what_else(raw: &Value) -> String {
    const COMMON: [&str; 11] = [
        "message_id",
        "from",
        "chat",
        "date",
        "sender_chat",
        "message_thread_id",
        "is_topic_message",
        "reply_to_message",
        "reply_markup",
        "via_bot",
        "has_protected_content",
    ];
    let fields = raw.as_object();
    let find = |wanted: &dyn Fn(&str) -> bool| fields.and_then(|fields| fields.keys().find(|key| wanted(key)));
    let name = find(&|key| SENT_THINGS.contains(&key)).or_else(|| find(&|key| !COMMON.contains(&key)));
    name.map_or_else(|| "nothing".to_owned(), |name| name.chars().take(40).collect())
}

/// Things that people send on purpose and that we can't read; everything else of that kind is an event.
pub(crate) const SENT_THINGS: [&str; 9] =
    ["sticker", "contact", "poll", "dice", "game", "story", "checklist", "paid_media", "rich_message"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_entity_costs_nothing() {
        let update = Update::read(json!({"update_id": 7, "message": {
            "message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "from": {"id": 5, "first_name": "Ан", "is_bot": false},
            "text": "👋 @veche_bot яма", "entities": [{"type": "hologram", "offset": 0, "length": 2}, {"type": "mention", "offset": 3, "length": 10}],
            "from_the_future": {"x": 1}}}));
        let Kind::Message(message) = update.kind else { panic!("no message") };
        assert_eq!(
            (update.id, message.text.as_str(), message.mentions.as_slice()),
            (7, "👋 @veche_bot яма", ["veche_bot".to_owned()].as_slice())
        );
    }

    #[test]
    fn nothing_makes_it_fall() {
        for raw in [
            json!(null),
            json!({"update_id": "x", "message": []}),
            json!({"message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "text": "/x", "entities": [{"type": "bot_command", "offset": 1e19, "length": -1}]}}),
            json!({"callback_query": {"id": 4}}),
            json!({"my_chat_member": {}}),
        ] {
            Update::read(raw);
        }
    }

    #[test]
    fn a_command_may_name_its_bot() {
        let (command, _) = read_entities("/start@Veche_bot x", Some(&json!([{"type": "bot_command", "offset": 0, "length": 16}])));
        assert_eq!(command, Some(("start".into(), Some("Veche_bot".into()))));
    }
}
