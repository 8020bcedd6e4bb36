mod parts;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

pub use parts::*;

use super::{Draft, Milestone, State};
use crate::{
    error::{ErrorCode, Refusal},
    i18n::Locale,
    identity::{Act, Viewer},
    page::Args,
    voting::{BallotKind, Terms},
};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Initiative {
    pub id: Uuid,
    pub author_id: Option<Uuid>,
    pub state: State,
    pub locale: Locale,
    pub title: String,
    pub goal: String,
    pub effect: String,
    pub resources: String,
    pub department_id: Option<Uuid>,
    pub territory_id: Option<Uuid>,
    pub topic_id: Option<Uuid>,
    pub ballot_kind: BallotKind,
    pub options: Vec<String>,
    pub min_choices: i32,
    pub max_choices: i32,
    pub threshold: i64,
    pub quorum: i64,
    pub voting_days: i32,
    pub voting_starts_at: Option<DateTime<Utc>>,
    pub voting_ends_at: Option<DateTime<Utc>>,
    pub revision: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub hidden_at: Option<DateTime<Utc>>,
    pub hidden_reason: Option<String>,
}

impl Initiative {
    /// Whether it may be commented: everybody may read it, and it is not hidden. As `initiative_public` in the database.
    pub fn is_discussed(&self) -> bool {
        self.hidden_at.is_none() && (self.state == State::Rejected || self.voting_starts_at.is_some())
    }

    /// What its vote is held on.
    pub fn terms(&self) -> Terms {
        let size = |n: i32| usize::try_from(n).unwrap_or(0);
        Terms {
            kind: self.ballot_kind,
            width: self.ballot_kind.width(self.options.len()),
            min_choices: size(self.min_choices),
            max_choices: size(self.max_choices),
            threshold: self.threshold,
            quorum: self.quorum,
        }
    }
}

const COLUMNS: &str = "i.id, i.author_id, i.state, i.locale, i.title, i.goal, i.effect, i.resources, i.department_id, i.territory_id, \
    i.topic_id, i.ballot_kind, i.options, i.min_choices, i.max_choices, i.threshold, i.quorum, i.voting_days, i.voting_starts_at, \
    i.voting_ends_at, i.revision, i.created_at, i.updated_at, i.hidden_at, i.hidden_reason";

/// Adds the condition that this viewer may read the initiative.
fn may_read(query: &mut QueryBuilder<Postgres>, viewer: &Viewer) {
    query.push("(initiative_public(i)");
    if viewer.can(Act::ReadOwn) {
        query
            .push(" or i.author_id = ")
            .push_bind(viewer.id)
            .push(" or exists (select from initiative_coauthors c where c.initiative_id = i.id and c.participant_id = ");
        query.push_bind(viewer.id).push(")");
    }
    if viewer.can(Act::Moderate) {
        query.push(" or i.state <> 'DRAFT'");
    } else if viewer.can(Act::Review) {
        query.push(" or i.state <> 'DRAFT' and i.department_id = any(").push_bind(viewer.departments.clone()).push(")");
    }
    query.push(")");
}

pub async fn visible(db: impl PgExecutor<'_>, ids: &[Uuid], viewer: &Viewer) -> sqlx::Result<Vec<Initiative>> {
    let mut query = QueryBuilder::new("select ");
    query.push(COLUMNS).push(" from initiatives i where i.id = any(").push_bind(ids).push(") and ");
    may_read(&mut query, viewer);
    query.build_query_as().fetch_all(db).await
}

pub async fn count_public(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from initiatives i where initiative_public(i) and hidden_at is null").fetch_one(db).await
}

pub async fn public(db: impl PgExecutor<'_>, skip: i64, first: i64) -> sqlx::Result<Vec<(Uuid, DateTime<Utc>)>> {
    sqlx::query_as(
        "select id, updated_at from initiatives i where initiative_public(i) and hidden_at is null order by id offset $1 limit $2",
    )
    .bind(skip)
    .bind(first)
    .fetch_all(db)
    .await
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, async_graphql::Enum)]
#[graphql(name = "InitiativeOrder")]
pub enum Order {
    /// Newest first.
    #[default]
    Newest,
    /// Most ballots first.
    MostVotes,
    /// Those in voting whose time ends first.
    EndingSoon,
    /// Those in voting that have the largest share of the ballots they need.
    NearThreshold,
    /// Those first that changed last.
    Updated,
}

/// Which initiatives a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub states: Vec<State>,
    pub department: Option<Uuid>,
    pub topic: Option<Uuid>,
    pub territory: Option<Uuid>,
    pub author: Option<Uuid>,
    /// Written or signed by this person.
    pub signer: Option<Uuid>,
    pub text: Option<String>,
}

