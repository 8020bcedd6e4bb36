//! Who hears of what, and where: every event of the log makes at most one delivery to one person on one channel.

mod dkim;
pub mod graphql;
mod jobs;
mod kinds;
mod letter;
mod mailer;
mod outgoing;
mod sql;
mod unsubscribe;

use sqlx::PgConnection;
use uuid::Uuid;

use jobs::link;
pub use jobs::{Announce, Deliver, sweep};
pub use kinds::{Channel, Data, DeliveryState, NotificationKind, render};
pub use letter::Letter;
pub use mailer::{Mail, Mailer, Undeliverable, host};
pub use outgoing::{Claimed, Outcome, bounced, claim, retry, settle, why};
pub use unsubscribe::{Subscription, unsubscribe, unsubscribe_token, unsubscription};

use crate::{
    app::App,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    identity::{Act, Viewer},
    limits::Operation,
};

/// Tells those whom an event of the log concerns, once the transaction has committed.
///
/// # Errors
/// The database failed.
pub async fn announce(tx: &mut PgConnection, event: i64) -> Result<()> {
    crate::jobs::enqueue(tx, &Announce { event }, &crate::jobs::Spec::default()).await
}

/// Tells somebody of what was found for them: an event of the log that concerns nobody else.
///
/// # Errors
/// The database failed.
pub async fn tell(tx: &mut PgConnection, event: i64, kind: NotificationKind, to: Uuid, subject: (Kind, Uuid), data: &Data) -> Result<()> {
    let made = sql::deliver_to(tx, event, kind, to, subject, data).await?;
    outgoing::dispatch(tx, &made).await
}

/// Lets somebody hear of a thing from now on. Doing it twice does no harm. Whether they may see it must have been asked before.
///
/// # Errors
/// The database failed.
pub async fn follow(tx: &mut PgConnection, participant: Uuid, kind: Kind, id: Uuid) -> Result<()> {
    Ok(sql::follow(tx, participant, kind, id).await?)
}

/// Ends [`follow`]. Doing it twice does no harm.
///
/// # Errors
/// The database failed.
pub async fn unfollow(tx: &mut PgConnection, participant: Uuid, kind: Kind, id: Uuid) -> Result<()> {
    Ok(sql::unfollow(tx, participant, kind, id).await?)
}

/// Puts the present title of a thing into the notifications about it.
///
/// # Errors
/// The database failed.
pub async fn retitle(tx: &mut PgConnection, kind: Kind, id: Uuid, title: &str) -> Result<()> {
    Ok(sql::retitle(tx, kind, id, title).await?)
}

/// What can be followed.
pub const FOLLOWABLE: [Kind; 6] = [Kind::Initiative, Kind::Ticket, Kind::Cluster, Kind::Department, Kind::Topic, Kind::WorkingGroup];

/// Follows a thing that the viewer may see.
///
/// # Errors
/// `NOT_FOUND`, also for what is not theirs to see.
pub async fn start_following(app: &App, viewer: &Viewer, kind: Kind, id: Uuid) -> Result<()> {
    let me = viewer.may(Act::Follow)?;
    viewer.limit(app, Operation::Write)?;
    match kind {
        Kind::Initiative => crate::initiatives::visible(app, viewer, id).await.map(|_| ())?,
        Kind::Ticket => crate::feedback::ticket_visible(app, viewer, id).await?,
        _ if sql::exists(&app.db, kind, id).await? => (),
        _ => return Err(Refusal::new(ErrorCode::NotFound, "subjectId").into()),
    }
    let mut tx = app.begin().await?;
    follow(&mut tx, me, kind, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends following, also of what the viewer may not see any more.
///
/// # Errors
/// The database failed.
pub async fn stop_following(app: &App, viewer: &Viewer, kind: Kind, id: Uuid) -> Result<()> {
    let me = viewer.may(Act::Follow)?;
    viewer.limit(app, Operation::Write)?;
    let mut tx = app.begin().await?;
    unfollow(&mut tx, me, kind, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Marks notifications of the viewer as read, all of them where no keys are given; the number of unread ones that are left.
///
/// # Errors
/// `WRONG_COUNT` for more than 100 keys. Keys of others' notifications do nothing.
pub async fn mark_read(app: &App, viewer: &Viewer, ids: Option<&[Uuid]>) -> Result<i64> {
    let me = viewer.may(Act::Follow)?;
    viewer.limit(app, Operation::Write)?;
    if ids.is_some_and(|ids| ids.is_empty() || ids.len() > 100) {
        return Err(Refusal::new(ErrorCode::WrongCount, "ids").with("min", 1).with("max", 100).into());
    }
    let mut tx = app.begin().await?;
    sql::mark_read(&mut tx, me, ids).await?;
    tx.commit().await?;
    Ok(sql::count(&app.db, me, true).await?)
}

/// Chooses whether a kind of notification comes on a channel.
///
/// # Errors
/// `NOT_ALLOWED` for what nobody chooses; the database failed.
pub async fn set_preference(app: &App, viewer: &Viewer, kind: NotificationKind, channel: Channel, enabled: bool) -> Result<()> {
    let me = viewer.may(Act::Follow)?;
    viewer.limit(app, Operation::Write)?;
    if !kind.is_chosen() {
        return Err(Refusal::new(ErrorCode::NotAllowed, "kind").into());
    }
    let mut tx = app.begin().await?;
    sql::set_preference(&mut tx, me, kind, channel, enabled).await?;
    tx.commit().await?;
    Ok(())
}

/// For every kind and channel, whether it comes: what the viewer chose, or the default.
///
/// # Errors
/// The database failed.
pub async fn preferences(app: &App, viewer: &Viewer) -> Result<Vec<(NotificationKind, Channel, bool)>> {
    let me = viewer.may(Act::ReadOwn)?;
    let chosen = sql::preferences(&app.db, me).await?;
    let all = NotificationKind::ALL.iter().filter(|kind| kind.is_chosen()).flat_map(|kind| Channel::ALL.map(|channel| (*kind, channel)));
    Ok(all
        .map(|(kind, channel)| {
            let own = chosen.iter().find(|(k, c, _)| *k == kind && *c == channel).map(|(.., enabled)| *enabled);
            (kind, channel, own.unwrap_or(channel == Channel::InApp || kind.by_email()))
        })
        .collect())
}
