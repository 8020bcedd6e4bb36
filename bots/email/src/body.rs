//! The text and the attachments of a parsed message.

use std::collections::HashSet;

use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use crate::{Attachment, charset, clean::is_blank, clean_text, guard, html_to_text, safe_file_name};

/// The text a person would read, and whether it had to be made from HTML.
pub(crate) fn text(message: &Message<'_>) -> (String, bool) {
    let mut texts = Vec::new();
    let mut plain = false;
    for part in message.text_bodies() {
        match &part.body {
            PartType::Text(_) => {
                let text = clean_text(&plain_text(message, part));
                plain |= !is_blank(&text);
                texts.push(text);
            }
            PartType::Html(_) => texts.push(clean_text(&html_to_text(&decoded(message, part)))),
            _ => {}
        }
    }
    if texts.iter().all(|t| is_blank(t)) {
        // Many programs send an empty plain text beside the real HTML.
        texts = message
            .html_bodies()
            .filter(|part| matches!(part.body, PartType::Html(_)))
            .map(|part| clean_text(&html_to_text(&decoded(message, part))))
            .collect();
    }
    if texts.iter().all(|t| is_blank(t)) {
        texts = message.attachments().filter(|part| is_misdeclared(part)).map(|part| clean_text(&recovered(message, part))).collect();
    }
    texts.retain(|t| !is_blank(t));
    let html_only = !plain && !texts.is_empty();
    (texts.join("\n\n"), html_only)
}

/// Text that the parser took for a file: a multipart without its boundary, `text` without a subtype, or the last part of
/// a message that was cut off.
fn is_misdeclared(part: &MessagePart<'_>) -> bool {
    let attached = part.content_disposition().is_some_and(|d| d.is_attachment());
    part.content_type().is_some_and(|c| {
        c.ctype() == "multipart" || c.ctype() == "text" && (c.subtype().is_none() || part.is_encoding_problem && !attached)
    })
}

/// The text of a part that the parser left as it was.
fn recovered(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    let range = part.offset_body as usize..part.offset_end as usize;
    let raw = message.raw_message.get(range).unwrap_or_default();
    let bytes = match part.content_transfer_encoding().map(str::to_ascii_lowercase).as_deref() {
        Some("quoted-printable") => quoted_printable_decode(raw),
        Some("base64") => base64_decode(raw),
        _ => None,
    };
    let named = part.content_type().and_then(|c| c.attribute("charset"));
    let text = charset::decode(bytes.as_deref().unwrap_or(raw), named);
    if part.is_content_type("text", "html") { html_to_text(&text) } else { without_part_marks(&text) }
}

fn without_part_marks(text: &str) -> String {
    text.lines()
        .filter(|l| !l.starts_with("--") && !l.to_ascii_lowercase().starts_with("content-"))
        .fold(String::new(), |text, line| text + line + "\n")
}

fn plain_text(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    let text = decoded(message, part);
    let parameter = |name| part.content_type().and_then(|c| c.attribute(name));
    if parameter("format").is_some_and(|f| f.eq_ignore_ascii_case("flowed")) {
        unflow(&text, parameter("delsp").is_some_and(|d| d.eq_ignore_ascii_case("yes")))
    } else {
        text
    }
}

/// The text of a part. The parser's own decoding stands unless the charset was missing, unknown or broken: then the raw
/// bytes are looked at again.
fn decoded(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    let text = match &part.body {
        PartType::Text(text) | PartType::Html(text) => text,
        _ => return String::new(),
    };
    if text.is_ascii() {
        return text.to_string();
    }
    let named = part.content_type().and_then(|c| c.attribute("charset"));
    match sent(message, part) {
        Some(bytes) => charset::decode(&bytes, named),
        None => text.to_string(),
    }
}

/// The bytes of a part, only its transfer encoding undone.
fn sent(message: &Message<'_>, part: &MessagePart<'_>) -> Option<Vec<u8>> {
    let raw = message.raw_message.get(part.offset_body as usize..part.offset_end as usize)?;
    match part.encoding {
        Encoding::None => Some(raw.to_vec()),
        Encoding::QuotedPrintable => quoted_printable_decode(raw),
        Encoding::Base64 => base64_decode(raw),
    }
}

/// Joins the soft-broken lines of `format=flowed` (RFC 3676).
fn unflow(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|&b| b == b'>').count();
        let body = &line[depth..];
        let body = body.strip_prefix(' ').unwrap_or(body);
        let signature = body == "-- ";
        if open != Some(depth) || signature {
            if !out.is_empty() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        let flowed = body.ends_with(' ') && !signature;
        out.push_str(match body.strip_suffix(' ') {
            Some(shorter) if flowed && delete_space => shorter,
            _ => body,
        });
        open = flowed.then_some(depth);
    }
    out
}

/// Everything that is not the text: files, embedded messages, alternatives nobody shows. Names are safe and unique within
/// the message.
pub(crate) fn attachments(message: &Message<'_>) -> Vec<Attachment> {
    let mut taken = HashSet::new();
    // Counts on through the whole message, so that hostile names cost no more tries than there are names.
    let mut repeated = 1;
    message
        .attachments()
        .enumerate()
        .filter_map(|(n, part)| {
            let bytes = match &part.body {
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.to_vec(),
                // As it was sent: what it is written in is for those to find out who open it.
                PartType::Text(text) | PartType::Html(text) => sent(message, part).unwrap_or_else(|| text.as_bytes().to_vec()),
                PartType::Message(inner) => inner.raw_message.to_vec(),
                PartType::Multipart(_) => return None,
            };
            let content_type = content_type(part);
            let fallback = format!("attachment-{}{}", n + 1, extension(&content_type));
            let own = safe_file_name(part.attachment_name().unwrap_or_default(), &fallback);
            let mut name = own.clone();
            while !taken.insert(name.to_lowercase()) {
                repeated += 1;
                name = safe_file_name(&format!("{repeated}-{own}"), &fallback);
            }
            Some(Attachment { name, content_type, bytes })
        })
        .collect()
}

pub(crate) fn content_type(part: &MessagePart<'_>) -> String {
    let Some(named) = part.content_type() else {
        return "application/octet-stream".into();
    };
    let (main, sub) = (named.ctype(), named.subtype().unwrap_or_default());
    if main.eq_ignore_ascii_case("message") && sub == guard::RENAMED {
        return "message/rfc822".into();
    }
    let token = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-+.".contains(&b));
    if token(main) && token(sub) && main.len() + sub.len() < 120 {
        format!("{main}/{sub}").to_ascii_lowercase()
    } else {
        "application/octet-stream".into()
    }
}

fn extension(content_type: &str) -> &'static str {
    match content_type {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/gif" => ".gif",
        "application/pdf" => ".pdf",
        "text/html" => ".html",
        "text/calendar" => ".ics",
        "message/rfc822" => ".eml",
        t if t.starts_with("text/") => ".txt",
        _ => ".bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines_are_joined_within_one_quotation_depth() {
        let flowed = "Длинная \nстрока.\n> цитата \n> дальше\n>> глубже\n  два пробела\n-- \nподпись";
        assert_eq!(unflow(flowed, false), "Длинная строка.\n> цитата дальше\n>> глубже\n два пробела\n-- \nподпись");
        assert_eq!(unflow("слово \nбез", true), "словобез");
    }
}
