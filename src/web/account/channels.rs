//! The addresses on channels that belong to somebody: what they write from there is theirs, and answers find them there.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::web::{
    conversation::channel_icon,
    failure::Failure,
    qr::Qr,
    ui::{Answer, Ui},
};

const CONTACTS: &str = "{ ...Shell me { email confirmed } contacts { id channel address name linkedAt } }";

#[derive(Deserialize)]
struct Data {
    me: Option<Mail>,
    contacts: Vec<Contact>,
}

#[derive(Deserialize)]
struct Mail {
    email: Option<String>,
    confirmed: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contact {
    id: String,
    channel: String,
    address: String,
    name: Option<String>,
    linked_at: DateTime<Utc>,
}

impl Contact {
    fn icon(&self) -> &'static str {
        channel_icon(&self.channel)
    }

    /// What its owner knows it by.
    fn title(&self) -> &str {
        self.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.address)
    }
}

/// The way to take an address for one's own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    code: String,
    /// None as long as no bot has said what it is called.
    url: Option<String>,
    expires_at: DateTime<Utc>,
}

impl Link {
    /// What the bot is called, as people look for it.
    fn bot(&self) -> Option<String> {
        let (_, path) = self.url.as_deref()?.split_once("://t.me/")?;
        path.split(['?', '/']).next().filter(|name| !name.is_empty()).map(|name| format!("@{name}"))
    }
}

#[derive(Template)]
#[template(path = "account/channels.html")]
struct Page {
    ui: Ui,
    me: Mail,
    contacts: Vec<Contact>,
    link: Option<Link>,
    qr: Option<Qr>,
}

impl Page {
    /// The mailbox that takes mails; empty where there is none.
    fn inbox(&self) -> &str {
        &self.ui.app().config.mail.reply_to
    }

    fn has_telegram(&self) -> bool {
        self.contacts.iter().any(|contact| contact.channel == "TELEGRAM")
    }
}

async fn page(ui: Ui, link: Option<Link>) -> Answer {
    let data: Data = ui.ask(CONTACTS, Value::Null).await?;
    let me = data.me.ok_or(Failure::LogIn)?;
    let qr = link.as_ref().and_then(|link| Qr::of(link.url.as_deref()?, ui.t("channels-qr")));
    ui.page(&Page { me, contacts: data.contacts, link, qr, ui: ui.clone() })
}

pub async fn show(ui: Ui) -> Answer {
    page(ui, None).await
}

/// The link is shown in the answer itself, like any secret: it is kept nowhere, not even for the time of a redirect.
pub async fn link(ui: Ui) -> Answer {
    match ui.mutate("createContactLink", json!({ "channel": "TELEGRAM" }), "link { code url expiresAt }").await {
        Ok(mut payload) => {
            let link = Link::deserialize(payload["link"].take());
            page(ui.clone(), Some(link.map_err(|error| Failure::of(anyhow::Error::from(error).into(), ui.locale()))?)).await
        }
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

pub async fn remove(ui: Ui) -> Answer {
    match ui.mutate("removeContact", json!({ "contactId": ui.form.get("contactId") }), "").await {
        Ok(_) => ui.go("/me/channels", Some(("flash-contact-removed", ""))),
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}
