//! Initiatives: finding them, voting, and seeing the votes grow.

use veche_client::initiatives::{BallotKind, Initiative, InitiativeState};

use super::{Result, Tapped, Turn};
use crate::{
    dialogue::Step,
    live::Watched,
    platform::{day_and_time, name_of},
    telegram::{Page, cut},
    texts::{Language, find, say},
};

impl Turn<'_> {
    /// A page of initiatives: of those being voted on, or of those with words in them.
    pub(crate) async fn list_initiatives(&mut self, tapped: Option<&Tapped<'_>>, words: &str, after: Option<String>) -> Result<()> {
        if let Some(tapped) = tapped {
            self.nod(tapped).await?;
        }
        let words = cut(words.trim(), 200);
        let part = self.platform().initiatives(&words, after, self.language).await?;
        let mut page = Page { head: say!(self.language, "initiatives-head"), ..Page::default() };
        page.body = match (part.total, words.is_empty()) {
            (0, true) => say!(self.language, "no-initiatives"),
            (0, false) => say!(self.language, "nothing-found", words = words.as_str()),
            (count, true) => say!(self.language, "initiatives-count", count = count),
            (count, false) => say!(self.language, "found", words = words.as_str(), count = count),
        };
        for initiative in &part.items {
            let short = self.dialogue.refer(initiative.id.inner());
            page.key(cut(&initiative.title, 60), format!("i:{short}"));
        }
        page.key(say!(self.language, "button-search"), "m:search");
        if let Some(next) = &part.next {
            let short = self.dialogue.refer(&format!("{next}\n{words}"));
            page.beside(say!(self.language, "button-more"), format!("ip:{short}"));
        }
        page.key(say!(self.language, "button-menu"), "m:menu");
        match tapped {
            Some(tapped) => {
                let message = self.turn_page(tapped, &page).await?;
                self.bot.live.forget(self.chat, message);
                Ok(())
            }
            None => self.send(&page, None).await.map(drop),
        }
    }

    pub(crate) async fn ask_search(&mut self, tapped: Option<&Tapped<'_>>) -> Result<()> {
        if let Some(tapped) = tapped {
            self.nod(tapped).await?;
        }
        self.dialogue.ask(Step::Search);
        self.tell(say!(self.language, "ask-search")).await
    }

    /// One initiative, with the votes as they are and go on.
    pub(crate) async fn show_initiative(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        let Some(id) = self.dialogue.referred(tapped.part(1)) else {
            return self.alert(tapped, &say!(self.language, "old-button")).await;
        };
        let address = self.address();
        let linked = self.platform().linked(&address).await?.is_some();
        let shown = self.platform().initiative(&id, linked.then_some(address.as_str()), self.language).await?;
        let Some(initiative) = shown else {
            return self.alert(tapped, &say!(self.language, "initiative-gone")).await;
        };
        self.nod(tapped).await?;
        self.put_initiative(tapped, initiative).await
    }

    async fn put_initiative(&mut self, tapped: &Tapped<'_>, initiative: Initiative) -> Result<()> {
        let id = initiative.id.inner().to_owned();
        let watched = Watched {
            chat: self.chat,
            message: 0,
            language: self.language,
            short: self.dialogue.refer(&id),
            marked: self.dialogue.marked.get(&id).cloned().unwrap_or_default(),
            site: self.bot.settings.site.clone(),
            zone: self.platform().zone().await,
            initiative,
        };
        let message = self.turn_page(tapped, &card(&watched)).await?;
        if watched.initiative.state == InitiativeState::Voting {
            self.bot.live.watch(Watched { message, ..watched });
        }
        Ok(())
    }

    /// A vote by a button of the card.
    pub(crate) async fn vote(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        let (Some(id), Ok(choice)) = (self.dialogue.referred(tapped.part(1)), tapped.part(2).parse::<i32>()) else {
            return self.alert(tapped, &say!(self.language, "old-button")).await;
        };
        let address = self.address();
        if self.platform().linked(&address).await?.is_none() {
            return self.not_linked(tapped).await;
        }
        let Some(initiative) = self.platform().initiative(&id, Some(&address), self.language).await? else {
            return self.alert(tapped, &say!(self.language, "initiative-gone")).await;
        };
        let choices = if initiative.ballot_kind == BallotKind::MultipleChoice {
            let cast = initiative.my_ballot.as_ref().map(|ballot| ballot.choices.clone()).unwrap_or_default();
            let mut choices = self.dialogue.marked.remove(&id).unwrap_or(cast);
            // What the button says, not the other way round from now: a second try must not undo the first.
            choices.retain(|known| *known != choice);
            if tapped.part(3) != "0" {
                choices.push(choice);
                choices.sort_unstable();
            }
            let few = i32::try_from(choices.len()).unwrap_or(i32::MAX) < initiative.min_choices;
            if few && initiative.my_ballot.is_none() {
                // Too few for a vote as yet: they are marked until there are enough.
                let text = say!(self.language, "choose-more", count = initiative.min_choices);
                self.dialogue.marked.insert(id, choices);
                if self.dialogue.marked.len() > 20 {
                    self.dialogue.marked.pop_first();
                }
                self.bot.telegram.answer(tapped.id, &text, false).await?;
                return self.put_initiative(tapped, initiative).await;
            }
            choices
        } else {
            vec![choice]
        };
        self.cast(tapped, &id, choices).await
    }

    pub(crate) async fn withdraw_vote(&mut self, tapped: &Tapped<'_>) -> Result<()> {
        let Some(id) = self.dialogue.referred(tapped.part(1)) else {
            return self.alert(tapped, &say!(self.language, "old-button")).await;
        };
        if self.platform().linked(&self.address()).await?.is_none() {
            return self.not_linked(tapped).await;
        }
        self.dialogue.marked.remove(&id);
        self.cast(tapped, &id, Vec::new()).await
    }

    async fn cast(&mut self, tapped: &Tapped<'_>, id: &str, choices: Vec<i32>) -> Result<()> {
        let withdrawn = choices.is_empty();
        let address = self.address();
        match self.platform().vote(id, choices, &address, self.language, tapped.id).await? {
            Ok(_) if withdrawn => self.bot.telegram.answer(tapped.id, &say!(self.language, "vote-withdrawn"), false).await?,
            Ok(_) => self.bot.telegram.answer(tapped.id, &say!(self.language, "vote-cast"), false).await?,
            Err(said) => return self.alert(tapped, &said).await,
        }
        if let Some(initiative) = self.platform().initiative(id, Some(&address), self.language).await? {
            self.put_initiative(tapped, initiative).await?;
        }
        Ok(())
    }

    /// Votes for an initiative in place of sending a message. Returns whether it was done.
    pub(crate) async fn support(&mut self, tapped: &Tapped<'_>, id: &str) -> Result<bool> {
        if id.is_empty() {
            self.alert(tapped, &say!(self.language, "old-button")).await?;
            return Ok(false);
        }
        let address = self.address();
        if self.platform().linked(&address).await?.is_none() {
            self.not_linked(tapped).await?;
            return Ok(false);
        }
        let Some(initiative) = self.platform().initiative(id, Some(&address), self.language).await? else {
            self.alert(tapped, &say!(self.language, "initiative-gone")).await?;
            return Ok(false);
        };
        if !matches!(initiative.ballot_kind, BallotKind::Support | BallotKind::ForAgainstAbstain) {
            // There is no plain "for": the card has the options. The text stays.
            self.nod(tapped).await?;
            let fresh = Tapped { id: tapped.id, message: 0, from: tapped.from, parts: Vec::new() };
            self.put_initiative(&fresh, initiative).await?;
            return Ok(false);
        }
        match self.platform().vote(id, vec![0], &address, self.language, tapped.id).await? {
            Ok(_) => {
                self.bot.telegram.answer(tapped.id, &say!(self.language, "vote-cast"), false).await?;
                if let Some(initiative) = self.platform().initiative(id, Some(&address), self.language).await? {
                    self.put_initiative(tapped, initiative).await?;
                }
                Ok(true)
            }
            Err(said) => {
                self.alert(tapped, &said).await?;
                Ok(false)
            }
        }
    }

    async fn not_linked(&self, tapped: &Tapped<'_>) -> Result<()> {
        self.alert(tapped, &say!(self.language, "vote-needs-link")).await?;
        self.how_to_link().await
    }
}

