use std::{collections::HashMap, fs::File, io::Read, path::PathBuf, time::Instant};

use anyhow::{Context, Result};
use uuid::Uuid;

use super::{
    Chunks, ColumnNames, Format, Interrupt, Progress, Summary, Worker,
    read::{self, Incoming, Row},
    report::ALREADY,
    sql, store,
};
use crate::{
    app::App,
    error::Error,
    feedback::{self, Channel, Message},
    i18n::Locale,
    nlp::language,
    organisation,
};

/// What to import, and as what.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct MessagesOptions {
    /// A file, or a folder of mail.
    pub path: PathBuf,
    /// mbox, eml, csv or jsonl; recognised when it is not given.
    #[arg(long)]
    pub format: Option<Format>,
    /// Names of its columns.
    #[command(flatten)]
    pub columns: ColumnNames,
    /// How the messages came in, where the rows do not say so: web, email, telegram, phone or api. Mail came by email and the rest
    /// over the web when it is not given.
    #[arg(long, value_parser = channel)]
    pub channel: Option<Channel>,
    /// Let everybody read the tickets.
    #[arg(long)]
    pub public: bool,
    /// Print one JSON object and draw no bars.
    #[arg(long)]
    pub json: bool,
}

fn channel(name: &str) -> std::result::Result<Channel, String> {
    Channel::from_name(name).ok_or_else(|| "web, email, telegram, phone and api are known".to_owned())
}

/// An import under way: rows as messages, and what the labels in them stand for.
pub(super) struct Run<'a> {
    app: &'a App,
    options: &'a MessagesOptions,
    channel: Channel,
    groups: Labels,
    topics: Labels,
    /// Bytes of the source.
    pub total: u64,
    /// What it came to so far.
    pub summary: Summary,
    source: Chunks<Incoming>,
}

/// Names in the source and the entries of the directory that they stand for, or why they cannot stand for one.
pub(super) type Labels = HashMap<String, std::result::Result<Uuid, String>>;

/// Imports messages: each becomes a ticket or goes on with one, as if it had come in on its channel, but nobody is sent a
/// confirmation. Runs a worker meanwhile and returns when everything is understood.
///
/// Repeating it does no harm, see the module; Ctrl-C ends it after the chunk in hand.
///
/// # Errors
/// The source cannot be opened or read, or the database failed. What was stored until then stays.
pub async fn messages(app: &App, options: &MessagesOptions) -> Result<Summary> {
    let begun = Instant::now();
    let mut run = Run::open(app, options)?;
    let interrupt = Interrupt::listen();
    let draw = !options.json;
    let mut progress = Progress::bytes("reading", run.total, draw);
    let worker = Worker::start(app);
    while let Some(position) = run.step().await? {
        progress.set(position);
        if interrupt.is_raised() {
            break;
        }
    }
    progress.finish();
    let mut summary = run.end().await?;
    summary.failed_jobs = worker.understood(app, &interrupt, draw).await?;
    worker.stop().await?;
    summary.ticket_ids.sort_unstable();
    summary.ticket_ids.dedup();
    (summary.clusters, summary.largest_clusters) = sql::clusters_of(&app.db, &summary.ticket_ids).await?;
    summary.groups = sql::groups_of(&app.db, &summary.ticket_ids).await?;
    summary.rows.interrupted = interrupt.is_raised();
    summary.rows.took = begun.elapsed();
    Ok(summary)
}

/// Whether the source holds mail, by its format, its name or its first bytes, as [`read::open`] finds it.
fn is_mail(options: &MessagesOptions) -> Result<bool> {
    let path = &options.path;
    let named = || path.extension()?.to_str()?.parse().ok();
    if path.is_dir() {
        return Ok(!matches!(options.format, Some(Format::Csv | Format::Jsonl)));
    }
    if let Some(format) = options.format.or_else(named) {
        return Ok(matches!(format, Format::Mbox | Format::Eml));
    }
    let mut start = Vec::new();
    File::open(path)?.take(8).read_to_end(&mut start).with_context(|| format!("failed to read {}", path.display()))?;
    Ok(start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).starts_with(b"From "))
}

impl<'a> Run<'a> {
    /// Opens the source.
    ///
    /// # Errors
    /// It cannot be opened or is not of its format.
    pub fn open(app: &'a App, options: &'a MessagesOptions) -> Result<Self> {
        let reader = read::open(&options.path, options.format, &(&options.columns).into())?;
        let channel = match options.channel {
            Some(channel) => channel,
            None if is_mail(options)? => Channel::Email,
            None => Channel::Web,
        };
        let (groups, topics, summary) = (Labels::new(), Labels::new(), Summary::default());
        Ok(Self { app, options, channel, groups, topics, total: reader.total(), summary, source: Chunks::of(reader) })
    }

