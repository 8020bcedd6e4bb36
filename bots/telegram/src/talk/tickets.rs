//! One's own tickets: where they stand, adding to them, saying how much the answer helped.

use super::{Result, Tapped, Turn};
use crate::{
    dialogue::{Known, Step},
    platform::Listed,
    telegram::{Key, Page, cut},
    texts::{find, say},
};

impl Turn<'_> {
    /// The state of a ticket in words.
    pub(crate) fn state(&self, name: &str) -> String {
        let key = format!("state-{}", name.to_lowercase().replace('_', "-"));
        find(self.language, &key, Vec::new()).unwrap_or_else(|| name.to_owned())
    }

    /// A page of one's tickets, in the place of the tapped message where there is one.
    pub(crate) async fn list_tickets(&mut self, tapped: Option<&Tapped<'_>>, after: Option<String>) -> Result<()> {
        if let Some(tapped) = tapped {
            self.nod(tapped).await?;
        }
        let first = after.is_none();
        let part = self.platform().own_tickets(&self.address(), after).await?;
        let mut page = if part.total == 0 {
            let mut page = Page::text(say!(self.language, "no-tickets"));
            page.key(say!(self.language, "button-new"), "m:new");
            page
        } else {
            Page {
                head: say!(self.language, "tickets-head"),
                body: say!(self.language, "tickets-count", count = part.total),
                keys: Vec::new(),
            }
        };
        for ticket in &part.items {
            self.remember_listed(ticket);
            let short = self.dialogue.refer(&ticket.id);
            page.key(format!("№ {} · {} · {}", ticket.number, self.state(&ticket.state), cut(&ticket.subject, 30)), format!("t:{short}"));
        }
        if !first {
            page.key(say!(self.language, "button-first"), "m:tickets");
        }
        if let Some(next) = &part.next {
            let short = self.dialogue.refer(next);
            let data = format!("tp:{short}");
            if first { page.key(say!(self.language, "button-more"), data) } else { page.beside(say!(self.language, "button-more"), data) }
        }
        page.key(say!(self.language, "button-menu"), "m:menu");
        match tapped {
            Some(tapped) => self.turn_page(tapped, &page).await.map(drop),
            None => self.send(&page, None).await.map(drop),
        }
    }

    fn remember_listed(&mut self, ticket: &Listed) {
        self.dialogue.know(Known {
            id: ticket.id.clone(),
            number: ticket.number.clone(),
            secret: ticket.secret.clone(),
            external: None,
            token: ticket.reply_token.clone(),
        });
    }

    /// One ticket.
    pub(crate) async fn show_ticket(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        let known = self.dialogue.referred(tapped.part(1)).and_then(|id| self.dialogue.known(&id).cloned());
        let Some(known) = known else {
            return self.alert(tapped, &say!(self.language, "old-button")).await;
        };
        let shown = self.platform().ticket(&known.number, known.secret.as_deref(), &self.address(), self.language).await?;
        let Some(ticket) = shown else {
            return self.alert(tapped, &say!(self.language, "ticket-gone")).await;
        };
        self.nod(tapped).await?;
        let mut body = format!("{}\n\n{}", ticket.subject, say!(self.language, "ticket-state", state = self.state(&ticket.state)));
        if matches!(ticket.state.as_str(), "NEW" | "TRIAGED" | "IN_PROGRESS" | "REOPENED") {
            body.push('\n');
            body.push_str(&say!(self.language, "deadline", date = ticket.due.as_str()));
        }
        if let Some(answer) = &ticket.answer {
            body.push_str("\n\n");
            body.push_str(&say!(self.language, "ticket-answer"));
            body.push('\n');
            body.push_str(&cut(answer, 2500));
        }
        if let Some(rating) = ticket.rating {
            body.push_str("\n\n");
            body.push_str(&say!(self.language, "ticket-rated", rating = rating));
        }
        let mut page = Page { head: say!(self.language, "ticket-head", number = known.number.as_str()), body, keys: Vec::new() };
        let short = self.dialogue.refer(&known.id);
        if ticket.answer.is_some() && ticket.rating.is_none() {
            page.keys.push(rating_keys(short));
        }
        page.key(say!(self.language, "button-add"), format!("ta:{short}"));
        page.beside(say!(self.language, "button-back"), "m:tickets");
        let message = self.turn_page(tapped, &page).await?;
        self.dialogue.about(&[message], &known.id);
        Ok(())
    }

    /// The next message goes to this ticket.
    pub(crate) async fn ask_follow_up(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        let known = self.dialogue.referred(tapped.part(1)).and_then(|id| self.dialogue.known(&id).cloned());
        let Some(known) = known else {
            return self.alert(tapped, &say!(self.language, "old-button")).await;
        };
        self.nod(tapped).await?;
        self.dialogue.ask(Step::FollowUp(known.id.clone()));
        let sent = self.send(&Page::text(say!(self.language, "write-more", number = known.number.as_str())), None).await?;
        self.dialogue.about(&sent, &known.id);
        Ok(())
    }

    /// How much the answer helped.
    pub(crate) async fn rate(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        let known = self.dialogue.referred(tapped.part(1)).and_then(|id| self.dialogue.known(&id).cloned());
        let (Some(known), Ok(rating @ 1..=5)) = (known, tapped.part(2).parse::<i32>()) else {
            return self.alert(tapped, &say!(self.language, "old-button")).await;
        };
        match self.platform().rate(&known.id, known.secret.as_deref(), rating, &self.address(), tapped.id).await? {
            Ok(()) => self.alert(tapped, &say!(self.language, "rated", rating = rating)).await,
            Err(said) => self.alert(tapped, &said).await,
        }
    }
}

/// Five buttons: how much the answer helped.
pub(crate) fn rating_keys(ticket: u32) -> Vec<Key> {
    (1..=5).map(|rating| Key { label: format!("{rating} ⭐"), data: format!("r:{ticket}:{rating}") }).collect()
}
