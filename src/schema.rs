//! The schema: the rooms' roots merged, the node of an identifier. Nothing here thinks.

use async_graphql::{Context, ID, Interface, MergedObject, MergedSubscription, Object, Result, Schema, SchemaBuilder};
use uuid::Uuid;

use crate::{
    audit, channels, comments, error::Error, feedback, gid, gid::Kind, graphql::Request, identity, import, initiatives, jobs, notify,
    organisation, search, statistics, triage, voting,
};

/// Everything that has a global identifier and can be looked up by it.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global identifier."))]
pub enum Node {
    /// A person or a service.
    Participant(identity::graphql::Participant),
    /// An initiative.
    Initiative(initiatives::graphql::Initiative),
    /// A ticket.
    Ticket(feedback::graphql::Ticket),
    /// A cluster of tickets.
    Cluster(triage::graphql::Cluster),
    /// A comment.
    Comment(comments::graphql::Comment),
    /// A working group.
    WorkingGroup(organisation::graphql::WorkingGroup),
    /// A department.
    Department(organisation::graphql::Department),
    /// A topic.
    Topic(organisation::graphql::Topic),
    /// A territory.
    Territory(organisation::graphql::Territory),
    /// A service of the city.
    Service(organisation::graphql::Service),
    /// A theme.
    Theme(triage::graphql::Theme),
    /// A notification on its way.
    Delivery(notify::graphql::Delivery),
    /// An address of one's own on a channel.
    Contact(channels::graphql::Contact),
    /// A message that could not be read.
    UnreadableMessage(channels::graphql::UnreadableMessage),
    /// A search of one's own that one wants to hear of.
    SavedSearch(search::graphql::SavedSearch),
}

/// The object of an identifier.
#[derive(Default)]
pub struct NodeQuery;

/// The object of an identifier.
#[Object(name = "NodeQuery")]
impl NodeQuery {
    /// The object with this identifier; null when there is none or the caller may not read it.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "Its global identifier.")] id: ID) -> Result<Option<Node>> {
        let kinds = [
            Kind::Participant,
            Kind::Initiative,
            Kind::Ticket,
            Kind::Cluster,
            Kind::Comment,
            Kind::WorkingGroup,
            Kind::Department,
            Kind::Topic,
            Kind::Territory,
            Kind::Service,
            Kind::Theme,
            Kind::Delivery,
            Kind::Contact,
            Kind::UnreadableMessage,
            Kind::SavedSearch,
        ];
        let (kind, id) = ctx.out(gid::one_of(&kinds, &id, "id").map_err(Error::BadRequest))?;
        node(ctx, kind, id).await
    }
}

/// The object of a kind and key; `None` where there is none, the viewer may not read it, or the kind cannot be looked up.
///
/// # Errors
/// The database failed.
pub async fn node(ctx: &Context<'_>, kind: Kind, id: Uuid) -> Result<Option<Node>> {
    Ok(match kind {
        Kind::Participant => identity::graphql::participant(ctx, Some(id)).await?.map(Node::Participant),
        Kind::Initiative => initiatives::graphql::Initiative::load(ctx, id).await?.map(Node::Initiative),
        Kind::Ticket => feedback::graphql::Ticket::load(ctx, id).await?.map(Node::Ticket),
        Kind::Cluster => triage::graphql::cluster(ctx, Some(id)).await?.map(Node::Cluster),
        Kind::Comment => comments::graphql::comment(ctx, id).await?.map(Node::Comment),
        Kind::WorkingGroup => organisation::graphql::working_group(ctx, Some(id)).await?.map(Node::WorkingGroup),
        Kind::Department => organisation::graphql::department(ctx, Some(id)).await?.map(Node::Department),
        Kind::Topic => organisation::graphql::topic(ctx, Some(id)).await?.map(Node::Topic),
        Kind::Territory => organisation::graphql::territory(ctx, Some(id)).await?.map(Node::Territory),
        Kind::Service => organisation::graphql::service(ctx, Some(id)).await?.map(Node::Service),
        Kind::Theme => triage::graphql::theme(ctx, Some(id)).await?.map(Node::Theme),
        Kind::Delivery => notify::graphql::Delivery::load(ctx, id).await?.map(Node::Delivery),
        Kind::Contact => channels::graphql::Contact::load(ctx, id).await?.map(Node::Contact),
        Kind::UnreadableMessage => channels::graphql::UnreadableMessage::load(ctx, id).await?.map(Node::UnreadableMessage),
        Kind::SavedSearch => search::graphql::SavedSearch::load(ctx, id).await?.map(Node::SavedSearch),
        _ => None,
    })
}

/// What can be read.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQuery,
    identity::graphql::Query,
    organisation::graphql::Query,
    organisation::graphql::ServiceQuery,
    initiatives::graphql::Query,
    voting::graphql::Query,
    comments::graphql::Query,
    feedback::graphql::Query,
    triage::graphql::Query,
    triage::graphql::ProposalQuery,
    triage::graphql::ThemeQuery,
    triage::graphql::ModelQuery,
    search::graphql::Query,
    search::graphql::AdminQuery,
    search::graphql::SuggestQuery,
    statistics::graphql::Query,
    notify::graphql::Query,
    notify::graphql::DeliveryQuery,
    audit::graphql::Query,
    jobs::graphql::Query,
    import::graphql::Query,
    channels::graphql::Query,
);

/// What can be done. Every mutation takes one `input` and answers with its result and what was refused.
#[derive(MergedObject, Default)]
pub struct Mutation(
    identity::graphql::Mutation,
    identity::graphql::PasswordMutation,
    organisation::graphql::Mutation,
    organisation::graphql::ServiceMutation,
    initiatives::graphql::Mutation,
    voting::graphql::Mutation,
    comments::graphql::Mutation,
    feedback::graphql::Mutation,
    feedback::graphql::MaskingMutation,
    triage::graphql::Mutation,
    triage::graphql::ProposalMutation,
    triage::graphql::ModelMutation,
    search::graphql::AdminMutation,
    notify::graphql::Mutation,
    notify::graphql::DeliveryMutation,
    notify::graphql::OutgoingMutation,
    search::graphql::SavedMutation,
    jobs::graphql::Mutation,
    import::graphql::Mutation,
    channels::graphql::Mutation,
);

/// What can be watched.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    voting::graphql::Subscription,
    comments::graphql::Subscription,
    feedback::graphql::Subscription,
    triage::graphql::Subscription,
    notify::graphql::Subscription,
);

/// The schema of the service.
pub type ApiSchema = Schema<Query, Mutation, Subscription>;

/// The schema, to be given its data.
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
}

/// The schema as the server runs it; [`endpoint`](crate::endpoint) keeps its limits.
pub fn build(app: crate::app::App) -> ApiSchema {
    builder().data(app).finish()
}

/// The schema in GraphQL's own language, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    builder().finish().sdl_with_options(options)
}
