//! Messages that bots carry, what comes back, and deliveries that are tried again.

use async_graphql::Enum;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Channel, Deliver, DeliveryState, sql};
use crate::{
    app::App,
    audit,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    i18n::{self, Locale},
    identity::{Act, Viewer},
    jobs::{self, Spec},
    live::{self, Event},
    validate::{self, Validate},
};

/// Times that a message is taken in hand before it has failed.
const ATTEMPTS: i32 = 12;
/// Seconds after which a message is tried again where the channel names none: after the first try; twice as many after each further.
const PAUSE: i32 = 30;
/// Seconds between two tries at the most.
const LONGEST_PAUSE: i32 = 6 * 3600;
/// Characters that are kept of what a channel says.
const DETAIL: usize = 500;

/// What became of a message that a bot had in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "OutgoingOutcome")]
pub enum Outcome {
    /// The channel took it.
    Sent,
    /// Not now; it is tried again later.
    Retry,
    /// It will never arrive: the chat is closed, the address is gone.
    Failed,
}

/// A message that a bot has in hand, with the address that it goes to.
pub struct Claimed {
    /// What it says, about what, to whom.
    pub row: sql::Outgoing,
    /// The address on the channel.
    pub address: String,
}

/// Only what a bot carries; the service itself sends mail.
fn check_carried(channel: Channel) -> Result<(), Refusal> {
    if channel.by_bot() { Ok(()) } else { Err(Refusal::new(ErrorCode::NotAllowed, "channel")) }
}

/// Takes up to `first` waiting messages of a channel in hand for so many seconds: nobody else gets them meanwhile. Whatever became of one
/// is told by [`settle`]; a message of which nothing is told is handed out again.
///
/// # Errors
/// `NOT_ALLOWED` for a channel that no bot carries; `OUT_OF_RANGE`.
pub async fn claim(app: &App, viewer: &Viewer, channel: Channel, first: i32, lease_seconds: i32) -> Result<Vec<Claimed>> {
    viewer.may(Act::Converse)?;
    let mut v = Validate::new();
    v.keep(check_carried(channel));
    v.range("first", first.into(), 1..=100);
    v.range("leaseSeconds", lease_seconds.into(), 10..=3600);
    v.finish()?;
    let mut tx = app.begin().await?;
    let mut claimed = Vec::new();
    for row in sql::claim(&mut tx, channel, first.into(), lease_seconds, ATTEMPTS).await? {
        match (row.contact, &row.address) {
            (Some(contact), Some(sealed)) => claimed.push(Claimed { address: app.keys.open(contact, sealed)?, row }),
            _ => give_up(&mut tx, row.id, row.subject_type, row.subject_id, super::jobs::NO_ADDRESS).await?,
        }
    }
    tx.commit().await?;
    Ok(claimed)
}

/// Marks a delivery as failed, and lets the page of its ticket show it.
pub(super) async fn give_up(tx: &mut PgConnection, id: Uuid, kind: Kind, subject: Uuid, error: &str) -> Result<()> {
    sql::failed(tx, id, error).await?;
    if kind == Kind::Ticket {
        live::tell(tx, &Event::Ticket { ticket: subject }).await?;
    }
    Ok(())
}

