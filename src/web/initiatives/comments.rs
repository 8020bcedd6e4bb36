//! The discussion: comments, the page of one of them, votes on them.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{id_of, show};
use crate::{
    gid::Kind,
    web::{
        failure::Failure,
        map::Map,
        parts::{List, Named},
        ui::{Answer, Ui},
    },
};

/// The pages.
pub fn map(map: Map) -> Map {
    map.form("/initiatives/:id/comments", show::show, add)
        .form("/comments/:id", show, reply)
        .form("/comments/:id/edit", edit, save)
        .action("/comments/:id/vote", vote)
}

/// What stands of a comment.
pub const COMMENT: &str = "fragment Said on Comment {
    id subjectId parentId side body official createdAt editedAt hiddenAt hiddenReason score { up down } may author { id name }
}";

/// What stands of a comment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comment {
    /// Its global identifier.
    pub id: String,
    /// What it is about.
    pub subject_id: String,
    /// What it replies to.
    pub parent_id: Option<String>,
    /// `FOR`, `AGAINST` or `NEUTRAL`.
    pub side: String,
    /// The text; empty where it is withheld.
    pub body: String,
    /// Whether it speaks for those who answer for the subject.
    pub official: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub edited_at: Option<DateTime<Utc>>,
    /// When it was hidden.
    pub hidden_at: Option<DateTime<Utc>>,
    /// Why.
    pub hidden_reason: Option<String>,
    /// Votes on it.
    pub score: Score,
    /// What the reader may do with it.
    pub may: Vec<String>,
    /// Who wrote it.
    pub author: Option<Named>,
}

/// Votes on a comment.
#[derive(Debug, Clone, Deserialize)]
pub struct Score {
    /// It helps.
    pub up: i64,
    /// It does not.
    pub down: i64,
}

/// A comment and the first replies to it.
#[derive(Debug, Clone, Deserialize)]
pub struct Thread {
    /// The comment.
    #[serde(flatten)]
    pub comment: Comment,
    /// Replies.
    pub replies: List<Comment>,
}

impl Thread {
    /// Whether there are more replies than are shown.
    pub fn has_more(&self) -> bool {
        usize::try_from(self.replies.total_count).is_ok_and(|all| all > self.replies.nodes.len())
    }
}

impl Comment {
    /// Whether the reader may do this with it.
    pub fn may(&self, act: &str) -> bool {
        self.may.iter().any(|a| a == act)
    }

    fn tone(&self) -> &'static str {
        match self.side.as_str() {
            "FOR" => "for",
            "AGAINST" => "against",
            _ => "",
        }
    }

    /// The text in pieces: words, and people who are mentioned as `@[Name](identifier)`.
    fn pieces(&self) -> Vec<(&str, Option<&str>)> {
        let (mut pieces, mut rest) = (Vec::new(), self.body.as_str());
        while let Some(start) = rest.find("@[") {
            let mention = rest[start + 2..].split_once("](").and_then(|(name, after)| {
                let (id, after) = after.split_once(')')?;
                let plain = !name.contains(['[', ']', '\n']) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
                plain.then_some((name, id, after))
            });
            let Some((name, id, after)) = mention else {
                pieces.push((&rest[..start + 2], None));
                rest = &rest[start + 2..];
                continue;
            };
            pieces.push((&rest[..start], None));
            pieces.push((name, Some(id)));
            rest = after;
        }
        pieces.push((rest, None));
        pieces.retain(|(text, _)| !text.is_empty());
        pieces
    }
}

/// A comment on a page.
#[derive(Template)]
#[template(path = "initiatives/comment.html")]
pub struct Said<'a> {
    ui: Ui,
    it: &'a Comment,
    /// Where a vote on it leads back to.
    back: &'a str,
}

impl askama::filters::HtmlSafe for Said<'_> {}

impl Ui {
    /// A comment with what the reader can do; a vote on it leads back to this address.
    pub fn comment<'a>(&self, comment: &'a Comment, back: &'a str) -> Said<'a> {
        Said { ui: self.clone(), it: comment, back }
    }
}

const ONE: &str = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    node(id: $id) { ... on Comment {
        ...Said
        revisions { body at }
        replies(first: $first, after: $after, last: $last, before: $before) {
            totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { ...Said replies(first: 1) { totalCount } }
        }
    } }
}";

#[derive(Deserialize)]
struct Data {
    node: Option<One>,
}

#[derive(Deserialize)]
struct One {
    #[serde(flatten)]
    comment: Comment,
    revisions: Vec<Former>,
    replies: List<Thread>,
}

