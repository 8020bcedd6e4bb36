//! What becomes of a message: threads, tokens, senders, machines, and what is meant to do harm.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use veche_client::intake::{Locale, RefusedFileReason};
use veche_email::{Draft, Envelope, Plan, Reason, Settings, plan};

const TOKEN: &str = "0123456789abcdefghjkmnpqrstvwxyz";

fn settings() -> Settings {
    Settings {
        addresses: vec!["Help@example.org".into()],
        bounces: "bounce@example.org".into(),
        authserv_id: "mx.example.org".into(),
        ..Settings::default()
    }
}

fn planned(raw: impl AsRef<[u8]>) -> Plan {
    plan(raw.as_ref(), &settings(), &Envelope::default())
}

#[track_caller]
fn draft(raw: impl AsRef<[u8]>) -> Draft {
    match planned(raw) {
        Plan::Message(draft) => *draft,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn unreadable(raw: impl AsRef<[u8]>) -> String {
    match planned(raw) {
        Plan::Unreadable { external_id, reason, .. } => {
            assert!(!external_id.is_empty() && external_id.len() <= 500);
            reason
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_is_new_words_a_quotation_and_a_thread() {
    let draft = draft(format!(
        "Authentication-Results: mx.example.org; dmarc=pass header.from=example.ru\r\nReceived: from example.ru\r\n\
         Message-ID: <3@example.ru>\r\nIn-Reply-To: <2@example.org>\r\nReferences: <1@example.ru> <2@example.org>\r\n\
         From: Иван <ivan@example.ru>\r\nTo: <help+{}@Example.org>\r\nSubject: Re: Яма\r\n\r\n\
         Ещё не починили.\r\n\r\n> Мы приняли ваше обращение.\r\n",
        TOKEN.to_uppercase()
    ));
    let input = draft.input;
    assert_eq!(input.text, "Ещё не починили.");
    assert_eq!(input.quotation.as_deref(), Some("> Мы приняли ваше обращение."));
    assert_eq!(input.references.unwrap(), ["1@example.ru", "2@example.org"]);
    assert_eq!(input.reply_token.as_deref(), Some(TOKEN));
    assert_eq!((input.external_id.as_str(), input.conversation.as_deref()), ("3@example.ru", Some("1@example.ru")));
    assert_eq!(input.locale, Some(Locale::Ru));
    assert_eq!(input.sender.address.as_deref(), Some("ivan@example.ru"));
    assert!(input.sender.verified);
}

#[test]
fn a_forged_sender_is_not_believed() {
    for head in [
        "Authentication-Results: mx.evil.org; dmarc=pass header.from=example.ru\r\nFrom: ivan@example.ru",
        "Received: from evil by mx.example.org\r\nAuthentication-Results: mx.example.org; dmarc=pass header.from=example.ru\r\nFrom: ivan@example.ru",
        "Authentication-Results: mx.example.org; dmarc=pass header.from=evil.ru\r\nFrom: ivan@example.ru",
        "Authentication-Results: mx.example.org; dmarc=pass header.from=example.ru\r\nFrom: x@evil.ru\r\nFrom: ivan@example.ru",
        "From: ivan@example.ru",
        "Authentication-Results: mx.example.org; dmarc=pass header.from=example.ru\r\nF rom: petr@example.ru\r\nFrom: ivan@example.ru",
        "Authentication-Results: mx.example.org; dmarc=pass header.from=example.ru\r\nFrom: ivan@example.ru\r\nFrom\t: petr@example.ru",
        "Authentication-Results: mx.example.org; dmarc=pass header.from=example.ru\r\n:From: petr@example.ru\r\nFrom: ivan@example.ru",
        "Authentication-Results: mx.example.org; dmarc=pass header.from=example.ru\r\nFrom: ivan@example.ru, petr@example.ru",
        "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=ivan@example.ru\r\nFrom: ivan@example.ru",
        "Authentication-Results: mx.example.org\r\na b: c\r\n ; dmarc=pass header.from=example.ru\r\nFrom: ivan@example.ru",
        "From: ivan@example.ru\r\nX: y\r\nAuthentication-Results : mx.example.org ; dmarc=fail header.from=example.ru",
    ] {
        assert!(!draft(format!("{head}\r\n\r\nslova\r\n")).input.sender.verified, "{head}");
    }
}

#[test]
fn tokens_are_of_our_addresses_only() {
    for (to, found) in [
        (format!("help+{TOKEN}@example.org"), true),
        (format!("help+{TOKEN}@evil.org"), false),
        (format!("other+{TOKEN}@example.org"), false),
        ("help+news@example.org".into(), false),
        (format!("help+{TOKEN}{TOKEN}@example.org"), false),
        ("help@example.org".into(), false),
    ] {
        let raw = format!("From: a@b.ru\r\nTo: {to}\r\n\r\nслова\r\n");
        assert_eq!(draft(raw).input.reply_token.is_some(), found, "{to}");
        let envelope = Envelope { recipients: vec![to.clone()] };
        let Plan::Message(draft) = plan("From: a@b.ru\r\n\r\nслова".as_bytes(), &settings(), &envelope) else { panic!() };
        assert_eq!(draft.input.reply_token.is_some(), found, "{to}");
    }
}

#[test]
fn our_own_mail_and_machines_open_nothing() {
    for (head, reason) in [
        ("From: help@example.org", Reason::OwnLoop),
        ("From: Help+x@Example.ORG", Reason::OwnLoop),
        ("From: bounce@example.org", Reason::OwnLoop),
        ("From: a@b.ru\r\nX-Veche: city", Reason::OwnLoop),
        ("From: a@b.ru\r\nAuto-Submitted: auto-generated", Reason::AutomaticReply),
        ("Return-Path: <>\r\nFrom: a@b.ru", Reason::EmptySender),
        ("From: a@b.ru\r\nList-Id: <l.b.ru>", Reason::List),
        ("Return-Path: <>\r\nFrom: a@b.ru\r\nTo: bounce@example.org", Reason::Bounce),
    ] {
        let planned = planned(format!("{head}\r\n\r\nслова\r\n"));
        assert!(matches!(planned, Plan::Ignore(r) if r == reason), "{head}: {planned:?}");
    }
}

#[test]
fn what_comes_to_the_return_address_is_noted_and_never_lost() {
    let to = "To: bounce+0190aa@example.org\r\nSubject: x\r\n\r\n";
    for (from, words, permanent) in [("Return-Path: <>\r\nFrom: a@b.ru", "<c@b.ru>: (#5.1.1)", true), ("From: <>", "delayed", false)] {
        let planned = planned(format!("{from}\r\n{to}{words}\r\n"));
        assert!(matches!(&planned, Plan::Bounce(b) if b.ids == ["0190aa"] && b.permanent == permanent), "{planned:?}");
    }
    for raw in [
        format!("From: a@b.ru\r\nIn-Reply-To: <ours@example.org>\r\n{to}It failed, 550 5.1.1 a@b.ru\r\n"),
        format!("From: a@b.ru\r\n{to}?"),
    ] {
        let planned = planned(raw);
        let Plan::Unreadable { bounce: Some(bounce), .. } = &planned else { panic!("{planned:?}") };
        assert!(bounce.ids == ["0190aa"] && !bounce.permanent);
    }
}

#[test]
fn people_are_not_taken_for_mail_systems() {
    let reply = "In-Reply-To: <ours@example.org>\r\nReferences: <ours@example.org>\r\n";
    for (from, subject, words) in [
        ("administrator@school12.ru", "Ремонт крыши", "Ремонт обойдётся в 1 550 руб. Телефон 554 12 12."),
        ("ivan@b.ru", "Пенсия не доставлена", "Мне не принесли 550 рублей."),
        ("robot@b.ru", "Пункт 5.1.1 договора", "По пункту 5.1.1 и 5.7.1 не удалось доставить мебель, ящик переполнен."),
        ("Postmaster of the village <ivan@b.ru>", "Посылка", "Почта закрыта, дом 550 5 этаж"),
        ("noreply.ivanov@b.ru", "Письмо не доставлено", "user unknown"),
        ("ivan@mailer-daemon.ru", "Undelivered mail", "Письмо вернулось"),
    ] {
        let draft = draft(format!("From: {from}\r\n{reply}Subject: {subject}\r\n\r\n{words}\r\n"));
        assert_eq!(draft.input.text, words, "{from}");
    }
    // Where it cannot be told, somebody looks; and nothing of ours is given up.
    for (from, subject, words) in [
        ("postmaster@school12.ru", "Пенсия не доставлена", "550 рублей"),
        ("ivan@b.ru", "Письмо не доставлено", "Ваш сервер сказал: 550 5.1.1 <a@example.org>: нет такого"),
        ("ivan@b.ru", "Undelivered mail", "550 a@example.org: user unknown"),
    ] {
        let planned = planned(format!("From: {from}\r\n{reply}Subject: {subject}\r\n\r\n{words}\r\n"));
        assert!(matches!(planned, Plan::Unreadable { bounce: None, .. }), "{from}: {planned:?}");
    }
}

#[test]
fn a_message_without_a_name_has_the_same_one_however_it_comes() {
    let raw = "From: a@b.ru\r\nDate: Mon, 25 Mar 2024 10:15:00 +0300\r\nSubject: s\r\n\r\nслова\r\n";
    let (one, other) = (draft(raw), draft(format!("Return-Path: <a@b.ru>\r\nReceived: by x\r\n{raw}")));
    assert_eq!(one.input.external_id, other.input.external_id);
    assert!(one.input.external_id.starts_with("sha256-"));
    assert_ne!(one.input.external_id, draft(raw.replace("слова", "слово")).input.external_id);
    let long = format!("Message-ID: <{}@b.ru>\r\n{raw}", "x".repeat(900));
    assert!(draft(long).input.external_id.len() < 100);
}

#[test]
fn files_are_brought_or_named() {
    let part = |name: &str, content: &str| {
        format!("--b\r\nContent-Type: application/octet-stream; name={name}\r\nContent-Disposition: attachment\r\n\r\n{content}\r\n")
    };
    let raw = format!(
        "From: a@b.ru\r\nSubject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}{}{}{}--b--\r\n",
        part("a.bin", "one"),
        part("empty.bin", ""),
        part("big.bin", &"x".repeat(2_000)),
        part("last.bin", "two")
    );
    let settings = Settings { files: 1, file_bytes: 1_000, ..settings() };
    let Plan::Message(draft) = plan(raw.as_bytes(), &settings, &Envelope::default()) else { panic!() };
    assert_eq!(draft.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a.bin"]);
    let refused: Vec<_> = draft.input.refused_files.unwrap().into_iter().map(|f| (f.name, f.reason)).collect();
    assert_eq!(
        refused,
        [
            ("empty.bin".to_owned(), RefusedFileReason::Empty),
            ("big.bin".to_owned(), RefusedFileReason::TooLarge),
            ("last.bin".to_owned(), RefusedFileReason::TooMany)
        ]
    );
    assert_eq!(draft.input.text, "s", "the subject speaks where there is no text");
}

#[test]
fn what_is_too_much_is_kept_and_named() {
    let began = Instant::now();
    assert!(unreadable("A: b\r\n".repeat(200_000)).contains("header"));
    let top = "From: a@b.ru\r\nMessage-ID: <x@b.ru>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    assert!(unreadable(format!("{top}{}", "--b\r\n\r\nx\r\n".repeat(100_000))).contains("parts"));
    assert!(unreadable(format!("From: a@b.ru\r\n\r\n{}", "x".repeat(30_000_000))).contains("larger"));
    assert!(unreadable("Content-Type: message/rfc822\r\n\r\n".repeat(45_000)).contains("deeper"));
    assert!(unreadable("").contains("empty"));
    assert!(unreadable("From: a@b.ru\r\n\r\n \r\n").contains("nothing in it"));
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_megabyte_of_words_is_cut_and_brought_whole() {
    let words = "слово ".repeat(100_000);
    let draft = draft(format!("From: a@b.ru\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"));
    assert!(draft.input.text.len() <= 400_000 && draft.input.text.starts_with("слово"));
    assert_eq!((draft.files[0].name.as_str(), draft.files[0].bytes.len()), ("whole-message.txt", words.trim_end().len()));
    // It is never a file too large.
    let settings = Settings { file_bytes: 1_001, ..settings() };
    let raw = format!("From: a@b.ru\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n");
    let Plan::Message(draft) = plan(raw.as_bytes(), &settings, &Envelope::default()) else { panic!() };
    assert!(draft.input.refused_files.is_none() && draft.files[0].bytes.len() > 990);
}

#[test]
fn header_fields_cannot_be_smuggled() {
    let draft = draft(
        "From: =?utf-8?Q?x=0D=0ABcc:_y@z?= <a@b.ru>\r\nSubject: =?utf-8?Q?s=0D=0AX-Veche:_1?=\r\nMessage-ID: <a b\r\n c@d>\r\n\
         References: <r1@x> <r2@x>\r\n\r\nслова\r\n",
    );
    let input = draft.input;
    let all = format!("{:?}{:?}{:?}{:?}", input.sender.name, input.subject, input.external_id, input.references);
    assert!(!all.contains("\\r") && !all.contains("\\n"), "{all}");
}

#[test]
fn a_long_thread_keeps_its_first_and_its_last() {
    let ids: String = (0..300).map(|n| format!("<{n}@x> ")).collect();
    let references =
        draft(format!("From: a@b.ru\r\nReferences: {ids}\r\nIn-Reply-To: <last@x>\r\n\r\nслова\r\n")).input.references.unwrap();
    assert_eq!(references.len(), 50);
    assert_eq!((references[0].as_str(), references[48].as_str(), references[49].as_str()), ("0@x", "299@x", "last@x"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_message_comes_to_something(lines in prop::collection::vec(prop_oneof![
        Just("From: a@b.ru".to_owned()), Just("To: help+x@example.org".into()), Just("Message-ID: <1@x>".into()),
        Just("Content-Type: multipart/report; report-type=delivery-status; boundary=b".into()), Just("--b".into()), Just(String::new()),
        Just("Content-Type: application/ms-tnef".into()), Just("Content-Type: message/rfc822".into()), Just("Status: 5.1.1".into()),
        "[ -~]{0,40}", "\\PC{0,20}",
    ], 0..20)) {
        if let Plan::Message(draft) = planned(lines.join("\r\n")) {
            prop_assert!(!draft.input.text.trim().is_empty() || !draft.files.is_empty() || draft.input.refused_files.is_some());
            prop_assert!(!draft.input.sender.verified);
        }
    }
}
