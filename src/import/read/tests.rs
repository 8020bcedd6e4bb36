use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

mod fuzz;

fn rows_of(name: &str, content: impl AsRef<[u8]>, columns: &Columns) -> Vec<Row<Incoming>> {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    let mut reader = open(&path, None, columns).expect("a reader");
    let rows: Vec<_> = reader.by_ref().collect();
    assert_eq!(reader.position(), reader.total());
    rows
}

fn texts(rows: &[Row<Incoming>]) -> Vec<&str> {
    rows.iter()
        .filter_map(|row| match row {
            Row::Item(item) => Some(item.text.as_str()),
            _ => None,
        })
        .collect()
}

fn refused(rows: &[Row<Incoming>]) -> Vec<&str> {
    rows.iter()
        .filter_map(|row| match row {
            Row::Refused { at, .. } => Some(at.as_str()),
            _ => None,
        })
        .collect()
}

fn refusal(name: &str, content: &str, columns: &Columns) -> String {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    open(&path, None, columns).err().expect("a refusal").to_string()
}

#[test]
fn a_table() {
    let columns = Columns { topic: Some("category".into()), group: Some("executor".into()), ..Columns::default() };
    let rows = rows_of(
        "a.csv",
        "\u{feff}id,text,category,executor,author,date\r\n\
         7,\"Не горит \"\"фонарь\"\",\r\nуже неделю\u{7}\",Свет,Горсвет,Иван <i@e.ru>,25.03.2024\r\n\
         8,Яма,,,,\r\n,,,,,\r\n",
        &columns,
    );
    assert_eq!(rows.len(), 3);
    let Row::Item(first) = &rows[0] else { panic!("{rows:?}") };
    assert_eq!(first.external_id, "7");
    assert_eq!(first.text, "Не горит \"фонарь\",\nуже неделю");
    assert_eq!(first.topic.as_deref(), Some("Свет"));
    assert_eq!(first.group.as_deref(), Some("Горсвет"));
    assert_eq!(first.sender.as_ref().and_then(|s| s.address.as_deref()), Some("i@e.ru"));
    assert_eq!(first.received_at.map(|d| d.timestamp()), Some(1_711_324_800));
    assert!(matches!(&rows[1], Row::Item(row) if row.topic.is_none()));
    assert!(matches!(&rows[2], Row::Ignored { at, .. } if at == "line 5"));
}

#[test]
fn damage_refuses_only_itself() {
    let rows = rows_of("a.csv", b"id,text\n1,\xd0\xb0\n2,\xff\xfe\n3\n4,x,y\n5,\n6,\xd0\xb1\n".as_slice(), &Columns::default());
    assert_eq!(texts(&rows), ["а", "б"]);
    assert_eq!(refused(&rows), ["line 3", "line 4", "line 5", "line 6"]);
}

#[test]
fn a_quote_that_never_closes_loses_its_own_lines() {
    let rows =
        rows_of("a.csv", "id,text,topic\n1,a,t\n2,\"b,t\nтри\n3,c,t\n4,\"d, d\",t\n5,\"e \"e\" e\",t\n6,f,t\n7,\"g\n", &Columns::default());
    assert_eq!(texts(&rows), ["a", "c", "d, d", "f"]);
    assert_eq!(refused(&rows), ["lines 3–4", "line 7", "line 9"]);

    let mut long = String::from("id,text\n0,\"открыта\n");
    for n in 1..=60_000 {
        long.push_str(&format!("{n},текст номер {n}\n"));
    }
    let rows = rows_of("a.csv", long, &Columns::default());
    assert_eq!(texts(&rows).len(), 60_000);
    assert_eq!(refused(&rows), ["line 2"]);
}