#[derive(Deserialize)]
struct Former {
    body: String,
    at: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "initiatives/comment_page.html")]
struct Page {
    ui: Ui,
    it: Comment,
    former: Vec<Former>,
    replies: List<Thread>,
    here: String,
}

async fn load(ui: &Ui) -> Result<One, Failure> {
    let id = id_of(ui, Kind::Comment)?.to_owned();
    let mut variables = ui.paging(50);
    variables.insert("id".into(), id.into());
    let data: Data = ui.ask(&format!("{ONE} {COMMENT}"), variables.into()).await?;
    data.node.ok_or(Failure::NotFound)
}

async fn show(ui: Ui) -> Answer {
    let One { comment: it, revisions: former, replies } = load(&ui).await?;
    ui.page(&Page { here: ui.with_args(&[]), ui: ui.clone(), it, former, replies })
}

/// The input of a new comment.
fn new_comment(ui: &Ui, subject: &str, parent: Option<&str>) -> Result<Value, Failure> {
    let side = Some(ui.form.get("side")).filter(|s| !s.is_empty()).unwrap_or("NEUTRAL");
    ui.form.input(ui).text("body").tick("official").with("side", side).with("subjectId", subject).with("parentId", parent).finish()
}

async fn add(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Initiative)?.to_owned();
    let parent = Some(ui.form.get("parentId")).filter(|p| !p.is_empty());
    let input = new_comment(&ui, &id, parent)?;
    match ui.mutate("addComment", input, "comment { id }").await {
        Ok(payload) => {
            let new = payload["comment"]["id"].as_str().unwrap_or_default();
            ui.go(&format!("/initiatives/{id}?order=NEWEST#c-{new}"), Some(("flash-comment-added", "")))
        }
        Err(Failure::Refused(errors)) => show::show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

async fn reply(ui: Ui) -> Answer {
    let parent = load(&ui).await?.comment;
    let input = new_comment(&ui, &parent.subject_id, Some(&parent.id))?;
    match ui.mutate("addComment", input, "comment { id }").await {
        Ok(payload) => {
            let new = payload["comment"]["id"].as_str().unwrap_or_default();
            ui.go(&format!("/comments/{}#c-{new}", parent.id), Some(("flash-reply-added", "")))
        }
        Err(Failure::Refused(errors)) => show(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

#[derive(Template)]
#[template(path = "initiatives/comment_edit.html")]
struct Edit {
    ui: Ui,
    it: Comment,
}

async fn edit(ui: Ui) -> Answer {
    let it = load(&ui).await?.comment;
    ui.page(&Edit { ui: ui.clone(), it })
}

async fn save(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Comment)?.to_owned();
    let input = ui.form.input(&ui).text("body").with("commentId", id.as_str()).finish()?;
    match ui.mutate("editComment", input, "").await {
        Ok(_) => ui.go(&format!("/comments/{id}"), Some(("flash-comment-edited", ""))),
        Err(Failure::Refused(errors)) => edit(ui.with_errors(errors)).await,
        Err(other) => Err(other),
    }
}

async fn vote(ui: Ui) -> Answer {
    let id = id_of(&ui, Kind::Comment)?;
    ui.mutate("voteOnComment", json!({ "commentId": id, "value": ui.form.get("value") }), "").await?;
    let back = Some(ui.form.get("back")).filter(|b| !b.is_empty()).map_or_else(|| format!("/comments/{id}"), str::to_owned);
    ui.go(&format!("{back}#c-{id}"), Some(("flash-comment-voted", "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_become_links_and_nothing_else_does() {
        let said = |body: &str| {
            let json = json!({ "id": "", "subjectId": "", "parentId": null, "side": "FOR", "body": body, "official": false,
                "createdAt": "2026-05-01T00:00:00Z", "score": { "up": 0, "down": 0 }, "may": [], "author": null });
            serde_json::from_value::<Comment>(json).unwrap()
        };
        let comment = said("hi @[Анна П.](abc-1), see");
        assert_eq!(comment.pieces(), [("hi ", None), ("Анна П.", Some("abc-1")), (", see", None)]);
        for plain in ["@[x](javascript:alert(1))", "@[x", "@[](", "@[a\nb](c)"] {
            let comment = said(plain);
            let pieces = comment.pieces();
            assert!(pieces.iter().all(|(_, link)| link.is_none()), "{plain}");
            assert_eq!(pieces.iter().map(|(text, _)| *text).collect::<String>(), plain);
        }
    }
}
