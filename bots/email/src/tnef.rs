//! `winmail.dat`: the box in which Outlook and Exchange put files and text that other programs then cannot open (MS-OXTNEF).
//!
//! Every length in it is the sender's word. Nothing is unpacked, so that nothing comes out larger than what went in.

use crate::{Attachment, charset, clean_text, html_to_text, safe_file_name};

const SIGNATURE: u32 = 0x223e_9f78;
/// Files taken out at the most.
const FILES: usize = 100;
/// Properties looked at in one list.
const PROPERTIES: u32 = 2_000;

const BODY: u32 = 0x0002_800c;
const CODE_PAGE: u32 = 0x0006_9007;
const MESSAGE: u32 = 0x0006_9003;
const NEW_FILE: u32 = 0x0006_9002;
const FILE_TITLE: u32 = 0x0001_8010;
const FILE_DATA: u32 = 0x0006_800f;
const FILE_PROPERTIES: u32 = 0x0006_9005;

/// What was in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub text: String,
    pub files: Vec<Attachment>,
}

/// Takes everything out; nothing where it is no such box, or damaged before anything could be found.
pub(crate) fn read(bytes: &[u8]) -> Option<Contents> {
    let mut rest = Reader(bytes);
    if rest.u32()? != SIGNATURE {
        return None;
    }
    rest.u16()?;
    let (mut plain, mut html, mut code_page) = (Vec::new(), Vec::new(), None);
    let mut wide = None;
    let mut files: Vec<Raw> = Vec::new();
    while let Some((id, data)) = attribute(&mut rest) {
        match id {
            BODY => plain = data.to_vec(),
            CODE_PAGE => code_page = Reader(data).u32(),
            MESSAGE => properties(data, |id, value| match (id, value) {
                (0x1000, Value::Wide(text)) => wide = Some(text),
                (0x1000, Value::Bytes(text)) if plain.is_empty() => plain = text.to_vec(),
                (0x1013, Value::Bytes(text)) => html = text.to_vec(),
                _ => (),
            }),
            NEW_FILE if files.len() < FILES => files.push(Raw::default()),
            NEW_FILE => break,
            FILE_TITLE => with_last(&mut files, |f| f.title = data.to_vec()),
            FILE_DATA => with_last(&mut files, |f| f.bytes = data.to_vec()),
            FILE_PROPERTIES => with_last(&mut files, |file| {
                properties(data, |id, value| match (id, value) {
                    (0x3707, Value::Wide(name)) => file.name = Some(name),
                    (0x3707, Value::Bytes(name)) => file.title = name.to_vec(),
                    (0x370e, Value::Bytes(kind)) => file.kind = String::from_utf8_lossy(kind).trim_end_matches('\0').to_lowercase(),
                    (0x370e, Value::Wide(kind)) => file.kind = kind.trim_end_matches('\0').to_lowercase(),
                    (0x3701, Value::Bytes(bytes)) if file.bytes.is_empty() => file.bytes = bytes.to_vec(),
                    _ => (),
                });
            }),
            _ => (),
        }
    }
    let named = code_page.map(|page| format!("windows-{page}"));
    let decoded = |bytes: &[u8]| charset::decode(bytes, named.as_deref()).trim_end_matches('\0').to_owned();
    let mut text = clean_text(wide.as_deref().unwrap_or(&decoded(&plain)).trim_end_matches('\0'));
    if text.trim().is_empty() {
        text = clean_text(&html_to_text(&decoded(&html)));
    }
    let files: Vec<Attachment> = files
        .into_iter()
        .enumerate()
        .filter(|(_, file)| !file.bytes.is_empty())
        .map(|(n, file)| {
            let name = file.name.unwrap_or_else(|| decoded(&file.title));
            let is_type = file.kind.split_once('/').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
                && file.kind.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-+.".contains(&b))
                && file.kind.len() < 120;
            Attachment {
                name: safe_file_name(name.trim_end_matches('\0'), &format!("attachment-{}.bin", n + 1)),
                content_type: if is_type { file.kind } else { "application/octet-stream".into() },
                bytes: file.bytes,
            }
        })
        .collect();
    (!text.is_empty() || !files.is_empty()).then_some(Contents { text, files })
}

/// Whether an attachment is such a box.
pub(crate) fn is_tnef(file: &Attachment) -> bool {
    matches!(file.content_type.as_str(), "application/ms-tnef" | "application/vnd.ms-tnef") || file.name.eq_ignore_ascii_case("winmail.dat")
}

#[derive(Default)]
struct Raw {
    name: Option<String>,
    title: Vec<u8>,
    kind: String,
    bytes: Vec<u8>,
}

fn with_last(files: &mut [Raw], change: impl FnOnce(&mut Raw)) {
    if let Some(last) = files.last_mut() {
        change(last);
    }
}

fn attribute<'a>(rest: &mut Reader<'a>) -> Option<(u32, &'a [u8])> {
    rest.take(1)?;
    let (id, length) = (rest.u32()?, rest.u32()?);
    let data = rest.take(length as usize)?;
    rest.u16()?;
    Some((id, data))
}

enum Value<'a> {
    /// Text in an old charset, or bytes.
    Bytes(&'a [u8]),
    /// Text in UTF-16.
    Wide(String),
}

