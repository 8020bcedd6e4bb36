//! What the rooms' GraphQL faces share.

use async_graphql::{Context, dataloader::DataLoader};

use crate::{
    app::App,
    error::{self, Error, Result},
    i18n, idempotency,
    identity::Viewer,
};

/// Reads for many parents at once; each room implements `Loader` for its own keys.
pub struct Loaders {
    /// The application.
    pub app: App,
    /// Who asks.
    pub viewer: Viewer,
}

/// The loaders of one request.
pub type Batch = DataLoader<Loaders>;

/// The loaders for a request or a subscription's event.
pub fn batch(app: &App, viewer: &Viewer) -> Batch {
    DataLoader::new(Loaders { app: app.clone(), viewer: viewer.clone() }, tokio::spawn)
}

/// A batch could not be read. Logged once, here, however many edges wait for it.
#[derive(Debug, Clone)]
pub struct LoadFailed(String);

impl From<sqlx::Error> for LoadFailed {
    fn from(failure: sqlx::Error) -> Self {
        Error::from(failure).into()
    }
}

impl From<Error> for LoadFailed {
    fn from(failure: Error) -> Self {
        let reference = error::reference();
        tracing::error!(%reference, error = %failure, "failed to read a batch");
        Self(reference)
    }
}

/// The parts of a request that resolvers need.
pub trait Request {
    /// The application.
    fn app(&self) -> async_graphql::Result<&App>;
    /// Who asks.
    fn viewer(&self) -> async_graphql::Result<&Viewer>;
    /// Reads one of a batch.
    fn load<K>(
        &self,
        key: K,
    ) -> impl Future<Output = async_graphql::Result<Option<<Loaders as async_graphql::dataloader::Loader<K>>::Value>>> + Send
    where
        K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
        Loaders: async_graphql::dataloader::Loader<K, Error = LoadFailed>;
    /// An outcome, its error in the caller's language.
    fn out<T>(&self, outcome: Result<T>) -> async_graphql::Result<T>;
}

impl Request for Context<'_> {
    fn app(&self) -> async_graphql::Result<&App> {
        self.data::<App>()
    }

    fn viewer(&self) -> async_graphql::Result<&Viewer> {
        self.data::<Viewer>()
    }

    async fn load<K>(&self, key: K) -> async_graphql::Result<Option<<Loaders as async_graphql::dataloader::Loader<K>>::Value>>
    where
        K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
        Loaders: async_graphql::dataloader::Loader<K, Error = LoadFailed>,
    {
        let locale = self.viewer()?.locale;
        self.data::<Batch>()?.load_one(key).await.map_err(|LoadFailed(reference)| {
            use async_graphql::ErrorExtensions;
            let message = i18n::text(locale, "request-internal", &[("reference", reference.clone().into())]);
            async_graphql::Error::new(message).extend_with(|_, e| {
                e.set("code", "INTERNAL");
                e.set("reference", reference);
            })
        })
    }

    fn out<T>(&self, outcome: Result<T>) -> async_graphql::Result<T> {
        let locale = self.viewer()?.locale;
        outcome.map_err(|e: Error| e.for_client(locale))
    }
}

/// The `clientMutationId` that came with a mutation.
pub fn client_mutation_id(ctx: &Context<'_>) -> Option<String> {
    idempotency::client_mutation_id(&ctx.item.node, &ctx.query_env.variables).map(str::to_owned)
}

/// Defines a mutation's payload: its result and its refusals.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident : $type:ty }) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: Option<$type>,
            /// What was refused and why; empty when all went well.
            pub user_errors: Vec<$crate::error::UserError>,
            /// The `clientMutationId` of the input.
            pub client_mutation_id: Option<String>,
        }

        impl $name {
            pub(crate) fn settle(ctx: &async_graphql::Context<'_>, outcome: $crate::error::Result<$type>) -> async_graphql::Result<Self> {
                let locale = $crate::graphql::Request::viewer(ctx)?.locale;
                let ($field, user_errors) = $crate::error::settle(locale, outcome)?;
                Ok(Self { $field, user_errors, client_mutation_id: $crate::graphql::client_mutation_id(ctx) })
            }
        }
    };
}
pub(crate) use payload;
