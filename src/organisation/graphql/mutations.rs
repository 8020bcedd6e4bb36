use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

use super::{Department, Territory, Topic, WorkingGroup};
use crate::{
    gid::{self, Kind},
    graphql::{Request, payload},
    identity::{Act, GroupRole},
    organisation::{self, Change, New, Part},
};

/// A new department.
#[derive(InputObject)]
pub struct CreateDepartmentInput {
    /// Its short name in addresses: 1 to 60 of `a-z`, `0-9` and `-`.
    key: String,
    /// Its name in Russian, 2 to 200 characters.
    name_ru: String,
    /// Its name in English, 2 to 200 characters.
    name_en: String,
    /// What it does, in Russian, at most 2,000 characters.
    #[graphql(default)]
    description_ru: String,
    /// What it does, in English, at most 2,000 characters.
    #[graphql(default)]
    description_en: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `createDepartment`.
    CreateDepartmentPayload {
        /// The new department.
        department: Department
    }
}

/// What to change of a department; what is left out stays.
#[derive(InputObject)]
pub struct UpdateDepartmentInput {
    /// Which.
    department_id: ID,
    /// Its name in Russian, 2 to 200 characters.
    name_ru: Option<String>,
    /// Its name in English, 2 to 200 characters.
    name_en: Option<String>,
    /// What it does, in Russian, at most 2,000 characters.
    description_ru: Option<String>,
    /// What it does, in English, at most 2,000 characters.
    description_en: Option<String>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `updateDepartment`.
    UpdateDepartmentPayload {
        /// The changed department.
        department: Department
    }
}

/// A new working group.
#[derive(InputObject)]
pub struct CreateWorkingGroupInput {
    /// Its short name in addresses: 1 to 60 of `a-z`, `0-9` and `-`.
    key: String,
    /// Its name in Russian, 2 to 200 characters.
    name_ru: String,
    /// Its name in English, 2 to 200 characters.
    name_en: String,
    /// What it does, in Russian, at most 2,000 characters.
    #[graphql(default)]
    description_ru: String,
    /// What it does, in English, at most 2,000 characters.
    #[graphql(default)]
    description_en: String,
    /// The department that it belongs to.
    department_id: Option<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `createWorkingGroup`.
    CreateWorkingGroupPayload {
        /// The new group.
        working_group: WorkingGroup
    }
}

/// What to change of a working group; what is left out stays.
#[derive(InputObject)]
pub struct UpdateWorkingGroupInput {
    /// Which.
    group_id: ID,
    /// Its name in Russian, 2 to 200 characters.
    name_ru: Option<String>,
    /// Its name in English, 2 to 200 characters.
    name_en: Option<String>,
    /// What it does, in Russian, at most 2,000 characters.
    description_ru: Option<String>,
    /// What it does, in English, at most 2,000 characters.
    description_en: Option<String>,
    /// The department that it belongs to; null takes it away.
    department_id: MaybeUndefined<ID>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `updateWorkingGroup`.
    UpdateWorkingGroupPayload {
        /// The changed group.
        working_group: WorkingGroup
    }
}

/// A new topic.
#[derive(InputObject)]
pub struct CreateTopicInput {
    /// Its short name in addresses: 1 to 60 of `a-z`, `0-9` and `-`.
    key: String,
    /// Its name in Russian, 2 to 200 characters.
    name_ru: String,
    /// Its name in English, 2 to 200 characters.
    name_en: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `createTopic`.
    CreateTopicPayload {
        /// The new topic.
        topic: Topic
    }
}

/// A new territory.
#[derive(InputObject)]
pub struct CreateTerritoryInput {
    /// Its short name in addresses: 1 to 60 of `a-z`, `0-9` and `-`.
    key: String,
    /// Its name in Russian, 2 to 200 characters.
    name_ru: String,
    /// Its name in English, 2 to 200 characters.
    name_en: String,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `createTerritory`.
    CreateTerritoryPayload {
        /// The new territory.
        territory: Territory
    }
}

/// Somebody's part in a working group.
#[derive(InputObject)]
pub struct SetGroupMemberInput {
    /// Which group.
    group_id: ID,
    /// Who.
    participant_id: ID,
    /// Their part; null takes them out of the group.
    role: Option<GroupRole>,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `setGroupMember`.
    SetGroupMemberPayload {
        /// The group.
        working_group: WorkingGroup
    }
}

/// Whether somebody answers for a department.
#[derive(InputObject)]
pub struct SetDepartmentOfficerInput {
    /// Which department.
    department_id: ID,
    /// Who.
    participant_id: ID,
    /// True: they answer for it; false: no longer.
    member: bool,
    /// A key of the client's own for this action: sent again with it, nothing is done twice and the first answer comes again.
    client_mutation_id: Option<String>,
}

payload! {
    /// The outcome of `setDepartmentOfficer`.
    SetDepartmentOfficerPayload {
        /// The department.
        department: Department
    }
}

