use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{GroupRole, Role, accounts::TokenScope};
use crate::{
    i18n::Locale,
    page::{Args, TimeKey},
};

#[derive(Debug, sqlx::FromRow)]
pub struct ViewerRow {
    pub id: Uuid,
    pub roles: Vec<Role>,
    pub confirmed: bool,
    pub locale: Locale,
    pub scopes: Option<Vec<TokenScope>>,
    pub group_ids: Vec<Uuid>,
    pub group_roles: Vec<GroupRole>,
    pub departments: Vec<Uuid>,
    pub is_session: bool,
    /// Until the session or token ends; `None` for a token without an end.
    pub seconds_left: Option<f64>,
}

pub async fn viewer(db: &PgPool, token_hash: &[u8; 32]) -> sqlx::Result<Option<ViewerRow>> {
    sqlx::query_as(
        "with bearer as (
             select participant_id, null::text[] as scopes, true as is_session, expires_at from sessions
             where token_hash = $1 and expires_at > veche_now()
             union all
             select participant_id, scopes, false, expires_at from access_tokens
             where token_hash = $1 and revoked_at is null and (expires_at is null or expires_at > veche_now()))
         select p.id, p.roles, p.confirmed_at is not null as confirmed, p.locale, b.scopes, b.is_session,
                extract(epoch from b.expires_at - veche_now())::float8 as seconds_left,
                coalesce(g.ids, '{}') as group_ids, coalesce(g.roles, '{}') as group_roles,
                array(select department_id from department_members d where d.participant_id = p.id) as departments
         from bearer b join participants p on p.id = b.participant_id and p.disabled_at is null
         left join lateral (select array_agg(group_id) as ids, array_agg(role) as roles
                            from working_group_members m where m.participant_id = p.id) g on true
         limit 1",
    )
    .bind(token_hash)
    .fetch_optional(db)
    .await
}

/// A participant whom somebody acts for, with what a viewer is made of.
pub async fn participant_as_viewer(db: &PgPool, id: Uuid) -> sqlx::Result<Option<ViewerRow>> {
    sqlx::query_as(
        "select p.id, p.roles, p.confirmed_at is not null as confirmed, p.locale, null::text[] as scopes, false as is_session,
                null::float8 as seconds_left, coalesce(g.ids, '{}') as group_ids, coalesce(g.roles, '{}') as group_roles,
                array(select department_id from department_members d where d.participant_id = p.id) as departments
         from participants p
         left join lateral (select array_agg(group_id) as ids, array_agg(role) as roles
                            from working_group_members m where m.participant_id = p.id) g on true
         where p.id = $1 and p.disabled_at is null and p.kind = 'PERSON'",
    )
    .bind(id)
    .fetch_optional(db)
    .await
}

/// The confirmed account of a person by the keyed hash of its address.
pub async fn account_of(tx: &mut PgConnection, email_index: &[u8]) -> sqlx::Result<Option<Uuid>> {
    sqlx::query_scalar(
        "select id from participants where email_index = $1 and confirmed_at is not null and disabled_at is null and kind = 'PERSON'",
    )
    .bind(email_index)
    .fetch_optional(tx)
    .await
}

/// What everybody may know of a participant.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Participant {
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    pub roles: Vec<Role>,
    pub bio: String,
    pub locale: Locale,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub email_sealed: Option<Vec<u8>>,
}

pub async fn participants(db: impl PgExecutor<'_>, ids: &[Uuid]) -> sqlx::Result<Vec<Participant>> {
    sqlx::query_as(
        "select id, kind, name, roles, bio, locale, confirmed_at, disabled_at, created_at, email_sealed
         from participants where id = any($1)",
    )
    .bind(ids)
    .fetch_all(db)
    .await
}

/// Which participants a list holds.
#[derive(Debug, Default)]
pub struct Filter {
    /// A part of the name.
    pub text: Option<String>,
    /// Or the keyed hash of the e-mail address.
    pub email: Option<Vec<u8>>,
    pub role: Option<Role>,
}

fn conditions(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    query.push(" from participants where true");
    if let Some(text) = &filter.text {
        query.push(" and (strpos(lower(name), lower(").push_bind(text.clone()).push(")) > 0 or email_index = ");
        query.push_bind(filter.email.clone()).push(")");
    }
    if let Some(role) = filter.role {
        query.push(" and ").push_bind(role).push(" = any(roles)");
        if role != Role::Citizen {
            query.push(" and roles <> '{CITIZEN}'");
        }
    }
}

