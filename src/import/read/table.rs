//! Tables: values separated by a delimiter (RFC 4180), read so that damage stays where it is.
//!
//! The usual parsers are lenient or stop: a quotation mark that never closes swallows the rows below it. Here a row that
//! does not end properly loses its first line only, and reading goes on at the next line that makes a whole row.

use std::collections::VecDeque;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use encoding_rs::WINDOWS_1251;

use super::lines::{Line, Lines, failed, place, sample};
use super::{MAX_ROW, Piece};

/// How much of a file is looked at to recognise its charset, in bytes.
const SAMPLE: u64 = 64 * 1024;

pub(super) struct Table {
    lines: Lines,
    /// Lines taken for a row that turned out damaged, to be read again.
    again: VecDeque<Line>,
    /// Their bytes.
    again_bytes: u64,
    /// The last row that was tried over several lines in vain.
    trail: Trail,
    /// A row read while looking for the end of the damage before it.
    ready: Option<Piece>,
    delimiter: u8,
    header: Vec<String>,
    /// Known once a byte outside ASCII was seen.
    charset: Option<Charset>,
}

#[derive(Clone, Copy, PartialEq)]
enum Charset {
    Utf8,
    Windows1251,
}

/// The outcome of reading a row from a line on.
enum Attempt {
    /// It has the right number of fields, or stands on a single line.
    Whole {
        fields: Vec<Vec<u8>>,
        last: u64,
    },
    Broken {
        reason: String,
    },
    Failed(Piece),
}

/// Where a row went that was read over several lines and came to nothing. Another one that begins on one of these lines and is
/// open at its end goes the same way, so it need not be followed again: else a file of nothing but opening quotation marks
/// would be read anew from each of its lines.
#[derive(Default)]
struct Trail {
    first: u64,
    /// How many fields were complete at the end of each line that left the row open.
    fields: Vec<usize>,
    /// How many there were in the end, if there was one.
    total: Option<usize>,
    reason: String,
}

impl Trail {
    /// Why a row comes to nothing that is open at the end of its first line with so many complete fields; `None` if it may be a row.
    fn dooms(&self, line: u64, fields: usize, wanted: usize) -> Option<String> {
        let before = *self.fields.get(usize::try_from(line.checked_sub(self.first)?).ok()?)?;
        match self.total {
            None => Some(self.reason.clone()),
            Some(total) => Some(total - before + fields).filter(|found| *found != wanted).map(|found| wrong_count(found, wanted)),
        }
    }
}

fn wrong_count(found: usize, wanted: usize) -> String {
    format!("it has {found} fields, the header has {wanted}")
}

impl Table {
    /// Opens a table and reads its header.
    pub(super) fn open(path: &Path, names: &[&str]) -> Result<Self> {
        let start = sample(path, SAMPLE)?;
        ensure!(!start.starts_with(b"\xff\xfe") && !start.starts_with(b"\xfe\xff"), "{} is in UTF-16: save it as UTF-8", path.display());
        let mut table = Self {
            lines: Lines::open(path, MAX_ROW)?,
            again: VecDeque::new(),
            again_bytes: 0,
            trail: Trail::default(),
            ready: None,
            delimiter: b',',
            header: Vec::new(),
            charset: recognise(&start),
        };
        table.read_header(names)?;
        for name in names {
            ensure!(
                table.header.iter().any(|column| column == name),
                "{} has no column {name:?}; it has {}",
                path.display(),
                table.header.join(", ")
            );
        }
        Ok(table)
    }

    pub(super) fn position(&self) -> u64 {
        self.lines.position().saturating_sub(self.again_bytes)
    }

