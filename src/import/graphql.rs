//! Imports in the API, for administrators.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};

use super::{ColumnNames, Format, Kind, Options, State, sql};
use crate::{
    error::{self, Error, ErrorCode, Refusal},
    feedback::Channel,
    gid,
    graphql::{Request, payload},
    identity::{
        Act,
        graphql::{Participant, participant},
    },
    validate::Validate,
};

/// An import of a file.
pub struct Import(sql::Import);

/// An import of a file.
#[Object]
impl Import {
    /// The global identifier.
    async fn id(&self) -> ID {
        gid::encode(gid::Kind::Import, self.0.id)
    }

    /// What the file brings.
    async fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The file's name.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// Who started it.
    async fn started_by(&self, ctx: &Context<'_>) -> Result<Option<Participant>> {
        participant(ctx, Some(self.0.started_by)).await
    }

    /// Where it stands.
    async fn state(&self) -> State {
        self.0.state
    }

    /// Rows of the file; null until they are counted.
    async fn total(&self) -> Option<i64> {
        self.0.total
    }

    /// Rows that were read so far.
    async fn read(&self) -> i64 {
        self.0.read
    }

    /// Rows that were stored.
    async fn stored(&self) -> i64 {
        self.0.stored
    }

    /// Rows that are not for the service, or were there already.
    async fn ignored(&self) -> i64 {
        self.0.ignored
    }

    /// Rows that could not be taken.
    async fn refused(&self) -> i64 {
        self.0.refused
    }

    /// Why the file could not be read.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// When somebody asked for it.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the reading began.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    /// When it was over.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }
}

/// Queries of imports.
#[derive(Default)]
pub struct Query;

/// Queries of imports.
#[Object(name = "ImportQuery")]
impl Query {
    /// The imports that were started in the browser, newest first (administrators).
    async fn imports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at the most, up to 100.", default = 20)] first: i32,
    ) -> Result<Vec<Import>> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome: error::Result<Vec<Import>> = async {
            viewer.may(Act::Administer)?;
            if !(0..=100).contains(&first) {
                return Err(Error::BadRequest(Refusal::new(ErrorCode::OutOfRange, "first").with("min", 0).with("max", 100)));
            }
            Ok(sql::imports(&app.db, first.into()).await?.into_iter().map(Import).collect())
        }
        .await;
        ctx.out(outcome)
    }
}

/// Names of columns of a table or keys of JSON. A field whose column is not named is read from the column of its own name.
#[derive(InputObject, Default)]
pub struct ImportColumnsInput {
    /// The words of the message or initiative.
    text: Option<String>,
    /// The source's own identifier; without it rows are known by their content.
    id: Option<String>,
    /// The title of an initiative.
    title: Option<String>,
    /// The subject of a message.
    subject: Option<String>,
    /// The sender: a name, an address, or both.
    author: Option<String>,
    /// When it was received or published.
    date: Option<String>,
    /// The working group that had it, from which the router learns; it is made when there is none of that name.
    group: Option<String>,
    /// What it is about; the topic is made when there is none of that name.
    topic: Option<String>,
    /// How a message came in: web, email, telegram, phone or api.
    channel: Option<String>,
    /// The level of government that an initiative is addressed to.
    jurisdiction: Option<String>,
    /// The votes that an initiative has.
    votes: Option<String>,
}

impl ImportColumnsInput {
    fn check(self) -> error::Result<ColumnNames> {
        let mut v = Validate::new();
        // A form sends what was left empty.
        let mut named = |path: &str, name: Option<String>| {
            let name = name.filter(|name| !name.trim().is_empty())?;
            Some(v.line(&format!("columns.{path}"), &name, 1..=200))
        };
        let names = ColumnNames {
            text: named("text", self.text),
            id: named("id", self.id),
            title: named("title", self.title),
            subject: named("subject", self.subject),
            author: named("author", self.author),
            date: named("date", self.date),
            group: named("group", self.group),
            topic: named("topic", self.topic),
            channel_column: named("channel", self.channel),
            jurisdiction: named("jurisdiction", self.jurisdiction),
            votes: named("votes", self.votes),
        };
        v.finish()?;
        Ok(names)
    }
}

/// Which file to import, and how to read it.
#[derive(InputObject)]
pub struct StartImportInput {
    /// What the file brings.
    #[graphql(default)]
    kind: Kind,
    /// What the file is.
    format: Format,
    /// The uploaded file, one's own. Larger files than may be uploaded (`limits.upload_bytes`) are for the command line: `veche import`.
    attachment_id: ID,
    /// Names of its columns.
    columns: Option<ImportColumnsInput>,
    /// How messages came in, where the rows do not say so; mail came by `EMAIL` and the rest over the `WEB` when it is not given.
    channel: Option<Channel>,
    /// Whether everybody may read the tickets; by default not.
    public: Option<bool>,
    /// Votes that initiatives need; that of the settings by default.
    threshold: Option<i64>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `startImport`.
    StartImportPayload {
        /// The import, which goes on in the background.
        import: Import
    }
}

/// Mutations of imports.
#[derive(Default)]
pub struct Mutation;

/// Mutations of imports.
#[Object(name = "ImportMutation")]
impl Mutation {
    /// Imports an uploaded file in the background (administrators). It can be repeated: what was imported already is passed over.
    async fn start_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: StartImportInput,
    ) -> Result<StartImportPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let attachment = gid::expect(gid::Kind::Attachment, &input.attachment_id, "attachmentId")?;
            let options = Options {
                format: input.format,
                columns: input.columns.unwrap_or_default().check()?,
                channel: input.channel,
                public: input.public.unwrap_or(false),
                threshold: input.threshold,
            };
            Ok(Import(super::start(app, viewer, input.kind, attachment, &options).await?))
        };
        StartImportPayload::settle(ctx, outcome.await)
    }
}
