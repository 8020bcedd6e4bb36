use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use uuid::Uuid;

use super::{data, people::City, sql, texts};
use crate::{
    app::App,
    feedback::{Channel, Message, Sender},
    gid::Kind,
    import::{CHUNK, Interrupt, Progress, Worker, store},
    triage::{self, Assessment, Decision, DecisionKind},
};

/// Tickets that have been answered.
const ANSWERED: usize = 60;
/// Tickets that experts have in hand.
const ASSIGNED: usize = 20;
/// Clusters decided on, and clusters assessed.
const DECIDED: usize = 2;
const ASSESSED: usize = 3;

/// Brings in the messages as if they had come over two months: the first quarter with the group that was right for each, from which
/// the router learns; the rest is routed by it. Gives what each ticket is about.
pub async fn bring_in(
    app: &App,
    (worker, interrupt): (&Worker, &Interrupt),
    city: &City,
    rng: &mut StdRng,
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, String>> {
    let file = data::messages()?;
    let mut authors = HashMap::new();
    let mut messages: Vec<(Message, &str)> = Vec::new();
    let known = file.len() / 4;
    for (n, line) in file.iter().enumerate() {
        let group = city.groups.get(&line.group).copied().with_context(|| format!("unknown group {}", line.group))?;
        let message = message(line, rng, now, city, &mut authors);
        messages.push((Message { group: (n < known).then_some(group), ..message }, &line.matter));
    }
    messages.sort_by_key(|(message, _)| message.received_at);
    let mut matters = HashMap::new();
    // The sorting mixes nothing between the parts that matters: the labelled ones are weeks older.
    for part in [&messages[..known], &messages[known..]] {
        let mut progress = Progress::items("messages", part.len() as u64, true);
        let mut done = 0;
        for chunk in part.chunks(CHUNK) {
            let batch: Vec<Message> = chunk.iter().map(|(message, _)| message.clone()).collect();
            for (outcome, (message, matter)) in store(app, &batch).await?.into_iter().zip(chunk) {
                match outcome {
                    Ok(received) => {
                        matters.entry(received.ticket).or_insert_with(|| (*matter).to_owned());
                    }
                    Err(reason) => bail!("the demonstration message {:?} was refused: {reason}", message.external_id),
                }
            }
            done += chunk.len() as u64;
            progress.set(done);
        }
        progress.finish();
        worker.understood(app, interrupt, true).await?;
        if interrupt.is_raised() {
            bail!("interrupted: the demonstration is not complete");
        }
    }
    Ok(matters)
}

fn message<'a>(
    line: &'a data::Message,
    rng: &mut StdRng,
    now: DateTime<Utc>,
    city: &City,
    authors: &mut HashMap<&'a str, Option<Uuid>>,
) -> Message {
    let time = NaiveTime::from_hms_opt(line.hour, rng.random_range(0..60), rng.random_range(0..60)).unwrap_or_default();
    let day = now.date_naive() - TimeDelta::days(line.days_ago);
    let public = rng.random_bool(0.5);
    // Some who write on the web have an account; a conversation is one person's.
    let people = if line.locale == crate::i18n::Locale::En { &city.english } else { &city.citizens };
    let author = *authors.entry(&line.conversation).or_insert_with(|| {
        let known = line.channel == Channel::Web && rng.random_bool(0.4);
        known.then(|| people.choose(rng).copied()).flatten()
    });
    let address = match line.channel {
        Channel::Telegram => Some(line.sender.address.trim_start_matches("telegram:").to_owned()),
        Channel::Email => Some(line.sender.address.clone()),
        _ => None,
    };
    Message {
        external_id: Some(line.id.clone()),
        conversation: Some(line.conversation.clone()),
        author,
        sender: Sender { address, name: Some(line.sender.name.clone()), verified: false },
        subject: line.subject.clone(),
        public,
        locale: line.locale,
        received_at: Some(day.and_time(time).and_utc().min(now - TimeDelta::minutes(3))),
        acknowledge: false,
        ..Message::new(line.channel, line.text.clone())
    }
}

