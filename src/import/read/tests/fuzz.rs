//! Hostile files: whatever stands in them, every reader ends, keeps its promises and names what it refuses.

use std::fs;

use chrono::Datelike;
use tempfile::TempDir;
use veche_email::{Limits, Mail, clean_line, clean_text, fold_quotation, guess_cyrillic, html_to_text, read as read_mail, safe_file_name};

use super::*;
use crate::fuzz::{run, shape};

const TABLE: &[&[u8]] = &[
    b"id,text\n",
    b"text;topic;id\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"sep=;\n",
    b",",
    b";",
    b"\t",
    b"|",
    b"\"",
    b"\"\"",
    b"\"\n",
    b"\",\"",
    b"x\",\"\n",
    b"1,\"a\n",
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\xd0\xb0",
    b"\xe0\xe1",
    b"\xff",
    b"\0",
    b"1,a\n",
    b"-9999-01-01",
    b"25.03.2024 10:15",
    b"99999999999999",
    b"a <b@c.d>",
];
const JSON: &[&[u8]] = &[
    b"{\"text\":\"a\"}\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"text\":",
    b"\"id\":",
    b"\"date\":\"2024-03-25T10:15:00Z\",",
    b"\"votes\":",
    b"\"title\":\"t\",",
    b"1e999",
    b"-0",
    b"18446744073709551616",
    b"\\u0000",
    b"\\ud800",
    b"\\",
    b"\"",
    b",",
    b":",
    b"null",
    b"true",
    b"\n",
    b"\xff",
    b" ",
    b"{\"a\":",
];
const MAIL: &[&[u8]] = &[
    b"From a@e.ru Mon Mar 25 10:15:00 2024\n",
    b">From ",
    b"From: a <b@c.d>\n",
    b"From: =?koi8-r?B?6dfBzg==?= <i@e.ru>\r\n",
    b"Message-ID: <1@e.ru>\n",
    b"References: <1@e.ru> <2@e.ru>\n",
    b"Date: Mon, 99 Foo 2024 99:99 +9999\n",
    b"Date: Mon, 25 Mar 9999999 10:15:00 +0300\n",
    b"Subject: =?utf-8?B?0J/R?= =?utf-8?Q?=80?=\n",
    b"=?utf-8?Q?=",
    b"?=",
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: multipart/alternative; boundary=\"b b\"\n",
    b"Content-Type: message/rfc822\n",
    b"Content-Type: text/html; charset=koi8-r\n",
    b"Content-Type: text/plain; format=flowed; delsp=yes\n",
    b"Content-Type: text/plain; charset=utf-16\n",
    b"Content-Type: text/plain; charset=utf-7\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Transfer-Encoding: quoted-printable\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%D1; filename*1=x\n",
    b"Auto-Submitted: auto-replied\n",
    b"To: a, b, (c (d",
    b"--b\n",
    b"--b--\n",
    b"\r\n\r\n",
    b"\n",
    b"\n\n",
    b"> ",
    b">",
    b"On Mon, A wrote:\n",
    "25.03.2024 10:15, Иван пишет:\n".as_bytes(),
    b"-- \n",
    b"<div>",
    b"<p",
    b"<",
    b"<!--",
    b"<style>",
    b"</",
    b"<a href=\"",
    b"&#x",
    b"&amp;",
    b"&#1114112;",
    b"<br>",
    b"<table><tr><td>",
    b"=D0=AF",
    b"=\n",
    b"0J/R",
    b"\xff\xfe",
    b"\xcf\xf0\xe8",
    b"\0",
    b" ",
    b"\t",
    b"(",
    b"\"",
    b"@",
    b",",
    b";",
    b":",
];

/// Reads an input as a file of a format and checks what every reader promises.
fn read_file<T>(folder: &TempDir, input: &[u8], format: Format, columns: &Columns, check: impl Fn(&T) -> usize) -> u64
where
    T: std::fmt::Debug,
    Reader<T>: Openable,
{
    let path = folder.path().join("file");
    fs::write(&path, input).unwrap();
    let mut reader = match Reader::<T>::open_file(&path, format, columns) {
        Ok(reader) => reader,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return shape(error.to_string().split(':').next());
        }
    };
    let (mut before, mut kinds, mut size) = (0, Vec::new(), 0);
    while let Some(row) = reader.next() {
        assert!(before <= reader.position() && reader.position() <= reader.total());
        before = reader.position();
        kinds.push(match &row {
            Row::Item(item) => {
                size += check(item);
                0
            }
            Row::Ignored { at, reason } => {
                assert!(!at.is_empty() && !reason.is_empty());
                shape(reason.split(|c: char| c.is_ascii_digit()).next())
            }
            Row::Refused { at, reason } => {
                assert!(!at.is_empty() && !reason.is_empty() && !reason.contains("failed to read on"), "{at}: {reason}");
                shape(reason.split(|c: char| c.is_ascii_digit() || c == '"').next())
            }
        });
    }
    assert_eq!(reader.position(), reader.total(), "everything was read");
    // A letter of another charset becomes three bytes at the most.
    assert!(size <= 3 * input.len() + 1024, "{size} bytes of text from {}", input.len());
    kinds.dedup();
    kinds.truncate(8);
    shape(kinds)
}