/// An initiative as a page, with buttons to vote.
pub(crate) fn card(watched: &Watched) -> Page {
    let (initiative, language) = (&watched.initiative, watched.language);
    let voting = initiative.state == InitiativeState::Voting;
    let mut page = Page { head: cut(&initiative.title, 200), body: cut(&initiative.goal, 1500), keys: Vec::new() };
    let state = name_of(&initiative.state);
    let state = find(language, &format!("vote-state-{}", state.to_lowercase().replace('_', "-")), Vec::new()).unwrap_or(state);
    page.body.push_str(&format!("\n\n{state}"));
    if let Some(ends) = initiative.voting_ends_at.as_ref().filter(|_| voting) {
        page.body.push('\n');
        page.body.push_str(&say!(language, "voting-ends", date = day_and_time(ends, watched.zone, language)));
    }
    let mine = initiative.my_ballot.as_ref().map(|ballot| ballot.choices.clone()).unwrap_or_default();
    if let Some(tally) = &initiative.tally {
        page.body.push('\n');
        if initiative.ballot_kind == BallotKind::Support {
            let so_far = tally.counts.first().copied().unwrap_or_default();
            page.body.push_str(&say!(language, "tally-support", count = so_far, needed = initiative.threshold));
        } else {
            for (at, count) in tally.counts.iter().enumerate() {
                page.body.push_str(&format!("\n{} — {count}", option(initiative, at, language)));
            }
            page.body.push('\n');
            page.body.push_str(&say!(language, "tally-all", count = tally.ballots));
        }
    }
    if !mine.is_empty() {
        let named: Vec<String> =
            mine.iter().filter_map(|at| usize::try_from(*at).ok()).map(|at| option(initiative, at, language)).collect();
        page.body.push_str("\n\n");
        page.body.push_str(&say!(language, "my-vote", options = named.join(", ")));
    }
    if !watched.site.is_empty() {
        page.body.push_str(&format!("\n\n{}/initiatives/{}", watched.site.trim_end_matches('/'), initiative.id.inner()));
    }
    if voting {
        for at in 0..initiative.ballot_options.len().max(usize::from(initiative.ballot_kind == BallotKind::Support)) {
            let chosen =
                i32::try_from(at).is_ok_and(|at| if watched.marked.is_empty() { mine.contains(&at) } else { watched.marked.contains(&at) });
            let mark = if chosen { "✅ " } else { "" };
            let label = format!("{mark}{}", option(initiative, at, language));
            let data = format!("v:{}:{at}:{}", watched.short, u8::from(!chosen));
            if initiative.ballot_kind == BallotKind::ForAgainstAbstain { page.beside(label, data) } else { page.key(label, data) }
        }
        if !mine.is_empty() {
            page.key(say!(language, "button-withdraw"), format!("w:{}", watched.short));
        }
    }
    page.key(say!(language, "button-initiatives"), "m:initiatives");
    page
}

fn option(initiative: &Initiative, at: usize, language: Language) -> String {
    match (initiative.ballot_kind, at) {
        (BallotKind::Support, _) => say!(language, "option-support"),
        (BallotKind::ForAgainstAbstain, 0) => say!(language, "option-for"),
        (BallotKind::ForAgainstAbstain, 1) => say!(language, "option-against"),
        (BallotKind::ForAgainstAbstain, _) => say!(language, "option-abstain"),
        _ => initiative.ballot_options.get(at).map(|option| cut(option, 80)).unwrap_or_default(),
    }
}