/// Gives every property of a list whose value can be of use, until something in it cannot be right.
fn properties<'a>(data: &'a [u8], mut with: impl FnMut(u16, Value<'a>)) {
    let mut rest = Reader(data);
    let count = rest.u32().unwrap_or_default().min(PROPERTIES);
    for _ in 0..count {
        if property(&mut rest, &mut with).is_none() {
            return;
        }
    }
}

fn property<'a>(rest: &mut Reader<'a>, with: &mut impl FnMut(u16, Value<'a>)) -> Option<()> {
    let (kind, id) = (rest.u16()?, rest.u16()?);
    if id >= 0x8000 {
        rest.take(16)?;
        match rest.u32()? {
            0 => {
                rest.u32()?;
            }
            _ => {
                rest.padded()?;
            }
        }
    }
    let (many, kind) = (kind & 0x1000 != 0, kind & 0x0fff);
    let fixed = match kind {
        0x02 | 0x03 | 0x04 | 0x0a | 0x0b => Some(4),
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
        0x48 => Some(16),
        0x0d | 0x1e | 0x1f | 0x102 => None,
        _ => return None,
    };
    if let Some(size) = fixed {
        let count = if many { rest.u32()? as usize } else { 1 };
        rest.take(count.checked_mul(size)?)?;
        return Some(());
    }
    for _ in 0..rest.u32()? {
        let value = rest.padded()?;
        if kind == 0x1f {
            let units = value.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]]));
            with(id, Value::Wide(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()));
        } else if kind == 0x0d {
            // An object begins with its interface's name.
            with(id, Value::Bytes(value.get(16..).unwrap_or_default()));
        } else {
            with(id, Value::Bytes(value));
        }
    }
    Some(())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// A length, so many bytes, and what fills them up to a multiple of four.
    fn padded(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        let value = self.take(length)?;
        // The last one may lack its filling.
        let filling = length.next_multiple_of(4) - length;
        self.take(filling.min(self.0.len()))?;
        Some(value)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![level];
        bytes.extend(id.to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes.extend(data.iter().fold(0_u16, |sum, b| sum.wrapping_add(u16::from(*b))).to_le_bytes());
        bytes
    }

    fn wide(id: u16, text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let mut bytes = [0x1f_u16.to_le_bytes(), id.to_le_bytes()].concat();
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend((units.len() as u32).to_le_bytes());
        bytes.extend(&units);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    pub(crate) fn tnef() -> Vec<u8> {
        let mut bytes = SIGNATURE.to_le_bytes().to_vec();
        bytes.extend([1, 0]);
        bytes.extend(attribute(1, CODE_PAGE, &[1251_u32.to_le_bytes(), [0; 4]].concat()));
        let mut message = 2_u32.to_le_bytes().to_vec();
        message.extend([0x03, 0x00, 0x01, 0x80].iter().chain(&[7; 16]).chain(&[0, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4]));
        message.extend(wide(0x1000, "Яма во дворе"));
        bytes.extend(attribute(1, MESSAGE, &message));
        for (title, name) in [(&b"\xf4\xee\xf2\xee.png\0"[..], None), (&b"OTCHET~1.PDF\0"[..], Some("../отчёт.pdf"))] {
            bytes.extend(attribute(2, NEW_FILE, &[0; 14]));
            bytes.extend(attribute(2, FILE_TITLE, title));
            bytes.extend(attribute(2, FILE_DATA, b"bytes"));
            if let Some(name) = name {
                bytes.extend(attribute(2, FILE_PROPERTIES, &[1_u32.to_le_bytes().to_vec(), wide(0x3707, name)].concat()));
            }
        }
        bytes
    }

    #[test]
    fn text_and_files_are_taken_out() {
        let contents = read(&tnef()).unwrap();
        assert_eq!(contents.text, "Яма во дворе");
        let names: Vec<_> = contents.files.iter().map(|f| (f.name.as_str(), f.bytes.as_slice())).collect();
        assert_eq!(names, [("фото.png", &b"bytes"[..]), ("отчёт.pdf", &b"bytes"[..])]);
    }

    #[test]
    fn anything_else_stays_a_file() {
        assert_eq!(read(b""), None);
        assert_eq!(read(b"PK\x03\x04 something else"), None);
        assert_eq!(read(&SIGNATURE.to_le_bytes()), None);
        let endless = [&SIGNATURE.to_le_bytes()[..], &[0, 0, 1, 3, 0x90, 6, 0, 0xff, 0xff, 0xff, 0xff]].concat();
        assert_eq!(read(&endless), None);
    }

    proptest! {
        #[test]
        fn damage_does_no_harm(at in 0_usize..400, byte: u8, end in 0_usize..500) {
            let mut bytes = tnef();
            if let Some(hit) = bytes.get_mut(at) {
                *hit = byte;
            }
            bytes.truncate(end.max(6));
            if let Some(contents) = read(&bytes) {
                prop_assert!(contents.files.iter().all(|f| !f.name.contains('/') && f.bytes.len() <= bytes.len()));
            }
        }

        #[test]
        fn any_bytes_are_read(rest in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&[&SIGNATURE.to_le_bytes()[..], &rest].concat());
        }
    }
}