    /// Stores the next chunk; gives the bytes of the source that lie behind it, and `None` at the end.
    ///
    /// # Errors
    /// The database failed.
    pub async fn step(&mut self) -> Result<Option<u64>> {
        let Some((rows, position)) = self.source.next().await else { return Ok(None) };
        self.take(rows).await?;
        Ok(Some(position))
    }

    /// Ends the reading, at the end or before.
    ///
    /// # Errors
    /// The source could not be read to the end.
    pub async fn end(self) -> Result<Summary> {
        self.source.finish().await?;
        Ok(self.summary)
    }

    /// Stores the rows of a chunk.
    async fn take(&mut self, rows: Vec<Row<Incoming>>) -> Result<()> {
        let (mut messages, mut places) = (Vec::new(), Vec::new());
        for row in rows {
            self.summary.rows.read += 1;
            match row {
                Row::Item(incoming) => {
                    let place = format!("row {} ({})", self.summary.rows.read, incoming.external_id);
                    match self.message(incoming).await? {
                        Ok(message) => {
                            messages.push(message);
                            places.push(place);
                        }
                        Err(reason) => self.summary.rows.refuse(place, reason),
                    }
                }
                Row::Ignored { reason, .. } => self.summary.rows.ignore(&reason),
                Row::Refused { at, reason } => self.summary.rows.refuse(at, reason),
            }
        }
        for (outcome, place) in store(self.app, &messages).await?.into_iter().zip(places) {
            match outcome {
                Ok(received) => {
                    self.summary.ticket_ids.push(received.ticket);
                    match (received.stored, received.follow_up) {
                        (false, _) => self.summary.rows.ignore(ALREADY),
                        (true, true) => self.summary.follow_ups += 1,
                        (true, false) => self.summary.tickets += 1,
                    }
                }
                Err(reason) => self.summary.rows.refuse(place, reason),
            }
        }
        Ok(())
    }

    /// A row as a message, or what is wrong with its labels.
    async fn message(&mut self, row: Incoming) -> Result<std::result::Result<Message, String>> {
        let group = match &row.group {
            Some(name) => Some(entry(self.app, &mut self.groups, organisation::Part::WorkingGroup, name).await?),
            None => None,
        };
        let topic = match &row.topic {
            Some(name) => Some(entry(self.app, &mut self.topics, organisation::Part::Topic, name).await?),
            None => None,
        };
        let (group, topic) = match (group.transpose(), topic.transpose()) {
            (Ok(group), Ok(topic)) => (group, topic),
            (Err(reason), _) | (_, Err(reason)) => return Ok(Err(reason)),
        };
        let channel = row.channel.as_deref().and_then(Channel::from_name).unwrap_or(self.channel);
        let language = language::detect(&row.text).and_then(|language| Locale::from_tag(language.code()));
        let sender =
            row.sender.map_or_else(feedback::Sender::default, |s| feedback::Sender { address: s.address, name: s.name, verified: false });
        let files = row.attachments.into_iter();
        Ok(Ok(Message {
            external_id: Some(row.external_id),
            conversation: row.conversation,
            sender,
            subject: row.subject,
            public: self.options.public,
            locale: language.unwrap_or_default(),
            topic,
            group,
            // A date to come is a mistake of the sender's clock.
            received_at: row.received_at.map(|at| at.min(self.app.clock.now())),
            files: files.map(|f| feedback::File { name: f.name, content_type: f.content_type, content: f.bytes }).collect(),
            acknowledge: false,
            ..Message::new(channel, row.text)
        }))
    }
}

/// The entry of the directory that a label stands for, made in a transaction of its own when there is none.
pub(super) async fn entry(
    app: &App,
    known: &mut Labels,
    part: organisation::Part,
    name: &str,
) -> Result<std::result::Result<Uuid, String>> {
    if let Some(found) = known.get(name) {
        return Ok(found.clone());
    }
    let mut tx = app.db.begin().await?;
    let outcome = if part == organisation::Part::Topic {
        organisation::topic_by_name_or_create(&mut tx, app, name).await
    } else {
        organisation::group_by_key_or_create(&mut tx, app, name).await
    };
    let found = match outcome {
        Ok(id) => {
            tx.commit().await?;
            Ok(id)
        }
        Err(Error::Refused(refusals)) => Err(refusals.iter().map(|r| r.message(Locale::En)).collect::<Vec<_>>().join(" ")),
        Err(error) => return Err(anyhow::Error::from(error).context(format!("failed to make an entry for {name:?}"))),
    };
    known.insert(name.to_owned(), found.clone());
    Ok(found)
}
