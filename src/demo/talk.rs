use chrono::{DateTime, TimeDelta, Utc};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use serde_json::json;
use uuid::Uuid;

use super::{
    data,
    people::{City, id_at},
    sql::{AuditEntry, Comment, CommentVote, Initiative, Tables},
};
use crate::gid::Kind;

/// Votes on one comment at the most.
const VOTES: usize = 14;

/// Has people discuss an initiative while it is voted on: comments in the order of the file, replies of its author, votes on both.
pub fn discuss(
    rng: &mut StdRng,
    city: &City,
    file: &data::Initiative,
    row: &Initiative,
    (opened, closed): (DateTime<Utc>, DateTime<Utc>),
    tables: &mut Tables,
) {
    let steps = i32::try_from(file.comments.len()).unwrap_or(1) + 1;
    let step = (closed - opened) / steps;
    for (n, comment) in (1..).zip(&file.comments) {
        let at = opened + step * n - TimeDelta::seconds(rng.random_range(0..step.num_seconds().max(1)));
        let people = if is_english(&comment.text) { &city.english } else { &city.citizens };
        let others: Vec<Uuid> = people.iter().copied().filter(|id| *id != row.author_id).collect();
        let author = others.choose(rng).copied().unwrap_or(row.author_id);
        let parent = say(rng, city, row, author, None, (&comment.side, &comment.text), at, tables);
        if let Some(reply) = &comment.reply {
            let until = (closed - at).num_seconds().clamp(2, 20 * 3600);
            let at = at + TimeDelta::seconds(rng.random_range(1..until));
            say(rng, city, row, row.author_id, Some(parent), ("NEUTRAL", reply), at, tables);
        }
    }
}

fn is_english(text: &str) -> bool {
    !text.chars().any(|c| matches!(c, 'а'..='я' | 'А'..='Я'))
}

#[allow(clippy::too_many_arguments)]
fn say(
    rng: &mut StdRng,
    city: &City,
    row: &Initiative,
    author: Uuid,
    parent: Option<Uuid>,
    (side, body): (&str, &str),
    at: DateTime<Utc>,
    tables: &mut Tables,
) -> Uuid {
    let id = id_at(rng, at);
    let count = rng.random_range(0..=VOTES);
    let liked = rng.random_range(0.5..0.98);
    let (mut up, mut down) = (0, 0);
    for voter in city.voters.choose_multiple(rng, count).copied().collect::<Vec<_>>() {
        if voter == author {
            continue;
        }
        let value = if rng.random_bool(liked) { 1 } else { -1 };
        if value > 0 {
            up += 1;
        } else {
            down += 1;
        }
        tables.comment_votes.push(CommentVote { comment_id: id, participant_id: voter, value });
    }
    tables.comments.push(Comment {
        id,
        subject_type: Kind::Initiative,
        subject_id: row.id,
        parent_id: parent,
        path: parent.into_iter().collect(),
        author_id: author,
        side: side.to_owned(),
        body: body.to_owned(),
        official: false,
        up,
        down,
        created_at: at,
    });
    tables.audit.push(AuditEntry {
        at,
        actor_id: Some(author),
        action: "comment.added",
        subject_type: Kind::Comment,
        subject_id: id,
        details: json!({ "subject": format!("Initiative:{}", row.id) }),
        sealed: false,
    });
    id
}