    /// Finds the header and the delimiter: the one that makes the most of the names wanted, and the most columns.
    fn read_header(&mut self, names: &[&str]) -> Result<()> {
        let line = loop {
            match self.lines.next()? {
                None => bail!("the table is empty"),
                // A line some spreadsheets write for others.
                Some(line) if line.is_blank() || line.bytes.starts_with(b"sep=") => {}
                Some(line) => break line,
            }
        };
        let mut best = (0, 0);
        for delimiter in *b",;\t|" {
            let mut splitter = Splitter::new(delimiter);
            if !matches!(splitter.feed(&line.bytes), Fed::Whole) {
                continue;
            }
            let Ok(header) = self.decode(&splitter.fields) else {
                continue;
            };
            let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
            let found = names.iter().filter(|name| header.iter().any(|column| column == *name)).count();
            if (found, header.len()) > best {
                best = (found, header.len());
                self.delimiter = delimiter;
                self.header = header;
            }
        }
        ensure!(!self.header.is_empty(), "the header row cannot be read");
        Ok(())
    }

    pub(super) fn next(&mut self) -> Option<Piece> {
        if let Some(piece) = self.ready.take() {
            return Some(piece);
        }
        let first = loop {
            match self.take() {
                Ok(Some(line)) if line.is_blank() => {}
                Ok(line) => break line?,
                Err(error) => return failed(&self.lines, &error),
            }
        };
        match self.attempt(&first) {
            Attempt::Failed(piece) => Some(piece),
            Attempt::Whole { fields, last } => {
                let at = place(first.number, last);
                if fields.len() == self.header.len() {
                    Some(self.record(at, &fields))
                } else {
                    Some(Piece::Refused { at, reason: wrong_count(fields.len(), self.header.len()) })
                }
            }
            Attempt::Broken { reason } => self.recover(&first, reason),
        }
    }

    /// Refuses a damaged row, and looks for the line where rows begin again.
    fn recover(&mut self, damaged: &Line, reason: String) -> Option<Piece> {
        let mut last = damaged.number;
        loop {
            let line = match self.take() {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(error) => {
                    self.ready = failed(&self.lines, &error);
                    break;
                }
            };
            if line.is_blank() {
                last = line.number;
                continue;
            }
            match self.attempt(&line) {
                Attempt::Whole { fields, last: end } if fields.len() == self.header.len() => {
                    self.ready = Some(self.record(place(line.number, end), &fields));
                    break;
                }
                Attempt::Failed(piece) => {
                    self.ready = Some(piece);
                    break;
                }
                Attempt::Whole { .. } | Attempt::Broken { .. } => last = line.number,
            }
        }
        Some(Piece::Refused { at: place(damaged.number, last), reason })
    }

    fn take(&mut self) -> std::io::Result<Option<Line>> {
        match self.again.pop_front() {
            Some(line) => {
                self.again_bytes -= line.bytes.len() as u64;
                Ok(Some(line))
            }
            None => self.lines.next(),
        }
    }

    /// Reads a row that begins with the line given. If nothing comes of it, the lines after the first will be read again.
    fn attempt(&mut self, first: &Line) -> Attempt {
        let wanted = self.header.len();
        let mut splitter = Splitter::new(self.delimiter);
        let mut more: Vec<Line> = Vec::new();
        let mut open = Vec::new();
        let (mut size, mut total) = (0, None);
        let reason = loop {
            let line = more.last().unwrap_or(first);
            size += line.bytes.len();
            if line.cut || size > MAX_ROW {
                break format!("the row is longer than {MAX_ROW} bytes, or a quotation mark never closes");
            }
            match splitter.feed(&line.bytes) {
                Fed::Whole if more.is_empty() || splitter.fields.len() == wanted => {
                    return Attempt::Whole { last: line.number, fields: splitter.fields };
                }
                Fed::Whole => {
                    // Whole by accident: the lines below its first may be rows of their own.
                    total = Some(splitter.fields.len());
                    break wrong_count(splitter.fields.len(), wanted);
                }
                Fed::Malformed => break "a quotation mark stands inside a quoted field".into(),
                Fed::Open => {
                    if open.is_empty()
                        && let Some(reason) = self.trail.dooms(first.number, splitter.fields.len(), wanted)
                    {
                        return Attempt::Broken { reason };
                    }
                    open.push(splitter.fields.len());
                    match self.take() {
                        Ok(Some(line)) => more.push(line),
                        Ok(None) => break "a quotation mark never closes".into(),
                        Err(error) => match failed(&self.lines, &error) {
                            Some(piece) => return Attempt::Failed(piece),
                            None => break "the file cannot be read".into(),
                        },
                    }
                }
            }
        };
        self.give_back(more);
        if !open.is_empty() {
            self.trail = Trail { first: first.number, fields: open, total, reason: reason.clone() };
        }
        Attempt::Broken { reason }
    }

