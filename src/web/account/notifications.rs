//! Notifications, and which of them somebody wants to have where.

use std::fmt::Write;

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::web::{
    failure::{Failure, FieldError},
    parts::List,
    ui::{Answer, Ui},
};

#[derive(Deserialize)]
struct Data {
    notifications: List<Notification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    id: String,
    title: String,
    body: String,
    subject_id: String,
    created_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

#[derive(Template)]
#[template(path = "account/notifications.html")]
struct Page {
    ui: Ui,
    notifications: List<Notification>,
    unread: i64,
    only_unread: bool,
}

const NOTIFICATIONS: &str = "query($unread: Boolean!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    notifications(unreadOnly: $unread, first: $first, after: $after, last: $last, before: $before) {
        nodes { id title body subjectId createdAt readAt } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

pub async fn show(ui: Ui) -> Answer {
    let only_unread = !ui.arg("unread").is_empty();
    let mut variables = ui.paging(20);
    variables.insert("unread".into(), only_unread.into());
    let data: Data = ui.ask(NOTIFICATIONS, variables.into()).await?;
    let unread = ui.shell().unread_notifications;
    ui.page(&Page { ui: ui.clone(), notifications: data.notifications, unread, only_unread })
}

/// Marks one as read, or all.
pub async fn read(ui: Ui) -> Answer {
    let id = ui.form.get("id");
    let input = if id.is_empty() { json!({ "all": true }) } else { json!({ "ids": [id] }) };
    ui.mutate("markNotificationsRead", input, "").await?;
    ui.go("/me/notifications", id.is_empty().then_some(("flash-all-read", "")))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wishes {
    notification_preferences: Vec<Wish>,
    #[serde(default)]
    contacts: Vec<Address>,
}

/// An address of the reader's own.
#[derive(Deserialize)]
struct Address {
    channel: String,
}

#[derive(Deserialize)]
struct Wish {
    kind: String,
    channel: String,
    enabled: bool,
}

/// A kind of notification with its channels.
struct Line {
    kind: String,
    /// The name of the box and whether it is ticked.
    boxes: Vec<(String, bool)>,
}

#[derive(Template)]
#[template(path = "account/alerts.html")]
struct Alerts {
    ui: Ui,
    channels: Vec<String>,
    lines: Vec<Line>,
    /// Whether Telegram is a choice that has no address yet.
    unlinked: bool,
}

impl Wish {
    fn name(&self) -> String {
        format!("{}.{}", self.kind, self.channel)
    }
}

pub async fn wishes(ui: Ui) -> Answer {
    let document = "{ ...Shell notificationPreferences { kind channel enabled } contacts { channel } }";
    let wishes = ui.ask::<Wishes>(document, Value::Null).await?;
    let linked = wishes.contacts.iter().any(|address| address.channel == TELEGRAM);
    let (mut channels, mut lines) = (Vec::new(), Vec::<Line>::new());
    for wish in wishes.notification_preferences {
        if !channels.contains(&wish.channel) {
            channels.push(wish.channel.clone());
        }
        let ticked = if ui.form.is_sent() { ui.form.has(&wish.name()) } else { wish.enabled };
        let one = (wish.name(), ticked);
        match lines.iter_mut().find(|line| line.kind == wish.kind) {
            Some(line) => line.boxes.push(one),
            None => lines.push(Line { kind: wish.kind, boxes: vec![one] }),
        }
    }
    let unlinked = !linked && channels.iter().any(|channel| channel == TELEGRAM);
    ui.page(&Alerts { ui: ui.clone(), channels, lines, unlinked })
}

/// A channel that reaches only whoever has an address there.
const TELEGRAM: &str = "TELEGRAM";
/// The mutation that changes one wish.
const WISH: &str = "setNotificationPreference";

/// Changes what is other than before, all at once.
pub async fn choose(ui: Ui) -> Answer {
    let wishes = ui.ask::<Wishes>("{ notificationPreferences { kind channel enabled } }", Value::Null).await?.notification_preferences;
    let changed = wishes.iter().filter(|wish| ui.form.has(&wish.name()) != wish.enabled);
    let (mut heads, mut fields, mut variables) = (String::new(), String::new(), Map::new());
    for (n, wish) in changed.enumerate() {
        let _ = write!(heads, "$w{n}: SetNotificationPreferenceInput! ");
        let _ = write!(fields, "w{n}: {WISH}(input: $w{n}) {{ userErrors {{ code message path }} }} ");
        variables.insert(format!("w{n}"), json!({ "kind": wish.kind, "channel": wish.channel, "enabled": !wish.enabled }));
    }
    if !variables.is_empty() {
        let answers: Map<String, Value> = ui.ask(&format!("mutation({heads}) {{ {fields} }}"), variables.into()).await?;
        let errors = answers.values().flat_map(|answer| Vec::<FieldError>::deserialize(&answer["userErrors"]).unwrap_or_default());
        let errors: Vec<_> = errors.map(|error| FieldError { path: Vec::new(), ..error }).collect();
        if !errors.is_empty() {
            return Err(Failure::Refused(errors));
        }
    }
    ui.go("/me/alerts", Some(("flash-alerts-saved", "")))
}
