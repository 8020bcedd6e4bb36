//! Messages as programs really send them, small and written for these tests.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use proptest::prelude::*;
use veche_email::{Kind, Limits, Mail, Reason, fold_quotation, html_to_text, read};

#[track_caller]
fn mail(raw: impl AsRef<[u8]>) -> Mail {
    read(raw.as_ref(), &Limits::default()).expect("readable")
}

#[track_caller]
fn is_machine(head: &str, reason: Reason) {
    let raw = format!("From: a@example.ru\r\nSubject: x\r\n{head}\r\nтекст\r\n");
    assert_eq!(mail(raw).kind, Kind::Machine(reason), "{head}");
}

#[test]
fn a_plain_message() {
    let mail = mail(
        "Return-Path: <ivan@example.ru>\r\n\
         Message-ID: <2@example.ru>\r\nIn-Reply-To: <1@example.ru>\r\nReferences: <0@example.ru> <1@example.ru>\r\n\
         From: =?koi8-r?B?6dfBziDwxdTSz9c=?= <ivan@example.ru>\r\nTo: Dvor <dvor@example.ru>, b@example.ru\r\n\
         Subject: =?windows-1251?Q?=D4=EE=ED=E0=F0=FC?=\r\n =?windows-1251?Q?_=EF=EE=E3=E0=F1?=\r\n\
         Date: Mon, 25 Mar 2024 10:15:00 +0300\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         Не горит фонарь.\r\n",
    );
    assert_eq!(mail.kind, Kind::Person);
    let from = mail.from.clone().expect("a sender");
    assert_eq!((from.name.as_deref(), from.email.as_str()), (Some("Иван Петров"), "ivan@example.ru"));
    assert_eq!(mail.to.len(), 2);
    assert_eq!(mail.subject, "Фонарь погас");
    assert_eq!(mail.date, Some(1_711_350_900));
    assert_eq!(mail.text, "Не горит фонарь.");
    assert_eq!(mail.message_id.as_deref(), Some("2@example.ru"));
    assert_eq!(mail.conversation(), Some("0@example.ru"));
}

#[test]
fn every_cyrillic_charset_named_or_not() {
    let words: [(&str, &[u8]); 4] = [
        ("windows-1251", b"\xcf\xf0\xee\xf8\xf3 \xef\xee\xf7\xe8\xed\xe8\xf2\xfc \xf4\xee\xed\xe0\xf0\xfc"),
        ("koi8-r", b"\xf0\xd2\xcf\xdb\xd5 \xd0\xcf\xde\xc9\xce\xc9\xd4\xd8 \xc6\xcf\xce\xc1\xd2\xd8"),
        ("cp866", b"\x8f\xe0\xae\xe8\xe3 \xaf\xae\xe7\xa8\xad\xa8\xe2\xec \xe4\xae\xad\xa0\xe0\xec"),
        ("iso-8859-5", b"\xbf\xe0\xde\xe8\xe3 \xdf\xde\xe7\xd8\xdd\xd8\xe2\xec \xe4\xde\xdd\xd0\xe0\xec"),
    ];
    for (charset, bytes) in words {
        for head in [
            format!("Content-Type: text/plain; charset={charset}\n"),
            "Content-Type: text/plain\n".into(),
            "Content-Type: text/plain; charset=us-ascii\n".into(),
            "Content-Type: text/plain; charset=unknown-8bit\n".into(),
        ] {
            let mut raw = b"From: a@example.ru\nSubject: ".to_vec();
            raw.extend_from_slice(bytes);
            raw.extend_from_slice(format!("\n{head}\n").as_bytes());
            raw.extend_from_slice(bytes);
            let mail = mail(&raw);
            assert_eq!(mail.text, "Прошу починить фонарь", "{head}");
            assert_eq!(mail.subject, "Прошу починить фонарь", "{head}");
        }
    }
}

