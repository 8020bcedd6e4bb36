//! What the bot remembers of each conversation: one small file a chat, replaced as a whole.
//!
//! The tickets themselves are the platform's. What is here is a text that was not sent yet, which message of ours is about what, and what
//! the buttons mean. Losing it loses nobody's message.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{texts::Language, update};

/// How long a question waits for the next message, in seconds.
const ASKED: u64 = 60 * 60;
/// How many tickets, messages and sent texts are remembered of each chat.
const TICKETS: usize = 100;
const MESSAGES: usize = 300;
const SENT: usize = 30;
const REFERENCES: usize = 400;

/// The state of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Dialogue {
    /// The language that the person chose.
    pub language: Option<Language>,
    /// What the next message is.
    pub step: Step,
    /// When that was asked for, in seconds since 1970.
    pub asked_at: u64,
    /// The message that is being written.
    pub draft: Option<Draft>,
    /// Tickets that we spoke of, the newest last.
    pub tickets: VecDeque<Known>,
    /// Which message of ours is about which ticket (its id), the newest last.
    pub messages: VecDeque<(i64, String)>,
    /// What was sent, so that a later wording of it is understood, the newest last.
    pub sent: VecDeque<Sent>,
    /// What the buttons stand for: they hold too little to say it themselves.
    pub references: BTreeMap<u32, String>,
    pub next_reference: u32,
    /// Options of votes with several choices that are marked and not cast yet, by initiative.
    pub marked: BTreeMap<String, Vec<i32>>,
    /// Messages that were carried, so that they are not carried again: the delivery's id and our message.
    pub carried: VecDeque<(String, i64)>,
    /// Long messages of which only the first parts could be carried: the delivery's id and our messages.
    pub begun: VecDeque<(String, Vec<i64>)>,
    /// The code of a link to an account that was followed, until they say whether they want it.
    pub linking: Option<String>,
    /// The last album, and what became of its first part.
    pub album: Option<(String, String)>,
}

/// What the next message is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// A message to the city.
    #[default]
    Open,
    /// More about the ticket with this id.
    FollowUp(String),
    /// Words to search initiatives for.
    Search,
    /// Words to search everything for.
    Words,
}

/// A message that is being written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Draft {
    /// The first message that went into it: the external id of the whole.
    pub origin: i64,
    /// The texts that went into it, each with its message.
    pub parts: Vec<(i64, String)>,
    pub files: Vec<update::File>,
    /// Identifier and name.
    pub topic: Option<(String, String)>,
    pub territory: Option<(String, String)>,
    /// Messages that it may belong to: external ids.
    pub references: Vec<String>,
    /// The card that shows it.
    pub card: Option<i64>,
    /// What was noticed of it, to be said on the card: keys of texts.
    pub notes: Vec<String>,
}

/// A ticket that we spoke of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Known {
    pub id: String,
    pub number: String,
    pub secret: Option<String>,
    /// The external id of a message of the person's that is in it.
    pub external: Option<String>,
    /// By what a further message names it.
    pub token: Option<String>,
}

/// A message that was sent to the platform.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    pub external: String,
    pub parts: Vec<(i64, String)>,
    pub ticket: String,
}

impl Draft {
    /// The whole text.
    pub(crate) fn text(&self) -> String {
        join(&self.parts)
    }
}

/// Parts as one text.
pub(crate) fn join(parts: &[(i64, String)]) -> String {
    parts.iter().map(|(_, text)| text.as_str()).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

impl Dialogue {
    /// The next message is an answer to this.
    pub(crate) fn ask(&mut self, step: Step) {
        self.step = step;
        self.asked_at = now();
    }

    /// Whether what was asked for last is long past.
    pub(crate) fn is_stale(&self) -> bool {
        now().saturating_sub(self.asked_at) > ASKED
    }

    /// A short name for a longer value, for a button.
    pub(crate) fn refer(&mut self, value: &str) -> u32 {
        if let Some((short, _)) = self.references.iter().find(|(_, known)| *known == value) {
            return *short;
        }
        let short = self.next_reference;
        self.next_reference = self.next_reference.wrapping_add(1);
        self.references.insert(short, value.to_owned());
        while self.references.len() > REFERENCES {
            self.references.pop_first();
        }
        short
    }

    /// What a button's short name stands for.
    pub(crate) fn referred(&self, short: &str) -> Option<String> {
        self.references.get(&short.parse().ok()?).cloned()
    }

    /// Remembers a ticket; what is not known now stays as it was.
    pub(crate) fn know(&mut self, ticket: Known) {
        if let Some(known) = self.tickets.iter_mut().find(|known| known.id == ticket.id) {
            known.number = ticket.number;
            known.secret = ticket.secret.or(known.secret.take());
            known.external = ticket.external.or(known.external.take());
            known.token = ticket.token.or(known.token.take());
        } else {
            push(&mut self.tickets, ticket, TICKETS);
        }
    }

    pub(crate) fn known(&self, id: &str) -> Option<&Known> {
        self.tickets.iter().find(|known| known.id == id)
    }

    /// Remembers that messages of ours are about a ticket.
    pub(crate) fn about(&mut self, messages: &[i64], ticket: &str) {
        for message in messages {
            push(&mut self.messages, (*message, ticket.to_owned()), MESSAGES);
        }
    }

    /// The ticket that a message of ours, or one of theirs, is about.
    pub(crate) fn ticket_of(&self, message: i64) -> Option<&Known> {
        let ours = self.messages.iter().rev().find(|(known, _)| *known == message).map(|(_, ticket)| ticket);
        let theirs = || self.sent.iter().rev().find(|sent| sent.parts.iter().any(|(part, _)| *part == message)).map(|sent| &sent.ticket);
        self.known(ours.or_else(theirs)?)
    }

    pub(crate) fn keep_sent(&mut self, sent: Sent) {
        self.sent.retain(|known| known.external != sent.external);
        push(&mut self.sent, sent, SENT);
    }

    pub(crate) fn keep_carried(&mut self, delivery: &str, message: i64) {
        self.begun.retain(|(known, _)| known != delivery);
        push(&mut self.carried, (delivery.to_owned(), message), SENT);
    }

    /// Remembers the parts of a message that were carried so far.
    pub(crate) fn keep_begun(&mut self, delivery: &str, messages: Vec<i64>) {
        self.begun.retain(|(known, _)| known != delivery);
        push(&mut self.begun, (delivery.to_owned(), messages), SENT);
    }
}

/// Seconds since 1970: the state of a conversation outlives the process, and so must its clock.
fn now() -> u64 {
    UNIX_EPOCH.elapsed().unwrap_or_default().as_secs()
}

fn push<T>(queue: &mut VecDeque<T>, value: T, most: usize) {
    queue.push_back(value);
    while queue.len() > most {
        queue.pop_front();
    }
}

/// The folder of conversations.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// Held as long as this process uses the folder.
    _lock: File,
}

