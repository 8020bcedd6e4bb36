use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{Change, New, Part};
use crate::{identity::GroupRole, page::Args};

/// An entry of the directory. What its kind does not have is empty.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    pub id: Uuid,
    pub key: String,
    pub name_ru: String,
    pub name_en: String,
    pub description_ru: String,
    pub description_en: String,
    pub department_id: Option<Uuid>,
    pub url: String,
    pub created_at: Option<DateTime<Utc>>,
    pub hidden_at: Option<DateTime<Utc>>,
}

const fn table(part: Part) -> &'static str {
    match part {
        Part::Department => "departments",
        Part::WorkingGroup => "working_groups",
        Part::Topic => "topics",
        Part::Territory => "territories",
        Part::Service => "services",
    }
}

const fn columns(part: Part) -> &'static str {
    match part {
        Part::Department => {
            "id, key, name_ru, name_en, description_ru, description_en, null::uuid as department_id, '' as url,
             null::timestamptz as created_at, null::timestamptz as hidden_at"
        }
        Part::WorkingGroup => {
            "id, key, name_ru, name_en, description_ru, description_en, department_id, '' as url, created_at, null::timestamptz as hidden_at"
        }
        Part::Topic | Part::Territory => {
            "id, key, name_ru, name_en, '' as description_ru, '' as description_en, null::uuid as department_id, '' as url,
             null::timestamptz as created_at, null::timestamptz as hidden_at"
        }
        Part::Service => "id, key, name_ru, name_en, description_ru, description_en, department_id, url, created_at, hidden_at",
    }
}

/// Whether entries of this kind say what they do.
const fn is_described(part: Part) -> bool {
    matches!(part, Part::Department | Part::WorkingGroup | Part::Service)
}

/// Whether entries of this kind belong to departments.
const fn has_department(part: Part) -> bool {
    matches!(part, Part::WorkingGroup | Part::Service)
}

fn select(part: Part) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("select ");
    query.push(columns(part)).push(" from ").push(table(part));
    query
}

pub async fn by_ids(db: impl PgExecutor<'_>, part: Part, ids: &[Uuid]) -> sqlx::Result<Vec<Entry>> {
    let mut query = select(part);
    query.push(" where id = any(").push_bind(ids).push(")");
    query.build_query_as().fetch_all(db).await
}

pub async fn by_name(db: impl PgExecutor<'_>, part: Part, name_ru: &str) -> sqlx::Result<Option<Uuid>> {
    let mut query = QueryBuilder::new("select id from ");
    query.push(table(part)).push(" where name_ru = ").push_bind(name_ru).push(" order by id limit 1");
    query.build_query_scalar().fetch_optional(db).await
}

pub async fn by_key(db: impl PgExecutor<'_>, part: Part, key: &str) -> sqlx::Result<Uuid> {
    let mut query = QueryBuilder::new("select id from ");
    query.push(table(part)).push(" where key = ").push_bind(key);
    query.build_query_scalar().fetch_one(db).await
}

/// All of a kind, by their Russian names, at most 1,000.
pub async fn all(db: &PgPool, part: Part) -> sqlx::Result<Vec<Entry>> {
    let mut query = select(part);
    query.push(" order by name_ru, id limit 1000");
    query.build_query_as().fetch_all(db).await
}

/// Goes on after an entry in the order of Russian names; the cursor is the entry itself.
fn go_on(query: &mut QueryBuilder<Postgres>, part: Part, args: &Args<Uuid>) {
    if let Some(from) = args.from {
        query.push(" and (name_ru, id) ").push(if args.backward { "<" } else { ">" });
        query.push(" (select f.name_ru, f.id from ").push(table(part)).push(" f where f.id = ").push_bind(from).push(")");
    }
    query.push(if args.backward { " order by name_ru desc, id desc limit " } else { " order by name_ru, id limit " });
    query.push_bind(args.limit());
}

/// A page of working groups by their Russian names.
pub async fn groups(db: &PgPool, args: &Args<Uuid>) -> sqlx::Result<Vec<Entry>> {
    let mut query = select(Part::WorkingGroup);
    query.push(" where true");
    go_on(&mut query, Part::WorkingGroup, args);
    query.build_query_as().fetch_all(db).await
}