    fn give_back(&mut self, lines: Vec<Line>) {
        for line in lines.into_iter().rev() {
            self.again_bytes += line.bytes.len() as u64;
            self.again.push_front(line);
        }
    }

    fn record(&mut self, at: String, fields: &[Vec<u8>]) -> Piece {
        if fields.iter().all(|field| field.trim_ascii().is_empty()) {
            return Piece::Ignored { at, reason: "the row is empty".into() };
        }
        match self.decode(fields) {
            Ok(values) => Piece::Record {
                at,
                // Of two columns of one name the first counts.
                record: self.header.iter().cloned().zip(values).rev().collect(),
            },
            Err(reason) => Piece::Refused { at, reason },
        }
    }

    fn decode(&mut self, fields: &[Vec<u8>]) -> Result<Vec<String>, String> {
        if self.charset.is_none() {
            self.charset = fields.iter().find_map(|field| recognise(field));
        }
        fields
            .iter()
            .map(|field| match self.charset {
                Some(Charset::Windows1251) => Ok(WINDOWS_1251.decode_without_bom_handling(field).0.into_owned()),
                _ => match std::str::from_utf8(field) {
                    Ok(text) => Ok(text.to_owned()),
                    Err(_) => Err("it is not UTF-8, which the rest of the file is".to_owned()),
                },
            })
            .collect()
    }
}

/// UTF-8 if as many letters outside ASCII are valid in it as broken, which text in another charset never has; `None` if there are none. One damaged row does not make
/// another charset.
fn recognise(bytes: &[u8]) -> Option<Charset> {
    let (mut valid, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += chunk.invalid().len();
    }
    match (valid, broken) {
        (0, 0) => None,
        _ if valid >= broken => Some(Charset::Utf8),
        _ => Some(Charset::Windows1251),
    }
}

enum Fed {
    /// The row ended with this line.
    Whole,
    /// A quoted field goes on in the next line.
    Open,
    /// A quoted field is followed by something else than a delimiter.
    Malformed,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// After a quotation mark within a quoted field: its end, or one half of a doubled mark.
    Mark,
}

/// Splits the lines of one row into fields.
struct Splitter {
    delimiter: u8,
    state: State,
    field: Vec<u8>,
    fields: Vec<Vec<u8>>,
}

impl Splitter {
    fn new(delimiter: u8) -> Self {
        Self { delimiter, state: State::Start, field: Vec::new(), fields: Vec::new() }
    }

    fn feed(&mut self, line: &[u8]) -> Fed {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        for &b in content {
            match self.state {
                State::Start if b == b'"' => self.state = State::Quoted,
                State::Mark if b == b'"' => {
                    self.field.push(b);
                    self.state = State::Quoted;
                }
                State::Quoted if b == b'"' => self.state = State::Mark,
                State::Quoted => self.field.push(b),
                _ if b == self.delimiter => self.end_field(),
                State::Mark if b == b' ' => {}
                State::Mark => return Fed::Malformed,
                State::Start | State::Plain => {
                    self.field.push(b);
                    self.state = State::Plain;
                }
            }
        }
        if self.state == State::Quoted {
            self.field.push(b'\n');
            return Fed::Open;
        }
        self.end_field();
        Fed::Whole
    }

    fn end_field(&mut self) {
        self.fields.push(std::mem::take(&mut self.field));
        self.state = State::Start;
    }
}
