use async_graphql::Enum;
use serde::{Deserialize, Serialize};

use crate::{
    attachments::{RefusedFile, RefusedFileReason},
    i18n::{self, Locale},
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
    /// One's message was taken in. For people without an account, by mail.
    TicketCreated = "ticket-created",
    /// Files that came with one's message were not kept.
    TicketFilesRefused = "ticket-files-refused",
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
    /// A message came that could not be read, and waits for an administrator.
    MessageUnreadable = "message-unreadable",
    /// A saved search found something new.
    SavedSearchFound = "saved-search-found",
}

impl NotificationKind {
    /// The kind that an action of the log is told as; `None` for one that nobody is told of.
    pub(super) fn of(action: &str) -> Option<Self> {
        let name = action.replace(['.', '_'], "-");
        Self::ALL.iter().copied().find(|kind| kind.name() == name && *kind != Self::Mentioned)
    }

    /// Whether it goes by e-mail and Telegram to who has not chosen: daily work does not.
    pub const fn by_email(self) -> bool {
        !matches!(self, Self::InitiativeSubmitted | Self::TicketRouted | Self::MessageUnreadable)
    }

    /// Whether people with an account choose where it reaches them.
    pub const fn is_chosen(self) -> bool {
        !matches!(self, Self::TicketCreated | Self::TicketFilesRefused | Self::MessageUnreadable)
    }
}

/// Where a notification reaches a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type, Serialize, Deserialize)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
#[graphql(name = "NotificationChannel")]
pub enum Channel {
    /// In the list of notifications.
    InApp,
    /// By mail, to a confirmed address.
    Email,
    /// By a bot, to a chat that is linked with the account or that a message came from.
    Telegram,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::InApp, Self::Email, Self::Telegram];

    /// Whether a bot carries what goes there.
    pub const fn by_bot(self) -> bool {
        matches!(self, Self::Telegram)
    }
}

/// What has become of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeliveryState {
    /// It waits to be sent, or to be tried again.
    Waiting,
    /// The mail server or the channel took it.
    Sent,
    /// It cannot be delivered, or came back.
    Failed,
}

impl DeliveryState {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Sent => "SENT",
            Self::Failed => "FAILED",
        }
    }
}

/// What stands in a notification's text, as it was when it happened. What does not apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    /// Title of the initiative, subject of the ticket, name of the cluster, words of the saved search.
    pub title: String,
    /// Number of the ticket; of a saved search how many new things it found.
    pub number: String,
    /// The public reason.
    pub reason: String,
    /// The answer, the comment, the milestone; of a merged ticket the number of the other, of a burst how many wrote in a day; of a saved
    /// search the names of some of what it found.
    pub text: String,
    /// Name of who did it.
    pub actor: String,
    /// Days within which an answer is meant to come.
    pub days: i64,
    /// Files that were not kept.
    pub files: Vec<RefusedFile>,
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
            ("days", data.days.into()),
        ];
        i18n::text(locale, &format!("notify-{}-{part}", kind.name()), &args)
    };
    let (subject, mut body) = (part("subject").trim().to_owned(), part("body").trim().to_owned());
    if !data.files.is_empty() {
        body.push_str("\n\n");
        body.push_str(&i18n::text(locale, "notify-files-refused", &[]));
        for file in data.files.iter().take(NAMED) {
            body.push_str("\n• ");
            body.push_str(&refused(locale, file));
        }
        if let Some(more) = data.files.len().checked_sub(NAMED).filter(|more| *more > 0) {
            body.push_str("\n• ");
            body.push_str(&i18n::text(locale, "notify-files-more", &[("count", more.into())]));
        }
    }
    (subject, body)
}

/// Files that are named, so that nobody writes a letter of names by us.
const NAMED: usize = 5;
/// Characters of a file's name that are repeated to whoever sent it: enough to know it by, too few for an advertisement.
const NAME: usize = 60;

fn refused(locale: Locale, file: &RefusedFile) -> String {
    let name: String = file.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let short: String = name.trim().chars().take(NAME).collect();
    let short = match short.len() {
        // The address may be another's than the sender's, who does not hear what a stranger named the file.
        0 => i18n::text(locale, "notify-file-unnamed", &[]),
        length if length < name.trim().len() => format!("{short}…"),
        _ => short,
    };
    let key = match file.reason {
        RefusedFileReason::Executable => "notify-file-executable",
        RefusedFileReason::TooLarge => "notify-file-too-large",
        RefusedFileReason::TooMany => "notify-file-too-many",
        RefusedFileReason::Empty => "notify-file-empty",
        RefusedFileReason::Infected => "notify-file-infected",
    };
    i18n::text(locale, key, &[("name", short.into())])
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
            days: 21,
            files: vec![RefusedFile { name: sample("счёт.exe"), reason: RefusedFileReason::Executable }],
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
                // What could not be read has no name.
                let named = subject.contains(&data.title) || subject.contains(&data.number);
                assert!(named || *kind == NotificationKind::MessageUnreadable, "{kind:?}: {subject}");
                // A report's arrival is told to an address that anybody may have made up, and so are its files: their words are not sent there.
                assert_eq!(
                    body.contains(&data.title),
                    !matches!(kind, NotificationKind::TicketCreated | NotificationKind::TicketFilesRefused),
                    "{kind:?}: {body}"
                );
                assert!(body.contains("счёт.exe"), "{kind:?}: {body}");
            }
        }
    }

    #[test]
    fn files_that_were_not_kept_are_named_with_the_reason_and_nothing_more() {
        use RefusedFileReason::{Empty, Executable, Infected, TooLarge, TooMany};
        let file = |reason, name: &str| RefusedFile { name: name.into(), reason };
        for locale in Locale::ALL {
            let texts: std::collections::HashSet<String> = [Executable, TooLarge, TooMany, Empty, Infected]
                .into_iter()
                .map(|reason| refused(locale, &file(reason, "a.exe")))
                .collect();
            assert!(texts.len() == 5 && texts.iter().all(|text| text.contains("a.exe") && text.len() > 10), "{texts:?}");
        }
        assert!(refused(Locale::En, &file(Empty, "")).starts_with("a file"));
        let data = Data { files: (0..40).map(|n| file(Empty, &format!("{n}.txt"))).collect(), ..Data::default() };
        let (_, body) = render(Locale::En, NotificationKind::TicketCreated, &data);
        assert!(body.contains("4.txt") && !body.contains("5.txt") && body.ends_with("35 more files"), "{body}");
        let long = refused(Locale::En, &file(Empty, &format!("a\r\nBcc: {}", "x".repeat(500))));
        assert!(!long.contains('\n') && long.chars().count() < 120, "{long}");
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
