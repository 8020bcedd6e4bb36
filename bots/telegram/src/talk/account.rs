//! The menu, the account behind the chat, the language, and being forgotten.

use super::{Result, Tapped, Turn};
use crate::{
    dialogue::{Dialogue, Step},
    telegram::Page,
    texts::{Language, find, say},
};

impl Turn<'_> {
    pub(crate) async fn menu(&mut self, tapped: Option<&Tapped<'_>>) -> Result<()> {
        let mut page = Page { head: say!(self.language, "menu-head"), body: say!(self.language, "menu"), keys: Vec::new() };
        page.key(say!(self.language, "button-new"), "m:new");
        page.beside(say!(self.language, "button-tickets"), "m:tickets");
        page.key(say!(self.language, "button-initiatives"), "m:initiatives");
        page.beside(say!(self.language, "button-notifications"), "m:notifications");
        page.key(say!(self.language, "button-language"), "m:language");
        page.beside(say!(self.language, "button-help"), "m:help");
        self.put(tapped, &page).await
    }

    pub(crate) async fn help(&mut self, tapped: Option<&Tapped<'_>>) -> Result<()> {
        let mut page = Page { head: say!(self.language, "help-head"), body: say!(self.language, "help"), keys: Vec::new() };
        page.key(say!(self.language, "button-menu"), "m:menu");
        self.put(tapped, &page).await
    }

    async fn put(&self, tapped: Option<&Tapped<'_>>, page: &Page) -> Result<()> {
        match tapped {
            Some(tapped) => {
                self.nod(tapped).await?;
                self.bot.live.forget(self.chat, tapped.message);
                self.turn_page(tapped, page).await.map(drop)
            }
            None => self.send(page, None).await.map(drop),
        }
    }

    /// Ends what was begun: a draft, or what was asked for.
    pub(crate) async fn cancel(&mut self, step: &Step) -> Result<()> {
        let asked = *step != Step::Open || self.dialogue.linking.take().is_some();
        let busy = self.dialogue.draft.take().is_some() || asked;
        self.tell(if busy { say!(self.language, "cancelled") } else { say!(self.language, "nothing-to-cancel") }).await
    }

    /// Asks whether to link the chat to the account that made the code: whoever follows a link need not know what it does.
    pub(crate) async fn ask_link(&mut self, code: &str) -> Result<()> {
        if let Some(name) = self.platform().linked(&self.address()).await? {
            return self.tell(say!(self.language, "unlink-first", name = name)).await;
        }
        self.dialogue.linking = Some(code.chars().take(200).collect());
        let mut page = Page::text(say!(self.language, "ask-link"));
        page.key(say!(self.language, "button-link"), "k:yes");
        page.key(say!(self.language, "button-no-link"), "k:no");
        self.send(&page, None).await.map(drop)
    }

    /// Links the chat, or does not.
    pub(crate) async fn link(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        let Some(code) = self.dialogue.linking.take() else {
            return self.alert(tapped, &say!(self.language, "old-button")).await;
        };
        self.nod(tapped).await?;
        let said = if tapped.part(1) == "yes" {
            match self.platform().link(&self.address(), &tapped.from.name, &code, self.language).await? {
                Ok(name) => say!(self.language, "linked", name = name),
                Err(said) => format!("{said}\n\n{}", say!(self.language, "link-again")),
            }
        } else {
            say!(self.language, "link-declined")
        };
        self.turn_page(tapped, &Page::text(said)).await.map(drop)
    }

    pub(crate) async fn how_to_link(&self) -> Result<()> {
        let mut text = match self.platform().linked(&self.address()).await? {
            Some(name) => say!(self.language, "already-linked", name = name),
            None => say!(self.language, "how-to-link"),
        };
        let site = self.bot.settings.site.trim_end_matches('/');
        if !site.is_empty() {
            text.push_str(&format!("\n\n{site}/me/channels"));
        }
        self.tell(text).await
    }

    pub(crate) async fn unlink(&mut self) -> Result<()> {
        if self.platform().linked(&self.address()).await?.is_none() {
            return self.tell(say!(self.language, "not-linked")).await;
        }
        let done = self.platform().unlink(&self.address(), &self.dialogue.next_reference.to_string()).await?;
        // Each unlinking is an action of its own.
        self.dialogue.next_reference = self.dialogue.next_reference.wrapping_add(1);
        self.dialogue.marked.clear();
        self.tell(done.map_or_else(|said| said, |()| say!(self.language, "unlinked"))).await
    }

    pub(crate) async fn ask_language(&mut self, tapped: Option<&Tapped<'_>>) -> Result<()> {
        let mut page = Page::text(say!(self.language, "ask-language"));
        page.key("Русский", "l:ru");
        page.beside("English", "l:en");
        self.put(tapped, &page).await
    }

    pub(crate) async fn set_language(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        self.nod(tapped).await?;
        self.language = if tapped.part(1) == "en" { Language::En } else { Language::Ru };
        self.dialogue.language = Some(self.language);
        self.turn_page(tapped, &Page::text(say!(self.language, "language-set"))).await.map(drop)
    }

    /// What they hear of by this bot, to be switched kind by kind.
    pub(crate) async fn notifications(&mut self, tapped: Option<&Tapped<'_>>) -> Result<()> {
        let page = self.notifications_page().await?;
        self.put(tapped, &page).await
    }

    async fn notifications_page(&self) -> Result<Page> {
        let address = self.address();
        if self.platform().linked(&address).await?.is_none() {
            let mut page = Page::text(say!(self.language, "notifications-need-link"));
            page.key(say!(self.language, "button-menu"), "m:menu");
            return Ok(page);
        }
        let mut page =
            Page { head: say!(self.language, "notifications-head"), body: say!(self.language, "notifications"), keys: Vec::new() };
        for (kind, on) in self.platform().preferences(&address).await? {
            let name =
                find(self.language, &format!("kind-{}", kind.to_lowercase().replace('_', "-")), Vec::new()).unwrap_or_else(|| kind.clone());
            page.key(format!("{} {name}", if on { "🔔" } else { "🔕" }), format!("n:{kind}:{}", u8::from(!on)));
        }
        page.key(say!(self.language, "button-menu"), "m:menu");
        Ok(page)
    }

    pub(crate) async fn set_notification(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        let address = self.address();
        if self.platform().linked(&address).await?.is_none() {
            return self.alert(tapped, &say!(self.language, "not-linked")).await;
        }
        if let Err(said) = self.platform().prefer(&address, tapped.part(1), tapped.part(2) == "1", tapped.id).await? {
            return self.alert(tapped, &said).await;
        }
        self.nod(tapped).await?;
        let page = self.notifications_page().await?;
        self.turn_page(tapped, &page).await.map(drop)
    }

    pub(crate) async fn ask_deletion(&mut self) -> Result<()> {
        let mut page = Page { head: say!(self.language, "delete-head"), body: say!(self.language, "delete"), keys: Vec::new() };
        page.key(say!(self.language, "button-delete"), "x:yes");
        page.key(say!(self.language, "button-keep"), "x:no");
        self.send(&page, None).await.map(drop)
    }

    pub(crate) async fn delete(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        self.nod(tapped).await?;
        if tapped.part(1) != "yes" {
            return self.turn_page(tapped, &Page::text(say!(self.language, "kept"))).await.map(drop);
        }
        match self.platform().forget(&self.address(), tapped.id).await? {
            Ok(tickets) => {
                *self.dialogue = Dialogue::default();
                *self.card = false;
                self.bot.live.forget_chat(self.chat);
                self.turn_page(tapped, &Page::text(say!(self.language, "deleted", count = tickets))).await.map(drop)
            }
            Err(said) => self.tell(said).await,
        }
    }
}