#[test]
fn html_only_and_attachments() {
    let mail = mail(
        "From: a@example.ru\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
         Content-Type: text/html; charset=utf-8\n\n<p>Яма<br>во дворе</p>\n--b\n\
         Content-Type: image/png\nContent-Disposition: attachment;\n filename*0*=utf-8''%D1%84%D0%BE;\n filename*1*=%D1%82%D0%BE.png\n\
         Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b\n\
         Content-Type: application/pdf; name=\"../../../etc/x.pdf\"\nContent-Disposition: attachment\n\n%PDF\n--b\n\
         Content-Type: message/rfc822\n\nFrom: b@example.ru\nSubject: inner\n\ninner text\n--b--\n",
    );
    assert_eq!((mail.text.as_str(), mail.html_only), ("Яма\nво дворе", true));
    let names: Vec<_> = mail.attachments.iter().map(|a| (a.name.as_str(), a.content_type.as_str())).collect();
    assert_eq!(names, [("фото.png", "image/png"), ("x.pdf", "application/pdf"), ("attachment-3.eml", "message/rfc822")]);
    assert_eq!(mail.attachments[0].bytes, b"\x89PNG\r\n\x1a\n");
}

/// Found by fuzzing: a second long name grew over the limit, and the name made for a second file could be another file's own.
#[test]
fn names_of_files_are_short_and_differ() {
    let long = format!("{}.gif", "x".repeat(200));
    let names = ["3-a.gif", "a.gif", "A.gif", "2-a.gif", &long, &long, &long];
    let part = |name: &str| format!("--b\nContent-Type: image/gif\nContent-Disposition: attachment; filename=\"{name}\"\n\nR0lG\n");
    let mail = mail(format!("From: a@example.ru\nContent-Type: multipart/mixed; boundary=b\n\n{}--b--\n", names.map(part).concat()));
    let kept: std::collections::BTreeSet<String> = mail.attachments.iter().map(|a| a.name.to_lowercase()).collect();
    assert_eq!(kept.len(), names.len(), "{kept:?}");
    assert!(kept.iter().all(|name| name.chars().count() <= 120 && name.ends_with(".gif")), "{kept:?}");
}

#[test]
fn files_of_text_keep_their_bytes() {
    // "Адрес;Яма\r\n" in windows-1251, which no charset names.
    let file = b"\xc0\xe4\xf0\xe5\xf1;\xdf\xec\xe0\r\n";
    let quoted = "=C0=E4=F0=E5=F1;=DF=EC=E0=0D=0A";
    for (encoding, content, kind) in [
        ("base64", "wOTw5fE7\n3+zgDQo=", "text/csv; name=a.csv"),
        ("quoted-printable", quoted, "text/csv; name=a.csv"),
        ("quoted-printable", quoted, "text/csv; charset=utf-8; name=a.csv"),
        ("base64", "wOTw5fE73+zgDQo=", "text/html; charset=koi8-r; name=a.htm"),
    ] {
        let mail = mail(format!(
            "From: a@example.ru\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nсм. файл\n--b\nContent-Type: {kind}\n\
             Content-Disposition: attachment\nContent-Transfer-Encoding: {encoding}\n\n{content}\n--b--\n"
        ));
        assert_eq!(mail.attachments[0].bytes, file, "{kind} {encoding}");
    }
}

#[test]
fn a_message_that_is_only_a_forwarded_one_has_its_words() {
    let raw = "From: a@example.ru\nContent-Type: message/rfc822\n\nFrom: b@example.ru\nSubject: s\n\nвнутри\n";
    assert_eq!(mail(raw).text, "внутри");
}

#[test]
fn machines() {
    is_machine("Auto-Submitted: auto-replied\r\n", Reason::AutomaticReply);
    is_machine("X-Auto-Response-Suppress: All\r\n", Reason::AutomaticReply);
    is_machine("X-Autoreply: yes\r\n", Reason::AutomaticReply);
    is_machine("Precedence: auto_reply\r\n", Reason::AutomaticReply);
    is_machine("Precedence: bulk\r\n", Reason::List);
    is_machine("List-Id: <l.example.ru>\r\n", Reason::List);
    is_machine("X-Veche: 1\r\n", Reason::OwnLoop);
    is_machine("X-Loop: a@example.ru\r\n", Reason::OwnLoop);
    is_machine("Return-Path: <>\r\n", Reason::EmptySender);
    is_machine("X-Failed-Recipients: b@example.ru\r\n", Reason::Bounce);
    for (kind, reason) in [
        ("delivery-status", Reason::Bounce),
        ("feedback-report", Reason::AbuseReport),
        ("disposition-notification", Reason::AutomaticReply),
    ] {
        is_machine(&format!("Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"), reason);
    }
}