/// Participants, newest first.
pub async fn list(db: &PgPool, filter: &Filter, args: &Args<TimeKey>) -> sqlx::Result<Vec<Participant>> {
    let mut query = QueryBuilder::new("select id, kind, name, roles, bio, locale, confirmed_at, disabled_at, created_at, email_sealed");
    conditions(&mut query, filter);
    if let Some((at, id)) = args.from {
        query.push(if args.backward { " and (created_at, id) > (" } else { " and (created_at, id) < (" });
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    query.push(if args.backward { " order by created_at, id limit " } else { " order by created_at desc, id desc limit " });
    query.push_bind(args.limit()).build_query_as().fetch_all(db).await
}

pub async fn count(db: &PgPool, filter: &Filter) -> sqlx::Result<i64> {
    let mut query = QueryBuilder::new("select count(*)");
    conditions(&mut query, filter);
    query.build_query_scalar().fetch_one(db).await
}

#[derive(Debug)]
pub struct NewParticipant<'a> {
    pub id: Uuid,
    pub kind: &'a str,
    pub name: &'a str,
    pub email_index: Option<Vec<u8>>,
    pub email_sealed: Option<Vec<u8>>,
    pub password_hash: Option<&'a str>,
    pub locale: Locale,
    pub roles: &'a [Role],
    pub bio: &'a str,
    pub confirmed: bool,
}

/// False when the address belongs to an account already.
pub async fn insert_participant(tx: &mut PgConnection, new: &NewParticipant<'_>) -> sqlx::Result<bool> {
    let result = sqlx::query(
        "insert into participants (id, kind, name, email_index, email_sealed, password_hash, locale, roles, bio, confirmed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $10 then veche_now() end)
         on conflict on constraint participants_email_unique do nothing",
    )
    .bind(new.id)
    .bind(new.kind)
    .bind(new.name)
    .bind(&new.email_index)
    .bind(&new.email_sealed)
    .bind(new.password_hash)
    .bind(new.locale)
    .bind(new.roles)
    .bind(new.bio)
    .bind(new.confirmed)
    .execute(tx)
    .await?;
    Ok(result.rows_affected() == 1)
}

#[derive(Debug, sqlx::FromRow)]
pub struct Credentials {
    pub id: Uuid,
    pub password_hash: Option<String>,
}

pub async fn credentials(db: &PgPool, email_index: &[u8]) -> sqlx::Result<Option<Credentials>> {
    sqlx::query_as("select id, password_hash from participants where email_index = $1 and disabled_at is null")
        .bind(email_index)
        .fetch_optional(db)
        .await
}

pub async fn password_hash(db: &PgPool, id: Uuid) -> sqlx::Result<Option<String>> {
    let hash: Option<Option<String>> =
        sqlx::query_scalar("select password_hash from participants where id = $1").bind(id).fetch_optional(db).await?;
    Ok(hash.flatten())
}

pub async fn set_password(tx: &mut PgConnection, id: Uuid, hash: &str) -> sqlx::Result<()> {
    sqlx::query("update participants set password_hash = $2 where id = $1").bind(id).bind(hash).execute(tx).await?;
    Ok(())
}

/// Ends the sessions of a participant, but for the one that is kept.
pub async fn end_sessions(tx: &mut PgConnection, participant: Uuid, kept: Option<&[u8; 32]>) -> sqlx::Result<()> {
    sqlx::query("delete from sessions where participant_id = $1 and token_hash is distinct from $2")
        .bind(participant)
        .bind(kept.map(|hash| &hash[..]))
        .execute(tx)
        .await?;
    Ok(())
}

/// Uses up the links to choose another password that were sent to a participant.
pub async fn end_resets(tx: &mut PgConnection, participant: Uuid) -> sqlx::Result<()> {
    sqlx::query("update one_time_tokens set used_at = veche_now() where participant_id = $1 and purpose = $2 and used_at is null")
        .bind(participant)
        .bind(RESET)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn insert_session(tx: &mut PgConnection, hash: &[u8; 32], participant: Uuid, days: i32) -> sqlx::Result<DateTime<Utc>> {
    sqlx::query_scalar(
        "insert into sessions (token_hash, participant_id, expires_at)
         values ($1, $2, veche_now() + make_interval(days => $3)) returning expires_at",
    )
    .bind(hash)
    .bind(participant)
    .bind(days)
    .fetch_one(tx)
    .await
}

pub async fn delete_session(tx: &mut PgConnection, hash: &[u8; 32]) -> sqlx::Result<()> {
    sqlx::query("delete from sessions where token_hash = $1").bind(hash).execute(tx).await?;
    Ok(())
}

pub async fn insert_one_time(
    tx: &mut PgConnection,
    hash: &[u8; 32],
    purpose: &str,
    participant: Option<Uuid>,
    hours: i32,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into one_time_tokens (token_hash, purpose, participant_id, expires_at)
         values ($1, $2, $3, veche_now() + make_interval(hours => $4))",
    )
    .bind(hash)
    .bind(purpose)
    .bind(participant)
    .bind(hours)
    .execute(tx)
    .await?;
    Ok(())
}

/// The purpose of a link for who forgot the password.
pub const RESET: &str = "RESET_PASSWORD";