pub async fn count_groups(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from working_groups").fetch_one(db).await
}

/// Which services are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which {
    /// Only those of this department.
    pub department: Option<Uuid>,
    /// Those that were withdrawn instead of those that can be had.
    pub withdrawn: bool,
}

fn such(query: &mut QueryBuilder<Postgres>, which: Which) {
    query.push(if which.withdrawn { " where hidden_at is not null" } else { " where hidden_at is null" });
    if let Some(department) = which.department {
        query.push(" and department_id = ").push_bind(department);
    }
}

/// A page of services by their Russian names.
pub async fn services(db: &PgPool, which: Which, args: &Args<Uuid>) -> sqlx::Result<Vec<Entry>> {
    let mut query = select(Part::Service);
    such(&mut query, which);
    go_on(&mut query, Part::Service, args);
    query.build_query_as().fetch_all(db).await
}

pub async fn count_services(db: &PgPool, which: Which) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*) from services");
    such(&mut query, which);
    query.build_query_scalar().fetch_one(db).await
}

/// The keys of services that can be had, by their Russian names.
pub async fn offered(db: &PgPool, most: i64) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar("select id from services where hidden_at is null order by name_ru, id limit $1").bind(most).fetch_all(db).await
}

/// Withdraws a service or offers it again; `None` if it is so already, or there is none.
pub async fn offer(tx: &mut PgConnection, id: Uuid, offered: bool) -> sqlx::Result<Option<Entry>> {
    let mut query = QueryBuilder::new("update services set hidden_at = case when ");
    query.push_bind(offered).push(" then null else veche_now() end where id = ").push_bind(id);
    query.push(" and (hidden_at is null) <> ").push_bind(offered).push(" returning ").push(columns(Part::Service));
    query.build_query_as().fetch_optional(tx).await
}

/// `None` if the key is taken.
pub async fn insert(tx: &mut PgConnection, part: Part, id: Uuid, new: &New) -> sqlx::Result<Option<Entry>> {
    let mut query = QueryBuilder::new("insert into ");
    query.push(table(part)).push(" (id, key, name_ru, name_en");
    query.push(if is_described(part) { ", description_ru, description_en" } else { "" });
    query.push(if has_department(part) { ", department_id" } else { "" });
    query.push(if part == Part::Service { ", url" } else { "" });
    query.push(") values (").push_bind(id).push(", ").push_bind(&new.key);
    query.push(", ").push_bind(&new.name_ru).push(", ").push_bind(&new.name_en);
    if is_described(part) {
        query.push(", ").push_bind(&new.description_ru).push(", ").push_bind(&new.description_en);
    }
    if has_department(part) {
        query.push(", ").push_bind(new.department);
    }
    if part == Part::Service {
        query.push(", ").push_bind(&new.url);
    }
    query.push(") on conflict (key) do nothing returning ").push(columns(part));
    query.build_query_as().fetch_optional(tx).await
}

/// Changes what is given; `None` if there is no such entry.
pub async fn update(tx: &mut PgConnection, part: Part, id: Uuid, change: &Change) -> sqlx::Result<Option<Entry>> {
    let mut query = QueryBuilder::new("update ");
    query.push(table(part)).push(" set name_ru = coalesce(").push_bind(&change.name_ru);
    query.push(", name_ru), name_en = coalesce(").push_bind(&change.name_en).push(", name_en)");
    if is_described(part) {
        query.push(", description_ru = coalesce(").push_bind(&change.description_ru);
        query.push(", description_ru), description_en = coalesce(").push_bind(&change.description_en).push(", description_en)");
    }
    if let (true, Some(department)) = (has_department(part), change.department) {
        query.push(", department_id = ").push_bind(department);
    }
    if let (Part::Service, Some(url)) = (part, &change.url) {
        query.push(", url = ").push_bind(url);
    }
    query.push(" where id = ").push_bind(id).push(" returning ").push(columns(part));
    query.build_query_as().fetch_optional(tx).await
}

