//! Lines of a file as bytes, numbered, with a bound on their length.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result};

use super::Piece;

/// One line with its end.
#[derive(Clone)]
pub(super) struct Line {
    /// Counted from 1.
    pub number: u64,
    pub bytes: Vec<u8>,
    /// It was longer than the bound and its rest dropped.
    pub cut: bool,
}

impl Line {
    pub(super) fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

pub(super) struct Lines {
    reader: BufReader<File>,
    longest: usize,
    number: u64,
    position: u64,
    broken: bool,
}

impl Lines {
    /// Opens a file; lines longer than `longest` bytes will be cut.
    pub(super) fn open(path: &Path, longest: usize) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("failed to open {}", path.display()))?;
        Ok(Self { reader: BufReader::new(file), longest, number: 0, position: 0, broken: false })
    }

    /// Bytes read.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The number of the last line read.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line. After an error there are none.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        if self.broken {
            return Ok(None);
        }
        let line = self.read();
        self.broken = line.is_err();
        line
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut length = 0;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = buffer.iter().position(|&b| b == b'\n').map(|at| at + 1);
            let taken = end.unwrap_or(buffer.len());
            let room = self.longest.saturating_sub(bytes.len());
            bytes.extend_from_slice(&buffer[..taken.min(room)]);
            length += taken;
            self.reader.consume(taken);
            if end.is_some() {
                break;
            }
        }
        if length == 0 {
            return Ok(None);
        }
        self.position += length as u64;
        self.number += 1;
        if self.number == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        Ok(Some(Line { number: self.number, cut: length > self.longest, bytes }))
    }
}

/// The first bytes of a file.
pub(super) fn sample(path: &Path, length: u64) -> Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(length).read_to_end(&mut start))
        .with_context(|| format!("failed to read {}", path.display()))?;
    Ok(start)
}

/// Says that a file cannot be read further.
pub(super) fn failed(lines: &Lines, error: &io::Error) -> Option<Piece> {
    Some(Piece::Refused { at: format!("after line {}", lines.number()), reason: format!("failed to read on: {error}") })
}

/// Names a range of lines.
pub(super) fn place(first: u64, last: u64) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}–{last}") }
}
