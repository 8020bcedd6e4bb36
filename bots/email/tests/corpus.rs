//! The working corpus of mail, where it is at hand: every message of it through the intake, but for the network.
//!
//! `VECHE_MAIL_CORPUS=<folder> cargo test -p veche-email --test corpus -- --ignored`; with `VECHE_MAIL_UPDATE=1` the counts are written anew.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use veche_email::{Envelope, Plan, Settings, plan};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the corpus") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Whether a message says of itself, in a way nobody can mistake, that a machine wrote it.
fn says_machine(raw: &[u8]) -> bool {
    let text = String::from_utf8_lossy(raw).to_lowercase().replace("\r\n", "\n");
    let head = text.trim_start().split("\n\n").next().unwrap_or_default().replace("\n ", " ").replace("\n\t", " ");
    let has = |words: &[&str]| head.lines().any(|line| words.iter().all(|word| line.contains(word)));
    has(&["auto-submitted:", "auto-"]) || has(&["content-type:", "multipart/report", "report-type"]) || has(&["x-autoreply:", "yes"])
}

#[test]
#[ignore = "needs the corpus: VECHE_MAIL_CORPUS"]
fn every_message_comes_to_something() {
    let folder = PathBuf::from(std::env::var("VECHE_MAIL_CORPUS").expect("VECHE_MAIL_CORPUS names the folder"));
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.sort();
    let settings = Settings { bounces: "bounce@example.org".into(), ..Settings::default() };
    let (mut counts, mut wrong) = (BTreeMap::<String, usize>::new(), Vec::new());
    for path in &paths {
        let raw = fs::read(path).unwrap();
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let is_machine = name.contains("sisimai") || says_machine(&raw);
        let kind = match plan(&raw, &settings, &Envelope::default()) {
            Plan::Message(draft) => {
                let text = &draft.input.text;
                assert!(!text.trim().is_empty() || !draft.files.is_empty() || draft.input.refused_files.is_some(), "{name}");
                assert!(!draft.input.external_id.is_empty() && draft.input.external_id.len() <= 500, "{name}");
                assert!(!text.contains('\0') && draft.input.references.iter().flatten().count() <= 50, "{name}");
                if is_machine {
                    wrong.push(name.clone());
                }
                let files = if draft.files.is_empty() { "" } else { ", with files" };
                if text.trim().is_empty() { "a person: files alone".to_owned() } else { format!("a person: text{files}") }
            }
            Plan::Ignore(reason) => format!("a machine: {reason}"),
            Plan::Bounce(bounce) => {
                let permanent = if bounce.permanent { "for good" } else { "for now" };
                format!("a machine: a delivery notice that names the message, {permanent}")
            }
            Plan::Unreadable { reason, .. } => format!("kept: {reason}"),
        };
        *counts.entry(kind).or_default() += 1;
    }
    let table = counts.iter().fold(format!("{:>5} messages\n", paths.len()), |mut table, (kind, count)| {
        let _ = writeln!(table, "{count:>5} {kind}");
        table
    });
    print!("{table}");
    assert!(wrong.is_empty(), "machines that would open a ticket: {wrong:#?}");
    let snapshot = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus.txt");
    if std::env::var_os("VECHE_MAIL_UPDATE").is_some() {
        fs::write(&snapshot, &table).unwrap();
    }
    assert_eq!(table, fs::read_to_string(&snapshot).unwrap_or_default());
}