/// Lines that each open a quotation mark and close the one before: whatever is tried, each is read a few times at the most.
#[test]
fn nothing_but_opening_marks_is_read_in_one_go() {
    for junk in ["x\",\"\n", "\"\"\",\"\n", "x\"\n,\"\n"] {
        for end in ["", "\"\n", "\"x\n"] {
            let begun = std::time::Instant::now();
            let rows = rows_of("a.csv", format!("id,text\n1,a\n{}{end}2,b\n", junk.repeat(100_000)), &Columns::default());
            assert_eq!(texts(&rows)[0], "a");
            assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{junk:?} {end:?}: {:?}", begun.elapsed());
        }
    }
}

#[test]
fn a_row_whole_by_accident_gives_its_lines_back() {
    let rows = rows_of("a.csv", "id,text\n1,\"a\n2,b\n3,c\",d,e\n4,f\n", &Columns::default());
    assert_eq!(texts(&rows), ["b", "f"]);
    assert_eq!(refused(&rows), ["line 2", "line 4"]);
}

#[test]
fn semicolons_and_windows_1251() {
    let (bytes, ..) = encoding_rs::WINDOWS_1251.encode("id;текст;topic\n1;Прошу, почините;Свет\n");
    let columns = Columns { text: Some("текст".into()), ..Columns::default() };
    let rows = rows_of("a.csv", bytes, &columns);
    assert_eq!(texts(&rows), ["Прошу, почините"]);
    assert_eq!(texts(&rows_of("a.tsv", "id\ttext\n1\tодин\n", &Columns::default())), ["один"]);
}

