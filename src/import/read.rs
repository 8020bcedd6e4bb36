//! Reading messages and initiatives from files: mail archives, folders of mail, tables, lines of JSON.
//!
//! A file is read as a stream: memory does not grow with it. Everything in it becomes a [`Row`]: what is damaged refuses
//! only itself, with its place named, and nothing is passed over in silence.

mod fields;
mod jsonl;
mod lines;
mod mail;
mod table;

use std::fs;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use veche_email::Attachment;

use fields::Record;

/// Longest text of one row, in characters.
pub const MAX_TEXT: usize = 100_000;
/// Largest row of a table and longest line of JSON, in bytes.
const MAX_ROW: usize = 1024 * 1024;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum, serde::Serialize, serde::Deserialize)]
#[graphql(name = "ImportFormat")]
pub enum Format {
    /// Messages one after another, each under a `From ` line (RFC 4155, with the `>From` quoting of mboxrd).
    Mbox,
    /// A folder with `.eml` files, searched through, or one such file.
    Eml,
    /// A table with a header row, separated by commas, semicolons or tabs, in UTF-8 or windows-1251.
    Csv,
    /// One JSON object a line, in UTF-8.
    Jsonl,
}

impl FromStr for Format {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "mbox" | "mbx" => Self::Mbox,
            "eml" => Self::Eml,
            "csv" | "tsv" => Self::Csv,
            "jsonl" | "ndjson" => Self::Jsonl,
            _ => bail!("unknown format {name:?}: mbox, eml, csv and jsonl are known"),
        })
    }
}

impl Format {
    /// The usual ending of such a file's name.
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Mbox => "mbox",
            Self::Eml => "eml",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// Recognises the format by the kind of the path, the extension, or the first bytes.
    fn of(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Ok(Self::Eml);
        }
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if let Ok(format) = extension.parse() {
            return Ok(format);
        }
        let start = lines::sample(path, 16)?;
        match start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start) {
            [b'F', b'r', b'o', b'm', b' ', ..] => Ok(Self::Mbox),
            [b'{', ..] => Ok(Self::Jsonl),
            _ => bail!("cannot tell the format of {}: name it", path.display()),
        }
    }
}

/// The columns (or JSON keys) to read. An absent name means the field's own name, if the file has it; a name given must
/// exist in a table's header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The words of the message or initiative: required.
    pub text: Option<String>,
    /// The source's own identifier; without it rows are identified by their content.
    pub id: Option<String>,
    /// The title of an initiative: required for initiatives.
    pub title: Option<String>,
    /// The subject of a message.
    pub subject: Option<String>,
    /// The sender: `Name <address>`, an address, or a name.
    pub author: Option<String>,
    /// When it was received or published.
    pub date: Option<String>,
    /// The working group or department that had it.
    pub group: Option<String>,
    /// What it is about.
    pub topic: Option<String>,
    /// How it came in.
    pub channel: Option<String>,
    /// The level of government an initiative is addressed to.
    pub jurisdiction: Option<String>,
    /// The number of votes an initiative has.
    pub votes: Option<String>,
}

impl Columns {
    fn chosen(&self) -> impl Iterator<Item = &str> {
        [
            &self.text,
            &self.id,
            &self.title,
            &self.subject,
            &self.author,
            &self.date,
            &self.group,
            &self.topic,
            &self.channel,
            &self.jurisdiction,
            &self.votes,
        ]
        .into_iter()
        .filter_map(|name| name.as_deref())
    }
}

/// Who sent a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// An e-mail address, if one is known.
    pub address: Option<String>,
    /// A name to show, if one is known.
    pub name: Option<String>,
}

/// A message from outside, cleaned of control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The same for the same message at every import: the Message-ID, the `id` column, or the SHA-256 of the content.
    pub external_id: String,
    /// What holds the messages of one conversation together; only mail has it.
    pub conversation: Option<String>,
    /// The sender, if one is named.
    pub sender: Option<Sender>,
    /// One line, never empty.
    pub subject: Option<String>,
    /// The whole text, quotations included; never empty, at most [`MAX_TEXT`] characters.
    pub text: String,
    /// The date the source gives; a date without a zone is taken as UTC.
    pub received_at: Option<DateTime<Utc>>,
    /// The `group` column.
    pub group: Option<String>,
    /// The `topic` column.
    pub topic: Option<String>,
    /// The `channel` column.
    pub channel: Option<String>,
    /// Files that came with it; only mail has them.
    pub attachments: Vec<Attachment>,
}

/// An initiative published elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingInitiative {
    /// The `id` column, or the SHA-256 of the content.
    pub external_id: String,
    /// One line, never empty.
    pub title: String,
    /// Never empty, at most [`MAX_TEXT`] characters.
    pub text: String,
    /// The `topic` column.
    pub topic: Option<String>,
    /// The `jurisdiction` column.
    pub jurisdiction: Option<String>,
    /// The votes it has, not negative.
    pub votes: Option<i64>,
    /// The date of publication.
    pub date: Option<DateTime<Utc>>,
}

