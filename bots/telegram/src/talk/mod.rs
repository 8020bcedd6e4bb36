//! The conversation: what is done with each thing that a person sends or taps.

mod account;
mod compose;
mod hand_over;
mod initiatives;
mod search;
mod tickets;

pub(crate) use initiatives::card as initiative_card;
pub(crate) use tickets::rating_keys;

use std::time::Duration;

use crate::{
    Bot,
    dialogue::{Dialogue, Step},
    platform::Platform,
    telegram::{Failure, Page},
    texts::{Language, say},
    update::{ChatKind, Kind, Message, SENT_THINGS, Tap, User},
};

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Somebody was answered, or something was done.
    Handled(&'static str),
    /// Nothing was to be done, for this reason.
    Ignored(&'static str),
    /// It failed again and again and was put before the administrators.
    Kept,
}

/// Why an update could not be handled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The platform or Telegram can't be reached: nothing is wrong with the update.
    #[error("not now: {why}")]
    Later { why: String },
    /// The chat is closed to us: there is nobody to answer.
    #[error("the chat is closed to us")]
    Closed,
    /// The account behind the chat is no more.
    #[error("the chat is not linked any more")]
    Unlinked,
    /// It fails by itself: tried again some times, the next no sooner than asked for.
    #[error("{why}")]
    Broken { why: String, after: Option<Duration> },
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Closed(_) | Failure::Moved(_) => Self::Closed,
            // A pause that is asked for may be for this chat alone: the others don't wait for it without end.
            Failure::Later { why, after: Some(after) } => Self::Broken { why, after: Some(after) },
            Failure::Later { why, after: None } => Self::Later { why },
            Failure::Conflict | Failure::Token => Self::Later { why: failure.to_string() },
            _ => Self::Broken { why: failure.to_string(), after: None },
        }
    }
}

impl From<veche_client::Error> for Trouble {
    fn from(error: veche_client::Error) -> Self {
        let why = error.to_string();
        match error {
            veche_client::Error::Network(_) => Self::Later { why },
            veche_client::Error::Unlinked(_) => Self::Unlinked,
            // The platform does not let us in: nothing is wrong with the message.
            veche_client::Error::Denied { code, .. } if code == "UNAUTHENTICATED" || code == "FORBIDDEN" => Self::Later { why },
            // What fails inside the platform may fail because of this very message, and what is too often, because of who wrote it.
            veche_client::Error::Denied { retry_after, .. } => Self::Broken { why, after: retry_after },
            veche_client::Error::Refused(_) | veche_client::Error::Unexpected(_) => Self::Broken { why, after: None },
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Broken { why: format!("the conversation's state: {error}"), after: None }
    }
}

pub(crate) type Result<T, E = Trouble> = std::result::Result<T, E>;

/// One thing that a person did, and what it needs to be answered.
pub(crate) struct Turn<'a> {
    pub bot: &'a Bot,
    pub chat: i64,
    pub language: Language,
    pub dialogue: &'a mut Dialogue,
    /// Whether the card of the message that is being written has to be shown anew.
    pub card: &'a mut bool,
}

/// A tapped button: what it asks for.
pub(crate) struct Tapped<'a> {
    pub id: &'a str,
    /// The message that it stands under.
    pub message: i64,
    pub from: &'a User,
    pub parts: Vec<&'a str>,
}

impl Tapped<'_> {
    /// A part after the verb.
    fn part(&self, at: usize) -> &str {
        self.parts.get(at).copied().unwrap_or_default()
    }
}