/// False if nothing changed.
pub async fn put_member(tx: &mut PgConnection, group: Uuid, participant: Uuid, role: GroupRole) -> sqlx::Result<bool> {
    let result = sqlx::query(
        "insert into working_group_members as m (group_id, participant_id, role) values ($1, $2, $3)
         on conflict (group_id, participant_id) do update set role = excluded.role where m.role <> excluded.role",
    )
    .bind(group)
    .bind(participant)
    .bind(role)
    .execute(tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

/// False if nothing changed.
pub async fn remove_member(tx: &mut PgConnection, group: Uuid, participant: Uuid) -> sqlx::Result<bool> {
    let result = sqlx::query("delete from working_group_members where group_id = $1 and participant_id = $2")
        .bind(group)
        .bind(participant)
        .execute(tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// False if nothing changed.
pub async fn put_officer(tx: &mut PgConnection, department: Uuid, participant: Uuid) -> sqlx::Result<bool> {
    let result = sqlx::query("insert into department_members (department_id, participant_id) values ($1, $2) on conflict do nothing")
        .bind(department)
        .bind(participant)
        .execute(tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// False if nothing changed.
pub async fn remove_officer(tx: &mut PgConnection, department: Uuid, participant: Uuid) -> sqlx::Result<bool> {
    let result = sqlx::query("delete from department_members where department_id = $1 and participant_id = $2")
        .bind(department)
        .bind(participant)
        .execute(tx)
        .await?;
    Ok(result.rows_affected() == 1)
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Member {
    pub group_id: Uuid,
    pub participant_id: Uuid,
    pub role: GroupRole,
}

/// Those who lead first, then by name.
pub async fn members(db: &PgPool, groups: &[Uuid]) -> sqlx::Result<Vec<Member>> {
    sqlx::query_as(
        "select m.group_id, m.participant_id, m.role from working_group_members m join participants p on p.id = m.participant_id
         where m.group_id = any($1) order by m.role <> 'LEAD', p.name, p.id",
    )
    .bind(groups)
    .fetch_all(db)
    .await
}

/// Pairs of department and officer, by the officers' names.
pub async fn officers(db: &PgPool, departments: &[Uuid]) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    sqlx::query_as(
        "select d.department_id, d.participant_id from department_members d join participants p on p.id = d.participant_id
         where d.department_id = any($1) order by p.name, p.id",
    )
    .bind(departments)
    .fetch_all(db)
    .await
}

/// Pairs of group and number of tickets that wait for it.
pub async fn open_tickets(db: &PgPool, groups: &[Uuid]) -> sqlx::Result<Vec<(Uuid, i64)>> {
    sqlx::query_as(
        "select group_id, count(*) from tickets
         where group_id = any($1) and state not in ('ANSWERED', 'CLOSED', 'MERGED', 'REJECTED') group by group_id",
    )
    .bind(groups)
    .fetch_all(db)
    .await
}

/// How it stands with a department's initiatives.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Figures {
    pub department_id: Uuid,
    pub open: i64,
    pub answered: i64,
    pub on_time: i64,
    pub median_days: Option<f64>,
}

/// The figures of departments; an answer is on time within so many days after the initiative was accepted.
pub async fn figures(db: &PgPool, departments: &[Uuid], days: i64) -> sqlx::Result<Vec<Figures>> {
    sqlx::query_as(
        "select d.id as department_id, o.n as open, a.answered, a.on_time, a.median_days
         from unnest($1::uuid[]) d (id),
             lateral (select count(*) as n from initiatives i
                      where i.department_id = d.id and i.state in ('VOTING', 'ACCEPTED', 'IN_IMPLEMENTATION') and i.hidden_at is null) o,
             lateral (select count(*) as answered, count(*) filter (where took <= $2) as on_time,
                             percentile_cont(0.5) within group (order by took) as median_days
                      from (select extract(epoch from a.at - t.at)::float8 / 86400 as took
                            from official_answers a
                            join lateral (select max(at) as at from initiative_transitions t
                                          where t.initiative_id = a.initiative_id and t.to_state = 'ACCEPTED') t on true
                            where a.department_id = d.id) answers) a",
    )
    .bind(departments)
    .bind(days as f64)
    .fetch_all(db)
    .await
}