impl Store {
    /// Opens the folder for this process alone; `None` while another one uses it.
    ///
    /// # Errors
    /// When it can't be made or read.
    pub(crate) fn open(folder: &Path) -> io::Result<Option<Self>> {
        fs::create_dir_all(folder)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { folder: folder.to_owned(), _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn path(&self, chat: i64) -> PathBuf {
        self.folder.join(format!("{chat}.json"))
    }

    /// The state of a chat; a new one where there is none, or where it can't be understood.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn load(&self, chat: i64) -> io::Result<Dialogue> {
        match fs::read(self.path(chat)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(line = error.line(), "the state of a conversation could not be understood and begins anew");
                Dialogue::default()
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Dialogue::default()),
            Err(error) => Err(error),
        }
    }

    /// Replaces the state of a chat: after this it survives a crash.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn save(&self, chat: i64, dialogue: &Dialogue) -> io::Result<()> {
        let bytes = serde_json::to_vec(dialogue).map_err(io::Error::other)?;
        let part = self.folder.join(format!("{chat}.part"));
        let mut options = File::options();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&part)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&part, self.path(chat))?;
        File::open(&self.folder)?.sync_all()
    }

    /// The name of the bot with this number, where it was kept.
    pub(crate) fn name(&self, number: &str) -> Option<String> {
        let kept = fs::read_to_string(self.folder.join("name")).ok()?;
        let (of, name) = kept.split_once('\n')?;
        (of == number && !name.is_empty()).then(|| name.to_owned())
    }

    /// Keeps the name of the bot with this number.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(crate) fn keep_name(&self, number: &str, name: &str) -> io::Result<()> {
        fs::write(self.folder.join("name"), format!("{number}\n{name}"))
    }

    /// Forgets a chat.
    ///
    /// # Errors
    /// When the file can't be removed.
    pub(crate) fn forget(&self, chat: i64) -> io::Result<()> {
        match fs::remove_file(self.path(chat)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Forgets chats in which nothing happened for so long. Returns how many.
    ///
    /// # Errors
    /// When the folder can't be read.
    pub(crate) fn sweep(&self, age: Duration) -> io::Result<usize> {
        let mut swept = 0;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let ours = entry.path().extension().is_some_and(|extension| extension == "json" || extension == "part");
            let old = entry.metadata()?.modified()?.elapsed().is_ok_and(|elapsed| elapsed > age);
            if ours && old {
                fs::remove_file(entry.path())?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_whole_and_by_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap().unwrap();
        assert!(Store::open(folder.path()).unwrap().is_none());
        let mut dialogue = Dialogue { step: Step::FollowUp("T".into()), ..Dialogue::default() };
        dialogue.draft = Some(Draft { origin: 3, parts: vec![(3, "Яма".into())], ..Draft::default() });
        store.save(5, &dialogue).unwrap();
        drop(store);
        let store = Store::open(folder.path()).unwrap().unwrap();
        assert_eq!(store.load(5).unwrap(), dialogue);
        assert_eq!(store.load(6).unwrap(), Dialogue::default());
        fs::write(folder.path().join("7.json"), "{").unwrap();
        assert_eq!(store.load(7).unwrap(), Dialogue::default());
        assert_eq!(store.sweep(Duration::from_secs(60)).unwrap(), 0);
        assert_eq!(store.sweep(Duration::ZERO).unwrap(), 2);
        assert_eq!(store.load(5).unwrap(), Dialogue::default());
    }

    #[test]
    fn it_stays_small() {
        let mut dialogue = Dialogue::default();
        for n in 0..2000_i64 {
            dialogue.refer(&n.to_string());
            dialogue.know(Known { id: n.to_string(), ..Known::default() });
            dialogue.about(&[n], "1999");
            dialogue.keep_sent(Sent { external: n.to_string(), ..Sent::default() });
        }
        assert!(dialogue.references.len() <= REFERENCES && dialogue.tickets.len() <= TICKETS);
        assert!(dialogue.messages.len() <= MESSAGES && dialogue.sent.len() <= SENT);
        assert_eq!(dialogue.referred("1999").as_deref(), Some("1999"));
        assert_eq!(dialogue.referred("0"), None);
        assert_eq!(dialogue.ticket_of(1999).unwrap().id, "1999");
    }
}