/// How a file of such rows is opened.
trait Openable: Sized {
    fn open_file(path: &std::path::Path, format: Format, columns: &Columns) -> anyhow::Result<Self>;
}

impl Openable for Reader<Incoming> {
    fn open_file(path: &std::path::Path, format: Format, columns: &Columns) -> anyhow::Result<Self> {
        open(path, Some(format), columns)
    }
}

impl Openable for Reader<IncomingInitiative> {
    fn open_file(path: &std::path::Path, format: Format, columns: &Columns) -> anyhow::Result<Self> {
        open_initiatives(path, Some(format), columns)
    }
}

fn check_line(line: &str) {
    assert!(!line.is_empty() && !line.chars().any(char::is_control), "{line:?}");
}

fn check_text(text: &str) {
    assert!(!text.trim().is_empty() && text.chars().count() <= MAX_TEXT);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{text:?}");
}

fn check_id(id: &str) {
    check_line(id);
    assert!(id.len() <= 250);
}

fn check_date(date: Option<DateTime<Utc>>) {
    assert!(date.is_none_or(|date| (1900..=9999).contains(&date.year())), "{date:?}");
}

/// The size of its texts.
fn message(item: &Incoming) -> usize {
    check_text(&item.text);
    check_id(&item.external_id);
    check_date(item.received_at);
    item.conversation.iter().for_each(|id| check_id(id));
    let lines = [&item.subject, &item.group, &item.topic, &item.channel];
    lines.into_iter().flatten().for_each(|line| check_line(line));
    for part in item.sender.iter().flat_map(|s| [&s.address, &s.name]).flatten() {
        check_line(part);
    }
    for file in &item.attachments {
        check_line(&file.name);
        assert!(!file.name.contains(['/', '\\']));
    }
    item.text.len() + item.attachments.iter().map(|a| a.bytes.len()).sum::<usize>()
}

fn initiative(item: &IncomingInitiative) -> usize {
    check_text(&item.text);
    check_line(&item.title);
    check_id(&item.external_id);
    check_date(item.date);
    assert!(item.votes.is_none_or(|votes| votes >= 0));
    [&item.topic, &item.jurisdiction].into_iter().flatten().for_each(|line| check_line(line));
    item.text.len()
}

#[test]
fn hostile_tables() {
    let folder = TempDir::new().unwrap();
    let seeds: [&[u8]; 4] = [
        "id,text,topic,author,date\r\n7,\"Не горит \"\"фонарь\"\",\r\nуже неделю\",Свет,Иван <i@e.ru>,25.03.2024\r\n8,Яма,,,\r\n"
            .as_bytes(),
        b"id;title;text;votes;date\n1;\xcf\xe0\xf0\xea;\xd1\xe0\xe4;1 234;2013-11-01\n",
        b"text\n\"\"\",\"\n\"a\"\"\n",
        "id\ttext\n1\t\"a\nx,y\",\"\n2\"\n3\tс\n".as_bytes(),
    ];
    run("tables", &["csv", "tsv"], &seeds, TABLE, move |input| {
        let columns = Columns::default();
        shape((read_file(&folder, input, Format::Csv, &columns, message), read_file(&folder, input, Format::Csv, &columns, initiative)))
    });
}

#[test]
fn hostile_lines_of_json() {
    let folder = TempDir::new().unwrap();
    let seeds: [&[u8]; 2] = [
        "{\"id\":1,\"text\":\"один\",\"topic\":[\"a\",\"b\"],\"date\":\"2024-03-25 10:15\"}\n{\"text\":\"д\\u0000ва\"}\n".as_bytes(),
        b"{\"title\":\"t\",\"text\":\"x\",\"votes\":12,\"jurisdiction\":\"regional\"}\n[]\n{\"text\":{}}",
    ];
    run("json-lines", &["jsonl", "ndjson", "json"], &seeds, JSON, move |input| {
        let columns = Columns::default();
        shape((read_file(&folder, input, Format::Jsonl, &columns, message), read_file(&folder, input, Format::Jsonl, &columns, initiative)))
    });
}

const MBOX: &[u8] =
    b"From a@e.ru Mon Mar 25 10:15:00 2024\nMessage-ID: <2@e.ru>\nReferences: <1@e.ru>\nFrom: a@e.ru\n\nfirst\n\n>From quoted\n\n\
    From b@e.ru Mon Mar 25 10:16:00 2024\nFrom: b@e.ru\nSubject: only\n\n\n";
