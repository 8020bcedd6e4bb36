//! What the platform has to say reaches people, once, as a reply, with a rating in one tap.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    World,
    talks::{ANNA, Talk},
};

fn outgoing(id: &str, address: &str, locale: &str, reply_to: Option<String>, body: &str) -> Value {
    json!({"id": id, "channel": "TELEGRAM", "address": address, "locale": locale.to_uppercase(), "kind": "TICKET_ANSWERED", "title": "Ответ на обращение № 26-1",
        "body": body, "link": "https://veche.example.org/tickets/26-1?secret=s1", "subjectId": "T1", "ticketNumber": "26-1", "secret": "s1",
        "replyToken": "token1", "replyTo": reply_to, "rateable": true, "attempts": 1})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_a_reply_and_is_rated_in_one_tap() {
    for language in ["ru", "en"] {
        let mut talk = Talk::new(language).await;
        let message = talk.says("Яма у дома 7").await;
        talk.taps(if language == "ru" { "Отправить" } else { "Send" }).await;
        talk.world.platform.state().outgoing.push_back(outgoing(
            "D1",
            &ANNA.to_string(),
            language,
            Some(format!("{ANNA}/{message}")),
            "Засыпали <вчера> & проверили.",
        ));
        talk.world.platform.until("it is settled", |state| state.settled.len() == 1).await;
        let answer = talk.world.telegram.last(ANNA);
        assert_eq!(answer.reply_to, Some(message));
        assert!(answer.text.contains("Засыпали <вчера> & проверили."));
        assert_eq!(talk.world.platform.state().settled[0]["externalId"], format!("{ANNA}/{}", answer.id));
        talk.taps("4 ⭐").await;
        talk.replies(answer.id, "Спасибо!").await;
        talk.is("answer");
        let rated = talk.world.platform.asked("rateAnswer");
        assert_eq!((&rated[0]["rating"], &rated[0]["secret"], &rated[0]["ticketId"]), (&json!(4), &json!("s1"), &json!("T1")));
        assert_eq!(talk.world.platform.state().tickets[0].texts, ["Яма у дома 7", "Спасибо!"]);

        // Claimed again, since the platform did not hear that it was sent: it is not sent again.
        talk.world.platform.state().outgoing.push_back(outgoing("D1", &ANNA.to_string(), language, None, "Засыпали"));
        let sent = talk.world.telegram.state().sent.len();
        talk.world.platform.until("it is settled again", |state| state.settled.len() == 2).await;
        assert_eq!(talk.world.telegram.state().sent.len(), sent);
        assert_eq!(talk.world.platform.state().settled[1]["externalId"], format!("{ANNA}/{}", answer.id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_carried_is_said() {
    let talk = Talk::new("ru").await;
    talk.world.telegram.state().blocked.insert(801);
    talk.world.telegram.state().floods.insert("sendmessage".into(), (1, 3000));
    {
        let mut state = talk.world.platform.state();
        state.outgoing.push_back(outgoing("D0", &ANNA.to_string(), "ru", None, "Позже"));
    }
    talk.world.platform.until("the first is settled", |state| state.settled.len() == 1).await;
    {
        let mut state = talk.world.platform.state();
        state.outgoing.push_back(outgoing("D1", "801", "ru", None, "Не дойдёт"));
        state.outgoing.push_back(outgoing("D2", "no chat", "ru", None, "Некуда"));
        state.outgoing.push_back(outgoing("D3", "802", "ru", None, &"Длинный ответ. ".repeat(700)));
    }
    talk.world.platform.until("all are settled", |state| state.settled.len() == 4).await;
    let settled = talk.world.platform.state().settled.clone();
    let of = |id: &str| settled.iter().find(|settled| settled["id"] == id).unwrap().clone();
    assert_eq!((of("D0")["outcome"].clone(), of("D0")["retryAfterSeconds"].clone()), (json!("RETRY"), json!(3000)));
    assert_eq!(of("D1")["outcome"], "FAILED");
    assert!(of("D1")["error"].as_str().unwrap().contains("blocked"));
    assert_eq!(of("D2")["outcome"], "FAILED");
    assert_eq!(of("D3")["outcome"], "SENT");
    let parts: Vec<_> = talk.world.telegram.state().sent.iter().filter(|sent| sent.chat == 802).cloned().collect();
    assert_eq!(parts.len(), 3);
    assert!(parts[..2].iter().all(|part| part.buttons.is_empty()) && !parts[2].buttons.is_empty());

    // Whoever shuts the bot out after a message was carried did get it.
    let update = talk.world.telegram.push(json!({"my_chat_member": {"chat": {"id": 802, "type": "private"}, "from": {"id": 802, "is_bot": false, "first_name": "x"},
        "date": 1, "old_chat_member": {"status": "member", "user": {"id": 1}}, "new_chat_member": {"status": "kicked", "user": {"id": 1}}}}));
    talk.world.telegram.confirmed(update).await;
    assert!(talk.world.platform.asked("reportBounce").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_answer_goes_on_where_it_stopped() {
    let talk = Talk::new("ru").await;
    let long = outgoing("D1", &ANNA.to_string(), "ru", None, &"Длинный ответ. ".repeat(700));
    talk.world.telegram.state().flood_after = Some((1, 3000));
    talk.world.platform.state().outgoing.push_back(long.clone());
    talk.world.platform.until("the first try is settled", |state| state.settled.len() == 1).await;
    assert_eq!(talk.world.platform.state().settled[0]["outcome"], "RETRY");
    assert_eq!(talk.world.telegram.state().sent.len(), 1);
    talk.world.platform.state().outgoing.push_back(long);
    talk.world.platform.until("the second try is settled", |state| state.settled.len() == 2).await;
    assert_eq!(talk.world.platform.state().settled[1]["outcome"], "SENT");
    let state = talk.world.telegram.state();
    assert_eq!(state.sent.len(), 3);
    assert_eq!(state.sent.iter().map(|sent| sent.text.matches("Длинный").count()).sum::<usize>(), 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_when_the_bot_stops_is_sent_once() {
    let mut talk = Talk::new("ru").await;
    talk.world.telegram.state().slow = Duration::from_secs(1);
    talk.world.platform.state().outgoing.push_back(outgoing("D1", &ANNA.to_string(), "ru", None, "Засыпали"));
    talk.world.telegram.until("it is on its way", |state| !state.sent.is_empty()).await;
    talk.world.stop().await;
    let state = talk.world.platform.state();
    assert_eq!((state.settled.len(), &state.settled[0]["outcome"]), (1, &json!("SENT")));
}

#[tokio::test(flavor = "multi_thread")]
async fn votes_of_others_are_edited_in_place() {
    let mut world = World::without_bot().await;
    world.settings.tally_seconds = 1;
    let mut talk = Talk::of(world.started(), "ru");
    talk.says("/initiatives").await;
    talk.taps("дворах, 1").await;
    let card = talk.world.telegram.last(ANNA);
    assert!(card.text.contains("41 из 100"), "{}", card.text);
    for votes in [55, 77] {
        talk.world.platform.state().other_votes = votes;
        talk.world
            .telegram
            .until("the votes are renewed", |state| {
                state.sent.iter().any(|sent| sent.id == card.id && sent.text.contains(&format!("{votes} из 100")))
            })
            .await;
    }
    // What does not change is not edited again.
    let edits = || talk.world.telegram.state().calls.iter().filter(|(name, ..)| name == "editmessagetext").count();
    let before = edits();
    tokio::time::sleep(Duration::from_millis(2200)).await;
    assert_eq!(edits(), before);
}
