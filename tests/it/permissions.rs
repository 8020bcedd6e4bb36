//! Who may do what: one table over every operation of the schema, and what the schema says of itself.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use veche::identity::Purpose;

use crate::{
    contract::{Contract, Operation},
    support::{Person, TestApp},
};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Nobody,
    Citizen,
    Expert,
    Moderator,
    Officer,
    Administrator,
    /// A service account with a token for bringing messages.
    Service,
    /// A token of somebody with every role, made for reading only.
    ReadToken,
    /// A citizen whose address is not confirmed.
    Unconfirmed,
    /// Somebody with every role for whom a service account acts.
    Represented,
}
use Caller::{Administrator, Citizen, Expert, Moderator, Nobody, Officer, ReadToken, Represented, Service, Unconfirmed};

const CALLERS: [Caller; 10] = [Nobody, Citizen, Expert, Moderator, Officer, Administrator, Service, ReadToken, Unconfirmed, Represented];

const ALL: &[Caller] = &CALLERS;
/// Those who take part under their name.
const PEOPLE: &[Caller] = &[Citizen, Expert, Moderator, Officer, Administrator, Represented];
/// Those who do it themselves.
const SELVES: &[Caller] = &[Citizen, Expert, Moderator, Officer, Administrator];
const SERVICE: &[Caller] = &[Service];
/// What is one's own, to read.
const OWN: &[Caller] = &[Citizen, Expert, Moderator, Officer, Administrator, ReadToken, Unconfirmed, Represented];
/// One's own account, to change.
const ACCOUNT: &[Caller] = &[Citizen, Expert, Moderator, Officer, Administrator, Unconfirmed];
/// Those who write to the service: with an account they must be allowed to use it.
const WRITERS: &[Caller] = &[Nobody, Citizen, Expert, Moderator, Officer, Administrator];
const REVIEW: &[Caller] = &[Moderator, Officer, Administrator];
const ANSWER: &[Caller] = &[Officer, Administrator];
const MODERATE: &[Caller] = &[Moderator, Administrator];
const TRIAGE: &[Caller] = &[Expert, Administrator];
const INSPECT: &[Caller] = &[Expert, Moderator, Administrator];
const ADMIN: &[Caller] = &[Administrator];