impl Turn<'_> {
    /// Does what an update asks for.
    pub(crate) async fn take(&mut self, kind: &Kind) -> Result<Outcome> {
        let taken = match kind {
            Kind::Message(message) => self.message(message).await,
            Kind::Edited(message) => self.edited(message).await,
            Kind::Tap(tap) => self.tap(tap).await,
            Kind::Membership { private: true, allowed: false, .. } => {
                // What was carried before did arrive; what comes later fails by itself.
                self.bot.live.forget_chat(self.chat);
                Ok(Outcome::Handled("we were blocked"))
            }
            Kind::Membership { private: true, .. } => Ok(Outcome::Ignored("let in again")),
            Kind::Membership { .. } => Ok(Outcome::Ignored("membership of a group or channel")),
            Kind::Other(_) => Ok(Outcome::Ignored("another kind of update")),
        };
        if let Err(Trouble::Unlinked) = taken {
            if let Kind::Tap(tap) = kind {
                self.bot.telegram.answer(&tap.id, "", false).await?;
            }
            self.tell(say!(self.language, "no-longer-linked")).await?;
            return Ok(Outcome::Handled("an account that is linked no longer"));
        }
        taken
    }

    pub(crate) fn platform(&self) -> &Platform {
        &self.bot.platform
    }

    /// How the person is known to the platform.
    pub(crate) fn address(&self) -> String {
        self.chat.to_string()
    }

    /// The identifier of a message of this chat, ours or theirs.
    pub(crate) fn external(&self, message: i64) -> String {
        format!("{}/{message}", self.chat)
    }

    /// Sends a page.
    pub(crate) async fn send(&self, page: &Page, reply_to: Option<i64>) -> Result<Vec<i64>> {
        Ok(self.bot.telegram.send(self.chat, page, reply_to).await?)
    }

    /// Says something short.
    pub(crate) async fn tell(&self, text: String) -> Result<()> {
        self.send(&Page::text(text), None).await.map(drop)
    }

    /// Puts a page in the place of the message that was tapped; where that is no more, sends it. Returns the message it stands in.
    pub(crate) async fn turn_page(&self, tapped: &Tapped<'_>, page: &Page) -> Result<i64> {
        if tapped.message != 0 {
            match self.bot.telegram.edit(self.chat, tapped.message, page).await {
                Ok(()) => return Ok(tapped.message),
                Err(Failure::Gone | Failure::Refused(_)) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(self.send(page, None).await?.last().copied().unwrap_or_default())
    }

    /// Answers a tap without a word.
    pub(crate) async fn nod(&self, tapped: &Tapped<'_>) -> Result<()> {
        Ok(self.bot.telegram.answer(tapped.id, "", false).await?)
    }

    /// Answers a tap in a window.
    pub(crate) async fn alert(&self, tapped: &Tapped<'_>, text: &str) -> Result<()> {
        Ok(self.bot.telegram.answer(tapped.id, text, true).await?)
    }

    async fn message(&mut self, message: &Message) -> Result<Outcome> {
        let Some(from) = &message.from else { return Ok(Outcome::Ignored("written by nobody")) };
        if from.bot {
            return Ok(Outcome::Ignored("written by a bot"));
        }
        match message.chat_kind {
            ChatKind::Channel => return Ok(Outcome::Ignored("a channel")),
            ChatKind::Group => return self.group(message).await,
            ChatKind::Private => {}
        }
        if message.migrated_to.is_some() {
            return Ok(Outcome::Ignored("a migrated chat"));
        }
        if let Some((command, bot)) = &message.command {
            if bot.as_ref().is_some_and(|bot| !bot.eq_ignore_ascii_case(&self.bot.me.1)) {
                return Ok(Outcome::Ignored("a command for another bot"));
            }
            let argument = message.text.split_once(char::is_whitespace).map(|(_, argument)| argument.trim()).unwrap_or_default();
            return self.command(command, argument).await;
        }
        if let Some(other) = &message.other {
            if !SENT_THINGS.contains(&other.as_str()) && other != "text" && other != "nothing" {
                return Ok(Outcome::Ignored("an event"));
            }
            self.tell(say!(self.language, "cannot-read")).await?;
            return Ok(Outcome::Handled("something that can't be read"));
        }
        // A reply says itself what it is about, and a step that is long past is forgotten.
        let step = std::mem::take(&mut self.dialogue.step);
        let replies = message.reply.is_some_and(|(reply, _)| self.dialogue.ticket_of(reply).is_some());
        match step {
            _ if replies || self.dialogue.is_stale() => self.written(message, from).await,
            Step::Search if message.files.is_empty() && message.place.is_none() => {
                self.list_initiatives(None, &message.text, None).await?;
                Ok(Outcome::Handled("a search"))
            }
            Step::Words if message.files.is_empty() && message.place.is_none() => {
                self.search(&message.text).await?;
                Ok(Outcome::Handled("a search"))
            }
            Step::FollowUp(ticket) => {
                self.follow_up(message, from, &ticket).await?;
                Ok(Outcome::Handled("a follow-up"))
            }
            Step::Open | Step::Search | Step::Words => self.written(message, from).await,
        }
    }

    /// In a group there is an answer only to who speaks to the bot: where to write.
    async fn group(&mut self, message: &Message) -> Result<Outcome> {
        if message.migrated_to.is_some() {
            return Ok(Outcome::Ignored("a migrated chat"));
        }
        let (id, name) = &self.bot.me;
        let commanded = message.command.as_ref().is_some_and(|(command, bot)| match bot {
            Some(bot) => bot.eq_ignore_ascii_case(name),
            None => COMMANDS.contains(&command.as_str()),
        });
        let mentioned = message.mentions.iter().any(|mention| mention.eq_ignore_ascii_case(name));
        let replied = message.reply.is_some_and(|(_, author)| author == *id);
        if !commanded && !mentioned && !replied {
            return Ok(Outcome::Ignored("a group, not to us"));
        }
        let page = Page::text(say!(self.language, "group", link = format!("https://t.me/{name}")));
        self.send(&page, Some(message.id)).await?;
        Ok(Outcome::Handled("a group, to us"))
    }

    async fn command(&mut self, command: &str, argument: &str) -> Result<Outcome> {
        // Whoever does something else has done with what they were asked for.
        let step = std::mem::take(&mut self.dialogue.step);
        match command {
            "start" | "link" if !argument.is_empty() => self.ask_link(argument).await?,
            "start" => self.menu(None).await?,
            "new" => {
                self.tell(say!(self.language, "write")).await?;
            }
            "tickets" => self.list_tickets(None, None).await?,
            "initiatives" => self.list_initiatives(None, argument, None).await?,
            "find" if argument.is_empty() => self.ask_search(None).await?,
            "find" => self.list_initiatives(None, argument, None).await?,
            "search" if argument.is_empty() => self.ask_words().await?,
            "search" => self.search(argument).await?,
            "notifications" => self.notifications(None).await?,
            "link" => self.how_to_link().await?,
            "unlink" => self.unlink().await?,
            "language" => self.ask_language(None).await?,
            "delete_my_data" => self.ask_deletion().await?,
            "cancel" => self.cancel(&step).await?,
            "help" => self.help(None).await?,
            _ => self.tell(say!(self.language, "unknown-command")).await?,
        }
        Ok(Outcome::Handled("a command"))
    }

    async fn tap(&mut self, tap: &Tap) -> Result<Outcome> {
        let tapped = Tapped { id: &tap.id, message: tap.message, from: &tap.from, parts: tap.data.split(':').collect() };
        if !tap.private {
            self.nod(&tapped).await?;
            return Ok(Outcome::Ignored("a tap outside our own chats"));
        }
        self.dialogue.step = Step::Open;
        match (tapped.part(0), tapped.part(1)) {
            ("m", "new") => {
                self.nod(&tapped).await?;
                self.tell(say!(self.language, "write")).await?;
            }
            ("m", "tickets") => self.list_tickets(Some(&tapped), None).await?,
            ("m", "initiatives") => self.list_initiatives(Some(&tapped), "", None).await?,
            ("m", "search") => self.ask_search(Some(&tapped)).await?,
            ("m", "notifications") => self.notifications(Some(&tapped)).await?,
            ("m", "help") => self.help(Some(&tapped)).await?,
            ("m", "language") => self.ask_language(Some(&tapped)).await?,
            ("m", "menu") => self.menu(Some(&tapped)).await?,
            ("d", _) => return self.draft_tap(&tapped).await,
            ("t", _) => self.show_ticket(&tapped).await?,
            ("tp", _) => {
                let after = self.dialogue.referred(tapped.part(1));
                self.list_tickets(Some(&tapped), after).await?;
            }
            ("ta", _) => self.ask_follow_up(&tapped).await?,
            ("r", _) => self.rate(&tapped).await?,
            ("i", _) => self.show_initiative(&tapped).await?,
            ("ip", _) => {
                let page = self.dialogue.referred(tapped.part(1)).unwrap_or_default();
                let (after, words) = page.split_once('\n').unwrap_or_default();
                self.list_initiatives(Some(&tapped), words, Some(after.to_owned())).await?;
            }
            ("v", _) => self.vote(&tapped).await?,
            ("w", _) => self.withdraw_vote(&tapped).await?,
            ("n", _) => self.set_notification(&tapped).await?,
            ("l", _) => self.set_language(&tapped).await?,
            ("k", _) => self.link(&tapped).await?,
            ("x", _) => self.delete(&tapped).await?,
            _ => {
                self.alert(&tapped, &say!(self.language, "old-button")).await?;
                return Ok(Outcome::Ignored("a button of another time"));
            }
        }
        Ok(Outcome::Handled("a tap"))
    }
}

/// The commands, as they are listed for people, each with its text's key.
pub(crate) const COMMANDS: [&str; 13] = [
    "start",
    "new",
    "tickets",
    "initiatives",
    "find",
    "search",
    "notifications",
    "link",
    "unlink",
    "language",
    "cancel",
    "delete_my_data",
    "help",
];
