//! Nothing is lost and nothing is doubled: crashes, restarts, floods, files, albums.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    World, merge,
    platform::Ticket,
    private,
    talks::{ANNA, Talk},
    tap,
    telegram::BOT,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_between_receipt_and_acknowledgement_makes_one_ticket() {
    let talk = Talk::of(World::without_bot().await, "ru");
    let mut bot = talk.world.process();
    let message = talk.says("Прорвало трубу, дом 3").await;
    let (card, data) = talk.world.telegram.button(ANNA, "Отправить");
    // Stored, but its answer never comes.
    talk.world.platform.state().swallow = true;
    let update = talk.world.telegram.push(tap(card, &data));
    talk.world.platform.until("the message is stored", |state| state.tickets.len() == 1).await;
    bot.kill();
    assert!(talk.world.telegram.state().offset <= update, "confirmed too early");
    let mut bot = talk.world.process();
    talk.world.telegram.confirmed(update).await;
    assert_eq!(talk.world.platform.state().tickets.len(), 1);
    assert_eq!(talk.world.platform.state().tickets[0].external, [format!("{ANNA}/{message}")]);
    assert!(talk.world.telegram.last(ANNA).text.contains("26-1"));
    assert_eq!(talk.world.telegram.state().handed_out[&update], 2);

    // Ended the moment they were answered, confirmed or not.
    talk.says("И свет погас, дом 3").await;
    let (card, data) = talk.world.telegram.button(ANNA, "Отправить");
    let update = talk.world.telegram.push(tap(card, &data));
    talk.world.telegram.until("they are answered", |state| state.sent.iter().any(|sent| sent.text.contains("26-2"))).await;
    bot.kill();
    let _bot = talk.world.process();
    talk.world.telegram.confirmed(update).await;
    assert_eq!(talk.world.platform.state().tickets.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_added_to_a_ticket_of_elsewhere_is_added_once() {
    let mut talk = Talk::new("ru").await;
    for name in ["p1", "p2", "p3"] {
        talk.world.telegram.state().files.insert(name.into(), name.as_bytes().to_vec());
    }
    // Written on the site: the chat knows no message of it.
    let ticket = Ticket { number: 1, address: ANNA.to_string(), external: Vec::new(), texts: vec!["Яма".into()], rating: None };
    talk.world.platform.state().tickets.push(ticket);
    talk.says("/tickets").await;
    talk.taps("№ 26-1").await;
    talk.taps("Дополнить").await;
    talk.world.platform.state().swallow = true;
    let photo =
        |file: &str, caption: &str| json!({"media_group_id": "album", "caption": caption, "photo": [{"file_id": file, "file_size": 2}]});
    let message = talk.world.telegram.next_message();
    let update = talk.world.telegram.push(json!({"message": private(ANNA, message, "ru", photo("p1", "Вот она"))}));
    talk.world.platform.until("it is stored", |state| state.tickets[0].texts.len() == 2).await;
    talk.world.kill().await;
    talk.world.start();
    talk.world.telegram.confirmed(update).await;
    let received = talk.world.platform.asked("receiveMessage");
    assert!(
        received.len() > 1 && received.iter().all(|one| one["externalId"] == format!("{ANNA}/{message}") && one["replyToken"] == "token1")
    );
    assert_eq!(talk.world.platform.state().tickets[0].texts, ["Яма", "Вот она"]);
    // The rest of the album, and a later wording, go to it as well.
    talk.sends(photo("p2", "")).await;
    talk.edits(message, "Вот она, у дома 3").await;
    let received = talk.world.platform.asked("receiveMessage");
    assert_eq!(received.last().unwrap()["edits"], format!("{ANNA}/{message}"));
    let state = talk.world.platform.state();
    assert_eq!((state.tickets.len(), state.tickets[0].texts.len()), (1, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialogue_survives_a_restart() {
    let mut talk = Talk::new("ru").await;
    talk.says("Лопнул асфальт у школы").await;
    talk.taps("Тема").await;
    talk.world.kill().await;
    talk.world.start();
    talk.taps("Дороги").await;
    talk.world.stop().await;
    talk.world.start();
    talk.taps("Отправить").await;
    let received = talk.world.platform.asked("receiveMessage");
    assert_eq!((&received[0]["text"], &received[0]["topicId"]), (&json!("Лопнул асфальт у школы"), &json!("topic-roads")));
    let ours = talk.world.telegram.last(ANNA).id;
    talk.world.kill().await;
    talk.world.start();
    talk.replies(ours, "И у садика").await;
    assert_eq!(talk.world.platform.state().tickets.len(), 1);
    assert_eq!(talk.world.platform.state().tickets[0].texts.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_platform_is_down_nothing_is_confirmed() {
    let talk = Talk::new("ru").await;
    talk.says("Упало дерево на детскую площадку").await;
    let (card, data) = talk.world.telegram.button(ANNA, "Отправить");
    talk.world.platform.state().down = true;
    let update = talk.world.telegram.push(tap(card, &data));
    talk.world.telegram.until("it is handed out", |state| state.handed_out.contains_key(&update)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(talk.world.telegram.state().offset <= update);
    talk.world.platform.state().down = false;
    talk.world.telegram.confirmed(update).await;
    assert_eq!(talk.world.platform.state().tickets.len(), 1);
    assert!(talk.world.platform.state().unreadable.is_empty(), "a platform that is down is nobody's fault");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_message_does_not_block_the_others() {
    let talk = Talk::new("ru").await;
    talk.world.platform.state().poison = Some("ядовитое".into());
    talk.says("Очень ядовитое сообщение").await;
    let (card, data) = talk.world.telegram.button(ANNA, "Отправить");
    let poison = talk.world.telegram.push(tap(card, &data));
    let other = private(701, talk.world.telegram.next_message(), "ru", json!({"text": "Обычное сообщение рядом"}));
    let other = talk.world.telegram.push(json!({"message": other}));
    talk.world.telegram.confirmed(other).await;
    let kept = talk.world.platform.state().unreadable.clone();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["externalId"], format!("update/{poison}"));
    // The tap alone would tell the administrators nothing.
    let kept: Value = serde_json::from_slice(&talk.world.platform.state().uploaded).unwrap();
    assert_eq!((&kept["draft"]["parts"][0][1], &kept["update"]["update_id"]), (&json!("Очень ядовитое сообщение"), &json!(poison)));
    assert_eq!(talk.world.telegram.state().sent.iter().filter(|sent| sent.chat == 701).count(), 1);
    assert!(talk.world.telegram.last(ANNA).text.contains("администраторам"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_is_answered_in_part_and_keeps_nobody_waiting() {
    let mut world = World::without_bot().await;
    let command = json!({"text": "/help", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]});
    for _ in 0..30 {
        world.telegram.push(json!({"message": private(ANNA, world.telegram.next_message(), "ru", command.clone())}));
    }
    let last = world.telegram.push(json!({"message": private(ANNA, world.telegram.next_message(), "ru", json!({"text": "Яма у дома 4"}))}));
    world.start();
    world.telegram.confirmed(last).await;
    let state = world.telegram.state();
    assert_eq!(state.sent.len(), 11);
    assert!(state.sent[10].text.contains("Яма у дома 4"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tapped_long_ago_catches_no_message() {
    let mut talk = Talk::new("ru").await;
    talk.says("Яма у дома 1").await;
    talk.taps("Отправить").await;
    let first = talk.world.telegram.last(ANNA).id;
    talk.says("Яма у дома 2").await;
    talk.taps("Отправить").await;
    talk.says("/tickets").await;
    talk.taps("№ 26-2").await;
    let adds = talk.world.telegram.button(ANNA, "Дополнить");
    // An explicit reply says more than the step, and ends it.
    talk.taps_data("Дополнить", adds.0, &adds.1).await;
    talk.replies(first, "И у дома 1а").await;
    talk.says("Ни о чём из этого").await;
    assert_eq!(talk.world.platform.state().tickets[0].texts.len(), 2);
    assert_eq!(talk.world.platform.state().tickets[1].texts.len(), 1);
    talk.says("/cancel").await;
    // Another command ends it.
    talk.taps_data("Дополнить", adds.0, &adds.1).await;
    talk.says("/help").await;
    talk.says("Снова новое").await;
    talk.says("/cancel").await;
    // An hour ends it.
    talk.taps_data("Дополнить", adds.0, &adds.1).await;
    talk.world.stop().await;
    let path = talk.world.settings.folder.join(format!("{ANNA}.json"));
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    kept["asked_at"] = (kept["asked_at"].as_u64().unwrap() - 3700).into();
    std::fs::write(&path, kept.to_string()).unwrap();
    talk.world.start();
    talk.says("И это новое").await;
    assert_eq!(talk.world.platform.asked("receiveMessage").len(), 3);
    talk.says("/cancel").await;
    // Within it, the next message is what was asked for.
    talk.taps_data("Дополнить", adds.0, &adds.1).await;
    talk.says("И у дома 2а").await;
    assert_eq!(talk.world.platform.state().tickets[1].texts, ["Яма у дома 2", "И у дома 2а"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_is_tried_again_stays_chosen() {
    let mut talk = Talk::new("ru").await;
    {
        let mut state = talk.world.platform.state();
        state.linked.insert(ANNA.to_string());
        state.ballots.insert(ANNA.to_string(), vec![0, 1]);
        state.voted = 3;
    }
    talk.says("/initiatives").await;
    talk.taps("дворах, 3").await;
    talk.world.platform.state().swallow = true;
    let (card, data) = talk.world.telegram.button(ANNA, "Дубы");
    let update = talk.world.telegram.push(tap(card, &data));
    talk.world.platform.until("the vote is stored", |state| state.ballots[&ANNA.to_string()] == [0, 1, 2]).await;
    talk.world.kill().await;
    talk.world.start();
    talk.world.telegram.confirmed(update).await;
    assert_eq!(talk.world.platform.state().ballots[&ANNA.to_string()], [0, 1, 2]);
    // The same button again takes it out.
    talk.taps("Дубы").await;
    assert_eq!(talk.world.platform.state().ballots[&ANNA.to_string()], [0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_does_not_wait_for_what_is_alike() {
    let mut talk = Talk::new("ru").await;
    talk.world.platform.state().forgetful = true;
    let began = std::time::Instant::now();
    talk.says("Не работает светофор на площади").await;
    assert!(began.elapsed() < Duration::from_millis(4500), "{:?}", began.elapsed());
    talk.taps("Отправить").await;
    assert_eq!(talk.world.platform.state().tickets[0].texts, ["Не работает светофор на площади"]);
    assert!(talk.world.platform.state().unreadable.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_moves_stays_where_it_was() {
    let mut talk = Talk::new("ru").await;
    let place = |latitude: f64, more: Value| {
        let mut location = json!({"latitude": latitude, "longitude": 37.61});
        merge(&mut location, more);
        json!({"location": location})
    };
    let message = talk.sends(place(55.75, json!({"live_period": 900}))).await;
    let moves = async |talk: &Talk, more: Value| {
        let mut content = place(55.80, more);
        merge(&mut content, json!({"edit_date": 1_790_000_100}));
        let update = talk.world.telegram.push(json!({"edited_message": private(ANNA, message, "ru", content)}));
        talk.world.telegram.confirmed(update).await;
    };
    let sent = talk.world.telegram.state().sent.len();
    moves(&talk, json!({"live_period": 900})).await;
    assert_eq!(talk.world.telegram.state().sent.len(), sent);
    talk.taps("Отправить").await;
    // The last one, when it is over, has no period.
    moves(&talk, json!({})).await;
    let received = talk.world.platform.asked("receiveMessage");
    assert_eq!(received.len(), 1);
    assert!(received[0]["text"].as_str().unwrap().contains("55.75000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_followed_only_where_they_say_so() {
    let mut talk = Talk::new("ru").await;
    talk.says("/start good").await;
    talk.taps("Нет, не нужно").await;
    assert!(talk.world.platform.asked("linkContact").is_empty());
    talk.says("/start good").await;
    talk.world.kill().await;
    talk.world.start();
    talk.taps("Да, связать").await;
    assert_eq!(talk.world.platform.asked("linkContact").len(), 1);
    assert!(talk.world.telegram.last(ANNA).text.contains("Анна Ким"));
    let kept = std::fs::read_to_string(talk.world.settings.folder.join(format!("{ANNA}.json"))).unwrap_or_default();
    assert!(!kept.contains("good"), "{kept}");
    // A link that somebody else sends does not take a linked chat over.
    talk.says("/start good").await;
    assert!(talk.world.telegram.last(ANNA).text.contains("/unlink"));
    assert!(talk.world.telegram.last(ANNA).buttons.is_empty());
    assert_eq!(talk.world.platform.asked("linkContact").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_closed_holds_nobody_up() {
    let mut talk = Talk::new("ru").await;
    talk.says("/start").await;
    talk.world.platform.state().linked.insert(ANNA.to_string());
    talk.taps("Инициативы").await;
    talk.taps("дворах, 1").await;
    talk.world.platform.state().closed.insert(ANNA.to_string());
    talk.taps("👍 Поддержать").await;
    assert!(talk.world.telegram.last(ANNA).text.contains("/link"));
    talk.says("/notifications").await;
    assert!(talk.world.telegram.last(ANNA).text.contains("больше не связана"));
    assert!(talk.world.platform.state().unreadable.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_had_is_named_and_the_rest_goes() {
    let mut talk = Talk::new("ru").await;
    for (file, status) in [("gone", 404), ("broken", 502)] {
        talk.world.telegram.state().files.insert(file.into(), vec![1]);
        talk.world.telegram.state().lost.insert(file.into(), status);
    }
    talk.says("Яма у дома 9").await;
    talk.sends(json!({"document": {"file_id": "gone", "file_name": "gone.txt", "file_size": 1}})).await;
    talk.taps("Отправить").await;
    let said = talk.world.telegram.last(ANNA).text;
    assert!(said.contains("26-1") && said.contains("gone.txt"), "{said}");
    // One that breaks again and again is put before the administrators; nobody else waits for it.
    talk.says("Яма у дома 10").await;
    talk.sends(json!({"document": {"file_id": "broken", "file_name": "broken.txt", "file_size": 1}})).await;
    talk.taps("Отправить").await;
    assert_eq!(talk.world.platform.state().unreadable.len(), 1);
    talk.says("/help").await;
    assert_eq!(talk.world.platform.state().tickets.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_messages_at_once_are_one_draft() {
    let mut talk = Talk::new("ru").await;
    let mut last = 0;
    let mut first = 0;
    for text in ["У подъезда нет света", "и дверь не закрывается"] {
        let message = talk.world.telegram.next_message();
        first = if first == 0 { message } else { first };
        last = talk.world.telegram.push(json!({"message": private(ANNA, message, "ru", json!({"text": text}))}));
    }
    talk.world.telegram.confirmed(last).await;
    talk.taps("Отправить").await;
    let received = talk.world.platform.asked("receiveMessage");
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["externalId"], format!("{ANNA}/{first}"));
    assert_eq!(received[0]["text"], "У подъезда нет света\n\nи дверь не закрывается");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_album_is_one_message() {
    let mut talk = Talk::new("ru").await;
    for name in ["p1", "p2", "p3", "p4"] {
        talk.world.telegram.state().files.insert(name.into(), name.as_bytes().to_vec());
    }
    let photo = |file: &str, album: &str| json!({"media_group_id": album, "photo": [{"file_id": file, "file_size": 2}]});
    // The rest of the album comes a moment later, as it does.
    let message = talk.world.telegram.next_message();
    let mut content = photo("p1", "album");
    merge(&mut content, json!({"caption": "Свалка у реки, четыре фотографии"}));
    talk.world.telegram.push(json!({"message": private(ANNA, message, "ru", content)}));
    tokio::time::sleep(Duration::from_millis(20)).await;
    let second = talk.world.telegram.next_message();
    let update = talk.world.telegram.push(json!({"message": private(ANNA, second, "ru", photo("p2", "album"))}));
    talk.world.telegram.confirmed(update).await;
    talk.taps("Отправить").await;
    let received = talk.world.platform.asked("receiveMessage");
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["attachmentIds"].as_array().unwrap().len(), 2);
    assert_eq!(received[0]["externalId"], format!("{ANNA}/{message}"));

    // A follow-up with an album is one message as well.
    let ours = talk.world.telegram.last(ANNA).id;
    let reply = json!({"reply_to_message": {"message_id": ours, "date": 1, "chat": {"id": ANNA, "type": "private"}, "from": {"id": BOT, "is_bot": true, "first_name": "x"}}});
    let mut last = 0;
    for file in ["p3", "p4"] {
        let mut content = photo(file, "second");
        merge(&mut content, reply.clone());
        last = talk.world.telegram.push(json!({"message": private(ANNA, talk.world.telegram.next_message(), "ru", content)}));
    }
    talk.world.telegram.confirmed(last).await;
    let received = talk.world.platform.asked("receiveMessage");
    assert_eq!(received.len(), 2);
    assert_eq!(received[1]["attachmentIds"].as_array().unwrap().len(), 2);
    assert_eq!(talk.world.platform.state().tickets.len(), 1);
}