const LETTER: &[u8] = "Message-ID: <2@e.ru>\r\nFrom: =?koi8-r?B?6dfBzg==?= <i@e.ru>\r\nTo: d@e.ru\r\nSubject: =?utf-8?Q?=D0=AF?=\r\n\
    Date: Mon, 25 Mar 2024 10:15:00 +0300\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
    Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=D0=AF=D0=BC=D0=B0</p>\r\n> a\r\n--b\r\n\
    Content-Type: message/rfc822\r\n\r\nFrom: c@e.ru\r\n\r\nвложение\r\n--b\r\nContent-Type: image/png; name=a.png\r\n\
    Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n"
    .as_bytes();

#[test]
fn hostile_archives_of_mail() {
    let folder = TempDir::new().unwrap();
    run("mbox", &["mbox", "mbx", "eml"], &[MBOX, LETTER], MAIL, move |input| {
        read_file(&folder, input, Format::Mbox, &Columns::default(), message)
    });
}

#[test]
fn hostile_files_of_mail() {
    let folder = TempDir::new().unwrap();
    run("eml", &["eml"], &[LETTER, MBOX], MAIL, move |input| read_file(&folder, input, Format::Eml, &Columns::default(), message));
}

/// Reads a letter and checks what [`veche_email`] promises.
fn letter(input: &[u8]) -> u64 {
    let mail: Mail = match read_mail(input, &Limits::default()) {
        Ok(mail) => mail,
        Err(error) => {
            assert!(error.to_string().starts_with("it"));
            return shape(std::mem::discriminant(&error));
        }
    };
    let lines = [&mail.message_id, &mail.in_reply_to].into_iter().flatten().chain(&mail.references);
    lines.for_each(|line| check_line(line));
    for address in mail.from.iter().chain(&mail.to) {
        check_line(&address.email);
        address.name.iter().for_each(|name| check_line(name));
    }
    assert!(!mail.subject.chars().any(char::is_control) && !mail.text.contains(['\0', '\r']));
    for file in &mail.attachments {
        check_line(&file.name);
        assert!(!file.name.contains(['/', '\\']) && file.name.chars().count() <= 120);
        assert!(file.content_type.is_ascii() && file.content_type == file.content_type.to_ascii_lowercase(), "{:?}", file.content_type);
    }
    let names: std::collections::HashSet<_> = mail.attachments.iter().map(|file| file.name.to_lowercase()).collect();
    assert_eq!(names.len(), mail.attachments.len(), "no file hides another");
    let folded = fold_quotation(&mail.text);
    assert!(folded.text.len() <= mail.text.len());
    assert_eq!(clean_text(&mail.text), mail.text, "it is clean already");
    shape((
        format!("{:?}", mail.kind),
        mail.html_only,
        mail.attachments.len().min(4),
        mail.from.is_some(),
        mail.to.len().min(3),
        folded.text.len() == mail.text.len(),
    ))
}

#[test]
fn hostile_letters() {
    run("letters", &["eml"], &[LETTER, MBOX], MAIL, letter);
}

#[test]
fn hostile_bodies() {
    let seeds: [&[u8]; 2] = [
        "Спасибо!\n\n25.03.2024 10:15, Иван пишет:\n> Не горит фонарь.\n>> Где?\n-- \nАнна".as_bytes(),
        b"<html><style>p{}</style><body><p>a &amp; b<br><table><tr><td>c</td></tr></table><blockquote>d</blockquote></body></html>",
    ];
    run("bodies", &["txt", "html", "eml"], &seeds, MAIL, |input| {
        let text = String::from_utf8_lossy(input);
        let plain = html_to_text(&text);
        // A list mark or a line end stands for a tag of at least three bytes.
        assert!(plain.len() <= 4 * text.len() + 16, "{} from {}", plain.len(), text.len());
        let (clean, line) = (clean_text(&text), clean_line(&text));
        assert_eq!((clean_text(&clean), clean_line(&line)), (clean.clone(), line.clone()), "clean is clean");
        assert!(!line.chars().any(char::is_control));
        let folded = fold_quotation(&clean);
        let name = safe_file_name(&text, "file");
        assert!(!name.is_empty() && name.chars().count() <= 120 && !name.contains(['/', '\\', '\0']) && name != "." && name != "..");
        let guessed = guess_cyrillic(input);
        assert!(guessed.as_ref().is_none_or(|g| g.len() <= 3 * input.len()));
        shape((plain.len().min(3), folded.text.len() == clean.len(), guessed.is_some(), name == "file", line.is_empty()))
    });
}

/// The first bytes decide the format where the name does not.
#[test]
fn hostile_beginnings() {
    let folder = TempDir::new().unwrap();
    run("beginnings", &[], &[MBOX, b"{\"text\":\"a\"}", b"\xef\xbb\xbf{"], TABLE, move |input| {
        let path = folder.path().join("file");
        fs::write(&path, input).unwrap();
        assert!(lines::sample(&path, 16).unwrap().len() <= 16);
        match Format::of(&path) {
            Ok(format) => shape(format as u8),
            Err(error) => {
                assert!(error.to_string().contains("cannot tell the format"));
                9
            }
        }
    });
}
