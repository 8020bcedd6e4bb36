//! Whole conversations in both languages, as text files: `UPDATE_TALKS=1` writes them anew.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{World, merge, person, private, telegram::BOT};

pub const ANNA: i64 = 700;

/// A conversation of one person.
pub struct Talk {
    pub world: World,
    pub language: &'static str,
    taps: usize,
}

impl Talk {
    pub async fn new(language: &'static str) -> Self {
        Self::of(World::new().await, language)
    }

    pub fn of(world: World, language: &'static str) -> Self {
        Self { world, language, taps: 0 }
    }

    fn note(&self, line: String) {
        self.world.telegram.state().talk.push(line);
    }

    /// Sends a message with any content and waits until it is handled. Returns its identifier.
    pub async fn sends(&self, content: Value) -> i64 {
        let message = self.world.telegram.next_message();
        let what = content["text"].as_str().or(content["caption"].as_str()).unwrap_or("…").to_owned();
        let kinds: Vec<&str> =
            content.as_object().unwrap().keys().map(String::as_str).filter(|key| !["text", "entities"].contains(key)).collect();
        self.note(format!("> {message}: {what}{}", if kinds.is_empty() { String::new() } else { format!(" {kinds:?}") }));
        let update = self.world.telegram.push(json!({"message": private(ANNA, message, self.language, content)}));
        self.world.telegram.confirmed(update).await;
        message
    }