/// One row of a file. `at` names its place: a line, a range of lines, or a file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row<T> {
    /// It was read.
    Item(T),
    /// It is sound, but not for us: machine mail, an empty row.
    Ignored {
        /// Its place.
        at: String,
        /// Why.
        reason: String,
    },
    /// It is damaged.
    Refused {
        /// Its place.
        at: String,
        /// What is wrong.
        reason: String,
    },
}

/// What a source hands on before anything is understood.
enum Piece {
    Mail { at: String, raw: Vec<u8> },
    Record { at: String, record: Record },
    Ignored { at: String, reason: String },
    Refused { at: String, reason: String },
}

enum Source {
    Mbox(mail::Mbox),
    Folder(mail::Folder),
    Table(table::Table),
    Jsonl(jsonl::Jsonl),
}

/// The rows of a file or folder, in order.
pub struct Reader<T> {
    source: Source,
    columns: Columns,
    total: u64,
    build: fn(&Record, &Columns) -> Result<T>,
    mail: fn(&str, &[u8]) -> Row<T>,
}

/// Opens a file or folder of messages. The format is recognised if none is given.
///
/// # Errors
/// If the path cannot be read, its format not recognised, or the header of a table lacks a column.
pub fn open(path: &Path, format: Option<Format>, columns: &Columns) -> Result<Reader<Incoming>> {
    let required = [fields::named(&columns.text, "text")];
    start(path, format, columns, &required, fields::message, mail::message)
}

/// Opens a table or lines of JSON with initiatives.
///
/// # Errors
/// As [`open`]; also for formats of mail.
pub fn open_initiatives(path: &Path, format: Option<Format>, columns: &Columns) -> Result<Reader<IncomingInitiative>> {
    let not_mail = |at: &str, _: &[u8]| Row::Refused { at: at.to_owned(), reason: "mail holds no initiatives".into() };
    let required = [fields::named(&columns.text, "text"), fields::named(&columns.title, "title")];
    let reader = start(path, format, columns, &required, fields::initiative, not_mail)?;
    match reader.source {
        Source::Table(_) | Source::Jsonl(_) => Ok(reader),
        Source::Mbox(_) | Source::Folder(_) => {
            bail!("initiatives are read from csv and jsonl only")
        }
    }
}

fn start<T>(
    path: &Path,
    format: Option<Format>,
    columns: &Columns,
    required: &[&str],
    build: fn(&Record, &Columns) -> Result<T>,
    mail: fn(&str, &[u8]) -> Row<T>,
) -> Result<Reader<T>> {
    let metadata = fs::metadata(path).with_context(|| format!("failed to open {}", path.display()))?;
    let format = format.map_or_else(|| Format::of(path), Ok)?;
    let mut total = metadata.len();
    let source = match format {
        Format::Mbox => Source::Mbox(mail::Mbox::open(path)?),
        Format::Eml => {
            let folder = mail::Folder::open(path)?;
            total = folder.total();
            Source::Folder(folder)
        }
        Format::Csv => {
            let names: Vec<&str> = required.iter().copied().chain(columns.chosen()).collect();
            Source::Table(table::Table::open(path, &names)?)
        }
        Format::Jsonl => Source::Jsonl(jsonl::Jsonl::open(path)?),
    };
    Ok(Reader { source, columns: columns.clone(), total, build, mail })
}

impl<T> Reader<T> {
    /// The size of everything to read, in bytes.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How much of it is behind, in bytes.
    pub fn position(&self) -> u64 {
        match &self.source {
            Source::Mbox(mbox) => mbox.position(),
            Source::Folder(folder) => folder.position(),
            Source::Table(table) => table.position(),
            Source::Jsonl(lines) => lines.position(),
        }
    }
}

impl<T> Iterator for Reader<T> {
    type Item = Row<T>;

    fn next(&mut self) -> Option<Row<T>> {
        let piece = match &mut self.source {
            Source::Mbox(mbox) => mbox.next(),
            Source::Folder(folder) => folder.next(),
            Source::Table(table) => table.next(),
            Source::Jsonl(lines) => lines.next(),
        }?;
        Some(match piece {
            Piece::Mail { at, raw } => (self.mail)(&at, &raw),
            Piece::Record { at, record } => match (self.build)(&record, &self.columns) {
                Ok(item) => Row::Item(item),
                Err(error) => Row::Refused { at, reason: error.to_string() },
            },
            Piece::Ignored { at, reason } => Row::Ignored { at, reason },
            Piece::Refused { at, reason } => Row::Refused { at, reason },
        })
    }
}

#[cfg(test)]
mod tests;