/// Mutations of the organisation (administrators).
#[derive(Default)]
pub struct Mutation;

/// Mutations of the organisation (administrators).
#[Object(name = "OrganisationMutation")]
impl Mutation {
    /// Makes a department (administrators).
    async fn create_department(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateDepartmentInput,
    ) -> Result<CreateDepartmentPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let CreateDepartmentInput { key, name_ru, name_en, description_ru, description_en, .. } = input;
        let new = New { key, name_ru, name_en, description_ru, description_en, ..New::default() };
        let outcome = organisation::create(app, viewer, Part::Department, new).await;
        CreateDepartmentPayload::settle(ctx, outcome.map(|row| Department::new(&row, viewer.locale)))
    }

    /// Changes a department (administrators).
    async fn update_department(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateDepartmentInput,
    ) -> Result<UpdateDepartmentPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let id = gid::expect(Kind::Department, &input.department_id, "departmentId")?;
            let UpdateDepartmentInput { name_ru, name_en, description_ru, description_en, .. } = input;
            let change = Change { name_ru, name_en, description_ru, description_en, ..Change::default() };
            Ok(Department::new(&organisation::update(app, viewer, Part::Department, id, change).await?, viewer.locale))
        };
        UpdateDepartmentPayload::settle(ctx, outcome.await)
    }

    /// Makes a working group (administrators).
    async fn create_working_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateWorkingGroupInput,
    ) -> Result<CreateWorkingGroupPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let department = gid::maybe(Kind::Department, input.department_id.as_ref(), "departmentId")?;
            let CreateWorkingGroupInput { key, name_ru, name_en, description_ru, description_en, .. } = input;
            let new = New { key, name_ru, name_en, description_ru, description_en, department, ..New::default() };
            Ok(WorkingGroup::new(&organisation::create(app, viewer, Part::WorkingGroup, new).await?, viewer.locale))
        };
        CreateWorkingGroupPayload::settle(ctx, outcome.await)
    }

    /// Changes a working group (administrators).
    async fn update_working_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: UpdateWorkingGroupInput,
    ) -> Result<UpdateWorkingGroupPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let id = gid::expect(Kind::WorkingGroup, &input.group_id, "groupId")?;
            let department = match &input.department_id {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(id) => Some(Some(gid::expect(Kind::Department, id, "departmentId")?)),
            };
            let UpdateWorkingGroupInput { name_ru, name_en, description_ru, description_en, .. } = input;
            let change = Change { name_ru, name_en, description_ru, description_en, department, ..Change::default() };
            Ok(WorkingGroup::new(&organisation::update(app, viewer, Part::WorkingGroup, id, change).await?, viewer.locale))
        };
        UpdateWorkingGroupPayload::settle(ctx, outcome.await)
    }

    /// Makes a topic (administrators).
    async fn create_topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateTopicInput,
    ) -> Result<CreateTopicPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let new = New { key: input.key, name_ru: input.name_ru, name_en: input.name_en, ..New::default() };
        let outcome = organisation::create(app, viewer, Part::Topic, new).await;
        CreateTopicPayload::settle(ctx, outcome.map(|row| Topic::new(&row, viewer.locale)))
    }

    /// Makes a territory (administrators).
    async fn create_territory(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: CreateTerritoryInput,
    ) -> Result<CreateTerritoryPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let new = New { key: input.key, name_ru: input.name_ru, name_en: input.name_en, ..New::default() };
        let outcome = organisation::create(app, viewer, Part::Territory, new).await;
        CreateTerritoryPayload::settle(ctx, outcome.map(|row| Territory::new(&row, viewer.locale)))
    }

    /// Gives somebody a part in a working group, or takes them out of it (administrators).
    async fn set_group_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SetGroupMemberInput,
    ) -> Result<SetGroupMemberPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let group = gid::expect(Kind::WorkingGroup, &input.group_id, "groupId")?;
            let person = gid::expect(Kind::Participant, &input.participant_id, "participantId")?;
            let row = organisation::set_member(app, viewer, group, person, input.role).await?;
            Ok(WorkingGroup::new(&row, viewer.locale))
        };
        SetGroupMemberPayload::settle(ctx, outcome.await)
    }

    /// Lets somebody answer for a department, or no longer (administrators). They need the role too: see `setRoles`.
    async fn set_department_officer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: SetDepartmentOfficerInput,
    ) -> Result<SetDepartmentOfficerPayload> {
        let (app, viewer) = (ctx.app()?, ctx.viewer()?);
        let outcome = async {
            viewer.may(Act::Administer)?;
            let department = gid::expect(Kind::Department, &input.department_id, "departmentId")?;
            let person = gid::expect(Kind::Participant, &input.participant_id, "participantId")?;
            let row = organisation::set_officer(app, viewer, department, person, input.member).await?;
            Ok(Department::new(&row, viewer.locale))
        };
        SetDepartmentOfficerPayload::settle(ctx, outcome.await)
    }
}
