//! The Bot API, as the bot speaks it: within the limits, in parts where a text is long, and without ever showing the token.

use std::time::Duration;

use futures_util::StreamExt;
use serde::Serialize;
use serde_json::Value;
use teloxide::{
    ApiError, Bot, RequestError,
    net::{Download, default_reqwest_settings},
    payloads::{AnswerCallbackQuerySetters, EditMessageTextSetters, SendMessageSetters, SetMyCommandsSetters, SetWebhookSetters},
    requests::{JsonRequest, Output, Payload, Request, Requester},
    types::{
        AllowedUpdate, BotCommand, CallbackQueryId, ChatId, FileId, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions,
        MessageId, ParseMode, ReplyParameters,
    },
};

use crate::{Settings, limits::Limits, update::WANTED};

/// The most that one message may hold, in UTF-16 units; Telegram allows 4096.
const PART: usize = 4000;
/// How long a pause that Telegram asks for is sat out; a longer one is left to whoever tries again.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to the Bot API.
pub(crate) struct Telegram {
    bot: Bot,
    limits: Limits,
    file_bytes: u64,
}

/// Why Telegram did not do something. The texts complete "Telegram did not answer: …" and never hold the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// The chat is closed to us: blocked, deactivated, gone, or we were put out.
    #[error("the chat is closed to us: {0}")]
    Closed(String),
    /// The group lives on under another identifier.
    #[error("the group has another identifier now")]
    Moved(i64),
    /// The message is no more, or can't be changed.
    #[error("the message can't be changed")]
    Gone,
    /// It says just that already.
    #[error("nothing to change")]
    Unchanged,
    /// The tap is too old to be answered.
    #[error("the question is too old")]
    TooOld,
    /// Not now: the network, a pause that Telegram asks for, or a fault of theirs.
    #[error("not now: {why}")]
    Later { after: Option<Duration>, why: String },
    /// Another program asks for the updates of this bot.
    #[error("another program uses this bot")]
    Conflict,
    /// The token is not valid.
    #[error("the bot's token is not valid")]
    Token,
    /// The file is too large.
    #[error("the file is too large")]
    TooLarge,
    /// The file did not come whole.
    #[error("a file could not be fetched")]
    Broken,
    /// Anything else, which trying again won't change.
    #[error("refused: {0}")]
    Refused(String),
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub label: String,
    pub data: String,
}

/// A message of ours: a heading in bold, plain text, and rows of buttons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub head: String,
    pub body: String,
    pub keys: Vec<Vec<Key>>,
}

