//! Who hears of what, and where: every event of the log makes at most one delivery to one person on one channel.

pub mod graphql;
mod jobs;
mod mailer;
mod sql;

use async_graphql::Enum;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

pub use jobs::{Announce, Deliver, host};
pub use mailer::{Mail, Mailer, Undeliverable};

use crate::{
    app::App,
    error::{ErrorCode, Refusal, Result},
    gid::Kind,
    i18n::{self, Locale},
    identity::{Act, Viewer},
    limits::Operation,
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What a notification is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
        #[sqlx(type_name = "text", rename_all = "kebab-case")]
        pub enum NotificationKind { $($(#[$doc])* $variant,)* }

        impl NotificationKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in the database and in the keys of its texts.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// An initiative waits for a department's review.
    InitiativeSubmitted = "initiative-submitted",
    /// An initiative came back from the review, to be changed.
    InitiativeReturned = "initiative-returned",
    /// An initiative was rejected.
    InitiativeRejected = "initiative-rejected",
    /// Voting on an initiative began.
    InitiativePublished = "initiative-published",
    /// An initiative found the support it needs.
    InitiativeAccepted = "initiative-accepted",
    /// Voting ended without the support that was needed.
    InitiativeNotSupported = "initiative-not-supported",
    /// The department answered an initiative.
    InitiativeAnswered = "initiative-answered",
    /// Work on an initiative began.
    InitiativeInImplementation = "initiative-in-implementation",
    /// A milestone of an initiative is done.
    InitiativeMilestoneDone = "initiative-milestone-done",
    /// An initiative is done.
    InitiativeImplemented = "initiative-implemented",
    /// The author took an initiative back.
    InitiativeWithdrawn = "initiative-withdrawn",
    /// Somebody is asked to be a co-author.
    InitiativeCoauthorsInvited = "initiative-coauthors-invited",
    /// Somebody answered a comment, or commented on what one wrote.
    CommentAdded = "comment-added",
    /// A comment mentions one.
    Mentioned = "mentioned",
    /// A ticket was answered.
    TicketAnswered = "ticket-answered",
    /// A ticket was rejected.
    TicketRejected = "ticket-rejected",
    /// A ticket was merged into another.
    TicketMerged = "ticket-merged",
    /// A ticket was opened again.
    TicketReopened = "ticket-reopened",
    /// A ticket came to one's working group.
    TicketRouted = "ticket-routed",
    /// A ticket in one's working group, or on the triage desk, tells of danger to life or health.
    TicketDanger = "ticket-danger",
    /// People write about a matter of one's working group, or of the triage desk, far more than usual.
    ClusterBurst = "cluster-burst",
}

impl NotificationKind {
    /// The kind that an action of the log is told as; `None` for one that nobody is told of.
    fn of(action: &str) -> Option<Self> {
        let name = action.replace(['.', '_'], "-");
        Self::ALL.iter().copied().find(|kind| kind.name() == name && *kind != Self::Mentioned)
    }

    /// Whether it goes by e-mail to who has not chosen: daily work does not.
    pub const fn by_email(self) -> bool {
        !matches!(self, Self::InitiativeSubmitted | Self::TicketRouted)
    }
}

/// Where a notification reaches a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "NotificationChannel")]
pub enum Channel {
    /// In the list of notifications.
    InApp,
    /// By mail, to a confirmed address.
    Email,
}

impl Channel {
    /// Both.
    pub const ALL: [Self; 2] = [Self::InApp, Self::Email];
}

/// What stands in a notification's text, as it was when it happened. What does not apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    /// Title of the initiative, subject of the ticket, name of the cluster.
    pub title: String,
    /// Number of the ticket.
    pub number: String,
    /// The public reason.
    pub reason: String,
    /// The answer, the comment, the milestone; of a merged ticket the number of the other, of a burst how many wrote in a day.
    pub text: String,
    /// Name of who did it.
    pub actor: String,
}

/// Subject and body of a notification in a language.
pub fn render(locale: Locale, kind: NotificationKind, data: &Data) -> (String, String) {
    let part = |part: &str| {
        let args = [
            ("title", data.title.clone().into()),
            ("number", data.number.clone().into()),
            ("reason", data.reason.clone().into()),
            ("text", data.text.clone().into()),
            ("actor", data.actor.clone().into()),
        ];
        i18n::text(locale, &format!("notify-{}-{part}", kind.name()), &args)
    };
    (part("subject").trim().to_owned(), part("body").trim().to_owned())
}

/// Tells those whom an event of the log concerns, once the transaction has committed.
///
/// # Errors
/// The database failed.
pub async fn announce(tx: &mut PgConnection, event: i64) -> Result<()> {
    crate::jobs::enqueue(tx, &Announce { event }, &crate::jobs::Spec::default()).await
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
/// The database failed.
pub async fn set_preference(app: &App, viewer: &Viewer, kind: NotificationKind, channel: Channel, enabled: bool) -> Result<()> {
    let me = viewer.may(Act::Follow)?;
    viewer.limit(app, Operation::Write)?;
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
    let all = NotificationKind::ALL.iter().flat_map(|kind| Channel::ALL.map(|channel| (*kind, channel)));
    Ok(all
        .map(|(kind, channel)| {
            let own = chosen.iter().find(|(k, c, _)| *k == kind && *c == channel).map(|(.., enabled)| *enabled);
            (kind, channel, own.unwrap_or(channel == Channel::InApp || kind.by_email()))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_well_in_both_languages() {
        let sample = |text: &str| text.to_owned();
        let data = Data {
            title: sample("Скамейки у пруда"),
            number: sample("4711"),
            reason: sample("Потому что."),
            text: sample("Первая строка.\n\nВторая { $строка }."),
            actor: sample("Анна"),
        };
        for locale in Locale::ALL {
            for kind in NotificationKind::ALL {
                for data in [&data, &Data::default()] {
                    let (subject, body) = render(locale, *kind, data);
                    for text in [&subject, &body] {
                        assert!(text.len() > 10 && !text.contains("notify-") && !text.contains("{$"), "{kind:?}: {text}");
                    }
                    assert!(!subject.contains('\n') && body == body.trim(), "{kind:?}");
                }
                let (subject, body) = render(locale, *kind, &data);
                assert!(subject.contains(&data.title) || subject.contains(&data.number), "{kind:?}: {subject}");
                assert!(body.contains(&data.title), "{kind:?}: {body}");
            }
        }
    }

    #[test]
    fn the_other_mails_read_well_in_both_languages() {
        let args = ["name", "link", "number"].map(|name| (name, format!("<{name}>").into()));
        let args = [&args[..], &[("hours", 72.into()), ("days", 21.into())]].concat();
        for locale in Locale::ALL {
            for key in ["mail-confirmation", "mail-already-registered", "mail-reset", "acknowledge"] {
                let part = |part: &str| i18n::lookup(locale, &format!("{key}-{part}"), &args).unwrap();
                assert!(part("body").contains("<link>") && !part("body").contains("{$") && !part("subject").contains('\n'), "{key}");
            }
            let footer = i18n::lookup(locale, "mail-footer", &args).unwrap();
            assert!(footer.contains("<link>"));
            assert!(i18n::lookup(locale, "mail-footer-contact", &args).unwrap().contains("<link>"));
        }
        assert!(i18n::text(Locale::Ru, "acknowledge-body", &args).contains("21 дня"));
        assert!(i18n::text(Locale::Ru, "mail-confirmation-body", &args).contains("72 часа "));
    }

    #[test]
    fn actions_of_the_log_are_told_and_others_are_not() {
        for state in crate::initiatives::State::ALL {
            let told = NotificationKind::of(state.action()).is_some();
            assert_eq!(told, state != crate::initiatives::State::Draft, "{state:?}");
        }
        assert_eq!(NotificationKind::of("initiative.milestone_done"), Some(NotificationKind::InitiativeMilestoneDone));
        assert_eq!(NotificationKind::of("ticket.answered"), Some(NotificationKind::TicketAnswered));
        for action in ["mentioned", "ballot.cast", "", "participant.registered"] {
            assert_eq!(NotificationKind::of(action), None);
        }
    }
}
