//! Updates, chat by chat and in order: each is tried until it is done, and one that fails by itself is put aside.

use std::{sync::atomic::Ordering, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::{sync::watch, time::sleep};

use crate::{
    AT_ONCE, Bot, LONGEST_PAUSE,
    dialogue::Dialogue,
    stopped,
    talk::{Outcome, Trouble, Turn},
    telegram::Page,
    texts::{Language, say},
    update::{ChatKind, Kind, Message, Update},
};

/// How many commands and the like of one chat are answered in one batch: each answer takes a second, and the next batch waits.
const ANSWERS: usize = 10;
/// How long one try of one update may take.
const ONE_TRY: Duration = Duration::from_secs(120);
impl Bot {
    /// Handles updates: those of different chats side by side, those of one chat in order. `None` when told to stop before the end.
    pub(crate) async fn take(&self, updates: Vec<Update>, stop: &watch::Receiver<bool>) -> Option<()> {
        let mut chats: Vec<(i64, Vec<Update>)> = Vec::new();
        for update in updates {
            match chats.iter_mut().find(|(chat, _)| *chat == update.chat()) {
                Some((_, queue)) => queue.push(update),
                None => chats.push((update.chat(), vec![update])),
            }
        }
        let taken = stream::iter(chats).map(|(chat, queue)| self.take_chat(chat, queue, stop.clone()));
        taken.buffer_unordered(AT_ONCE).fold(Some(()), |all, one| async move { all.and(one) }).await
    }

    async fn take_chat(&self, chat: i64, updates: Vec<Update>, mut stop: watch::Receiver<bool>) -> Option<()> {
        // Calls of Telegram's come one by one, and only so many at once.
        let crowded = self.waiting(chat) > ANSWERS && updates.iter().all(|update| only_asks(&update.kind));
        let _guard = if crowded { None } else { Some(self.lock(chat).await) };
        let mut card = false;
        let mut language = Language::default();
        let mut answers = 0;
        for (update, also) in with_albums(updates) {
            language = language_of(&update.kind).unwrap_or(language);
            answers += usize::from(only_asks(&update.kind));
            let outcome = if (crowded || answers > ANSWERS) && only_asks(&update.kind) {
                Outcome::Ignored("too many at once")
            } else {
                self.take_one(chat, &update, &mut card, language, &mut stop).await?
            };
            let outcome_name = match outcome {
                Outcome::Handled(how) => format!("handled: {how}"),
                Outcome::Ignored(why) => format!("ignored: {why}"),
                Outcome::Kept => "kept: unreadable".to_owned(),
            };
            for id in also.into_iter().chain([update.id]) {
                tracing::debug!(update = id, outcome = outcome_name, "took an update");
                let count = if matches!(outcome, Outcome::Ignored(_)) { &self.ignored } else { &self.received };
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
        if card {
            // However many messages came together, their card is shown once.
            let update = Update { id: 0, kind: Kind::Other("card".into()), raw: serde_json::Value::Null };
            self.take_one(chat, &update, &mut card, language, &mut stop).await?;
        }
        Some(())
    }

    /// Handles one update, again and again where it must be. `None` when told to stop.
    async fn take_one(
        &self,
        chat: i64,
        update: &Update,
        card: &mut bool,
        language: Language,
        stop: &mut watch::Receiver<bool>,
    ) -> Option<Outcome> {
        let (mut waits, mut failures) = (0, 0);
        loop {
            let tried = tokio::time::timeout(ONE_TRY, self.try_one(chat, update, *card, language)).await;
            let trouble = match tried {
                Ok(Ok((outcome, shown))) => {
                    *card = shown;
                    self.set_failing(None);
                    return Some(outcome);
                }
                Ok(Err(trouble)) => trouble,
                Err(_) => Trouble::Broken { why: "it took too long".into(), after: None },
            };
            let pause = match trouble {
                Trouble::Closed => {
                    *card = false;
                    return Some(Outcome::Ignored("the chat is closed to us"));
                }
                Trouble::Later { why } => {
                    tracing::warn!(update = update.id, why, "an update has to wait");
                    self.set_failing(Some(why));
                    waits += 1;
                    self.pause(waits)
                }
                Trouble::Unlinked => return Some(Outcome::Ignored("the chat is not linked any more")),
                Trouble::Broken { why, after } => {
                    tracing::warn!(update = update.id, why, "an update failed");
                    failures += 1;
                    if failures >= self.settings.tries && is_card(update) {
                        // Nobody's message: the draft is kept, and the next message shows it.
                        *card = false;
                        return Some(Outcome::Ignored("a card that can't be shown"));
                    }
                    if failures >= self.settings.tries {
                        if self.put_aside(chat, update, &why, language).await {
                            *card = false;
                            return Some(Outcome::Kept);
                        }
                        failures = self.settings.tries.saturating_sub(1);
                    }
                    self.pause(failures).max(after.unwrap_or_default().min(LONGEST_PAUSE))
                }
            };
            tokio::select! { () = stopped(stop) => return None, () = sleep(pause) => {} }
        }
    }

    /// One try: what it changes in the conversation's state is kept only if all went well.
    async fn try_one(&self, chat: i64, update: &Update, mut card: bool, language: Language) -> Result<(Outcome, bool), Trouble> {
        let before = self.store.load(chat)?;
        let mut dialogue = before.clone();
        let mut turn = Turn { bot: self, chat, language: dialogue.language.unwrap_or(language), dialogue: &mut dialogue, card: &mut card };
        let outcome = if is_card(update) {
            turn.show_card().await?;
            card = false;
            Outcome::Handled("a card")
        } else {
            turn.take(&update.kind).await?
        };
        if dialogue == Dialogue::default() {
            if before != dialogue {
                self.store.forget(chat)?;
            }
        } else if dialogue != before {
            self.store.save(chat, &dialogue)?;
        }
        Ok((outcome, card))
    }

    /// Keeps an update that fails by itself for the administrators. False where that failed too.
    async fn put_aside(&self, chat: i64, update: &Update, why: &str, language: Language) -> bool {
        // The message itself is not in the tap that was to send it.
        let draft = match &update.kind {
            Kind::Tap(tap) if tap.data.starts_with("d:") => self.store.load(chat).ok().and_then(|dialogue| dialogue.draft),
            _ => None,
        };
        let content = draft.map_or_else(|| update.raw.clone(), |draft| serde_json::json!({"update": update.raw, "draft": draft}));
        let kept =
            self.platform.keep_unreadable(format!("update/{}", update.id), why.chars().take(500).collect(), content.to_string()).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "an update could not be put aside");
            return false;
        }
        if chat > 0 {
            let page = Page::text(say!(language, "kept-aside"));
            if let Err(failure) = self.telegram.send(chat, &page, None).await {
                tracing::debug!(%failure, "nobody could be told");
            }
        }
        true
    }
}

/// Whether it is no update of Telegram's, but the card that is shown after some.
fn is_card(update: &Update) -> bool {
    update.id == 0 && matches!(&update.kind, Kind::Other(name) if name == "card")
}

/// Whether an update wants an answer and nothing else: nothing is lost where it is not given.
fn only_asks(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => message.command.is_some() || message.other.is_some() || message.chat_kind == ChatKind::Group,
        Kind::Tap(tap) => matches!(tap.data.split(':').next(), Some("m" | "t" | "tp" | "i" | "ip")),
        _ => false,
    }
}