impl Page {
    pub(crate) fn text(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    pub(crate) fn key(&mut self, label: impl Into<String>, data: impl Into<String>) {
        self.keys.push(vec![Key { label: label.into(), data: data.into() }]);
    }

    /// A button beside the last one.
    pub(crate) fn beside(&mut self, label: impl Into<String>, data: impl Into<String>) {
        let key = Key { label: label.into(), data: data.into() };
        match self.keys.last_mut() {
            Some(row) if row.len() < 4 => row.push(key),
            _ => self.keys.push(vec![key]),
        }
    }

    fn markup(&self) -> InlineKeyboardMarkup {
        InlineKeyboardMarkup::new(
            self.keys
                .iter()
                .map(|row| row.iter().map(|key| InlineKeyboardButton::callback(cut(&key.label, 60), key.data.clone())).collect::<Vec<_>>()),
        )
    }

    /// The texts of the messages that it takes, as HTML.
    fn parts(&self) -> Vec<String> {
        let head = cut(&self.head, 200);
        let mut parts = split(&self.body, PART - if head.is_empty() { 0 } else { head.encode_utf16().count() + 2 });
        if parts.is_empty() {
            parts.push(String::new());
        }
        parts
            .into_iter()
            .enumerate()
            .map(|(at, part)| match (at, head.is_empty(), part.is_empty()) {
                (0, false, true) => format!("<b>{}</b>", escape(&head)),
                (0, false, false) => format!("<b>{}</b>\n\n{}", escape(&head), escape(&part)),
                _ => escape(&part),
            })
            .collect()
    }
}

impl Telegram {
    /// # Errors
    /// When the settings can't be used.
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Self> {
        let wait = Duration::from_secs(u64::from(settings.poll_seconds) + 15);
        let client = default_reqwest_settings().timeout(wait).build().map_err(|_| anyhow::anyhow!("the HTTP client could not be made"))?;
        let url = settings.api_url.parse().map_err(|_| anyhow::anyhow!("`api_url` is not an address"))?;
        Ok(Self {
            bot: Bot::with_client(settings.token.trim(), client).set_api_url(url),
            limits: Limits::new(settings.messages_per_second, settings.chat_messages_per_second),
            file_bytes: settings.file_bytes,
        })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The bot's identifier and name.
    pub(crate) async fn me(&self) -> Result<(i64, String), Failure> {
        let me = self.call(None, self.bot.get_me()).await?;
        Ok((i64::try_from(me.id.0).unwrap_or_default(), me.username.clone().unwrap_or_default()))
    }

    /// Updates from `offset` on, oldest first. Asking for `offset` confirms all before it.
    pub(crate) async fn updates(&self, offset: i64, seconds: u32) -> Result<Vec<Value>, Failure> {
        let payload = RawUpdates { offset, limit: 100, timeout: seconds, allowed_updates: &WANTED };
        self.once(JsonRequest::new(self.bot.clone(), payload)).await
    }

    /// Tells Telegram where to call, and what to say so that we know it is Telegram.
    pub(crate) async fn set_webhook(&self, url: &str, secret: &str) -> Result<(), Failure> {
        let url = url.parse().map_err(|_| Failure::Refused("`webhook_url` is not an address".into()))?;
        let request = self.bot.set_webhook(url).secret_token(secret).allowed_updates(ALLOWED);
        self.call(None, request).await.map(drop)
    }

    /// Tells Telegram to keep the updates for us to ask.
    pub(crate) async fn stop_webhook(&self) -> Result<(), Failure> {
        self.call(None, self.bot.delete_webhook()).await.map(drop)
    }

    /// The list of commands that the app shows beside the text field.
    pub(crate) async fn commands(&self, language: Option<&str>, commands: &[(&str, String)]) -> Result<(), Failure> {
        let commands = commands.iter().map(|(name, says)| BotCommand::new(*name, says.clone()));
        let mut request = self.bot.set_my_commands(commands);
        if let Some(language) = language {
            request = request.language_code(language);
        }
        self.call(None, request).await.map(drop)
    }

    /// Sends a page, in several messages where it is long; the keys stand under the last. Returns the messages' identifiers.
    pub(crate) async fn send(&self, chat: i64, page: &Page, reply_to: Option<i64>) -> Result<Vec<i64>, Failure> {
        let mut sent = Vec::new();
        self.send_rest(chat, page, reply_to, &mut sent).await?;
        Ok(sent)
    }

    /// Sends what is not sent yet of a page: of its parts, `sent` has the messages of the first ones, and of the others when they are sent.
    pub(crate) async fn send_rest(&self, chat: i64, page: &Page, reply_to: Option<i64>, sent: &mut Vec<i64>) -> Result<(), Failure> {
        let parts = page.parts();
        let last = parts.len().saturating_sub(1);
        for (at, part) in parts.into_iter().enumerate().skip(sent.len()) {
            let mut request = self.bot.send_message(ChatId(chat), part).parse_mode(ParseMode::Html).link_preview_options(NO_PREVIEW);
            if let Some(reply_to) = reply_to.filter(|_| at == 0).and_then(message_id) {
                request = request.reply_parameters(ReplyParameters::new(reply_to).allow_sending_without_reply());
            }
            if at == last && !page.keys.is_empty() {
                request = request.reply_markup(page.markup());
            }
            sent.push(i64::from(self.call(Some(chat), request).await?.id.0));
        }
        Ok(())
    }

    /// Puts a page in the place of an earlier one. What does not fit one message is cut.
    pub(crate) async fn edit(&self, chat: i64, message: i64, page: &Page) -> Result<(), Failure> {
        self.limits.wait(chat).await;
        self.edit_now(chat, message, page).await
    }

    /// As [`edit`](Self::edit), when the limits have been asked already.
    pub(crate) async fn edit_now(&self, chat: i64, message: i64, page: &Page) -> Result<(), Failure> {
        let message = message_id(message).ok_or(Failure::Gone)?;
        let mut parts = page.parts();
        let text = if parts.len() > 1 { format!("{}…", parts.swap_remove(0)) } else { parts.swap_remove(0) };
        let request = self.bot.edit_message_text(ChatId(chat), message, text).parse_mode(ParseMode::Html).link_preview_options(NO_PREVIEW);
        match self.call(None, request.reply_markup(page.markup())).await {
            Ok(_) | Err(Failure::Unchanged) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Takes a message of ours away. Where that fails it stays: nothing hangs on it.
    pub(crate) async fn delete(&self, chat: i64, message: i64) {
        let Some(message) = message_id(message) else { return };
        if let Err(failure) = self.call(None, self.bot.delete_message(ChatId(chat), message)).await {
            tracing::debug!(%failure, "a message could not be taken away");
        }
    }

    /// Answers a tap; with `alert` in a window that must be closed.
    pub(crate) async fn answer(&self, tap: &str, text: &str, alert: bool) -> Result<(), Failure> {
        let mut request = self.bot.answer_callback_query(CallbackQueryId(tap.to_owned())).show_alert(alert);
        if !text.is_empty() {
            request = request.text(cut(text, 190));
        }
        match self.call(None, request).await {
            // Who tapped is not waiting any more.
            Ok(_) | Err(Failure::TooOld) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// The content of a file.
    pub(crate) async fn download(&self, file: &str) -> Result<Vec<u8>, Failure> {
        let meta = self.call(None, self.bot.get_file(FileId(file.to_owned()))).await?;
        if u64::from(meta.size) > self.file_bytes {
            return Err(Failure::TooLarge);
        }
        let mut content = Vec::new();
        let mut stream = std::pin::pin!(self.bot.download_file_stream(&meta.path));
        while let Some(chunk) = stream.next().await {
            // The error names the address with the token. One file that never comes must not keep all others waiting.
            let chunk = chunk.map_err(|error| match error.status() {
                Some(status) if status.is_client_error() => Failure::Refused(format!("a file could not be fetched: {status}")),
                _ => Failure::Broken,
            })?;
            if content.len() as u64 + chunk.len() as u64 > self.file_bytes {
                return Err(Failure::TooLarge);
            }
            content.extend_from_slice(&chunk);
        }
        Ok(content)
    }

    /// Sends a request within the limits and sits out the pauses that Telegram asks for.
    async fn call<R>(&self, chat: Option<i64>, request: R) -> Result<Output<R>, Failure>
    where
        R: Request<Err = RequestError>,
    {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(chat) = chat {
                self.limits.wait(chat).await;
            }
            match request.send_ref().await {
                Err(RequestError::RetryAfter(seconds)) if waited + seconds.duration() <= PATIENCE => {
                    tracing::info!(seconds = seconds.seconds(), "Telegram asks for a pause");
                    waited += seconds.duration();
                    tokio::time::sleep(seconds.duration()).await;
                }
                outcome => return outcome.map_err(|error| self.failure(error)),
            }
        }
    }

    async fn once<R>(&self, request: R) -> Result<Output<R>, Failure>
    where
        R: Request<Err = RequestError>,
    {
        request.send().await.map_err(|error| self.failure(error))
    }

    fn failure(&self, error: RequestError) -> Failure {
        match error {
            RequestError::RetryAfter(seconds) => Failure::Later { after: Some(seconds.duration()), why: "a pause is asked for".into() },
            RequestError::MigrateToChatId(chat) => Failure::Moved(chat.0),
            RequestError::Network(_) | RequestError::InvalidJson { .. } | RequestError::Io(_) => {
                // The error's own text may name the address with the token in it.
                Failure::Later { after: None, why: "the Bot API could not be reached".into() }
            }
            RequestError::Api(error) => self.refusal(error),
        }
    }

    fn refusal(&self, error: ApiError) -> Failure {
        match error {
            ApiError::BotBlocked
            | ApiError::ChatNotFound
            | ApiError::UserNotFound
            | ApiError::UserDeactivated
            | ApiError::GroupDeactivated
            | ApiError::BotKicked
            | ApiError::BotKickedFromSupergroup
            | ApiError::BotKickedFromChannel
            | ApiError::CantInitiateConversation
            | ApiError::CantTalkWithBots => Failure::Closed(error.to_string()),
            ApiError::MessageNotModified => Failure::Unchanged,
            ApiError::MessageToEditNotFound | ApiError::MessageCantBeEdited | ApiError::MessageIdInvalid => Failure::Gone,
            ApiError::InvalidQueryId => Failure::TooOld,
            ApiError::TerminatedByOtherGetUpdates | ApiError::CantGetUpdates => Failure::Conflict,
            ApiError::InvalidToken => Failure::Token,
            ApiError::Unknown(text) if text.contains("file is too big") => Failure::TooLarge,
            // Forbidden in words that are not known yet.
            ApiError::Unknown(text) if text.starts_with("Forbidden") => Failure::Closed(self.mask(&text)),
            ApiError::Unknown(text) if text.starts_with("Internal") || text.starts_with("Bad Gateway") => {
                Failure::Later { after: None, why: self.mask(&text) }
            }
            error => Failure::Refused(self.mask(&error.to_string())),
        }
    }

    fn mask(&self, text: &str) -> String {
        cut(&text.replace(self.bot.token(), "…"), 300)
    }
}

/// The same as [`WANTED`].
const ALLOWED: [AllowedUpdate; 4] =
    [AllowedUpdate::Message, AllowedUpdate::EditedMessage, AllowedUpdate::CallbackQuery, AllowedUpdate::MyChatMember];

const NO_PREVIEW: LinkPreviewOptions =
    LinkPreviewOptions { is_disabled: true, url: None, prefer_small_media: false, prefer_large_media: false, show_above_text: false };

fn message_id(id: i64) -> Option<MessageId> {
    i32::try_from(id).ok().map(MessageId)
}

/// `getUpdates` with each update left as it came: teloxide's own types drop a message that has a field of an unknown form.
#[derive(Clone, Serialize)]
struct RawUpdates {
    offset: i64,
    limit: u8,
    timeout: u32,
    allowed_updates: &'static [&'static str],
}

impl Payload for RawUpdates {
    type Output = Vec<Value>;

    const NAME: &'static str = "GetUpdates";
}

/// Text as HTML that shows just that.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// At most `length` characters, with a mark where some are left out.
pub(crate) fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let mut shown: String = text.chars().take(length.saturating_sub(1)).collect();
    shown.push('…');
    shown
}

/// Text in parts of at most `length` UTF-16 units, cut at the end of a line or word where there is one.
fn split(text: &str, length: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let mut units = 0;
        let end = rest.char_indices().find(|(_, c)| {
            units += c.len_utf16();
            units > length
        });
        let Some((end, _)) = end else {
            parts.push(rest.to_owned());
            break;
        };
        let window = rest.get(..end).unwrap_or(rest);
        let at = window.rfind('\n').or_else(|| window.rfind(' ')).filter(|at| *at > end / 2).unwrap_or(end);
        let (part, after) = rest.split_at(at);
        parts.push(part.trim_end().to_owned());
        rest = after.trim_start();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_come_in_parts_that_fit() {
        let text = "Слово за словом 👷\n".repeat(2000);
        let page = Page { head: "Заголовок <b>".into(), body: text.clone(), keys: Vec::new() };
        let parts = page.parts();
        assert!(parts.len() > 1);
        for part in &parts {
            let shown = part.replace("<b>", "").replace("</b>", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            assert!(shown.encode_utf16().count() <= 4096, "{}", shown.encode_utf16().count());
        }
        assert!(parts[0].starts_with("<b>Заголовок &lt;b&gt;</b>\n\n"));
        assert_eq!(parts.concat().matches("👷").count(), 2000);
        assert_eq!(split(&"я".repeat(9000), 4000).len(), 3);
    }

    #[test]
    fn markup_of_others_is_only_text() {
        assert_eq!(Page::text("<a href=\"x\">&</a>").parts(), ["&lt;a href=\"x\"&gt;&amp;&lt;/a&gt;"]);
    }

    #[test]
    fn the_token_is_never_shown() {
        let settings = Settings { token: "12345:SECRETSECRET".into(), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("SECRET"));
        let telegram = Telegram::new(&settings).expect("made");
        let refused = telegram.refusal(ApiError::Unknown("wrong: /bot12345:SECRETSECRET/x".into()));
        assert!(!refused.to_string().contains("SECRET"), "{refused}");
    }
}