/// Uses a link up; `None` when it is unknown, used or too old.
pub async fn use_one_time(tx: &mut PgConnection, hash: &[u8; 32], purpose: &str) -> sqlx::Result<Option<Option<Uuid>>> {
    sqlx::query_scalar(
        "update one_time_tokens set used_at = veche_now()
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > veche_now()
         returning participant_id",
    )
    .bind(hash)
    .bind(purpose)
    .fetch_optional(tx)
    .await
}

pub async fn confirm(tx: &mut PgConnection, participant: Uuid) -> sqlx::Result<()> {
    sqlx::query("update participants set confirmed_at = coalesce(confirmed_at, veche_now()) where id = $1")
        .bind(participant)
        .execute(tx)
        .await?;
    Ok(())
}

/// True for the first to claim the installation.
pub async fn claim_installation(tx: &mut PgConnection) -> sqlx::Result<bool> {
    let result = sqlx::query("update installation set claimed_at = veche_now() where claimed_at is null").execute(tx).await?;
    Ok(result.rows_affected() == 1)
}

pub async fn is_claimed(db: impl PgExecutor<'_>) -> sqlx::Result<bool> {
    sqlx::query_scalar("select claimed_at is not null from installation").fetch_one(db).await
}

pub async fn update_profile(
    tx: &mut PgConnection,
    id: Uuid,
    name: Option<&str>,
    bio: Option<&str>,
    locale: Option<Locale>,
) -> sqlx::Result<()> {
    sqlx::query("update participants set name = coalesce($2, name), bio = coalesce($3, bio), locale = coalesce($4, locale) where id = $1")
        .bind(id)
        .bind(name)
        .bind(bio)
        .bind(locale)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn set_roles(tx: &mut PgConnection, id: Uuid, roles: &[Role]) -> sqlx::Result<bool> {
    let result =
        sqlx::query("update participants set roles = $2 where id = $1 and kind = 'PERSON'").bind(id).bind(roles).execute(tx).await?;
    Ok(result.rows_affected() == 1)
}

/// Held while roles change, so that two administrators cannot strike each other off at once.
pub async fn lock_administrators(tx: &mut PgConnection) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "select id from participants where 'ADMINISTRATOR' = any(roles) and disabled_at is null order by id for no key update",
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AccessToken {
    pub id: Uuid,
    pub participant_id: Uuid,
    pub name: String,
    pub scopes: Vec<TokenScope>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Lets servers that admit their bots wait for each other until the transaction ends.
pub async fn lock_bots(tx: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('bots', 7))").execute(tx).await?;
    Ok(())
}

/// Whether a token still opens an account; `None` for one that was never made.
pub async fn token_holds(tx: &mut PgConnection, hash: &[u8; 32]) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar(
        "select t.revoked_at is null and p.disabled_at is null from access_tokens t join participants p on p.id = t.participant_id
         where t.token_hash = $1",
    )
    .bind(hash)
    .fetch_optional(tx)
    .await
}

pub async fn insert_token(
    tx: &mut PgConnection,
    id: Uuid,
    hash: &[u8; 32],
    participant: Uuid,
    name: &str,
    scopes: &[TokenScope],
    days: Option<i32>,
) -> sqlx::Result<AccessToken> {
    sqlx::query_as(
        "insert into access_tokens (id, token_hash, participant_id, name, scopes, expires_at)
         values ($1, $2, $3, $4, $5, veche_now() + make_interval(days => $6)) returning *",
    )
    .bind(id)
    .bind(hash)
    .bind(participant)
    .bind(name)
    .bind(scopes)
    .bind(days)
    .fetch_one(tx)
    .await
}

pub async fn tokens_of(db: &PgPool, participant: Uuid) -> sqlx::Result<Vec<AccessToken>> {
    sqlx::query_as("select * from access_tokens where participant_id = $1 order by created_at desc, id desc limit 100")
        .bind(participant)
        .fetch_all(db)
        .await
}

/// Ends a token of `owner`, or of anybody when `any` is set.
pub async fn revoke_token(tx: &mut PgConnection, id: Uuid, owner: Uuid, any: bool) -> sqlx::Result<Option<AccessToken>> {
    sqlx::query_as(
        "update access_tokens set revoked_at = coalesce(revoked_at, veche_now())
         where id = $1 and (participant_id = $2 or $3) returning *",
    )
    .bind(id)
    .bind(owner)
    .bind(any)
    .fetch_optional(tx)
    .await
}

/// Forgets ended sessions and used links.
pub async fn sweep(db: &PgPool) -> sqlx::Result<u64> {
    let sessions = sqlx::query("delete from sessions where expires_at < veche_now()").execute(db).await?;
    let links = sqlx::query("delete from one_time_tokens where expires_at < veche_now() - interval '30 days'").execute(db).await?;
    Ok(sessions.rows_affected() + links.rows_affected())
}