/// Lets the experts work: answers, tickets in hand, assessments, decisions.
pub async fn work(
    app: &App,
    (worker, interrupt): (&Worker, &Interrupt),
    city: &City,
    matters: &HashMap<Uuid, String>,
    rng: &mut StdRng,
    now: DateTime<Utc>,
) -> Result<()> {
    let queue = sql::queued(&app.db).await?;
    let mut answers = Vec::new();
    // Every fourth, from the oldest on: an answer has had its time.
    for ticket in queue.iter().step_by(4).take(ANSWERED) {
        let (expert, _) = city.expert(ticket.group_id)?;
        let texts = texts::of(matter(matters, ticket));
        let at = (ticket.created_at + TimeDelta::minutes(rng.random_range(1440..9 * 1440))).min(now - TimeDelta::minutes(2));
        answers.push(sql::TicketAnswer {
            id: super::people::id_at(rng, at),
            ticket_id: ticket.id,
            author_id: expert,
            body: if ticket.locale == "en" { texts.en } else { texts.ru }.to_owned(),
            at,
            rating: rng.random_bool(0.4).then(|| rng.random_range(2..=5)),
        });
    }
    let mut tx = app.db.begin().await?;
    sql::date_back(&mut tx).await?;
    sql::answer(&mut tx, &answers).await?;
    tx.commit().await?;
    let open: Vec<&sql::Ticket> = queue.iter().enumerate().filter(|(n, _)| n % 4 != 0 || n / 4 >= ANSWERED).map(|(_, t)| t).collect();
    for ticket in open.iter().rev().step_by(7).take(ASSIGNED) {
        let (expert, viewer) = city.expert(ticket.group_id)?;
        triage::assign(app, &viewer, ticket.id, Some(expert)).await?;
    }
    for (n, (cluster, group, texts)) in largest(&open, matters).into_iter().take(DECIDED + ASSESSED).enumerate() {
        let (_, viewer) = city.expert(group)?;
        let subject = (Kind::Cluster, cluster);
        if n < DECIDED {
            let input = Decision { kind: DecisionKind::Accept, body: texts.ru.to_owned(), department: None };
            triage::decide(app, &viewer, subject, &input).await?;
        } else {
            let thousands = rng.random_range(120..900_i64);
            let input = Assessment {
                feasibility: rng.random_range(2..=4),
                cost_low: thousands * 1000,
                cost_high: thousands * 1000 * rng.random_range(2..=4),
                currency: "RUB".into(),
                effect: "Поможет жителям всех домов, из которых пришли сообщения; обращений об этом станет заметно меньше.".into(),
                opinion: format!("Причина общая для всей группы сообщений, решать её нужно целиком, а не по адресам. {}", texts.ru),
            };
            triage::assess(app, &viewer, subject, &input).await?;
        }
    }
    worker.wait_for(app, &["answer_tickets"], "answering", interrupt, true).await?;
    Ok(())
}

/// The matter that a ticket was written about.
fn matter<'a>(matters: &'a HashMap<Uuid, String>, ticket: &sql::Ticket) -> &'a str {
    matters.get(&ticket.id).map_or("", String::as_str)
}

/// The clusters with the most open tickets whose main matter has texts of its own, with their group.
fn largest(open: &[&sql::Ticket], matters: &HashMap<Uuid, String>) -> Vec<(Uuid, Uuid, &'static texts::Texts)> {
    let mut clusters: HashMap<(Uuid, Uuid), HashMap<&str, usize>> = HashMap::new();
    for ticket in open {
        if let (Some(cluster), Some(group)) = (ticket.cluster_id, ticket.cluster_group) {
            *clusters.entry((cluster, group)).or_default().entry(matter(matters, ticket)).or_default() += 1;
        }
    }
    let mut found: Vec<(usize, Uuid, Uuid, &'static texts::Texts)> = clusters
        .into_iter()
        .filter_map(|((cluster, group), parts)| {
            let size = parts.values().sum();
            let (matter, _) = parts.into_iter().max_by_key(|(matter, count)| (*count, *matter))?;
            let texts = texts::of(matter);
            (!texts.matter.is_empty()).then_some((size, cluster, group, texts))
        })
        .collect();
    found.sort_by_key(|(size, cluster, ..)| (std::cmp::Reverse(*size), *cluster));
    found.into_iter().map(|(_, cluster, group, texts)| (cluster, group, texts)).collect()
}
