//! What was written goes to the platform: a new message, a follow-up, a later wording; and the person hears what became of it.

use super::{
    ChatKind, Outcome, Result, Tapped, Trouble, Turn,
    compose::{LONGEST, bound, is_hidden},
};
use crate::{
    dialogue::{Draft, Known, Sent, join},
    platform::{NewMessage, Received},
    telegram::{Failure, Page, cut},
    texts::{find, say},
    update::{File, Message, User},
};

impl Turn<'_> {
    /// Sends the message, and joins its ticket with another one about the same.
    pub(super) async fn send_draft(&mut self, tapped: &Tapped<'_>, draft: Draft, join_with: Option<&str>) -> Result<()> {
        let external = self.external(draft.origin);
        let (files, lost) = self.carry_files(&draft.files).await?;
        let message = NewMessage {
            external: &external,
            text: draft.text(),
            files,
            references: draft.references.clone(),
            reply_token: None,
            topic: draft.topic.as_ref().map(|(id, _)| id.as_str()),
            territory: draft.territory.as_ref().map(|(id, _)| id.as_str()),
            edits: None,
        };
        let received = match self.receive(message, tapped.from).await? {
            Ok(received) => received,
            Err(said) => {
                // The draft stays, so that it can be put right.
                self.tell(said).await?;
                *self.card = true;
                return Ok(());
            }
        };
        let joined = match join_with {
            Some(target) => self.platform().join(&received.ticket, target, &received.secret, &external).await?,
            None => false,
        };
        let page = self.received_page(&received, &lost, joined).await;
        self.dialogue.draft = None;
        self.remember(&received, &external, draft.parts);
        // First the new words, then the card goes: whoever looks never sees nothing.
        let sent = self.send(&page, Some(draft.origin)).await?;
        self.dialogue.about(&sent, &received.ticket);
        if let Err(failure) = self.bot.telegram.edit(self.chat, tapped.message, &Page::text(say!(self.language, "draft-sent"))).await {
            tracing::debug!(%failure, "the card could not be taken away");
        }
        Ok(())
    }

    /// More about a ticket, sent at once.
    pub(crate) async fn follow_up(&mut self, message: &Message, from: &User, ticket: &str) -> Result<()> {
        let known = self.dialogue.known(ticket).cloned().unwrap_or_default();
        let external = self.external(message.id);
        let text = self.text_of(message);
        if message.files.is_empty() && !text.chars().any(|c| !is_hidden(c) && !c.is_whitespace()) {
            return self.tell(say!(self.language, "nothing-visible")).await;
        }
        let (files, lost) = self.carry_files(&message.files).await?;
        let mut references: Vec<String> = known.external.iter().cloned().collect();
        references.extend(message.reply.map(|(reply, _)| self.external(reply)));
        let new = NewMessage {
            external: &external,
            text: text.clone(),
            files,
            references,
            reply_token: known.token,
            topic: None,
            territory: None,
            edits: None,
        };
        match self.receive(new, from).await? {
            Ok(received) => {
                let page = self.received_page(&received, &lost, false).await;
                self.remember(&received, &external, vec![(message.id, text)]);
                self.dialogue.album = message.album.clone().map(|album| (album, received.ticket.clone()));
                let sent = self.send(&page, Some(message.id)).await?;
                self.dialogue.about(&sent, &received.ticket);
            }
            Err(said) => self.tell(said).await?,
        }
        Ok(())
    }

    /// A later wording: of what is being written, or of what was sent.
    pub(crate) async fn edited(&mut self, message: &Message) -> Result<Outcome> {
        let (Some(from), ChatKind::Private) = (&message.from, message.chat_kind) else {
            return Ok(Outcome::Ignored("an edit outside our own chats"));
        };
        if message.place.is_some() {
            // Nobody can edit a place: it is one that is shared live, and where they were first is what they wrote of.
            return Ok(Outcome::Ignored("a place that moves"));
        }
        let text = self.text_of(message);
        let limit = self.bot.settings.files;
        if let Some(draft) = &mut self.dialogue.draft
            && let Some(part) = draft.parts.iter_mut().find(|(part, _)| *part == message.id)
        {
            part.1 = text;
            bound(draft, limit);
            *self.card = true;
            return Ok(Outcome::Handled("an edit of a draft"));
        }
        let sent = self.dialogue.sent.iter().rev().find(|sent| sent.parts.iter().any(|(part, _)| *part == message.id)).cloned();
        let Some(mut sent) = sent else { return Ok(Outcome::Ignored("an edit of what is not a message to the city")) };
        let Some(part) = sent.parts.iter_mut().find(|(part, _)| *part == message.id).filter(|(_, known)| *known != text) else {
            return Ok(Outcome::Ignored("an edit that changes no words"));
        };
        part.1 = text;
        let external = format!("{}/{}", sent.external, message.edited_at);
        let new = NewMessage {
            external: &external,
            text: join(&sent.parts),
            files: Vec::new(),
            references: vec![sent.external.clone()],
            reply_token: None,
            topic: None,
            territory: None,
            edits: Some(&sent.external),
        };
        let said = match self.receive(new, from).await? {
            Ok(received) => say!(self.language, "edited", number = received.number.as_str()),
            Err(said) => said,
        };
        let ticket = sent.ticket.clone();
        self.dialogue.keep_sent(sent);
        let messages = self.send(&Page::text(said), Some(message.id)).await?;
        self.dialogue.about(&messages, &ticket);
        Ok(Outcome::Handled("an edit of what was sent"))
    }

    /// Hands a message over; the inner error is a refusal in words for the person.
    async fn receive(&self, mut message: NewMessage<'_>, from: &User) -> Result<std::result::Result<Received, String>> {
        if message.text.chars().count() > LONGEST {
            let whole = message.text.clone().into_bytes();
            match self.platform().upload("message.txt", "text/plain; charset=utf-8", whole).await? {
                Ok(file) => message.files.push(file),
                Err(said) => return Ok(Err(said)),
            }
            message.text = cut(&message.text, LONGEST);
        }
        self.platform().receive(message, &self.address(), &from.name, self.language).await.map_err(Trouble::from)
    }

    /// Takes files over from Telegram. Returns the platform's identifiers, and what could not be taken and why.
    async fn carry_files(&self, files: &[File]) -> Result<(Vec<String>, Vec<String>)> {
        let (mut carried, mut lost) = (Vec::new(), Vec::new());
        for file in files {
            let content =
                if file.size > self.bot.settings.file_bytes { Err(Failure::TooLarge) } else { self.bot.telegram.download(&file.id).await };
            match content {
                Ok(content) => match self.platform().upload(&file.name, &file.content_type, content).await? {
                    Ok(id) => carried.push(id),
                    Err(said) => lost.push(format!("{}: {said}", file.name)),
                },
                Err(Failure::TooLarge) => {
                    let most = self.bot.settings.file_bytes / 1024 / 1024;
                    lost.push(say!(self.language, "file-too-large", name = file.name.as_str(), mebibytes = most));
                }
                Err(Failure::Refused(why)) => {
                    tracing::warn!(why, "a file could not be fetched");
                    lost.push(say!(self.language, "file-lost", name = file.name.as_str()));
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok((carried, lost))
    }

    async fn received_page(&self, received: &Received, lost: &[String], joined: bool) -> Page {
        let mut body = if joined {
            say!(self.language, "received-joined", number = received.number.as_str())
        } else if received.follow_up {
            say!(self.language, "added", number = received.number.as_str())
        } else {
            say!(self.language, "received", number = received.number.as_str())
        };
        if !received.follow_up {
            // The date is a help: without it the message was received as well.
            if let Ok(Some(ticket)) = self.platform().ticket(&received.number, Some(&received.secret), &self.address(), self.language).await
            {
                body.push('\n');
                body.push_str(&say!(self.language, "deadline", date = ticket.due));
            }
            body.push('\n');
            body.push_str(&say!(self.language, "ticket-link", link = received.link.as_str()));
            body.push_str("\n\n");
            body.push_str(&say!(self.language, "received-more"));
        }
        let refused = received.refused.iter().map(|(name, reason)| {
            let reason = find(self.language, &format!("refused-{}", reason.to_lowercase().replace('_', "-")), Vec::new());
            format!("{name}: {}", reason.unwrap_or_else(|| say!(self.language, "refused-other")))
        });
        let lost: Vec<String> = lost.iter().cloned().chain(refused).collect();
        Page::text(with_lost(body, &lost))
    }

    fn remember(&mut self, received: &Received, external: &str, parts: Vec<(i64, String)>) {
        self.dialogue.know(Known {
            id: received.ticket.clone(),
            number: received.number.clone(),
            secret: Some(received.secret.clone()),
            external: Some(external.to_owned()),
            token: None,
        });
        self.dialogue.keep_sent(Sent { external: external.to_owned(), parts, ticket: received.ticket.clone() });
    }
}

fn with_lost(mut said: String, lost: &[String]) -> String {
    for line in lost {
        said.push_str("\n⚠️ ");
        said.push_str(line);
    }
    said
}
