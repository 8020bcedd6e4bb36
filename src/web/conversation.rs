//! What the pages of a ticket show of a message beside its words: which way it came, what was quoted, what to know before
//! believing it, its files, and what became of an answer.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::ui::Ui;

/// The fields of a [`Message`].
pub const MESSAGE: &str = "fragment Message on Article {
    direction channel quotation edited flags refusedFiles { name reason } deliveries { channel state at error }
    attachments { name url size contentType quarantined pending }
}";

/// What belongs to a message beside its words.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Whose it is: of the citizen (`IN`), of the platform (`OUT`), or for experts only (`NOTE`).
    pub direction: String,
    channel: String,
    quotation: String,
    edited: bool,
    /// For experts; none for others.
    flags: Vec<String>,
    refused_files: Vec<RefusedFile>,
    /// For the ticket's author and experts; none for others.
    deliveries: Vec<Delivery>,
    attachments: Vec<File>,
}

#[derive(Debug, Clone, Deserialize)]
struct RefusedFile {
    name: String,
    reason: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Delivery {
    channel: String,
    state: String,
    at: Option<DateTime<Utc>>,
    /// Why it failed, for experts.
    error: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    name: String,
    url: String,
    size: i64,
    content_type: String,
    quarantined: bool,
    /// The scanner has yet to look at it.
    pending: bool,
}

impl Message {
    /// The picture of the channel.
    fn icon(&self) -> &'static str {
        channel_icon(&self.channel)
    }
}

impl File {
    /// Why it is only named; none where it can be opened.
    fn held(&self) -> Option<&'static str> {
        match (self.quarantined, self.pending) {
            (true, _) => Some("message-quarantined"),
            (false, true) => Some("message-pending"),
            (false, false) => None,
        }
    }

    /// Whether a browser can show it beside the text and is not kept waiting long.
    fn is_picture(&self) -> bool {
        self.size < 4_000_000 && ["image/jpeg", "image/png", "image/webp", "image/gif"].contains(&self.content_type.as_str())
    }
}

impl Delivery {
    fn icon(&self) -> &'static str {
        match self.state.as_str() {
            "SENT" => "check",
            "WAITING" => "clock",
            _ => "warn",
        }
    }

    /// What became of it, in words: the reader who is told why knows what to do with it, an author is told what it means for them.
    fn words(&self, ui: &Ui) -> String {
        match &self.error {
            Some(error) => {
                let key = if self.state == "FAILED" { "delivery-failed-why" } else { "delivery-delayed-why" };
                ui.ts(key, &[("channel", ui.named("delivery-by", &self.channel).into()), ("error", error.into())])
            }
            None => ui.t(&format!("delivery-{}-{}", lower(&self.state), lower(&self.channel))),
        }
    }
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// The picture of a channel, in our sprite.
pub fn channel_icon(channel: &str) -> &'static str {
    match channel {
        "EMAIL" => "mail",
        "TELEGRAM" => "plane",
        "PHONE" => "phone",
        "API" => "settings",
        _ => "globe",
    }
}

/// Which way a message came, and whether it is a later wording.
#[derive(Template)]
#[template(path = "tickets/origin.html")]
pub struct Origin<'a> {
    ui: Ui,
    message: &'a Message,
}

impl askama::filters::HtmlSafe for Origin<'_> {}

/// What experts should know before they believe or answer a message.
#[derive(Template)]
#[template(path = "tickets/flags.html")]
pub struct Flags<'a> {
    ui: Ui,
    message: &'a Message,
}

impl askama::filters::HtmlSafe for Flags<'_> {}

/// What stands below a message: the quotation, files, what became of an answer.
#[derive(Template)]
#[template(path = "tickets/rest.html")]
pub struct Rest<'a> {
    ui: Ui,
    message: &'a Message,
    /// Of the ticket's link, for somebody without an account.
    secret: &'a str,
    /// Whether pictures are shown, not only named.
    pictures: bool,
}

impl askama::filters::HtmlSafe for Rest<'_> {}

impl Rest<'_> {
    /// Where to get a file, also for somebody without an account.
    fn href(&self, file: &File) -> String {
        let path = local(&file.url, "/files/");
        if self.secret.is_empty() {
            return path.to_owned();
        }
        format!("{path}?{}", serde_urlencoded::to_string([("secret", self.secret)]).unwrap_or_default())
    }
}

/// The path of an address of ours, which the API gives whole.
pub fn local<'a>(url: &'a str, start: &str) -> &'a str {
    url.find(start).map_or(url, |at| &url[at..])
}

impl Ui {
    /// Which way a message came.
    pub fn origin<'a>(&self, message: &'a Message) -> Origin<'a> {
        Origin { ui: self.clone(), message }
    }

    /// What to know before believing a message.
    pub fn flags<'a>(&self, message: &'a Message) -> Flags<'a> {
        Flags { ui: self.clone(), message }
    }

    /// What stands below a message.
    pub fn rest<'a>(&self, message: &'a Message, secret: &'a str, pictures: bool) -> Rest<'a> {
        Rest { ui: self.clone(), message, secret, pictures }
    }
}