#[test]
fn a_subject_alone_makes_no_machine() {
    for subject in ["Автоответ службы не помог", "Письмо не доставлено почтой", "Automatic reply: your letter"]
    {
        let raw = format!("From: ivan@example.ru\nAuto-Submitted: no\nSubject: {subject}\n\nПочта не носит письма.\n");
        assert_eq!(mail(raw).kind, Kind::Person, "{subject}");
    }
    let raw = "From: MAILER-DAEMON@example.ru\nSubject: failure notice\n\nuser unknown\n";
    assert_eq!(mail(raw).kind, Kind::Machine(Reason::Bounce));
}

#[test]
fn control_characters_do_not_pass() {
    let mail = mail("From: \"a\u{7}b\" <a@example.ru>\nSubject: =?utf-8?Q?x=0D=0ABcc=3A_y=00?=\n\nt\u{0}\u{8}t\n");
    assert_eq!(mail.subject, "x Bcc: y");
    assert_eq!(mail.text, "tt");
    assert_eq!(mail.from.and_then(|f| f.name).as_deref(), Some("a b"));
}

#[test]
fn the_platform_sees_hidden_characters_and_names_have_none() {
    let text = "Про\u{202e}шу\u{2066} по\u{200b}мочь\u{feff}";
    for (kind, text) in [("plain", text.to_owned()), ("html", format!("<p>{text}</p>"))] {
        let mail =
            mail(format!("From: И\u{202e}ван <a@example.ru>\nSubject: {text}\nContent-Type: text/{kind}; charset=utf-8\n\n{text}\n"));
        for hidden in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}'] {
            assert!(mail.text.contains(hidden) && mail.subject.contains(hidden), "{kind} {hidden:?}");
        }
        assert_eq!(mail.from.unwrap().name.unwrap(), "И ван");
    }
    // But they are no words.
    let raw = "From: a@b.ru\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n\u{feff}\u{200b}\n\
               --b\nContent-Type: text/html; charset=utf-8\n\n<p>Яма</p>\n--b--\n";
    assert_eq!(mail(raw).text, "Яма");
}

/// Bytes that look like mail often enough to reach every branch.
fn mail_like() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just("Content-Type: multipart/mixed; boundary=b\r\n".as_bytes().to_vec()),
        Just(b"Content-Type: message/rfc822\n".to_vec()),
        Just(b"Content-Type: multipart/digest; boundary=\"b b\"\n".to_vec()),
        Just(b"Content-Type: text/html; charset=koi8-r\n".to_vec()),
        Just(b"Content-Type: text/plain; format=flowed; delsp=yes\n".to_vec()),
        Just(b"Content-Transfer-Encoding: base64\n".to_vec()),
        Just(b"Content-Transfer-Encoding: quoted-printable\n".to_vec()),
        Just(b"Content-Disposition: attachment; filename*0*=utf-8''%D1; filename*1=x\n".to_vec()),
        Just(b"Subject: =?utf-8?B?0J/R?= =?utf-8?Q?=80?=\n".to_vec()),
        Just(b"From: a <b@c.d>\nDate: Mon, 99 Foo 2024 99:99 +9999\n".to_vec()),
        Just(b"--b\n".to_vec()),
        Just(b"--b--\n".to_vec()),
        Just(b"\r\n\r\n".to_vec()),
        Just(b"\n".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(token, 0..25).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_panic(raw in mail_like()) {
        if let Ok(mail) = read(&raw, &Limits::default()) {
            fold_quotation(&mail.text);
            prop_assert!(!mail.subject.chars().any(char::is_control));
            prop_assert!(mail.attachments.iter().all(|a| !a.name.contains(['/', '\\', '\0']) && !a.name.is_empty()));
            prop_assert!(!mail.text.contains('\0'));
        }
    }

    #[test]
    fn no_random_bytes_panic(raw in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&raw, &Limits::default());
        html_to_text(&String::from_utf8_lossy(&raw));
    }
}

#[test]
fn a_message_cut_off_keeps_its_words() {
    let mail = mail(
        "From: a@example.ru\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
         Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>=D0=AF=D0=BC=D0=B0</p>\n",
    );
    assert_eq!(mail.text, "Яма");
}
