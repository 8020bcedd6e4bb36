//! Channels: what the bots say of themselves, what could not be delivered, what could not be read.

use std::fmt::Write;

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::web::{
    conversation::{channel_icon, local},
    failure::{Failure, FieldError},
    parts::List,
    ui::{Answer, Ui},
};

const CHANNELS: &str = "{
    ...Shell
    channels { channel name state detail received ignored since reportedAt alive }
    channelSettings { name value }
    waitingDeliveries
    failedDeliveries(first: 1) { totalCount }
    unreadableMessages(first: 1) { totalCount }
}";

const FAILED: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    waitingDeliveries
    unreadableMessages(first: 1) { totalCount }
    failedDeliveries(first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { id channel kind attempts error createdAt failedAt subjectId ticketNumber }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

const UNREADABLE: &str = "query($unseen: Boolean!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    failedDeliveries(first: 1) { totalCount }
    fresh: unreadableMessages(first: 1) { totalCount }
    unreadableMessages(unseenOnly: $unseen, first: $first, after: $after, last: $last, before: $before) {
        nodes { id channel externalId reason size receivedAt seenAt url }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

/// What a bot last said of itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    channel: String,
    /// Which mailbox, which bot.
    name: String,
    state: String,
    detail: String,
    received: i64,
    ignored: i64,
    since: DateTime<Utc>,
    reported_at: DateTime<Utc>,
    alive: bool,
}

impl Report {
    fn icon(&self) -> &'static str {
        channel_icon(&self.channel)
    }

    fn is_well(&self) -> bool {
        self.alive && self.state == "OK"
    }

    /// How it fares: the end of the words' key.
    fn condition(&self) -> &'static str {
        match (self.alive, self.is_well()) {
            (false, _) => "silent",
            (true, true) => "well",
            (true, false) => "failing",
        }
    }

    /// The sign beside the words.
    fn sign(&self) -> &'static str {
        match self.condition() {
            "well" => "check",
            "silent" => "clock",
            _ => "warn",
        }
    }

    fn tone(&self) -> &'static str {
        match self.condition() {
            "well" => "good",
            "silent" => "gold",
            _ => "bad",
        }
    }

    /// What to do about it.
    fn advice(&self, ui: &Ui) -> String {
        if self.alive { ui.named("admin-channel-advice", &self.channel) } else { ui.t("admin-channel-advice-silent") }
    }
}

/// A setting, by its name in the file.
#[derive(Deserialize)]
struct Setting {
    name: String,
    value: Option<String>,
}

impl Setting {
    /// What it is for.
    fn label(&self, ui: &Ui) -> String {
        ui.t(&self.key())
    }

    fn icon(&self) -> &'static str {
        if self.value.is_some() { "check" } else { "cross" }
    }

    fn key(&self) -> String {
        format!("channel-setting-{}", self.name.replace(['.', '_'], "-"))
    }

    /// What it is set to, or what follows where it is not.
    fn words(&self, ui: &Ui) -> String {
        match self.value.as_deref() {
            None => ui.t(&format!("{}-off", self.key())),
            Some("***") => ui.t("channel-setting-secret"),
            Some(value) => value.to_owned(),
        }
    }
}

/// A notification that could not be delivered.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    id: String,
    channel: String,
    kind: String,
    attempts: i64,
    error: Option<String>,
    created_at: DateTime<Utc>,
    failed_at: Option<DateTime<Utc>>,
    subject_id: String,
    ticket_number: Option<String>,
}

/// A message that could not be read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unreadable {
    id: String,
    channel: String,
    external_id: String,
    reason: String,
    size: i64,
    received_at: DateTime<Utc>,
    seen_at: Option<DateTime<Utc>>,
    url: String,
}

impl Unreadable {
    fn href(&self) -> &str {
        local(&self.url, "/admin/")
    }
}

/// How many there are of what the pages list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    total_count: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Overview {
    channels: Vec<Report>,
    channel_settings: Vec<Setting>,
    waiting_deliveries: i64,
    failed_deliveries: Total,
    unreadable_messages: Total,
}

#[derive(Template)]
#[template(path = "admin/channels.html")]
struct Page {
    ui: Ui,
    reports: Vec<Report>,
    settings: Vec<Setting>,
    waiting: i64,
    failed_count: i64,
    fresh: i64,
}