/// Where a page goes on: the key of the order (a time in microseconds, a number of ballots, millionths of the threshold) and the
/// initiative.
pub type Key = (i64, Uuid);

/// Ballots for an initiative (for the leading option, where there are several) in millionths of what it needs.
const SHARE: &str = "(case when i.ballot_kind in ('SUPPORT', 'FOR_AGAINST_ABSTAIN') then t.counts[1] \
    else (select max(n) from unnest(t.counts) n) end * 1000000 / i.threshold)";

/// Adds tables and conditions, for the states of the filter or one of them.
fn conditions(query: &mut QueryBuilder<Postgres>, viewer: &Viewer, filter: &Filter, order: Order, state: Option<State>) {
    query.push(match order {
        Order::MostVotes => " from tallies t join initiatives i on i.id = t.initiative_id where ",
        // Few are in voting: each one's tally is looked up, instead of reading those of all that ever were.
        Order::NearThreshold => {
            " from initiatives i cross join lateral (select * from tallies t where t.initiative_id = i.id limit 1) t where "
        }
        Order::Newest | Order::EndingSoon | Order::Updated => " from initiatives i where ",
    });
    may_read(query, viewer);
    query.push(" and i.hidden_at is null");
    if matches!(order, Order::EndingSoon | Order::NearThreshold) {
        query.push(" and i.state = 'VOTING'");
    }
    if let Some(state) = state {
        // Written out, so that the planner knows how rare it is.
        query.push(" and i.state = '").push(state.name()).push("'");
    } else if !filter.states.is_empty() {
        query.push(" and i.state = any(").push_bind(filter.states.clone()).push(")");
    }
    for (column, value) in [
        (" and i.department_id = ", filter.department),
        (" and i.topic_id = ", filter.topic),
        (" and i.territory_id = ", filter.territory),
        (" and i.author_id = ", filter.author),
    ] {
        if let Some(value) = value {
            query.push(column).push_bind(value);
        }
    }
    if let Some(signer) = filter.signer {
        // As a list of their few, and not as a question asked of everybody's.
        query.push(" and i.id in (select id from initiatives where author_id = ").push_bind(signer);
        query.push(" union all select initiative_id from initiative_coauthors where signed_at is not null and participant_id = ");
        query.push_bind(signer).push(")");
    }
    if let Some(text) = &filter.text {
        query.push(" and i.search @@ (websearch_to_tsquery('russian', ").push_bind(text.clone());
        query.push(") || websearch_to_tsquery('english', ").push_bind(text.clone()).push("))");
    }
}

pub async fn list(db: &PgPool, viewer: &Viewer, filter: &Filter, order: Order, args: &Args<Key>) -> sqlx::Result<Vec<(Key, Initiative)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        key: i64,
        #[sqlx(flatten)]
        initiative: Initiative,
    }
    // What is compared and sorted is the indexed column itself, not the number made of it.
    let (key, column, id, descending) = match order {
        Order::Newest => ("(extract(epoch from i.created_at) * 1000000)::bigint", "i.created_at", "i.id", true),
        Order::MostVotes => ("t.ballots", "t.ballots", "t.initiative_id", true),
        Order::EndingSoon => ("(extract(epoch from i.voting_ends_at) * 1000000)::bigint", "i.voting_ends_at", "i.id", false),
        Order::NearThreshold => (SHARE, SHARE, "t.initiative_id", true),
        Order::Updated => ("(extract(epoch from i.updated_at) * 1000000)::bigint", "i.updated_at", "i.id", true),
    };
    let downwards = descending != args.backward;
    let direction = if downwards { " desc" } else { " asc" };
    // Of each state the first ones, then the first of these: an index yields one state at a time in order.
    let by_state = matches!(order, Order::Newest | Order::Updated)
        && filter.author.or(filter.signer).is_none()
        && filter.text.is_none()
        && !filter.states.is_empty();
    let mut states: Vec<Option<State>> = if by_state { filter.states.iter().copied().map(Some).collect() } else { vec![None] };
    states.sort_unstable_by_key(|state| state.map(State::name));
    states.dedup();
    let mut query = QueryBuilder::new("select * from (");
    for (n, state) in states.into_iter().enumerate() {
        query.push(if n == 0 { "(select " } else { " union all (select " }).push(COLUMNS).push(", ").push(key).push(" as key, ");
        query.push(column).push(" as place");
        conditions(&mut query, viewer, filter, order, state);
        if let Some((key, from)) = args.from {
            query.push(" and (").push(column).push(", ").push(id).push(if downwards { ") < (" } else { ") > (" });
            if matches!(order, Order::MostVotes | Order::NearThreshold) {
                query.push_bind(key);
            } else {
                query.push_bind(DateTime::from_timestamp_micros(key).unwrap_or_default());
            }
            query.push(", ").push_bind(from).push(")");
        }
        query.push(" order by ").push(column).push(direction).push(", ").push(id).push(direction);
        query.push(" limit ").push_bind(args.limit()).push(")");
    }
    query.push(") page order by place").push(direction).push(", id").push(direction).push(" limit ").push_bind(args.limit());
    let rows: Vec<Row> = query.build_query_as().fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| ((row.key, row.initiative.id), row.initiative)).collect())
}

