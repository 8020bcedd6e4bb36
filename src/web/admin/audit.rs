//! The log: who did what to what. Everybody reads what is public, administrators more.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    i18n,
    web::{
        parts::{List, Named},
        ui::{Answer, Ui},
    },
};

/// Kinds of acts to look through.
const FAMILIES: [(&str, &[&str]); 6] = [
    (
        "initiatives",
        &[
            "initiative.created",
            "initiative.submitted",
            "initiative.returned",
            "initiative.rejected",
            "initiative.published",
            "initiative.accepted",
            "initiative.not_supported",
            "initiative.in_implementation",
            "initiative.implemented",
            "initiative.withdrawn",
            "initiative.revised",
            "initiative.coauthors_invited",
            "initiative.signed",
            "initiative.answered",
            "initiative.milestone_done",
            "initiative.imported",
        ],
    ),
    (
        "tickets",
        &[
            "ticket.created",
            "ticket.followed_up",
            "ticket.files_refused",
            "ticket.triaged",
            "ticket.danger",
            "ticket.routed",
            "ticket.topic_set",
            "ticket.assigned",
            "ticket.in_progress",
            "ticket.noted",
            "ticket.answered",
            "ticket.reopened",
            "ticket.rated",
            "ticket.merged",
            "ticket.rejected",
            "ticket.closed",
            "article.masked",
            "article.unmasked",
            "attachment.quarantined",
            "message.unreadable",
        ],
    ),
    (
        "decisions",
        &[
            "assessment.given",
            "decision.made",
            "cluster.merged",
            "cluster.split",
            "cluster.tickets_moved",
            "cluster.burst",
            "proposal.accepted",
            "proposal.refused",
            "regrouping.started",
        ],
    ),
    ("talk", &["comment.added", "comment.edited", "comment.hidden", "initiative.hidden", "flag.dismissed"]),
    (
        "organisation",
        &[
            "department.created",
            "department.updated",
            "department.officer_set",
            "group.created",
            "group.updated",
            "group.member_set",
            "topic.created",
            "territory.created",
            "city_service.created",
            "city_service.updated",
            "city_service.withdrawn",
            "city_service.restored",
        ],
    ),
    (
        "accounts",
        &[
            "participant.registered",
            "participant.confirmed",
            "participant.profile_changed",
            "participant.roles_changed",
            "participant.password_reset",
            "participant.password_changed",
            "service.created",
            "token.created",
            "token.revoked",
            "contact.linked",
            "contact.unlinked",
            "contact.forgotten",
            "installation.claimed",
            "jobs.rerun",
            "search.synonyms_created",
            "search.synonyms_updated",
            "search.synonyms_deleted",
            "search.rebuilt",
            "delivery.retried",
            "routing.threshold_set",
            "import.started",
            "saved_search.found",
        ],
    ),
];

const LOG: &str = "query($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {
    ...Shell
    auditLog(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes {
            number at action subjectId subjectKind details actor { id name }
            subject {
                ... on Participant { name } ... on Initiative { title } ... on Ticket { number subject } ... on Cluster { label }
                ... on WorkingGroup { name } ... on Department { name } ... on Topic { name } ... on Territory { name } ... on Service { name }
                ... on Comment { subjectId }
            }
        }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    number: i64,
    at: DateTime<Utc>,
    action: String,
    actor: Option<Named>,
    subject_id: String,
    subject_kind: String,
    subject: Option<Value>,
    details: Value,
}

impl Line {
    /// What was done, in words where there are some.
    fn action_text(&self, ui: &Ui) -> String {
        let key = format!("audit-{}", self.action.replace(['.', '_'], "-"));
        i18n::lookup(ui.locale(), &key, &[]).unwrap_or_else(|| self.action.clone())
    }

    fn of_subject(&self, field: &str) -> &str {
        self.subject.as_ref().and_then(|s| s.get(field)).and_then(Value::as_str).unwrap_or("")
    }

    /// What it was done to: its name, or the kind of thing.
    fn subject_text(&self, ui: &Ui) -> String {
        let named = ["title", "label", "name", "number"].map(|field| self.of_subject(field));
        let name = named.into_iter().find(|name| !name.is_empty()).unwrap_or("");
        let kind = ui.named("audit-kind", &self.subject_kind);
        if name.is_empty() { kind } else { ui.ts("audit-subject", &[("kind", kind.into()), ("name", name.into())]) }
    }

    /// The page of what it was done to, if it has one that the reader may see.
    fn subject_page(&self) -> Option<String> {
        self.subject.as_ref()?;
        let id = &self.subject_id;
        match self.subject_kind.as_str() {
            "INITIATIVE" => Some(format!("/initiatives/{id}")),
            "TICKET" => Some(format!("/tickets/{}", self.of_subject("number"))),
            "CLUSTER" => Some(format!("/clusters/{id}")),
            "DEPARTMENT" => Some(format!("/departments/{id}")),
            "SERVICE" => Some(format!("/services/{id}")),
            "PARTICIPANT" => Some(format!("/people/{id}")),
            _ => None,
        }
    }

    /// From which state to which, where that is what was done.
    fn change(&self, ui: &Ui) -> Option<String> {
        let group = match self.subject_kind.as_str() {
            "INITIATIVE" => "initiative-state",
            "TICKET" => "statistics-ticket-state",
            _ => return None,
        };
        let state = |name: &str| self.details.get(name).and_then(Value::as_str).map(|state| ui.named(group, state));
        Some(format!("{} → {}", state("from")?, state("to")?))
    }

    /// More about it, a name and a value each.
    fn details(&self, ui: &Ui) -> Vec<(&str, String)> {
        let said = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let changed = self.change(ui).is_some();
        let kept = self.details.as_object().into_iter().flatten().filter(|(name, _)| !changed || !["from", "to"].contains(&name.as_str()));
        kept.filter_map(|(name, value)| Some((name.as_str(), said(value)?))).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    audit_log: List<Line>,
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct Page {
    ui: Ui,
    lines: List<Line>,
    family: &'static str,
}

impl Page {
    /// The address for a kind of acts.
    fn family_page(&self, family: &str) -> String {
        self.ui.with_args(&[("what", family), ("after", ""), ("before", "")])
    }

    /// The address of all that somebody did, or of all that was done to something.
    fn only(&self, name: &str, id: &str) -> String {
        self.ui.with_args(&[(name, id), ("after", ""), ("before", "")])
    }

    fn is_narrowed(&self) -> bool {
        !self.ui.arg("actor").is_empty() || !self.ui.arg("subject").is_empty()
    }
}

pub async fn show(ui: Ui) -> Answer {
    let family = FAMILIES.into_iter().find(|(name, _)| *name == ui.arg("what"));
    let filter = json!({
        "actions": family.map(|(_, actions)| actions),
        "actorId": ui.arg_value("actor"),
        "subjectId": ui.arg_value("subject"),
    });
    let mut variables = ui.paging(50);
    variables.insert("filter".into(), filter);
    let data: Data = ui.ask(LOG, Value::Object(variables)).await?;
    ui.page(&Page { lines: data.audit_log, family: family.map_or("", |(name, _)| name), ui: ui.clone() })
}
