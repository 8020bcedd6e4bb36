//! A new message in a few taps: everything that is sent until «Отправить» goes into it.

use std::time::Duration;

use tokio::time::timeout;

use super::{Outcome, Result, Tapped, Turn};
use crate::{
    dialogue::Draft,
    telegram::{Page, cut},
    texts::say,
    update::{Message, User},
};

/// The longest text that goes as it is, in characters; a longer one also goes whole as a file.
pub(super) const LONGEST: usize = 50_000;
/// The most that goes into one message: characters, and messages that it is made of.
const WHOLE: usize = 1_000_000;
const PARTS: usize = 50;
/// How long what is alike is waited for: the card does not hang on it.
const SIMILAR: Duration = Duration::from_secs(3);
/// Territories on one page of buttons.
const PLACES: usize = 8;

impl Turn<'_> {
    /// A message without a command: a follow-up where it replies to something about a ticket, else a part of a new message.
    pub(crate) async fn written(&mut self, message: &Message, from: &User) -> Result<Outcome> {
        // The rest of an album whose first part was sent already.
        if let (Some(album), Some((known, ticket))) = (&message.album, self.dialogue.album.clone())
            && *album == known
        {
            self.follow_up(message, from, &ticket).await?;
            return Ok(Outcome::Handled("the rest of an album"));
        }
        if let Some((reply, _)) = message.reply
            && let Some(ticket) = self.dialogue.ticket_of(reply).map(|known| known.id.clone())
        {
            self.follow_up(message, from, &ticket).await?;
            return Ok(Outcome::Handled("a follow-up"));
        }
        let text = self.text_of(message);
        let visible = text.chars().any(|c| !is_hidden(c) && !c.is_whitespace());
        if message.files.is_empty() && message.place.is_none() {
            if !visible {
                self.tell(say!(self.language, "nothing-visible")).await?;
                return Ok(Outcome::Handled("nothing visible"));
            }
            if self.dialogue.draft.is_none() && !text.chars().any(char::is_alphanumeric) {
                self.tell(say!(self.language, "no-words")).await?;
                return Ok(Outcome::Handled("no words"));
            }
        }
        let known = self.dialogue.draft.as_ref();
        let length = known.map_or(0, |draft| draft.parts.iter().map(|(_, part)| part.chars().count()).sum::<usize>());
        if length + text.chars().count() > WHOLE || known.is_some_and(|draft| draft.parts.len() >= PARTS) {
            self.tell(say!(self.language, "draft-full")).await?;
            return Ok(Outcome::Handled("more than a message can hold"));
        }
        let external_reply = message.reply.map(|(reply, _)| self.external(reply));
        let limit = self.bot.settings.files;
        let draft = self.dialogue.draft.get_or_insert_default();
        if draft.origin == 0 {
            draft.origin = message.id;
        }
        if !draft.parts.iter().any(|(part, _)| *part == message.id) {
            if text.chars().any(is_hidden) {
                note(draft, "note-hidden");
            }
            draft.parts.push((message.id, text));
            for file in &message.files {
                if file.size > self.bot.settings.file_bytes {
                    note(draft, "note-too-large");
                } else {
                    draft.files.push(file.clone());
                }
            }
            bound(draft, limit);
            draft.references.extend(external_reply);
            draft.references.truncate(50);
        }
        *self.card = true;
        Ok(Outcome::Handled("a draft"))
    }

    /// What a message says, with where it is and from whom it was forwarded.
    pub(super) fn text_of(&self, message: &Message) -> String {
        let mut text = message.text.clone();
        if let Some(name) = &message.forwarded {
            let said = if name.is_empty() {
                say!(self.language, "forwarded")
            } else {
                say!(self.language, "forwarded-from", name = name.as_str())
            };
            text = format!("{said}\n{text}").trim().to_owned();
        }
        if let Some((latitude, longitude, name)) = &message.place {
            let place = format!("{latitude:.5}, {longitude:.5}");
            let map = format!("https://www.openstreetmap.org/?mlat={latitude:.5}&mlon={longitude:.5}");
            let said = say!(self.language, "at-place", place = [name.as_str(), &place].join(" ").trim(), map = map);
            text = format!("{text}\n{said}").trim().to_owned();
        }
        text
    }

    /// Shows the message that is being written below what was said last; an older card goes.
    pub(crate) async fn show_card(&mut self) -> Result<()> {
        let Some(draft) = self.dialogue.draft.clone() else { return Ok(()) };
        let page = self.card_page(&draft).await;
        let sent = self.send(&page, None).await?;
        if let Some(card) = draft.card {
            self.bot.telegram.delete(self.chat, card).await;
        }
        if let Some(draft) = &mut self.dialogue.draft {
            draft.card = sent.last().copied();
        }
        Ok(())
    }

    /// The message that is being written, with what is like it and the buttons.
    async fn card_page(&mut self, draft: &Draft) -> Page {
        let text = draft.text();
        let mut page = Page { head: say!(self.language, "draft-head"), ..Page::default() };
        let mut body = cut(&text.chars().filter(|c| !is_hidden(*c)).collect::<String>(), 600);
        if !draft.files.is_empty() {
            body.push_str("\n\n");
            body.push_str(&say!(self.language, "draft-files", count = draft.files.len()));
        }
        for (key, named) in [("draft-topic", &draft.topic), ("draft-place", &draft.territory)] {
            if let Some((_, name)) = named {
                body.push('\n');
                body.push_str(&say!(self.language, key, name = name.as_str()));
            }
        }
        let long = is_long(draft).then_some("note-long");
        for note in draft.notes.iter().map(String::as_str).chain(long) {
            body.push_str("\n\n");
            body.push_str(&say!(
                self.language,
                note,
                mebibytes = self.bot.settings.file_bytes / 1024 / 1024,
                files = self.bot.settings.files
            ));
        }
        page.key(say!(self.language, "button-send"), format!("d:send:{}", draft.origin));
        // What is like it is a help: without it the message can be sent as well.
        let (tickets, initiatives) = if text.chars().filter(|c| c.is_alphanumeric()).count() >= 8 {
            match timeout(SIMILAR, self.platform().similar(&cut(&text, 2000), self.language)).await {
                Ok(Ok(found)) => found,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "nothing similar could be found");
                    Default::default()
                }
                Err(_) => {
                    tracing::warn!("nothing similar could be found in time");
                    Default::default()
                }
            }
        } else {
            Default::default()
        };
        if !tickets.is_empty() || !initiatives.is_empty() {
            body.push_str("\n\n");
            body.push_str(&say!(self.language, "draft-similar"));
        }
        for (at, ticket) in tickets.iter().enumerate() {
            body.push_str(&format!("\n{}. № {} · {} · {}", at + 1, ticket.number, self.state(&ticket.state), cut(&ticket.subject, 120)));
            let short = self.dialogue.refer(&ticket.id);
            page.key(
                say!(self.language, "button-support-ticket", number = ticket.number.as_str()),
                format!("d:ticket:{}:{short}", draft.origin),
            );
        }
        for initiative in &initiatives {
            body.push_str(&format!("\n• {}", say!(self.language, "similar-initiative", title = cut(&initiative.title, 140))));
            let short = self.dialogue.refer(initiative.id.inner());
            page.key(
                say!(self.language, "button-support-initiative", title = cut(&initiative.title, 30)),
                format!("d:support:{}:{short}", draft.origin),
            );
        }
        page.body = body.trim().to_owned();
        page.key(say!(self.language, "button-topic"), format!("d:topics:{}", draft.origin));
        page.beside(say!(self.language, "button-place"), format!("d:places:{}:0", draft.origin));
        page.key(say!(self.language, "button-files"), format!("d:files:{}", draft.origin));
        page.beside(say!(self.language, "button-discard"), format!("d:discard:{}", draft.origin));
        page
    }

    /// A button of the card.
    pub(crate) async fn draft_tap(&mut self, tapped: &Tapped<'_>) -> Result<Outcome> {
        let origin: i64 = tapped.part(2).parse().unwrap_or_default();
        let Some(draft) = self.dialogue.draft.clone().filter(|draft| draft.origin == origin) else {
            self.alert(tapped, &say!(self.language, "draft-gone")).await?;
            return Ok(Outcome::Ignored("a button of another time"));
        };
        match tapped.part(1) {
            "send" => {
                self.nod(tapped).await?;
                self.send_draft(tapped, draft, None).await?;
                return Ok(Outcome::Handled("a message sent"));
            }
            "ticket" => match self.dialogue.referred(tapped.part(3)) {
                Some(target) => {
                    self.nod(tapped).await?;
                    self.send_draft(tapped, draft, Some(&target)).await?;
                    return Ok(Outcome::Handled("a message joined to another"));
                }
                None => self.alert(tapped, &say!(self.language, "old-button")).await?,
            },
            "support" => {
                let id = self.dialogue.referred(tapped.part(3)).unwrap_or_default();
                if self.support(tapped, &id).await? {
                    self.dialogue.draft = None;
                }
            }
            "topics" => self.choose_topic(tapped, origin).await?,
            "topic" => {
                let chosen = self.dialogue.referred(tapped.part(3));
                self.set(tapped, |draft| draft.topic = named(chosen.as_deref())).await?;
            }
            "places" => self.choose_place(tapped, origin, tapped.part(3).parse().unwrap_or_default()).await?,
            "place" => {
                let chosen = self.dialogue.referred(tapped.part(3));
                self.set(tapped, |draft| draft.territory = named(chosen.as_deref())).await?;
            }
            "files" => self.alert(tapped, &say!(self.language, "how-to-attach")).await?,
            "back" => self.set(tapped, |_| {}).await?,
            "discard" => {
                self.nod(tapped).await?;
                self.dialogue.draft = None;
                self.turn_page(tapped, &Page::text(say!(self.language, "discarded"))).await?;
            }
            _ => self.alert(tapped, &say!(self.language, "old-button")).await?,
        }
        Ok(Outcome::Handled("a draft"))
    }

    /// Changes the draft and shows it in the place of what was tapped.
    async fn set(&mut self, tapped: &Tapped<'_>, change: impl FnOnce(&mut Draft)) -> Result<()> {
        self.nod(tapped).await?;
        let Some(draft) = &mut self.dialogue.draft else { return Ok(()) };
        change(draft);
        let draft = draft.clone();
        let page = self.card_page(&draft).await;
        let message = self.turn_page(tapped, &page).await?;
        if let Some(draft) = &mut self.dialogue.draft {
            draft.card = Some(message);
        }
        Ok(())
    }

    async fn choose_topic(&mut self, tapped: &Tapped<'_>, origin: i64) -> Result<()> {
        self.nod(tapped).await?;
        let mut page = Page::text(say!(self.language, "choose-topic"));
        let topics = self.platform().topics(self.language).await?;
        for (at, (id, name)) in topics.iter().take(40).enumerate() {
            let short = self.dialogue.refer(&format!("{id}\n{name}"));
            let data = format!("d:topic:{origin}:{short}");
            if at.is_multiple_of(2) { page.key(name, data) } else { page.beside(name, data) }
        }
        page.key(say!(self.language, "button-back"), format!("d:back:{origin}"));
        self.turn_page(tapped, &page).await.map(drop)
    }

    async fn choose_place(&mut self, tapped: &Tapped<'_>, origin: i64, first: usize) -> Result<()> {
        self.nod(tapped).await?;
        let territories = self.platform().territories(self.language).await?;
        let mut page = Page::text(say!(self.language, "choose-place"));
        for (id, name) in territories.iter().skip(first).take(PLACES) {
            let short = self.dialogue.refer(&format!("{id}\n{name}"));
            page.key(name, format!("d:place:{origin}:{short}"));
        }
        page.key(say!(self.language, "button-back"), format!("d:back:{origin}"));
        if first + PLACES < territories.len() {
            page.beside(say!(self.language, "button-more"), format!("d:places:{origin}:{}", first + PLACES));
        }
        self.turn_page(tapped, &page).await.map(drop)
    }
}

/// Whether the text also goes as a file.
fn is_long(draft: &Draft) -> bool {
    draft.text().chars().count() > LONGEST
}

/// Keeps the files within their number; a long text is one of them.
pub(super) fn bound(draft: &mut Draft, limit: usize) {
    let most = limit.saturating_sub(usize::from(is_long(draft)));
    if draft.files.len() > most {
        draft.files.truncate(most);
        note(draft, "note-too-many");
    }
}

fn note(draft: &mut Draft, key: &str) {
    if !draft.notes.iter().any(|known| known == key) {
        draft.notes.push(key.to_owned());
    }
}

fn named(chosen: Option<&str>) -> Option<(String, String)> {
    chosen?.split_once('\n').map(|(id, name)| (id.to_owned(), name.to_owned()))
}

/// Characters that nobody sees or that turn the direction of what follows.
pub(super) fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{3164}')
        || (c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_known() {
        assert!("\u{202e}\u{200b}\u{2066}\u{feff}".chars().all(is_hidden));
        // Right-to-left writing itself, and the joiner inside emoji, hide nothing.
        assert!(!"שלום ابجد 👩\u{200d}🚒\n".chars().any(is_hidden));
    }
}