pub async fn count(db: &PgPool, viewer: &Viewer, filter: &Filter, order: Order) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*)");
    conditions(&mut query, viewer, filter, order, None);
    query.build_query_scalar().fetch_one(db).await
}

/// Refuses links to departments, territories and topics that do not exist, in one round trip.
pub async fn check_links(
    tx: &mut PgConnection,
    department: Option<Uuid>,
    territory: Option<Uuid>,
    topic: Option<Uuid>,
) -> crate::error::Result<()> {
    let found: (bool, bool, bool) = sqlx::query_as(
        "select $1::uuid is null or exists (select from departments where id = $1),
                $2::uuid is null or exists (select from territories where id = $2),
                $3::uuid is null or exists (select from topics where id = $3)",
    )
    .bind(department)
    .bind(territory)
    .bind(topic)
    .fetch_one(tx)
    .await?;
    let mut v = crate::validate::Validate::new();
    for (found, path) in [(found.0, "departmentId"), (found.1, "territoryId"), (found.2, "topicId")] {
        if !found {
            v.refuse(Refusal::new(ErrorCode::NotFound, path));
        }
    }
    v.finish()
}

pub async fn insert(tx: &mut PgConnection, id: Uuid, author: Option<Uuid>, draft: &Draft) -> sqlx::Result<Initiative> {
    sqlx::query_as(
        "insert into initiatives as i (id, author_id, locale, title, goal, effect, resources, department_id, territory_id, topic_id,
             ballot_kind, options, min_choices, max_choices, threshold, quorum, voting_days)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) returning i.*",
    )
    .bind(id)
    .bind(author)
    .bind(draft.locale)
    .bind(&draft.title)
    .bind(&draft.goal)
    .bind(&draft.effect)
    .bind(&draft.resources)
    .bind(draft.department)
    .bind(draft.territory)
    .bind(draft.topic)
    .bind(draft.ballot_kind)
    .bind(&draft.options)
    .bind(draft.min_choices)
    .bind(draft.max_choices)
    .bind(draft.threshold)
    .bind(draft.quorum)
    .bind(draft.voting_days)
    .fetch_one(tx)
    .await
}

pub async fn update(tx: &mut PgConnection, id: Uuid, draft: &Draft) -> sqlx::Result<Initiative> {
    sqlx::query_as(
        "update initiatives i set locale = $2, title = $3, goal = $4, effect = $5, resources = $6, department_id = $7,
             territory_id = $8, topic_id = $9, ballot_kind = $10, options = $11, min_choices = $12, max_choices = $13,
             threshold = $14, quorum = $15, voting_days = $16, revision = revision + 1, updated_at = veche_now()
         where id = $1 returning i.*",
    )
    .bind(id)
    .bind(draft.locale)
    .bind(&draft.title)
    .bind(&draft.goal)
    .bind(&draft.effect)
    .bind(&draft.resources)
    .bind(draft.department)
    .bind(draft.territory)
    .bind(draft.topic)
    .bind(draft.ballot_kind)
    .bind(&draft.options)
    .bind(draft.min_choices)
    .bind(draft.max_choices)
    .bind(draft.threshold)
    .bind(draft.quorum)
    .bind(draft.voting_days)
    .fetch_one(tx)
    .await
}