/// Every operation and who may. Whether the object allows it (one's own draft, one's own group) is another question.
const TABLE: &[(&str, &[Caller])] = &[
    ("query auditLog", ALL),
    ("query channelSettings", ADMIN),
    ("query channels", ADMIN),
    ("query cluster", ALL),
    ("query clusterProposals", TRIAGE),
    ("query clusterMap", ALL),
    ("query clusters", ALL),
    ("query contacts", OWN),
    ("query correspondent", SERVICE),
    ("query departments", ALL),
    ("query failedDeliveries", ADMIN),
    ("query failedJobs", ADMIN),
    ("query flags", MODERATE),
    ("query imports", ADMIN),
    ("query initiative", ALL),
    ("query initiatives", ALL),
    ("query jobs", ADMIN),
    ("query me", ALL),
    ("query modelReport", INSPECT),
    ("query myBallots", OWN),
    ("query node", ALL),
    ("query notificationPreferences", OWN),
    ("query notifications", OWN),
    ("query participants", ADMIN),
    ("query popularSearches", ALL),
    ("query regroupings", TRIAGE),
    ("query search", ALL),
    ("query service", ALL),
    ("query services", ALL),
    ("query searchIndexes", ADMIN),
    ("query searchSynonyms", ADMIN),
    ("query similar", ALL),
    ("query similarInitiatives", ALL),
    ("query statistics", ALL),
    ("query suggest", ALL),
    ("query territories", ALL),
    ("query themes", ALL),
    ("query ticket", ALL),
    ("query tickets", ALL),
    ("query timeZone", ALL),
    ("query topics", ALL),
    ("query unreadableMessages", ADMIN),
    ("query unreadNotifications", OWN),
    ("query waitingDeliveries", ADMIN),
    ("query workingGroup", ALL),
    ("query workingGroups", ALL),
    ("mutation acceptClusterProposal", TRIAGE),
    ("mutation addComment", PEOPLE),
    ("mutation answerInitiative", ANSWER),
    ("mutation assess", TRIAGE),
    ("mutation assignTicket", TRIAGE),
    ("mutation castVote", PEOPLE),
    ("mutation changePassword", ACCOUNT),
    ("mutation claimInstallation", ALL),
    ("mutation claimOutgoing", SERVICE),
    ("mutation completeImplementation", ANSWER),
    ("mutation completeMilestone", ANSWER),
    ("mutation confirmEmail", ALL),
    ("mutation createAccessToken", SELVES),
    ("mutation createContactLink", ACCOUNT),
    ("mutation createDepartment", ADMIN),
    ("mutation createInitiative", PEOPLE),
    ("mutation createService", ADMIN),
    ("mutation createSearchSynonyms", ADMIN),
    ("mutation createServiceAccount", ADMIN),
    ("mutation createTerritory", ADMIN),
    ("mutation createTopic", ADMIN),
    ("mutation createWorkingGroup", ADMIN),
    ("mutation decide", TRIAGE),
    ("mutation deleteSearchSynonyms", ADMIN),
    ("mutation deleteSavedSearch", PEOPLE),
    ("mutation editComment", PEOPLE),
    ("mutation flag", PEOPLE),
    ("mutation follow", PEOPLE),
    ("mutation forgetContact", SERVICE),
    ("mutation hide", MODERATE),
    ("mutation inviteCoauthors", PEOPLE),
    ("mutation joinTicket", PEOPLE),
    ("mutation keepUnreadableMessage", SERVICE),
    ("mutation linkContact", SERVICE),
    ("mutation logIn", ALL),
    ("mutation logOut", ALL),
    ("mutation markNotificationsRead", PEOPLE),
    ("mutation markUnreadableSeen", ADMIN),
    ("mutation maskArticle", TRIAGE),
    ("mutation mergeClusters", TRIAGE),
    ("mutation mergeTickets", TRIAGE),
    ("mutation rateAnswer", PEOPLE),
    ("mutation rebuildSearch", ADMIN),
    ("mutation receiveMessage", SERVICE),
    ("mutation refuseClusterProposal", TRIAGE),
    ("mutation register", ALL),
    ("mutation regroupClusters", TRIAGE),
    ("mutation removeContact", ACCOUNT),
    ("mutation rejectTicket", TRIAGE),
    ("mutation replyToTicket", PEOPLE),
    ("mutation reportBounce", SERVICE),
    ("mutation reportChannel", SERVICE),
    ("mutation requestPasswordReset", ALL),
    ("mutation rerunJobs", ADMIN),
    ("mutation resendConfirmation", ACCOUNT),
    ("mutation resetPassword", ALL),
    ("mutation resolveFlag", MODERATE),
    ("mutation restoreService", ADMIN),
    ("mutation retryDelivery", ADMIN),
    ("mutation reviewInitiative", REVIEW),
    ("mutation revokeAccessToken", SELVES),
    ("mutation routeTicket", TRIAGE),
    ("mutation saveSearch", PEOPLE),
    ("mutation separateTicket", PEOPLE),
    ("mutation setDepartmentOfficer", ADMIN),
    ("mutation setGroupMember", ADMIN),
    ("mutation setNotificationPreference", PEOPLE),
    ("mutation setRoles", ADMIN),
    ("mutation setRoutingThreshold", ADMIN),
    ("mutation setTicketTopic", TRIAGE),
    ("mutation settleOutgoing", SERVICE),
    ("mutation signInitiative", PEOPLE),
    ("mutation splitCluster", TRIAGE),
    ("mutation startImport", ADMIN),
    ("mutation submitFeedback", WRITERS),
    ("mutation submitInitiative", PEOPLE),
    ("mutation unfollow", PEOPLE),
    ("mutation unlinkContact", SERVICE),
    ("mutation unmaskArticle", TRIAGE),
    ("mutation updateDepartment", ADMIN),
    ("mutation updateInitiative", PEOPLE),
    ("mutation updateProfile", ACCOUNT),
    ("mutation updateService", ADMIN),
    ("mutation updateSearchSynonyms", ADMIN),
    ("mutation updateWorkingGroup", ADMIN),
    ("mutation voteOnComment", PEOPLE),
    ("mutation withdrawInitiative", PEOPLE),
    ("mutation withdrawService", ADMIN),
    ("mutation withdrawVote", PEOPLE),
    ("subscription commentAdded", ALL),
    ("subscription outgoing", SERVICE),
    ("subscription queueUpdated", TRIAGE),
    ("subscription ticketUpdated", ALL),
    ("subscription voteTally", ALL),
];

