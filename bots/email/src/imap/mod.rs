//! Mailboxes, read by IMAP.
//!
//! A message is marked only after the platform has it, and the platform takes each only once: so whatever breaks off where, every message
//! arrives exactly once. Which are new stands on the server alone, as marks; nothing here has to survive.

mod session;
mod wire;

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};
use veche_client::{Client, Error as PlatformError};

use crate::{
    Envelope, Outcome, Settings,
    intake::{hand_over, oversized, planned},
    report::Source,
    settings::Mailbox,
    wait::Wait,
};
use session::{CHUNK, Folder, Session};
use wire::Error;

/// Between tries of one message that the platform did not take.
const MESSAGE: Wait = Wait { base: Duration::from_secs(5), most: Duration::from_secs(600) };
/// Between connections.
const CONNECTION: Wait = Wait { base: Duration::from_millis(250), most: Duration::from_secs(300) };
/// While the platform is away.
const PLATFORM: Wait = Wait { base: Duration::from_secs(2), most: Duration::from_secs(60) };
/// Messages in a row that the platform does not take before the rest are left for later.
const IN_A_ROW: u32 = 3;
/// The longest wait that the platform may ask for.
const LONGEST: Duration = Duration::from_secs(600);

/// Reads a folder for ever.
pub(crate) async fn read(mailbox: Mailbox, folder: String, settings: Arc<Settings>, client: Client, source: Arc<Source>) {
    let mut reader = Reader {
        mailbox,
        folder,
        settings,
        client,
        source,
        validity: 0,
        taken: HashSet::new(),
        later: HashMap::new(),
        short: HashMap::new(),
        broke_at: (0, 0),
        well: false,
    };
    let mut failures = 0;
    loop {
        let error = reader.connection().await;
        failures = if reader.well { 1 } else { failures + 1 };
        reader.source.failing(format!("the mailbox: {error}"));
        let pause = CONNECTION.after(failures);
        tracing::warn!(mailbox = reader.source.name(), %error, ?pause, "lost a mailbox");
        sleep(pause).await;
    }
}

struct Reader {
    mailbox: Mailbox,
    folder: String,
    settings: Arc<Settings>,
    client: Client,
    source: Arc<Source>,
    /// Of the folder, when it was last opened: what follows is of its numbers.
    validity: u32,
    /// Messages that the platform has and that could not be marked.
    taken: HashSet<u32>,
    /// Messages that the platform did not take: how often, and when to try again.
    later: HashMap<u32, (u32, Instant)>,
    /// Messages that came out shorter than the server said: what they were, so that the same twice is believed.
    short: HashMap<u32, (usize, u64)>,
    /// The message at which connections broke, and how many in a row.
    broke_at: (u32, u32),
    /// The connection did something.
    well: bool,
}

/// What one look at a folder came to.
enum Look {
    /// All that can be done now is done.
    Done,
    /// The platform is not there: for so long.
    Away(Duration),
}

/// A message as the server gave it.
enum Got {
    Whole(Vec<u8>),
    /// Its beginning, and its size.
    TooLarge(Vec<u8>, u64),
    /// Somebody removed it.
    Gone,
    /// It may have been cut off, or the server does not give it.
    NotYet(String),
}

