//! Help: what one can do here, how votes are counted, what is kept of people, how everybody can use the pages.

use askama::Template;

use super::{
    map::Map,
    parts::Icon,
    ui::{Answer, Ui},
};
use crate::i18n::{self, Value};

/// The pages.
pub fn map(map: Map) -> Map {
    map.page("/help", show)
        .page("/help/votes", |ui| article(ui, &VOTES))
        .page("/help/privacy", |ui| article(ui, &PRIVACY))
        .page("/help/accessibility", |ui| article(ui, &ACCESSIBILITY))
}

/// What one can do: the name of its texts, its picture, where to do it.
const WAYS: [(&str, &str, &str); 6] = [
    ("propose", "idea", "/initiatives/new"),
    ("vote", "vote", "/initiatives?state=VOTING"),
    ("discuss", "comment", "/initiatives"),
    ("report", "report", "/report"),
    ("follow", "bell", "/me/notifications"),
    ("check", "eye", "/audit"),
];
/// Questions and answers, by the names of their texts.
const QUESTIONS: [&str; 8] = ["account", "anonymous", "answer", "lost", "rejected", "threshold", "change", "wrong"];

/// A page of prose: the name of its texts, and its sections with their pictures.
struct Article {
    name: &'static str,
    sections: &'static [(&'static str, &'static str)],
    /// A query to try.
    query: &'static str,
}

const VOTES: Article = Article {
    name: "votes",
    sections: &[
        ("who", "person"),
        ("kinds", "vote"),
        ("outcome", "check"),
        ("change", "edit"),
        ("count", "chart"),
        ("secret", "lock"),
        ("verify", "eye"),
        ("limits", "info"),
    ],
    query: "{
  initiative(id: \"…\") {
    state ballotKind threshold quorum votingStartsAt votingEndsAt
    tally { ballots counts version }
    tallyCourse { hour ballots counts }
    history { to at reason }
  }
}",
};
const PRIVACY: Article = Article {
    name: "privacy",
    sections: &[
        ("account", "person"),
        ("public", "globe"),
        ("hidden", "lock"),
        ("messages", "report"),
        ("machines", "settings"),
        ("browser", "eye"),
        ("time", "clock"),
        ("limits", "info"),
    ],
    query: "",
};
const ACCESSIBILITY: Article = Article {
    name: "accessibility",
    sections: &[("what", "check"), ("settings", "settings"), ("keys", "right"), ("script", "globe"), ("limits", "info")],
    query: "",
};

/// A part of prose.
enum Block {
    Paragraph(String),
    List(Vec<String>),
}

struct Section {
    name: &'static str,
    icon: &'static str,
    title: String,
    blocks: Vec<Block>,
}

impl Section {
    fn picture(&self, ui: &Ui) -> Icon {
        ui.icon(self.icon)
    }
}

#[derive(Template)]
#[template(path = "help/show.html")]
struct Overview {
    ui: Ui,
    questions: Vec<Section>,
}

#[derive(Template)]
#[template(path = "help/article.html")]
struct Page {
    ui: Ui,
    article: &'static Article,
    sections: Vec<Section>,
}

impl Page {
    /// A text of this page.
    fn say(&self, what: &str) -> String {
        self.ui.t(&format!("help-{}-{what}", self.article.name))
    }
}

async fn show(ui: Ui) -> Answer {
    ui.ask_shell().await?;
    let questions = QUESTIONS.map(|name| section(&ui, "question", name, "info"));
    ui.page(&Overview { questions: questions.into(), ui: ui.clone() })
}

async fn article(ui: Ui, article: &'static Article) -> Answer {
    ui.ask_shell().await?;
    let sections = article.sections.iter().map(|(name, icon)| section(&ui, article.name, name, icon)).collect();
    ui.page(&Page { article, sections, ui: ui.clone() })
}

/// A section with the numbers of the settings in its texts.
fn section(ui: &Ui, article: &str, name: &'static str, icon: &'static str) -> Section {
    let config = &ui.app().config;
    let args: [(&str, Value); 6] = [
        ("answer", config.feedback.answer_days.into()),
        ("reopen", config.feedback.reopen_days.into()),
        ("edit", config.feedback.comment_edit_minutes.into()),
        ("threshold", config.initiatives.threshold.into()),
        ("voting", config.initiatives.voting_days.into()),
        ("upload", (config.limits.upload_bytes / 1_000_000).into()),
    ];
    let text = i18n::text(ui.locale(), &format!("help-{article}-{name}-body"), &args);
    Section { name, icon, title: ui.t(&format!("help-{article}-{name}")), blocks: blocks(&text) }
}

/// Paragraphs are apart by an empty line; lines that all begin with a dash are a list.
fn blocks(text: &str) -> Vec<Block> {
    let block = |part: &str| {
        let items: Option<Vec<_>> = part.lines().map(|line| line.trim().strip_prefix("- ").map(str::to_owned)).collect();
        items.map_or_else(|| Block::Paragraph(part.split_whitespace().collect::<Vec<_>>().join(" ")), Block::List)
    };
    text.split("\n\n").filter(|part| !part.trim().is_empty()).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;

    #[test]
    fn every_section_has_its_texts() {
        let of = |article: &Article| article.sections.iter().map(|(name, _)| format!("{}-{name}", article.name)).collect::<Vec<_>>();
        let questions = QUESTIONS.iter().map(|name| format!("question-{name}"));
        for name in [&VOTES, &PRIVACY, &ACCESSIBILITY].into_iter().flat_map(of).chain(questions) {
            for key in [format!("help-{name}"), format!("help-{name}-body")] {
                assert!(Locale::ALL.iter().all(|locale| i18n::lookup(*locale, &key, &[]).is_some()), "{key}");
            }
        }
    }

    #[test]
    fn prose_is_paragraphs_and_lists() {
        let read = blocks("Первый\nабзац.\n\n- раз\n- два\n\nКонец.");
        assert!(
            matches!(read.as_slice(), [Block::Paragraph(p), Block::List(l), Block::Paragraph(_)] if p == "Первый абзац." && l.len() == 2)
        );
    }
}