async fn person(app: &TestApp, caller: Caller) -> Option<Person> {
    Some(match caller {
        Nobody => return None,
        Citizen => app.person("Citizen", &["CITIZEN"]).await,
        Expert => app.person("Expert", &["EXPERT"]).await,
        Moderator => app.person("Moderator", &["MODERATOR"]).await,
        Officer => app.person("Officer", &["DEPARTMENT_OFFICER"]).await,
        Administrator => app.person("Administrator", &["ADMINISTRATOR"]).await,
        Service => app.service().await,
        ReadToken => {
            let person = app.person("Reader", &["CITIZEN", "EXPERT", "MODERATOR", "DEPARTMENT_OFFICER", "ADMINISTRATOR"]).await;
            let token = format!("read-{}", person.id.simple());
            sqlx::query("insert into access_tokens (id, token_hash, participant_id, name, scopes) values ($1, $2, $3, 'read', '{READ}')")
                .bind(app.app.new_id())
                .bind(Sha256::digest(token.as_bytes()).to_vec())
                .bind(person.id)
                .execute(app.db())
                .await
                .unwrap();
            Person { token, ..person }
        }
        Represented => {
            let person = app.person("Anna", &["CITIZEN", "EXPERT", "MODERATOR", "DEPARTMENT_OFFICER", "ADMINISTRATOR"]).await;
            let (service, address, id) = (app.service().await, person.id.simple().to_string(), app.app.new_id());
            sqlx::query(
                "insert into contacts (id, channel, address_index, address_sealed, participant_id, linked_at)
                 values ($1, 'TELEGRAM', $2, $4, $3, veche_now())",
            )
            .bind(id)
            .bind(app.app.keys.index(Purpose::Contact, format!("TELEGRAM\0{address}").as_bytes()))
            .bind(person.id)
            .bind(app.app.keys.seal(&app.app.entropy, id, &address).unwrap())
            .execute(app.db())
            .await
            .unwrap();
            Person { id: person.id, acts_for: Some(format!("TELEGRAM:{address}")), ..service }
        }
        Unconfirmed => {
            let person = app.person("Newcomer", &["CITIZEN"]).await;
            sqlx::query("update participants set confirmed_at = null where id = $1").bind(person.id).execute(app.db()).await.unwrap();
            person
        }
    })
}

/// The code of what refused the whole request or, for an address that is not confirmed, the action.
async fn code(app: &TestApp, who: Option<&Person>, operation: &Operation<'_>, all: bool) -> Option<String> {
    let (query, variables) = operation.request(all);
    let answer = if operation.kind == "subscription" {
        first_event(app, who, &query, &variables).await
    } else {
        app.ask(who, &query, variables).await
    };
    let refused = answer["errors"][0]["extensions"]["code"].as_str();
    let code = refused.or(answer["data"][&operation.name]["userErrors"][0]["code"].as_str()).map(str::to_owned);
    assert_ne!(code.as_deref(), Some("INTERNAL"), "{}: {answer}", operation.name);
    code
}