impl Reader {
    /// Keeps a connection for as long as it lives: why it ended.
    async fn connection(&mut self) -> Error {
        match self.reading().await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    async fn reading(&mut self) -> Result<std::convert::Infallible, Error> {
        self.well = false;
        let mut session = Session::open(&self.mailbox).await?;
        let folder = session.select(&self.folder, &self.mailbox.keyword).await?;
        if folder.validity != self.validity {
            self.validity = folder.validity;
            self.taken.clear();
            self.later.clear();
            self.short.clear();
        }
        let mut away = 0;
        loop {
            match self.look(&mut session, &folder).await? {
                Look::Done => {
                    away = 0;
                    self.well = true;
                    // What waits for another try says so until it is done.
                    if self.later.is_empty() {
                        self.source.is_well();
                    }
                    self.listen(&mut session).await?;
                }
                Look::Away(told) => {
                    away += 1;
                    sleep(told.max(PLATFORM.after(away))).await;
                    session.noop().await?;
                }
            }
        }
    }

    /// Waits for new messages, or until it is time to try an old one again.
    async fn listen(&mut self, session: &mut Session) -> Result<(), Error> {
        if session.news {
            return Ok(());
        }
        let next = self.later.values().map(|(_, at)| *at).min();
        let now = Instant::now();
        let until = |seconds| next.map_or(now + Duration::from_secs(seconds), |at| at.min(now + Duration::from_secs(seconds)));
        if session.can("IDLE") {
            session.idle(until(self.mailbox.idle_seconds)).await?;
        } else {
            sleep_until(until(self.mailbox.poll_seconds)).await;
        }
        session.noop().await
    }

    /// Takes in what is new.
    async fn look(&mut self, session: &mut Session, folder: &Folder) -> Result<Look, Error> {
        let uids = session.search(&self.wanted(folder)).await?;
        let here: HashSet<u32> = uids.iter().copied().collect();
        self.taken.retain(|uid| here.contains(uid));
        self.later.retain(|uid, _| here.contains(uid));
        let mut failed = 0;
        for uid in uids {
            if self.later.get(&uid).is_some_and(|(_, at)| *at > Instant::now()) {
                continue;
            }
            let outcome = match self.one(session, folder, uid).await {
                Ok(outcome) => outcome,
                Err(error) => {
                    self.suspect(uid);
                    return Err(error);
                }
            };
            match outcome {
                Ok(()) => {
                    failed = 0;
                    self.well = true;
                }
                Err(error) => {
                    tracing::warn!(mailbox = self.source.name(), uid, %error, "failed to hand over a message");
                    self.source.failing(format!("the platform: {error}"));
                    if let PlatformError::Denied { code, retry_after, .. } = &error
                        && matches!(code.as_str(), "RATE_LIMITED" | "UNAUTHENTICATED" | "FORBIDDEN")
                    {
                        // No fault of the message's.
                        return Ok(Look::Away(retry_after.unwrap_or_default().min(LONGEST)));
                    }
                    self.postpone(uid);
                    failed += 1;
                    if failed >= IN_A_ROW {
                        return Ok(Look::Away(Duration::ZERO));
                    }
                }
            }
        }
        Ok(Look::Done)
    }

    /// What to search for.
    fn wanted(&self, folder: &Folder) -> String {
        let (keeps, keyword, moves) = (folder.keeps_keyword, &self.mailbox.keyword, !self.mailbox.move_to.is_empty());
        // What is marked and still here was to be moved: that was refused, or broke off.
        let which = match (moves, self.mailbox.unseen_only, keeps) {
            (true, true, true) => format!(" OR UNSEEN KEYWORD {keyword}"),
            (true, false, _) => String::new(),
            (false, true, true) => format!(" UNSEEN UNKEYWORD {keyword}"),
            (false, false, true) => format!(" UNKEYWORD {keyword}"),
            // Where nothing else can mark them.
            (_, _, false) => " UNSEEN".into(),
        };
        format!("UNDELETED{which}")
    }

    /// The connection broke at a message: if it does so again and again, the others come first.
    fn suspect(&mut self, uid: u32) {
        let times = if self.broke_at.0 == uid { self.broke_at.1 + 1 } else { 1 };
        self.broke_at = (uid, times);
        if times >= IN_A_ROW {
            self.broke_at = (0, 0);
            self.postpone(uid);
        }
    }

    fn postpone(&mut self, uid: u32) {
        let (failures, at) = self.later.entry(uid).or_insert((0, Instant::now()));
        *failures += 1;
        *at = Instant::now() + MESSAGE.after(*failures);
    }

    /// Takes in one message. The outer error is the mailbox's, the inner the platform's.
    async fn one(&mut self, session: &mut Session, folder: &Folder, uid: u32) -> Result<Result<(), PlatformError>, Error> {
        if !self.taken.contains(&uid) {
            let (plan, raw) = match self.get(session, uid).await? {
                Got::Gone => return Ok(Ok(())),
                Got::NotYet(why) => {
                    tracing::warn!(mailbox = self.source.name(), uid, why, "failed to fetch a message");
                    self.source.failing(format!("the mailbox, message {uid}: {why}"));
                    self.postpone(uid);
                    return Ok(Ok(()));
                }
                Got::Whole(raw) => planned(raw, &self.settings, Envelope::default()).await,
                Got::TooLarge(head, size) => (oversized(&head, size, &self.settings), head),
            };
            match hand_over(&self.client, plan, &raw).await {
                Ok(outcome) => self.note(uid, &outcome),
                Err(error) => return Ok(Err(error)),
            }
        }
        self.later.remove(&uid);
        match self.mark(session, folder, uid).await {
            Ok(()) => {
                self.taken.remove(&uid);
            }
            // Another time: it is not handed over again for that.
            Err(Error::Refused(why)) => {
                tracing::warn!(mailbox = self.source.name(), uid, why, "failed to mark or move a message");
                self.source.failing(format!("the mailbox, message {uid} is taken in, but it could not be marked or moved: {why}"));
                self.postpone(uid);
            }
            Err(error) => return Err(error),
        }
        Ok(Ok(()))
    }

    fn note(&mut self, uid: u32, outcome: &Outcome) {
        self.taken.insert(uid);
        self.short.remove(&uid);
        self.source.count(outcome);
        tracing::debug!(mailbox = self.source.name(), uid, ?outcome, "took in a message");
    }

    /// Fetches a message part by part.
    async fn get(&mut self, session: &mut Session, uid: u32) -> Result<Got, Error> {
        let mut raw = Vec::new();
        loop {
            let part = match session.fetch(uid, raw.len()).await {
                Ok(Some(part)) => part,
                Ok(None) => return Ok(Got::Gone),
                Err(Error::Refused(why)) => return Ok(Got::NotYet(why)),
                Err(error) => return Err(error),
            };
            let (bytes, size) = (part.body.unwrap_or_default(), part.size.unwrap_or_default());
            let last = bytes.len() < CHUNK;
            raw.extend_from_slice(&bytes);
            if size.max(raw.len() as u64) > self.settings.message_bytes as u64 {
                return Ok(Got::TooLarge(raw, size));
            }
            if last {
                // Some servers count wrongly, always; others break off, once.
                let mut hasher = DefaultHasher::new();
                raw.hash(&mut hasher);
                let this = (raw.len(), hasher.finish());
                let whole = raw.len() as u64 >= size || !raw.is_empty() && self.short.insert(uid, this) == Some(this);
                return Ok(if whole { Got::Whole(raw) } else { Got::NotYet("it came out shorter than it should be".into()) });
            }
        }
    }

    async fn mark(&self, session: &mut Session, folder: &Folder, uid: u32) -> Result<(), Error> {
        let moves = !self.mailbox.move_to.is_empty();
        if folder.keeps_keyword {
            session.flag(uid, &format!("\\Seen {}", self.mailbox.keyword)).await?;
        } else if !moves {
            session.flag(uid, "\\Seen").await?;
        }
        // Without a keyword the move is the only mark, so that it is tried again where it breaks off.
        if moves {
            session.move_to(uid, &self.mailbox.move_to).await?;
        }
        Ok(())
    }
}
