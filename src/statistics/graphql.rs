//! Statistics in the API.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};

use super::sql;
use crate::{
    error::{Error, ErrorCode, Refusal},
    graphql::Request,
};

/// A number by name.
#[derive(SimpleObject)]
pub struct NamedCount {
    /// The name: a state or a channel; of an entry of the directory, its name in the caller's language.
    name: String,
    /// The number.
    count: i64,
}

/// What was counted in a week.
#[derive(SimpleObject)]
pub struct StatisticsPoint {
    /// Its Monday.
    week: NaiveDate,
    /// Tickets that came.
    tickets: i64,
    /// Tickets whose answer came.
    answered: i64,
    /// Initiatives that everybody may read, by when they were written.
    initiatives: i64,
    /// Ballots that were cast.
    ballots: i64,
    /// Comments.
    comments: i64,
    /// People who registered.
    participants: i64,
}

/// What was counted in a span of time.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Statistics {
    #[graphql(skip)]
    from: Option<DateTime<Utc>>,
    #[graphql(skip)]
    to: Option<DateTime<Utc>>,
    /// Initiatives that everybody may read.
    initiatives: i64,
    /// Those by state.
    initiatives_by_state: Vec<NamedCount>,
    /// Ballots that were cast.
    ballots: i64,
    /// Comments.
    comments: i64,
    /// Tickets, private ones too.
    tickets: i64,
    /// Those by state.
    tickets_by_state: Vec<NamedCount>,
    /// Those by channel.
    tickets_by_channel: Vec<NamedCount>,
    /// Tickets that were answered.
    answered: i64,
    /// Tickets that should have been answered by now and are not.
    overdue: i64,
    /// Hours from the first message to the answer, in the middle.
    median_answer_hours: Option<f64>,
    /// How much answers helped on average, 1 to 5.
    average_rating: Option<f64>,
    /// People who registered.
    participants: i64,
    /// Matters that more than one person wrote about.
    clusters: i64,
}

/// What was counted in a span of time.
#[ComplexObject]
impl Statistics {
    /// Week by week (from Monday, in UTC), oldest first: the last 53 of the span at the most, those without anything too.
    async fn course(&self, ctx: &Context<'_>) -> Result<Vec<StatisticsPoint>> {
        let rows = ctx.out(sql::course(&ctx.app()?.db, self.from, self.to).await.map_err(Into::into))?;
        let point = |row: sql::Week| StatisticsPoint {
            week: row.week,
            tickets: row.tickets,
            answered: row.answered,
            initiatives: row.initiatives,
            ballots: row.ballots,
            comments: row.comments,
            participants: row.participants,
        };
        Ok(rows.into_iter().map(point).collect())
    }

    /// Tickets by working group, the most first; those of the triage desk are left out.
    async fn tickets_by_group(&self, ctx: &Context<'_>) -> Result<Vec<NamedCount>> {
        self.tickets_by(ctx, sql::Part::Group).await
    }

    /// Tickets by topic, the most first; those without one are left out.
    async fn tickets_by_topic(&self, ctx: &Context<'_>) -> Result<Vec<NamedCount>> {
        self.tickets_by(ctx, sql::Part::Topic).await
    }

    /// Tickets by territory, the most first; those without one are left out.
    async fn tickets_by_territory(&self, ctx: &Context<'_>) -> Result<Vec<NamedCount>> {
        self.tickets_by(ctx, sql::Part::Territory).await
    }
}

impl Statistics {
    async fn tickets_by(&self, ctx: &Context<'_>, part: sql::Part) -> Result<Vec<NamedCount>> {
        let (db, locale) = (&ctx.app()?.db, ctx.viewer()?.locale);
        let rows = ctx.out(sql::tickets_by(db, part, locale, self.from, self.to).await.map_err(Into::into))?;
        Ok(rows.into_iter().map(|(name, count)| NamedCount { name, count }).collect())
    }
}

/// Statistics.
#[derive(Default)]
pub struct Query;

/// Statistics.
#[Object(name = "StatisticsQuery")]
impl Query {
    /// What was counted, in all or from one moment to another.
    async fn statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first moment that counts.")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "The first moment that counts no more.")] to: Option<DateTime<Utc>>,
    ) -> Result<Statistics> {
        let db = &ctx.app()?.db;
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return ctx
                .out(Err(Error::BadRequest(Refusal::new(ErrorCode::OutOfRange, "to").with("min", from.to_rfc3339()).with("max", "∞"))));
        }
        let counts = ctx.out(sql::counts(db, from, to).await.map_err(Into::into))?;
        let rows = ctx.out(sql::breakdown(db, from, to).await.map_err(Into::into))?;
        let named = |of: &str| {
            let rows = rows.iter().filter(|(what, ..)| what == of);
            rows.map(|(_, name, count)| NamedCount { name: name.clone(), count: *count }).collect()
        };
        Ok(Statistics {
            from,
            to,
            initiatives_by_state: named("initiatives"),
            tickets_by_state: named("tickets"),
            tickets_by_channel: named("channels"),
            initiatives: counts.initiatives,
            ballots: counts.ballots,
            comments: counts.comments,
            tickets: counts.tickets,
            answered: counts.answered,
            overdue: counts.overdue,
            median_answer_hours: counts.median_answer_hours,
            average_rating: counts.average_rating,
            participants: counts.participants,
            clusters: counts.clusters,
        })
    }
}
