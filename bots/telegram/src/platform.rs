//! What the bot asks of the platform, in the words that the conversation uses. A refusal comes back as words for the person.

use chrono::Datelike;
use chrono_tz::Tz;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::OnceCell;
use veche_client::{
    Client, Error, Id,
    channels::{self, ChannelState, ReportChannelInput},
    initiatives::{self, Initiative, InitiativeFilter, InitiativeOrder, InitiativeState, InitiativesVariables, Tally},
    intake::{self, Channel, CorrespondentVariables, Locale, ReceiveMessageInput, SenderInput},
    key,
    outgoing::{self, NotificationChannel, OutgoingMessage, OutgoingOutcome},
    search::{self, Found},
    territories,
    tickets::{self, ArticleDirection, JoinTicketInput, RateAnswerInput, SetNotificationPreferenceInput},
};

use crate::texts::{Language, say};

/// The channel, as `X-Acting-For` has it.
const CHANNEL: &str = "TELEGRAM";
/// Entries on one page of a list.
pub(crate) const PAGE: i32 = 5;

/// The platform.
#[derive(Debug)]
pub(crate) struct Platform {
    client: Client,
    /// Asked for once.
    zone: OnceCell<Tz>,
}

/// A message to hand over.
pub(crate) struct NewMessage<'a> {
    pub external: &'a str,
    pub text: String,
    pub files: Vec<String>,
    pub references: Vec<String>,
    /// Of the ticket that it goes on with.
    pub reply_token: Option<String>,
    pub topic: Option<&'a str>,
    pub territory: Option<&'a str>,
    pub edits: Option<&'a str>,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Received {
    pub ticket: String,
    pub number: String,
    pub link: String,
    pub secret: String,
    pub follow_up: bool,
    /// Names of files that were not kept, each with the name of the reason.
    pub refused: Vec<(String, String)>,
}

/// A ticket in a list.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub id: String,
    pub number: String,
    pub subject: String,
    pub state: String,
    pub secret: Option<String>,
    pub reply_token: Option<String>,
}

/// Something that was found.
#[derive(Debug)]
pub(crate) struct Hit {
    pub name: String,
    /// Where it is on the site.
    pub path: String,
}

/// A ticket.
#[derive(Debug)]
pub(crate) struct Shown {
    pub subject: String,
    pub state: String,
    /// By when it is to be answered, as a date.
    pub due: String,
    pub rating: Option<i32>,
    /// The last answer.
    pub answer: Option<String>,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Part<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
    pub total: i32,
}

/// Something done, or the platform's words why it was refused.
type Answered<T> = Result<Result<T, String>, Error>;

/// The words of a refusal; what is no refusal stays an error.
fn words<T>(outcome: Result<T, Error>) -> Answered<T> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Refused(errors)) => Ok(Err(errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("\n"))),
        Err(error) => Err(error),
    }
}

