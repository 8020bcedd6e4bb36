//! Lines of JSON.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::lines::{Lines, failed, place};
use super::{MAX_ROW, Piece};

pub(super) struct Jsonl {
    lines: Lines,
}

impl Jsonl {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Ok(Self { lines: Lines::open(path, MAX_ROW)? })
    }

    pub(super) fn position(&self) -> u64 {
        self.lines.position()
    }

    pub(super) fn next(&mut self) -> Option<Piece> {
        loop {
            let line = match self.lines.next() {
                Ok(line) => line?,
                Err(error) => return failed(&self.lines, &error),
            };
            if line.is_blank() {
                continue;
            }
            let at = place(line.number, line.number);
            let reason = if line.cut {
                format!("the line is longer than {MAX_ROW} bytes")
            } else if let Ok(text) = std::str::from_utf8(&line.bytes) {
                match serde_json::from_str(text) {
                    Ok(Value::Object(object)) => {
                        let record = object.iter().filter_map(|(k, v)| Some((k.clone(), plain(v)?))).collect();
                        return Some(Piece::Record { at, record });
                    }
                    Ok(_) => "it is not a JSON object".into(),
                    Err(error) => format!("it is not JSON: {error}"),
                }
            } else {
                "it is not UTF-8".into()
            };
            return Some(Piece::Refused { at, reason });
        }
    }
}

/// A value as text; objects have none, lists have their values joined.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Array(values) => Some(values.iter().filter_map(plain).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Object(_) => None,
    }
}