pub async fn insert_revision(tx: &mut PgConnection, row: &Initiative, author: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "insert into initiative_revisions (initiative_id, revision, author_id, title, goal, effect, resources, options)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.id)
    .bind(row.revision)
    .bind(author)
    .bind(&row.title)
    .bind(&row.goal)
    .bind(&row.effect)
    .bind(&row.resources)
    .bind(&row.options)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn lock(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Initiative>> {
    sqlx::query_as("select i.* from initiatives i where i.id = $1 for no key update").bind(id).fetch_optional(tx).await
}

pub async fn lock_author(tx: &mut PgConnection, author: Uuid) -> sqlx::Result<()> {
    sqlx::query("select from participants where id = $1 for no key update").bind(author).execute(tx).await?;
    Ok(())
}

pub async fn open_of(tx: &mut PgConnection, author: Uuid) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from initiatives where author_id = $1 and state in ('IN_REVIEW', 'VOTING')")
        .bind(author)
        .fetch_one(tx)
        .await
}

pub async fn insert_transition(
    tx: &mut PgConnection,
    id: Uuid,
    from: Option<State>,
    to: State,
    actor: Option<Uuid>,
    reason: &str,
) -> sqlx::Result<()> {
    sqlx::query("insert into initiative_transitions (initiative_id, from_state, to_state, actor_id, reason) values ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(from)
        .bind(to)
        .bind(actor)
        .bind(reason)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn set_state(
    tx: &mut PgConnection,
    id: Uuid,
    from: Option<State>,
    to: State,
    actor: Option<Uuid>,
    reason: &str,
) -> sqlx::Result<()> {
    sqlx::query("update initiatives set state = $2, updated_at = veche_now() where id = $1").bind(id).bind(to).execute(&mut *tx).await?;
    insert_transition(tx, id, from, to, actor, reason).await
}

pub async fn open_voting(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query(
        "update initiatives set voting_starts_at = veche_now(), voting_ends_at = veche_now() + make_interval(days => voting_days)
         where id = $1",
    )
    .bind(id)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn has_ended(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar("select voting_ends_at <= veche_now() from initiatives where id = $1").bind(id).fetch_one(tx).await
}

pub async fn due(db: &PgPool) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from initiatives where state = 'VOTING' and voting_ends_at <= veche_now() order by voting_ends_at")
        .fetch_all(db)
        .await
}

/// False when somebody is unknown.
pub async fn invite(tx: &mut PgConnection, id: Uuid, people: &[Uuid]) -> sqlx::Result<bool> {
    let found: i64 = sqlx::query_scalar(
        "with known as (select p.id from participants p where p.id = any($2) and p.kind = 'PERSON' and p.disabled_at is null),
              invited as (insert into initiative_coauthors (initiative_id, participant_id) select $1, id from known
                          on conflict do nothing)
         select count(*) from known",
    )
    .bind(id)
    .bind(people)
    .fetch_one(tx)
    .await?;
    let mut distinct = people.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    Ok(usize::try_from(found) == Ok(distinct.len()))
}

pub async fn sign(tx: &mut PgConnection, id: Uuid, participant: Uuid) -> sqlx::Result<bool> {
    let result = sqlx::query(
        "update initiative_coauthors set signed_at = coalesce(signed_at, veche_now()) where initiative_id = $1 and participant_id = $2",
    )
    .bind(id)
    .bind(participant)
    .execute(tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

pub async fn insert_answer(tx: &mut PgConnection, row: &Initiative, author: Uuid, accepted: bool, body: &str) -> sqlx::Result<bool> {
    let result = sqlx::query(
        "insert into official_answers (initiative_id, department_id, author_id, accepted, body) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
    )
    .bind(row.id)
    .bind(row.department_id)
    .bind(author)
    .bind(accepted)
    .bind(body)
    .execute(tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

pub async fn insert_milestones(tx: &mut PgConnection, id: Uuid, milestones: &[(Uuid, Milestone)]) -> sqlx::Result<()> {
    sqlx::query(
        "insert into milestones (id, initiative_id, position, title, due_on)
         select m.id, $1, m.position, m.title, m.due_on
         from unnest($2::uuid[], $3::text[], $4::date[]) with ordinality m(id, title, due_on, position)",
    )
    .bind(id)
    .bind(milestones.iter().map(|m| m.0).collect::<Vec<_>>())
    .bind(milestones.iter().map(|m| m.1.title.clone()).collect::<Vec<_>>())
    .bind(milestones.iter().map(|m| m.1.due_on).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn initiative_of_milestone(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar("select initiative_id from milestones where id = $1").bind(id).fetch_optional(tx).await
}

pub async fn complete_milestone(tx: &mut PgConnection, id: Uuid, note: &str) -> sqlx::Result<bool> {
    let result = sqlx::query("update milestones set done_at = veche_now(), note = $2 where id = $1 and done_at is null")
        .bind(id)
        .bind(note)
        .execute(tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

pub async fn has_open_milestones(tx: &mut PgConnection, id: Uuid) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from milestones where initiative_id = $1 and done_at is null)").bind(id).fetch_one(tx).await
}