/// The first event of a subscription over server-sent events.
async fn first_event(app: &TestApp, who: Option<&Person>, query: &str, variables: &Value) -> Value {
    let request = app.http.post(app.url("/graphql")).header("accept", "text/event-stream");
    let request = who.iter().fold(request, |r, who| who.sign(r));
    let mut response = request.json(&json!({ "query": query, "variables": variables })).send().await.unwrap();
    let mut text = String::new();
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        // Over at once, or open as long as somebody listens to an object that there is; a sign of life is no event.
        if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")).filter(|_| text.contains("\n\n")) {
            return serde_json::from_str(data).unwrap();
        }
    }
    panic!("{query}: no event: {text}");
}

#[tokio::test]
async fn the_table_holds_for_every_operation_and_caller() {
    let app = TestApp::start().await;
    let contract = Contract::of(&app).await;
    let operations = contract.operations();
    let mut known: Vec<String> = operations.iter().map(|o| format!("{} {}", o.kind, o.name)).collect();
    let mut listed: Vec<String> = TABLE.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.sort();
    listed.sort();
    assert_eq!(known, listed, "the schema and the table differ");

    let mut wrong = Vec::new();
    for operation in &operations {
        let name = format!("{} {}", operation.kind, operation.name);
        let may = TABLE.iter().find(|(n, _)| *n == name).unwrap().1;
        for caller in CALLERS {
            // New each time: some operations end a session or change its owner.
            let who = person(&app, caller).await;
            let refusal = ["UNAUTHENTICATED", "FORBIDDEN", "NOT_CONFIRMED"];
            if may.contains(&caller) {
                let code = code(&app, who.as_ref(), operation, false).await;
                if code.as_deref().is_some_and(|code| refusal.contains(&code)) {
                    wrong.push(format!("{name}: {caller:?} may, but was told {code:?}"));
                }
                continue;
            }
            let expected = match caller {
                Nobody => "UNAUTHENTICATED",
                // Only the address stands in the way of what any citizen may.
                Unconfirmed if may.contains(&Citizen) => "NOT_CONFIRMED",
                _ => "FORBIDDEN",
            };
            for all in [false, true] {
                let code = code(&app, who.as_ref(), operation, all).await;
                if code.as_deref() != Some(expected) {
                    wrong.push(format!("{name}: {caller:?} should be told {expected}, but was told {code:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let app = TestApp::start().await;
    let contract = Contract::of(&app).await;
    let mut bare = Vec::new();
    let described = |thing: &Value| thing["description"].as_str().is_some_and(|d| d.trim().len() > 3);
    let list = |thing: &Value| thing.as_array().cloned().unwrap_or_default();
    for kind in contract.types() {
        let name = kind["name"].as_str().unwrap();
        // The engine's own: introspection, and the wrappers of pages.
        if name.starts_with("__") || name == "ID" || name == "PageInfo" || name.ends_with("Edge") {
            continue;
        }
        if !described(kind) && !name.ends_with("Connection") {
            bare.push(name.to_owned());
        }
        for part in [list(&kind["fields"]), list(&kind["inputFields"]), list(&kind["enumValues"])].concat() {
            let part_name = part["name"].as_str().unwrap();
            if !described(&part) {
                bare.push(format!("{name}.{part_name}"));
            }
            for argument in list(&part["args"]) {
                if !described(&argument) {
                    bare.push(format!("{name}.{part_name}({})", argument["name"].as_str().unwrap()));
                }
            }
        }
    }
    assert!(bare.is_empty(), "without a description: {}", bare.join(", "));
    app.finish().await;
}

#[tokio::test]
async fn every_mutation_takes_one_input_and_tells_what_it_refused() {
    let app = TestApp::start().await;
    let contract = Contract::of(&app).await;
    for mutation in contract.operations().iter().filter(|o| o.kind == "mutation") {
        let names: Vec<&str> = mutation.args.iter().map(|a| a["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["input"], "{}", mutation.name);
        assert!(mutation.selection.contains("userErrors { code message path }"), "{}: {}", mutation.name, mutation.selection);
    }
    app.finish().await;
}

#[test]
fn the_printed_contract_is_the_one_that_is_served() {
    let printed = include_str!("../../schema.graphql");
    assert!(printed == veche::schema::sdl(), "schema.graphql is stale: print it anew with `veche schema > schema.graphql`");
}