pub async fn show(ui: Ui) -> Answer {
    let data: Overview = ui.ask(CHANNELS, Value::Null).await?;
    let (failed_count, fresh) = (data.failed_deliveries.total_count, data.unreadable_messages.total_count);
    let (reports, settings, waiting) = (data.channels, data.channel_settings, data.waiting_deliveries);
    ui.page(&Page { reports, settings, waiting, failed_count, fresh, ui: ui.clone() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FailedData {
    waiting_deliveries: i64,
    unreadable_messages: Total,
    failed_deliveries: List<Failed>,
}

#[derive(Template)]
#[template(path = "admin/failed.html")]
struct FailedPage {
    ui: Ui,
    failed: List<Failed>,
    waiting: i64,
    failed_count: i64,
    fresh: i64,
}

pub async fn failed(ui: Ui) -> Answer {
    let data: FailedData = ui.ask(FAILED, ui.paging(50).into()).await?;
    let (waiting, fresh, failed_count) =
        (data.waiting_deliveries, data.unreadable_messages.total_count, data.failed_deliveries.total_count);
    ui.page(&FailedPage { failed: data.failed_deliveries, waiting, failed_count, fresh, ui: ui.clone() })
}

/// Tries those that are ticked again, or all that are shown.
pub async fn retry(ui: Ui) -> Answer {
    match each(&ui, "retryDelivery", "RetryDeliveryInput").await {
        Ok(()) => ui.go("/admin/channels/failed", Some(("flash-deliveries-retried", ""))),
        Err(Failure::Refused(errors)) => failed(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnreadableData {
    failed_deliveries: Total,
    fresh: Total,
    unreadable_messages: List<Unreadable>,
}

#[derive(Template)]
#[template(path = "admin/unreadable.html")]
struct UnreadablePage {
    ui: Ui,
    messages: List<Unreadable>,
    failed_count: i64,
    fresh: i64,
    /// Whether those are shown too that somebody has seen.
    all: bool,
}

impl UnreadablePage {
    /// Whether any that is shown can still be marked.
    fn has_fresh(&self) -> bool {
        self.messages.nodes.iter().any(|message| message.seen_at.is_none())
    }
}

pub async fn unreadable(ui: Ui) -> Answer {
    let all = !ui.arg("all").is_empty();
    let mut variables = ui.paging(50);
    variables.insert("unseen".into(), (!all).into());
    let data: UnreadableData = ui.ask(UNREADABLE, variables.into()).await?;
    let (failed_count, fresh) = (data.failed_deliveries.total_count, data.fresh.total_count);
    ui.page(&UnreadablePage { messages: data.unreadable_messages, failed_count, fresh, all, ui: ui.clone() })
}

/// Marks those that are ticked as seen, or all that are shown.
pub async fn seen(ui: Ui) -> Answer {
    match each(&ui, "markUnreadableSeen", "MarkUnreadableSeenInput").await {
        Ok(()) => ui.go("/admin/channels/unreadable", Some(("flash-unreadable-seen", ""))),
        Err(Failure::Refused(errors)) => unreadable(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

/// Does the same with everything that is ticked (or shown, by the other button), in one request without a key, as what it does may be done
/// twice. What was refused stands above the page.
async fn each(ui: &Ui, mutation: &str, input: &str) -> Result<(), Failure> {
    let mut ids = ui.form.all(if ui.form.has("all") { "shown" } else { "ids" });
    ids.retain(|id| !id.is_empty());
    if ids.is_empty() {
        return Err(Failure::Refused(vec![FieldError::new("ids", ui.t("admin-none-ticked"))]));
    }
    let (mut heads, mut fields, mut variables) = (String::new(), String::new(), Map::new());
    for (n, id) in ids.iter().enumerate().take(100) {
        let _ = write!(heads, "$i{n}: {input}! ");
        let _ = write!(fields, "m{n}: {mutation}(input: $i{n}) {{ userErrors {{ code message path }} }} ");
        variables.insert(format!("i{n}"), json!({ "id": id }));
    }
    let answers: Map<String, Value> = ui.ask(&format!("mutation({heads}) {{ {fields} }}"), variables.into()).await?;
    let errors = answers.values().flat_map(|answer| Vec::<FieldError>::deserialize(&answer["userErrors"]).unwrap_or_default());
    let errors: Vec<_> = errors.map(|error| FieldError { path: vec!["ids".to_owned()], ..error }).collect();
    if errors.is_empty() { Ok(()) } else { Err(Failure::Refused(errors)) }
}