#[test]
fn rows_without_an_identifier_are_known_by_their_content() {
    let id = |row: &Row<Incoming>| match row {
        Row::Item(item) => item.external_id.clone(),
        other => panic!("{other:?}"),
    };
    let rows = rows_of("a.csv", "text,topic\nab,c\na,bc\nab,c\n", &Columns::default());
    let ids: Vec<_> = rows.iter().map(id).collect();
    assert_eq!(ids[0].len(), 64);
    assert_eq!(ids[0], ids[2]);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn columns_that_are_missing_are_named() {
    assert!(refusal("a.csv", "id,body\n1,x\n", &Columns::default()).contains("no column \"text\"; it has id, body"));
    let columns = Columns { topic: Some("theme".into()), ..Columns::default() };
    assert!(refusal("a.csv", "id,text\n1,x\n", &columns).contains("\"theme\""));
    assert!(refusal("a.bin", "?", &Columns::default()).contains("cannot tell the format"));
}

#[test]
fn lines_of_json() {
    let long = "x".repeat(MAX_TEXT + 1);
    let rows = rows_of(
        "a.jsonl",
        format!(
            "{{\"id\":1,\"text\":\"один\",\"topic\":[\"a\",\"b\"]}}\n\n{{\"id\":2,\"text\":\n[1]\n{{\"text\":\"{long}\"}}\n\
             {{\"id\":3}}\n{{\"text\":\"три\",\"date\":\"вчера\"}}\n{{\"text\":\"д\\u0000ва\"}}"
        ),
        &Columns::default(),
    );
    assert_eq!(texts(&rows), ["один", "два"]);
    assert_eq!(refused(&rows), ["line 3", "line 4", "line 5", "line 6", "line 7"]);
    assert!(matches!(&rows[0], Row::Item(item) if item.external_id == "1" && item.topic.as_deref() == Some("a, b")));
}

#[test]
fn an_mbox() {
    let rows = rows_of(
        "archive.mbox",
        "From a@e.ru Mon Mar 25 10:15:00 2024\nMessage-ID: <2@e.ru>\nReferences: <1@e.ru>\nFrom: a@e.ru\n\n\
         первое\n\nFrom this line on it is text\n>From quoted\n>>From twice\n\n\
         From b@e.ru Mon Mar 25 10:16:00 2024\nFrom: MAILER-DAEMON@e.ru\n\nno\n\n\
         From c@e.ru Mon Mar 25 10:17:00 2024\nFrom: c@e.ru\nSubject: Только тема\n\n\n\
         From d@e.ru Mon Mar 25 10:18:00 2024\n\n",
        &Columns::default(),
    );
    assert_eq!(texts(&rows), ["первое\n\nFrom this line on it is text\nFrom quoted\n>From twice", "Только тема"]);
    assert!(matches!(&rows[0], Row::Item(m) if m.external_id == "2@e.ru" && m.conversation.as_deref() == Some("1@e.ru")));
    assert!(matches!(&rows[1], Row::Ignored { at, .. } if at == "lines 12–16"));
    assert_eq!(refused(&rows), ["lines 22–23"]);
}

#[test]
fn an_mbox_without_its_first_line() {
    let rows = rows_of("a.mbox", "\nFrom: a@e.ru\n\nтекст\n\nFrom b Mon Mar 25 10:15:00 2024\nFrom: b@e.ru\n\nда\n", &Columns::default());
    assert_eq!(texts(&rows), ["да"]);
    assert_eq!(refused(&rows), ["lines 1–5"]);
}

#[test]
fn a_folder_of_mail() {
    let folder = TempDir::new().expect("a folder");
    let inner = folder.path().join("b");
    fs::create_dir(&inner).expect("a folder");
    fs::write(inner.join("2.EML"), "From: b@e.ru\n\nвторое\n").expect("a file");
    fs::write(folder.path().join("a.eml"), "From: a@e.ru\n\nпервое\n").expect("a file");
    fs::write(folder.path().join("c.eml"), "").expect("a file");
    fs::write(folder.path().join("notes.txt"), "no").expect("a file");
    let mut reader = open(folder.path(), None, &Columns::default()).expect("a reader");
    let rows: Vec<_> = reader.by_ref().collect();
    assert_eq!(texts(&rows), ["первое", "второе"]);
    assert_eq!(refused(&rows), ["c.eml"]);
    assert_eq!(reader.position(), reader.total());
}

#[test]
fn initiatives() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("i.csv");
    fs::write(
        &path,
        "id,title,text,topic,jurisdiction,votes,date\n\
         1,Парк,Сделать парк,отдых,regional,1 234,1 ноября 2013 в 15:35\n2,Сад,Сад,,,много,\n3,,Текст,,,1,\n",
    )
    .expect("a file");
    let rows: Vec<_> = open_initiatives(&path, None, &Columns::default()).expect("a reader").collect();
    assert!(matches!(&rows[0], Row::Item(i) if i.votes == Some(1_234) && i.title == "Парк" && i.date.is_some()));
    assert!(matches!(&rows[1], Row::Refused { at, .. } if at == "line 3"));
    assert!(matches!(&rows[2], Row::Refused { at, .. } if at == "line 4"));
    assert!(open_initiatives(folder.path(), None, &Columns::default()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Sound rows survive whatever line of junk stands between them, unless the junk itself makes quoted rows.
    #[test]
    fn junk_costs_no_sound_row(junk in "[a-z,;\" ]{0,30}") {
        let rows = rows_of("a.csv", format!("id,text,topic\n1,one,t\n{junk}\n2,two,t\n3,three,t\n"), &Columns::default());
        let kept = texts(&rows);
        prop_assert!(["one", "two", "three"].iter().all(|text| kept.contains(text)), "{junk:?} {rows:?}");
    }

    #[test]
    fn every_sound_table_is_read(cells in prop::collection::vec("[а-я,;\"\n a]{0,12}я", 1..20)) {
        let mut content = String::from("text;topic\n");
        for cell in &cells {
            content.push_str(&format!("\"{}\";t\n", cell.replace('"', "\"\"")));
        }
        let rows = rows_of("a.csv", content, &Columns::default());
        let expected: Vec<_> = cells.iter().map(|cell| veche_email::clean_text(cell)).collect();
        prop_assert_eq!(texts(&rows), expected);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, [b"text,id\n".as_slice(), &bytes].concat()).expect("a file");
        for format in [Format::Csv, Format::Jsonl, Format::Mbox, Format::Eml] {
            if let Ok(reader) = open(&path, Some(format), &Columns::default()) {
                reader.for_each(drop);
            }
        }
    }
}