/// Notes what became of a message that was claimed. Saying it twice does no harm; what was settled stays so.
///
/// # Errors
/// `NOT_FOUND`; `OUT_OF_RANGE`; refusals of the texts.
pub async fn settle(
    app: &App,
    viewer: &Viewer,
    id: Uuid,
    outcome: Outcome,
    external_id: Option<&str>,
    error: Option<&str>,
    retry_after: Option<i32>,
) -> Result<()> {
    viewer.may(Act::Converse)?;
    let mut v = Validate::new();
    let external_id = external_id.map(|id| v.line("externalId", id, 1..=500));
    v.range("retryAfterSeconds", retry_after.unwrap_or(0).into(), 0..=86_400);
    v.finish()?;
    let error = detail(error.unwrap_or_default());
    let mut tx = app.begin().await?;
    let row = sql::lock(&mut tx, id).await?.filter(|row| row.channel.by_bot());
    let row = row.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "id"))?;
    if row.state == DeliveryState::Waiting {
        match outcome {
            Outcome::Sent => sql::sent(&mut tx, id, external_id.as_deref()).await?,
            Outcome::Retry if row.attempts < ATTEMPTS => {
                let doubled = PAUSE.saturating_mul(1 << row.attempts.clamp(1, 12).saturating_sub(1));
                let seconds = retry_after.unwrap_or(doubled).clamp(1, LONGEST_PAUSE.max(retry_after.unwrap_or(0)));
                sql::put_off(&mut tx, id, &error, seconds).await?;
            }
            Outcome::Retry | Outcome::Failed => give_up(&mut tx, id, row.subject_type, row.subject_id, &error).await?,
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Notes that something of ours came back, or what a channel says of it later. False when it is nothing of ours.
///
/// # Errors
/// `NOT_ALLOWED` for what never leaves the service; refusals of the texts.
pub async fn bounced(app: &App, viewer: &Viewer, channel: Channel, external_id: &str, permanent: bool, text: &str) -> Result<bool> {
    viewer.may(Act::Intake)?;
    let mut v = Validate::new();
    if channel == Channel::InApp {
        v.refuse(Refusal::new(ErrorCode::NotAllowed, "channel"));
    }
    let external_id = v.line("externalId", external_id, 1..=500);
    v.finish()?;
    let external_id = external_id.trim_start_matches('<').trim_end_matches('>');
    let text = detail(text);
    let mut tx = app.begin().await?;
    let id = (channel == Channel::Email).then(|| delivery_of(external_id)).flatten();
    let Some(row) = sql::find_sent(&mut tx, channel, external_id, id).await? else {
        tx.commit().await?;
        return Ok(false);
    };
    // What stands there of an earlier failure says more than that it came back once again.
    if row.state != DeliveryState::Failed {
        if permanent {
            give_up(&mut tx, row.id, row.subject_type, row.subject_id, &text).await?;
        } else {
            sql::note(&mut tx, row.id, &text).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// The delivery that the envelope's sender names (`bounce+ID`, with or without the host), or the Message-ID of a mail of ours.
fn delivery_of(external_id: &str) -> Option<Uuid> {
    let local = external_id.split_once('@').map_or(external_id, |(local, _)| local);
    let tag = local.split_once('+').map_or(local, |(_, tag)| tag);
    Uuid::try_parse(tag).ok()
}

/// What a channel or a mail server says, cut short and without addresses: it is shown to experts.
fn detail(text: &str) -> String {
    let text = validate::salvage(text, DETAIL);
    let words: Vec<&str> = text.split_whitespace().map(|word| if word.contains('@') { "…" } else { word }).collect();
    if words.is_empty() { "no-reason".to_owned() } else { words.join(" ") }
}

/// Why a delivery did not arrive, in a language: our own reasons are kept by their names, what a channel said as it said it.
pub fn why(locale: Locale, error: &str) -> String {
    match error {
        "no-address" | "bad-address" | "no-reason" | "no-bot" | "waited" | "forgotten" | "unreachable" => {
            i18n::text(locale, &format!("delivery-why-{error}"), &[])
        }
        _ => match error.split_once('-') {
            Some((what @ ("refused" | "busy"), code)) if code.bytes().all(|b| b.is_ascii_digit()) => {
                i18n::text(locale, &format!("delivery-why-{what}"), &[("code", code.to_owned().into())])
            }
            _ => error.to_owned(),
        },
    }
}

/// Gives a failed delivery a fresh start.
///
/// # Errors
/// `NOT_FOUND`; `WRONG_STATE` for one that has not failed.
pub async fn retry(app: &App, viewer: &Viewer, id: Uuid) -> Result<sql::Delivery> {
    let me = viewer.may(Act::Administer)?;
    let mut tx = app.begin().await?;
    let row = sql::lock(&mut tx, id).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "id"))?;
    if row.state != DeliveryState::Failed {
        return Err(Refusal::new(ErrorCode::WrongState, "id").with("state", row.state.name()).into());
    }
    sql::revive(&mut tx, id).await?;
    audit::record(&mut tx, audit::Entry::new("delivery.retried", Some(me), Kind::Delivery, id)).await?;
    dispatch(&mut tx, &[(id, row.channel)]).await?;
    if row.subject_type == Kind::Ticket {
        live::tell(&mut tx, &Event::Ticket { ticket: row.subject_id }).await?;
    }
    let row = sql::lock(&mut tx, id).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound, "id"))?;
    tx.commit().await?;
    Ok(row)
}

/// Sets deliveries on their way: a job for each mail, a word to the bots of the other channels.
pub(super) async fn dispatch(tx: &mut PgConnection, made: &[sql::Made]) -> Result<()> {
    let of = |channel: Channel| made.iter().filter(move |(_, c)| *c == channel).map(|(id, _)| *id);
    if let [(id, Channel::Email)] = made {
        let key = Some(format!("deliver:{id}"));
        jobs::enqueue(tx, &Deliver { delivery: *id }, &Spec { key, ..Spec::default() }).await?;
    } else {
        let mails: Vec<Deliver> = of(Channel::Email).map(|delivery| Deliver { delivery }).collect();
        jobs::enqueue_all(tx, &mails).await?;
    }
    for channel in Channel::ALL.into_iter().filter(|channel| channel.by_bot()) {
        if of(channel).next().is_some() {
            live::tell(tx, &Event::Outgoing { channel }).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_known_by_the_envelope_or_the_message_id() {
        let id = Uuid::from_u128(0x1234);
        for text in [id.to_string(), format!("{id}@veche.example"), format!("bounce+{}", id.simple()), format!("b+{id}@x.example")] {
            assert_eq!(delivery_of(&text), Some(id), "{text}");
        }
        for text in ["", "bounce+", "bounce+x@y", "@", "1@mail.example"] {
            assert_eq!(delivery_of(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_server_says_is_kept_without_addresses() {
        assert_eq!(detail("550 5.1.1 <anna@example.org>: no such\r\nuser"), "550 5.1.1 … no such user");
        assert_eq!(detail(" \n"), "no-reason");
        assert!(detail(&"x ".repeat(10_000)).len() <= DETAIL);
    }
}
