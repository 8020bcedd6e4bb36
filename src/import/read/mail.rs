//! Mail: an mbox, or a folder of `.eml` files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use chrono::DateTime;
use veche_email::{Kind, Limits, Mail, read};

use super::lines::{Line, Lines, failed, place};
use super::{Incoming, Piece, Row, Sender, fields};

/// Understands one raw message.
pub(super) fn message(at: &str, raw: &[u8]) -> Row<Incoming> {
    let at = at.to_owned();
    let mail = match read(raw, &Limits::default()) {
        Ok(mail) => mail,
        Err(error) => {
            return Row::Refused { at, reason: error.to_string() };
        }
    };
    if let Kind::Machine(reason) = mail.kind {
        return Row::Ignored { at, reason: format!("machine mail: {reason}") };
    }
    match incoming(mail, raw) {
        Ok(incoming) => Row::Item(incoming),
        Err(error) => Row::Refused { at, reason: error.to_string() },
    }
}

fn incoming(mail: Mail, raw: &[u8]) -> Result<Incoming> {
    let conversation = mail.conversation().map(|id| fields::short_id(id.to_owned()));
    let subject = Some(mail.subject).filter(|s| !s.is_empty());
    // Short reports often stand in the subject, above nothing or a photograph.
    let text = if mail.text.trim().is_empty() { subject.clone().unwrap_or_default() } else { mail.text };
    Ok(Incoming {
        external_id: mail.message_id.map_or_else(|| fields::content_id(raw), fields::short_id),
        conversation,
        sender: mail.from.map(|from| Sender { address: Some(from.email), name: from.name }),
        subject,
        text: fields::checked(text)?,
        received_at: mail.date.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).and_then(fields::plausible),
        group: None,
        topic: None,
        channel: None,
        attachments: mail.attachments,
    })
}

/// An mbox: every message under a `From ` line.
pub(super) struct Mbox {
    lines: Lines,
    limit: usize,
    /// The number of the `From ` line that ended the message before; 0 if none was seen.
    begun: u64,
}

impl Mbox {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let limit = Limits::default().bytes;
        Ok(Self { lines: Lines::open(path, limit)?, limit, begun: 0 })
    }

    pub(super) fn position(&self) -> u64 {
        self.lines.position()
    }

    pub(super) fn next(&mut self) -> Option<Piece> {
        let mut raw = Vec::new();
        let mut too_large = false;
        let mut after_blank = true;
        let first = self.begun;
        loop {
            let line = match self.lines.next() {
                Ok(line) => line,
                Err(error) => return failed(&self.lines, &error),
            };
            let Some(line) = line else {
                let last = self.lines.number();
                if first == 0 && raw.is_empty() && !too_large {
                    return None;
                }
                self.begun = 0;
                return self.piece(first, last, raw, too_large);
            };
            if after_blank && is_envelope(&line) {
                self.begun = line.number;
                if first == 0 && raw.is_empty() && !too_large {
                    return self.next();
                }
                return self.piece(first, line.number - 1, raw, too_large);
            }
            after_blank = line.is_blank();
            if first == 0 && raw.is_empty() && !too_large && after_blank {
                continue;
            }
            too_large |= line.cut || raw.len() + line.bytes.len() > self.limit;
            if !too_large {
                raw.extend_from_slice(unquoted(&line.bytes));
            }
        }
    }

    fn piece(&self, first: u64, last: u64, raw: Vec<u8>, too_large: bool) -> Option<Piece> {
        Some(if first == 0 {
            Piece::Refused { at: place(1, last), reason: "no \"From \" line stands above it".into() }
        } else if too_large {
            Piece::Refused { at: place(first, last), reason: format!("the message is larger than {} bytes", self.limit) }
        } else {
            Piece::Mail { at: place(first, last), raw }
        })
    }
}

/// Whether a line begins a message: `From `, and a time of day, which words at the beginning of a paragraph lack.
fn is_envelope(line: &Line) -> bool {
    line.bytes.starts_with(b"From ")
        && line.bytes.windows(5).any(|w| w[2] == b':' && [w[0], w[1], w[3], w[4]].iter().all(u8::is_ascii_digit))
}

/// Undoes the quoting of mboxrd: `>From `, `>>From ` lose one mark.
fn unquoted(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|&&b| b == b'>').count();
    if marks > 0 && line[marks..].starts_with(b"From ") { &line[1..] } else { line }
}

/// A folder of `.eml` files with its subfolders, sorted by path; or one file.
pub(super) struct Folder {
    root: PathBuf,
    files: Vec<(PathBuf, u64)>,
    at: usize,
    position: u64,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut files = Vec::new();
        if path.is_dir() {
            collect(path, &mut files)?;
            ensure!(!files.is_empty(), "there are no .eml files in {}", path.display());
        } else {
            files.push((path.to_owned(), fs::metadata(path)?.len()));
        }
        files.sort();
        Ok(Self { root: if path.is_dir() { path } else { path.parent().unwrap_or(path) }.to_owned(), files, at: 0, position: 0 })
    }

    pub(super) fn total(&self) -> u64 {
        self.files.iter().map(|(_, size)| size).sum()
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn next(&mut self) -> Option<Piece> {
        let (path, size) = self.files.get(self.at)?;
        self.at += 1;
        self.position += size;
        let at = path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
        let limit = Limits::default().bytes;
        Some(if *size > limit as u64 {
            Piece::Refused { at, reason: format!("the message is larger than {limit} bytes") }
        } else {
            match fs::read(path) {
                Ok(raw) => Piece::Mail { at, raw },
                Err(error) => Piece::Refused { at, reason: format!("failed to read it: {error}") },
            }
        })
    }
}

/// Finds the `.eml` files under a folder. Links to folders are not followed: they may lead in a circle.
fn collect(folder: &Path, files: &mut Vec<(PathBuf, u64)>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("failed to list {}", folder.display()))?;
        let path = entry.path();
        let is_eml = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("eml"));
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else if is_eml && path.is_file() {
            let size = path.metadata().map_or(0, |m| m.len());
            files.push((path, size));
        }
    }
    Ok(())
}