/// The name that a value of an enum has in the contract.
pub(crate) fn name_of(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The day of a moment in the city, as people write it.
pub(crate) fn day(moment: &veche_client::DateTime, zone: Tz, language: Language) -> String {
    let Ok(moment) = chrono::DateTime::parse_from_rfc3339(&moment.0) else { return moment.0.clone() };
    let day = moment.with_timezone(&zone);
    say!(language, "date", day = day.day().to_string(), month = day.month(), year = day.year().to_string())
}

/// Day and time of a moment in the city, as the pages have it.
pub(crate) fn day_and_time(moment: &veche_client::DateTime, zone: Tz, language: Language) -> String {
    let Ok(local) = chrono::DateTime::parse_from_rfc3339(&moment.0) else { return moment.0.clone() };
    let time = local.with_timezone(&zone).format("%H:%M").to_string();
    say!(language, "date-time", date = day(moment, zone, language), time = time)
}

impl Platform {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, zone: OnceCell::new() }
    }

    /// The time zone in which the city tells dates; that of the meridian as long as the platform does not say it.
    pub(crate) async fn zone(&self) -> Tz {
        let asked = async {
            let name = territories::time_zone(&self.client).await.map_err(|error| error.to_string())?;
            name.parse::<Tz>().map_err(|error| error.to_string())
        };
        match self.zone.get_or_try_init(|| asked).await {
            Ok(zone) => *zone,
            Err(error) => {
                tracing::warn!(error, "the city's time zone is not known");
                Tz::UTC
            }
        }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    fn in_language(&self, language: Language) -> Client {
        self.client.in_language(language.tag())
    }

    /// The account that an address belongs to.
    fn as_person(&self, address: &str, language: Language) -> Client {
        self.in_language(language).acting_for(CHANNEL, address)
    }

    pub(crate) async fn receive(&self, message: NewMessage<'_>, address: &str, name: &str, language: Language) -> Answered<Received> {
        let sender =
            SenderInput { address: Some(address.to_owned()), name: Some(name.to_owned()).filter(|name| !name.is_empty()), verified: true };
        let mut input = ReceiveMessageInput::new(Channel::Telegram, message.external, sender, message.text);
        input.attachment_ids = Some(message.files.into_iter().map(Id::new).collect()).filter(|files: &Vec<Id>| !files.is_empty());
        input.references = Some(message.references).filter(|references| !references.is_empty());
        input.reply_token = message.reply_token;
        input.topic_id = message.topic.map(Id::new);
        input.territory_id = message.territory.map(Id::new);
        input.edits = message.edits.map(str::to_owned);
        input.locale = Some(match language {
            Language::Ru => Locale::Ru,
            Language::En => Locale::En,
        });
        let received = match words(intake::receive_message(&self.in_language(language), input).await)? {
            Ok(received) => received,
            Err(said) => return Ok(Err(said)),
        };
        Ok(Ok(Received {
            ticket: received.ticket_id.into_inner(),
            number: received.number,
            link: received.link,
            secret: received.secret,
            follow_up: received.follow_up,
            refused: received.refused_files.into_iter().map(|file| (file.name, name_of(&file.reason))).collect(),
        }))
    }

    pub(crate) async fn keep_unreadable(&self, external: String, reason: String, content: String) -> Result<(), Error> {
        let attachment = self.client.upload("update.json", "application/json", content.into_bytes()).await?;
        let input = intake::KeepUnreadableMessageInput {
            channel: Channel::Telegram,
            external_id: external.clone(),
            reason,
            content: None,
            attachment_id: Some(Id::new(attachment)),
        };
        // Each try uploads anew: another input needs another key. The platform keeps it once by its external id.
        let key = key(&["unreadable", &external, input.attachment_id.as_ref().map_or("", Id::inner)]);
        intake::keep_unreadable_message(&self.client, input, &key).await.map(drop)
    }

    pub(crate) async fn upload(&self, name: &str, content_type: &str, content: Vec<u8>) -> Answered<String> {
        words(self.client.upload(name, content_type, content).await)
    }

    pub(crate) async fn report(&self, name: &str, failing: Option<&str>, received: i32, ignored: i32, at: &str) -> Result<(), Error> {
        let input = ReportChannelInput {
            channel: Channel::Telegram,
            name: name.to_owned(),
            state: if failing.is_some() { ChannelState::Failing } else { ChannelState::Ok },
            detail: failing.unwrap_or_default().to_owned(),
            received,
            ignored,
        };
        channels::report_channel(&self.client, input, at).await.map(drop)
    }

    /// Tickets that are like a text, and initiatives that one could vote for instead.
    pub(crate) async fn similar(&self, text: &str, language: Language) -> Result<(Vec<Listed>, Vec<Initiative>), Error> {
        let client = self.in_language(language);
        let (tickets, initiatives) = tokio::try_join!(tickets::similar(&client, text, 3), initiatives::similar(&client, text, 2))?;
        let tickets = tickets.into_iter().map(|similar| Listed {
            id: similar.ticket.id.into_inner(),
            number: similar.ticket.number,
            subject: similar.ticket.subject,
            state: name_of(&similar.ticket.state),
            secret: None,
            reply_token: None,
        });
        let initiatives = initiatives.into_iter().map(|similar| similar.initiative).filter(|one| one.state == InitiativeState::Voting);
        Ok((tickets.collect(), initiatives.collect()))
    }

    /// Makes one's ticket part of another; false where the platform refused.
    pub(crate) async fn join(&self, ticket: &str, target: &str, secret: &str, external: &str) -> Result<bool, Error> {
        let input = JoinTicketInput { ticket_id: Id::new(ticket), target_id: Id::new(target), secret: Some(secret.to_owned()) };
        // It may have been joined by an earlier try.
        Ok(words(tickets::join_ticket(&self.client, input, &key(&["join", external, target])).await)?.is_ok())
    }

    pub(crate) async fn rate(&self, ticket: &str, secret: Option<&str>, rating: i32, address: &str, tap: &str) -> Answered<()> {
        let client = if secret.is_some() { self.client.clone() } else { self.client.acting_for(CHANNEL, address) };
        let input = RateAnswerInput { ticket_id: Id::new(ticket), secret: secret.map(str::to_owned), rating, comment: None };
        Ok(words(tickets::rate_answer(&client, input, &key(&["rate", ticket, tap])).await)?.map(drop))
    }

    /// Whether the address belongs to an account, and that account's name.
    pub(crate) async fn linked(&self, address: &str) -> Result<Option<String>, Error> {
        let whom = CorrespondentVariables { channel: Channel::Telegram, address: address.to_owned(), first: Some(1), after: None };
        Ok(intake::correspondent(&self.client, whom).await?.filter(|one| one.linked).map(|one| one.participant_name.unwrap_or_default()))
    }

    /// What they wrote, newest first.
    pub(crate) async fn own_tickets(&self, address: &str, after: Option<String>) -> Result<Part<Listed>, Error> {
        let whom = CorrespondentVariables { channel: Channel::Telegram, address: address.to_owned(), first: Some(PAGE), after };
        let Some(one) = intake::correspondent(&self.client, whom).await? else {
            return Ok(Part { items: Vec::new(), next: None, total: 0 });
        };
        let items = one.tickets.nodes.into_iter().map(|ticket| Listed {
            id: ticket.id.into_inner(),
            number: ticket.number,
            subject: ticket.subject,
            state: name_of(&ticket.state),
            secret: ticket.secret_link.as_deref().and_then(|link| link.split_once("secret=")).map(|(_, secret)| secret.to_owned()),
            reply_token: ticket.reply_token,
        });
        let info = one.tickets.page_info;
        Ok(Part { items: items.collect(), next: info.end_cursor.filter(|_| info.has_next_page), total: one.tickets.total_count })
    }

    pub(crate) async fn ticket(
        &self,
        number: &str,
        secret: Option<&str>,
        address: &str,
        language: Language,
    ) -> Result<Option<Shown>, Error> {
        let client = if secret.is_some() { self.in_language(language) } else { self.as_person(address, language) };
        let ticket = tickets::ticket(&client, number, secret).await?;
        let zone = self.zone().await;
        Ok(ticket.map(|ticket| Shown {
            subject: ticket.subject,
            state: name_of(&ticket.state),
            due: day(&ticket.due_at, zone, language),
            rating: ticket.rating,
            answer: ticket.articles.nodes.into_iter().rev().find(|article| article.direction == ArticleDirection::Out).map(|one| one.body),
        }))
    }

    pub(crate) async fn topics(&self, language: Language) -> Result<Vec<(String, String)>, Error> {
        let topics = tickets::topics(&self.in_language(language)).await?;
        Ok(topics.into_iter().map(|topic| (topic.id.into_inner(), topic.name)).collect())
    }

    pub(crate) async fn territories(&self, language: Language) -> Result<Vec<(String, String)>, Error> {
        let territories = territories::territories(&self.in_language(language)).await?;
        Ok(territories.into_iter().map(|territory| (territory.id.into_inner(), territory.name)).collect())
    }

    /// Initiatives that are voted on, those ending soonest first; with words, those of every public state that have them.
    pub(crate) async fn initiatives(&self, text: &str, after: Option<String>, language: Language) -> Result<Part<Initiative>, Error> {
        let states = text.is_empty().then(|| vec![InitiativeState::Voting]);
        let text = Some(text.to_owned()).filter(|text| !text.is_empty());
        let which = InitiativesVariables {
            order_by: if text.is_some() { InitiativeOrder::Updated } else { InitiativeOrder::EndingSoon },
            filter: Some(InitiativeFilter { states, text, ..InitiativeFilter::default() }),
            first: Some(PAGE),
            after,
        };
        let page = initiatives::initiatives(&self.in_language(language), which).await?;
        Ok(Part { items: page.nodes, next: page.page_info.end_cursor.filter(|_| page.page_info.has_next_page), total: page.total_count })
    }

    /// The first things with these words that everybody may read and that have a page of their own, and how many there are of all.
    pub(crate) async fn search(&self, words: &str, most: usize, language: Language) -> Result<(Vec<Hit>, i32), Error> {
        // Decisions have no page of their own.
        let page = search::search(&self.in_language(language), words, 20).await?;
        let hit = |found: Found| {
            Some(match found {
                Found::Initiative(one) => Hit { path: format!("/initiatives/{}", one.id.inner()), name: one.title },
                Found::Ticket(one) => Hit { path: format!("/tickets/{}", one.number), name: one.subject },
                Found::Cluster(one) => Hit { path: format!("/clusters/{}", one.id.inner()), name: one.label },
                Found::Comment(one) => Hit { path: format!("/comments/{}", one.id.inner()), name: one.body },
                Found::Department(one) => Hit { path: format!("/departments/{}", one.id.inner()), name: one.name },
                Found::Service(one) => Hit { path: format!("/services/{}", one.id.inner()), name: one.name },
                Found::Other => return None,
            })
        };
        let hits = page.nodes.into_iter().filter_map(|one| one.node).filter_map(hit).take(most);
        Ok((hits.collect(), page.total_count))
    }

    /// An initiative; of somebody who is linked, with their own ballot.
    pub(crate) async fn initiative(&self, id: &str, address: Option<&str>, language: Language) -> Result<Option<Initiative>, Error> {
        let client = address.map_or_else(|| self.in_language(language), |address| self.as_person(address, language));
        initiatives::initiative(&client, Id::new(id)).await
    }

    pub(crate) async fn vote(&self, id: &str, choices: Vec<i32>, address: &str, language: Language, tap: &str) -> Answered<Tally> {
        let client = self.as_person(address, language);
        let key = key(&["vote", address, id, tap]);
        if choices.is_empty() {
            let input = initiatives::WithdrawVoteInput { initiative_id: Id::new(id) };
            return words(initiatives::withdraw_vote(&client, input, &key).await);
        }
        words(initiatives::cast_vote(&client, initiatives::CastVoteInput { initiative_id: Id::new(id), choices }, &key).await)
    }

    /// What they hear of by this bot: each kind's name and whether it is on.
    pub(crate) async fn preferences(&self, address: &str) -> Result<Vec<(String, bool)>, Error> {
        let all = tickets::notification_preferences(&self.client.acting_for(CHANNEL, address)).await?;
        let ours = all.into_iter().filter(|one| one.channel == NotificationChannel::Telegram);
        Ok(ours.map(|one| (name_of(&one.kind), one.enabled)).collect())
    }

    pub(crate) async fn prefer(&self, address: &str, kind: &str, enabled: bool, tap: &str) -> Answered<()> {
        let client = self.client.acting_for(CHANNEL, address);
        let all = tickets::notification_preferences(&client).await?;
        let Some(kind) = all.into_iter().map(|one| one.kind).find(|known| name_of(known) == kind) else { return Ok(Ok(())) };
        let input = SetNotificationPreferenceInput { channel: NotificationChannel::Telegram, kind, enabled };
        Ok(words(tickets::set_notification_preference(&client, input, &key(&["prefer", address, tap])).await)?.map(drop))
    }

    /// Links the address to the account that made the code; gives that account's name.
    pub(crate) async fn link(&self, address: &str, name: &str, code: &str, language: Language) -> Answered<String> {
        let input = intake::LinkContactInput {
            channel: Channel::Telegram,
            address: address.to_owned(),
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            code: code.to_owned(),
        };
        let done = intake::link_contact(&self.in_language(language), input, &key(&["link", address, name, code])).await;
        Ok(words(done)?.map(|one| one.participant_name.unwrap_or_default()))
    }

    pub(crate) async fn unlink(&self, address: &str, message: &str) -> Answered<()> {
        let input = intake::UnlinkContactInput { channel: Channel::Telegram, address: address.to_owned() };
        Ok(words(intake::unlink_contact(&self.client, input, &key(&["unlink", address, message])).await)?.map(drop))
    }

    /// Forgets who they are; gives how many tickets stay without a name.
    pub(crate) async fn forget(&self, address: &str, tap: &str) -> Answered<i32> {
        let input = intake::ForgetContactInput { channel: Channel::Telegram, address: address.to_owned() };
        words(intake::forget_contact(&self.client, input, &key(&["forget", address, tap])).await)
    }

    pub(crate) async fn claim(&self, at: &str) -> Result<Vec<OutgoingMessage>, Error> {
        let input = outgoing::ClaimOutgoingInput { channel: NotificationChannel::Telegram, first: Some(20), lease_seconds: Some(120) };
        outgoing::claim_outgoing(&self.client, input, &key(&["claim", at])).await
    }

    pub(crate) async fn settle(&self, message: &OutgoingMessage, outcome: Settled) -> Result<(), Error> {
        let id = message.id.clone();
        let again = message.attempts.to_string();
        let key = key(&["settle", id.inner(), &again, &format!("{outcome:?}")]);
        let mut input =
            outgoing::SettleOutgoingInput { id, outcome: OutgoingOutcome::Sent, external_id: None, error: None, retry_after_seconds: None };
        match outcome {
            Settled::Sent(external) => input.external_id = Some(external),
            Settled::Retry(error, after) => {
                (input.outcome, input.error, input.retry_after_seconds) = (OutgoingOutcome::Retry, Some(error), after);
            }
            Settled::Failed(error) => (input.outcome, input.error) = (OutgoingOutcome::Failed, Some(error)),
        }
        outgoing::settle_outgoing(&self.client, input, &key).await.map(drop)
    }
}

/// What became of a message that was carried.
#[derive(Debug)]
pub(crate) enum Settled {
    Sent(String),
    Retry(String, Option<i32>),
    Failed(String),
}