    pub async fn says(&self, text: &str) -> i64 {
        if text.starts_with('/') {
            let length = text.split(' ').next().unwrap().encode_utf16().count();
            return self.sends(json!({"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": length}]})).await;
        }
        self.sends(json!({"text": text})).await
    }

    /// Follows a link to an account.
    pub async fn links(&mut self, command: &str) {
        self.says(command).await;
        self.taps(if self.language == "ru" { "Да, связать" } else { "Yes, link" }).await;
    }

    /// Replies to one of our messages, or their own.
    pub async fn replies(&self, to: i64, text: &str) -> i64 {
        let author = if self.world.telegram.state().sent.iter().any(|sent| sent.id == to) { BOT } else { ANNA };
        let replied = json!({"message_id": to, "date": 1, "chat": {"id": ANNA, "type": "private"}, "from": {"id": author, "is_bot": author == BOT, "first_name": "x"}});
        self.sends(json!({"text": text, "reply_to_message": replied})).await
    }

    pub async fn edits(&self, message: i64, text: &str) {
        self.note(format!("> {message} edited: {text}"));
        let edited = private(ANNA, message, self.language, json!({"text": text, "edit_date": 1_790_000_100}));
        let update = self.world.telegram.push(json!({"edited_message": edited}));
        self.world.telegram.confirmed(update).await;
    }

    /// Taps the newest button with these words on it.
    pub async fn taps(&mut self, label: &str) {
        let (message, data) = self.world.telegram.button(ANNA, label);
        self.taps_data(label, message, &data).await;
    }

    pub async fn taps_data(&mut self, label: &str, message: i64, data: &str) {
        self.note(format!("> [{label}] under {message}"));
        self.taps += 1;
        let mut tap = json!({"id": format!("tap-{}", self.taps), "from": person(ANNA, self.language), "chat_instance": "1", "data": data});
        merge(
            &mut tap,
            json!({"message": {"message_id": message, "date": 1_790_000_000, "chat": {"id": ANNA, "type": "private"}, "text": "x"}}),
        );
        let update = self.world.telegram.push(json!({"callback_query": tap}));
        self.world.telegram.confirmed(update).await;
    }

    /// Compares what was said with the file of that name.
    pub fn is(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/talks").join(format!("{name}-{}.txt", self.language));
        let said = format!("{}\n", self.world.telegram.state().talk.join("\n"));
        if std::env::var_os("UPDATE_TALKS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, said).unwrap();
            return;
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(said, expected, "{name}: UPDATE_TALKS=1 writes it anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_two_taps() {
    for (language, text, send) in [
        ("ru", "Третий день не горит фонарь у дома 5", "Отправить"),
        ("en", "The street lamp at house 5 has been dark for three days", "Send"),
    ] {
        let mut talk = Talk::new(language).await;
        talk.says("/start").await;
        let message = talk.says(text).await;
        talk.taps(send).await;
        // A second tap on the same button sends nothing more.
        let card = talk.world.telegram.state().sent.iter().find(|sent| sent.text.contains('↓')).unwrap().id;
        talk.taps_data("again", card, &format!("d:send:{message}")).await;
        talk.is("message");
        let received = talk.world.platform.asked("receiveMessage");
        assert_eq!(received.len(), 1);
        assert_eq!(received[0]["externalId"], format!("{ANNA}/{message}"));
        assert_eq!(received[0]["sender"], json!({"address": ANNA.to_string(), "name": "Анна К.", "verified": true}));
        assert_eq!(received[0]["text"], text);
        assert_eq!(received[0]["locale"], language.to_uppercase());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_sent_before_goes_into_it() {
    for (language, text, labels) in [
        ("ru", "Во дворе грязь", ["Тема", "Дороги", "Место", "Ещё", "Район 9", "Отправить"]),
        ("en", "The yard is dirty", ["Topic", "Дороги", "Place", "More", "Район 9", "Send"]),
    ] {
        let mut talk = Talk::new(language).await;
        for (name, content) in [("photo", &b"picture"[..]), ("voice", b"sound"), ("letter.pdf", b"%PDF")] {
            talk.world.telegram.state().files.insert(name.into(), content.to_vec());
        }
        let first = talk.says(text).await;
        talk.sends(json!({"photo": [{"file_id": "small", "file_size": 1}, {"file_id": "photo", "file_size": 7}], "caption": "№ 1"})).await;
        talk.sends(json!({"voice": {"file_id": "voice", "duration": 1, "mime_type": "audio/ogg", "file_size": 5}})).await;
        talk.sends(
            json!({"document": {"file_id": "letter.pdf", "file_name": "letter.pdf", "mime_type": "application/pdf", "file_size": 4}}),
        )
        .await;
        talk.sends(json!({"location": {"latitude": 55.75, "longitude": 37.61}})).await;
        talk.sends(json!({"text": "…", "forward_origin": {"type": "user", "date": 1, "sender_user": {"id": 5, "is_bot": false, "first_name": "Пётр"}}})).await;
        talk.edits(first, &format!("{text}!")).await;
        for label in labels {
            talk.taps(label).await;
        }
        talk.is("everything");
        let received = talk.world.platform.asked("receiveMessage");
        assert_eq!(received.len(), 1);
        assert_eq!(received[0]["attachmentIds"], json!(["A1", "A2", "A3"]));
        assert_eq!((&received[0]["topicId"], &received[0]["territoryId"]), (&json!("topic-roads"), &json!("place-9")));
        let whole = received[0]["text"].as_str().unwrap();
        assert!(whole.starts_with(&format!("{text}!")) && whole.contains("55.75000, 37.61000") && whole.contains("Пётр"), "{whole}");
        let names: Vec<_> = talk.world.platform.state().uploads.clone();
        assert_eq!(names.iter().map(|(_, size)| *size).collect::<Vec<_>>(), [7, 5, 4]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_alike_is_shown_before() {
    for (language, text, same, support) in [
        ("ru", "Яма на Ленина, 5, и нет скамеек", "У меня то же", "Поддержать «"),
        ("en", "A pothole, and no benches", "Mine is the same", "Support “"),
    ] {
        let mut talk = Talk::new(language).await;
        talk.says(text).await;
        // Not linked: why, and how to link; the text stays.
        talk.taps(support).await;
        talk.taps(same).await;
        talk.links("/start good").await;
        talk.says(text).await;
        talk.taps(support).await;
        talk.is("alike");
        let joined = talk.world.platform.asked("joinTicket");
        assert_eq!(joined.len(), 1);
        assert_eq!((&joined[0]["ticketId"], &joined[0]["targetId"], &joined[0]["secret"]), (&json!("T1"), &json!("T900"), &json!("s1")));
        assert_eq!(talk.world.platform.asked("receiveMessage").len(), 1);
        assert_eq!(talk.world.platform.asked("castVote").len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_and_more_about_them() {
    for (language, send, tickets, add) in [("ru", "Отправить", "Мои обращения", "Дополнить"), ("en", "Send", "My messages", "Add to it")]
    {
        let mut talk = Talk::new(language).await;
        let first = talk.says("Не вывозят мусор, дом 1").await;
        talk.taps(send).await;
        let ours = talk.world.telegram.last(ANNA).id;
        talk.replies(ours, "И сегодня тоже").await;
        talk.replies(first, "Контейнер полон").await;
        talk.edits(first, "Не вывозят мусор, дом 1а").await;
        for n in 2..=7 {
            talk.says(&format!("Не вывозят мусор, дом {n}")).await;
            talk.taps(send).await;
        }
        talk.says("/start").await;
        talk.taps(tickets).await;
        talk.taps(if language == "ru" { "Ещё →" } else { "More →" }).await;
        talk.taps("№ 26-2").await;
        talk.taps(add).await;
        talk.says("Приезжали, но не всё забрали").await;
        talk.is("tickets");
        let received = talk.world.platform.asked("receiveMessage");
        assert_eq!(received[1]["references"], json!([format!("{ANNA}/{first}"), format!("{ANNA}/{ours}")]));
        assert_eq!(received[3]["edits"], format!("{ANNA}/{first}"));
        assert_eq!(talk.world.platform.state().tickets.len(), 7);
        assert_eq!(talk.world.platform.state().tickets[0].texts.len(), 4);
        assert_eq!(talk.world.platform.state().tickets[1].texts.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn voting() {
    for (language, initiatives, support, withdraw, back) in
        [("ru", "Инициативы", "👍 Поддержать", "Отозвать", "Инициативы"), ("en", "Initiatives", "👍 Support", "Take back", "Initiatives")]
    {
        let mut talk = Talk::new(language).await;
        talk.says("/start").await;
        talk.taps(initiatives).await;
        talk.taps("дворах, 1").await;
        talk.taps(support).await;
        talk.links("/start bad").await;
        talk.links("/start good").await;
        talk.says("/initiatives").await;
        talk.taps("дворах, 1").await;
        talk.taps(support).await;
        talk.taps(withdraw).await;
        talk.taps(back).await;
        talk.taps("дворах, 3").await;
        talk.taps("Липы").await;
        talk.taps("Дубы").await;
        talk.says("/find").await;
        talk.says("дворах, 2").await;
        talk.says("/find ничего такого").await;
        talk.is("voting");
        let votes = talk.world.platform.asked("castVote");
        assert_eq!(votes.iter().map(|vote| vote["choices"].clone()).collect::<Vec<_>>(), [json!([0]), json!([0, 2])]);
        assert_eq!(talk.world.platform.asked("withdrawVote").len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_searched() {
    for language in ["ru", "en"] {
        let talk = Talk::new(language).await;
        talk.says("/search").await;
        talk.says("дворах").await;
        talk.says("/search ничего такого").await;
        talk.is("search");
        let asked = talk.world.platform.asked("search");
        assert_eq!(asked.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn account_and_settings() {
    for (language, off, other, forget) in
        [("ru", "Новое голосование", "English", "Yes, forget"), ("en", "New vote", "Русский", "Да, забудьте")]
    {
        let mut talk = Talk::new(language).await;
        talk.says("/help").await;
        talk.says("/link").await;
        talk.says("/notifications").await;
        talk.links("/link good").await;
        talk.says("/notifications").await;
        talk.taps(off).await;
        talk.says("/unlink").await;
        talk.says("/unlink").await;
        talk.says("/language").await;
        talk.taps(other).await;
        talk.says("/cancel").await;
        talk.says("Начатое сообщение").await;
        talk.says("/cancel").await;
        talk.says("/nonsense").await;
        talk.says("/delete_my_data").await;
        talk.taps(forget).await;
        talk.says("/start").await;
        talk.is("account");
        assert_eq!(talk.world.platform.state().muted.iter().collect::<Vec<_>>(), ["INITIATIVE_PUBLISHED"]);
        assert_eq!(talk.world.platform.asked("forgetContact").len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_has_its_bounds() {
    let mut talk = Talk::new("ru").await;
    talk.world.telegram.state().files.insert("a".into(), vec![0; 10]);
    // It is long as a whole, though no part of it is, and its file is one of the ten.
    for n in 0..13 {
        talk.sends(json!({"text": format!("{n}: {}", "Ещё слово. ".repeat(400))})).await;
    }
    assert!(talk.world.telegram.last(ANNA).text.contains("очень длинный"));
    for n in 0..10 {
        talk.sends(json!({"document": {"file_id": "a", "file_name": format!("{n}.txt"), "file_size": 3}})).await;
    }
    assert!(talk.world.telegram.last(ANNA).text.contains("не больше 10 файлов"));
    talk.taps("Отправить").await;
    let received = talk.world.platform.asked("receiveMessage");
    assert_eq!(received[0]["attachmentIds"].as_array().unwrap().len(), 10);
    assert_eq!(talk.world.platform.state().uploads.last().unwrap().0, "message.txt");
    // One that never ends.
    let mut last = 0;
    for n in 0..52 {
        let text = json!({"text": format!("{n} и так далее")});
        last = talk.world.telegram.push(json!({"message": private(ANNA, talk.world.telegram.next_message(), "ru", text)}));
    }
    talk.world.telegram.confirmed(last).await;
    assert_eq!(talk.world.telegram.state().sent.iter().filter(|sent| sent.text.contains("не поместится")).count(), 2);
    talk.taps("Отправить").await;
    let received = talk.world.platform.asked("receiveMessage");
    assert_eq!(received[1]["text"].as_str().unwrap().matches("и так далее").count(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_texts_get_a_clear_word() {
    for language in ["ru", "en"] {
        let mut talk = Talk::new(language).await;
        talk.says("🔥🔥🔥").await;
        talk.says("\u{200b}\u{2066}\u{202e}").await;
        talk.sends(json!({"sticker": {"file_id": "s", "emoji": "😀"}})).await;
        talk.sends(json!({"contact": {"phone_number": "1", "first_name": "x"}})).await;
        talk.says("بئر مفتوح في شارع لينين\u{202e}\u{200b} <b>&amp;</b>").await;
        talk.says("/cancel").await;
        talk.is("strange");

        // A megabyte, as a Bot API server of one's own may let through.
        let long = "Очень длинный рассказ. ".repeat(26_000);
        assert!(long.len() > 1_000_000);
        talk.sends(json!({"text": long})).await;
        assert!(talk.world.telegram.last(ANNA).text.contains("⚠️"));
        talk.taps(if language == "ru" { "Отправить" } else { "Send" }).await;
        let received = talk.world.platform.asked("receiveMessage");
        assert_eq!(received[0]["text"].as_str().unwrap().chars().count(), 50_000);
        assert_eq!(talk.world.platform.state().uploads[0], ("message.txt".to_owned(), long.len()));

        // Files that can't be had.
        talk.world.telegram.state().files.insert("a".into(), vec![0; 10]);
        talk.says("Три файла к обращению").await;
        talk.sends(json!({"document": {"file_id": "big", "file_name": "big.iso", "file_size": 30_000_000}})).await;
        talk.sends(json!({"document": {"file_id": "gone", "file_name": "gone.txt", "file_size": 3}})).await;
        talk.taps(if language == "ru" { "Отправить" } else { "Send" }).await;
        assert!(talk.world.telegram.last(ANNA).text.contains("gone.txt"));
    }
}