fn language_of(kind: &Kind) -> Option<Language> {
    let from = match kind {
        Kind::Message(message) | Kind::Edited(message) => message.from.as_ref()?,
        Kind::Tap(tap) => &tap.from,
        Kind::Membership { .. } | Kind::Other(_) => return None,
    };
    Some(Language::of(&from.language))
}

/// Makes the messages of an album one message; with each come the numbers of the updates that went into it.
fn with_albums(updates: Vec<Update>) -> Vec<(Update, Vec<i64>)> {
    let mut merged: Vec<(Update, Vec<i64>)> = Vec::new();
    for update in updates {
        if let Kind::Message(message) = &update.kind
            && let Some(album) = &message.album
            && let Some((first, also)) = merged.iter_mut().find_map(|(known, also)| match &mut known.kind {
                Kind::Message(first) if first.album.as_ref() == Some(album) => Some((first, also)),
                _ => None,
            })
        {
            join_album(first, message);
            also.push(update.id);
            continue;
        }
        merged.push((update, Vec::new()));
    }
    merged
}

fn join_album(first: &mut Message, next: &Message) {
    first.files.extend(next.files.iter().cloned());
    if first.text.is_empty() {
        first.text.clone_from(&next.text);
    } else if !next.text.is_empty() {
        first.text = format!("{}\n{}", first.text, next.text);
    }
    first.other = None;
}
