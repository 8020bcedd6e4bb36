//! What is around the conversations: groups, pauses, chats that are closed, how the bot is, and the way in by webhook.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    World, merge, person, private,
    talks::{ANNA, Talk},
    tap,
    telegram::{BOT, TOKEN},
};

#[tokio::test(flavor = "multi_thread")]
async fn in_groups_it_answers_only_who_speaks_to_it() {
    let world = World::new().await;
    let group = |content: Value| {
        let mut message = json!({"message_id": world.telegram.next_message(), "date": 1, "from": person(ANNA, "ru"),
            "chat": {"id": -1001, "type": "supergroup", "title": "Двор"}});
        merge(&mut message, content);
        json!({"message": message})
    };
    let command = |text: &str, length: usize| json!({"text": text, "entities": [{"type": "bot_command", "offset": 0, "length": length}]});
    let to_nobody = [
        json!({"text": "Кто видел ключи?"}),
        json!({"text": "@other_bot привет", "entities": [{"type": "mention", "offset": 0, "length": 10}]}),
        command("/start@other_bot", 16),
        command("/weather", 8),
        json!({"text": "да", "reply_to_message": {"message_id": 1, "date": 1, "chat": {"id": -1001, "type": "supergroup"}, "from": {"id": 9, "is_bot": false, "first_name": "x"}}}),
        json!({"new_chat_members": [{"id": 9, "is_bot": false, "first_name": "x"}]}),
        json!({"migrate_to_chat_id": -1002}),
    ];
    let to_us = [
        json!({"text": "@Veche_bot яма", "entities": [{"type": "mention", "offset": 0, "length": 10}]}),
        command("/help@veche_bot", 15),
        command("/help", 5),
        json!({"text": "а?", "reply_to_message": {"message_id": 1, "date": 1, "chat": {"id": -1001, "type": "supergroup"}, "from": {"id": BOT, "is_bot": true, "first_name": "x"}}}),
    ];
    let mut last = 0;
    for content in to_nobody {
        last = world.telegram.push(group(content));
    }
    last = last.max(world.telegram.push(
        json!({"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -1003, "type": "channel", "title": "x"}, "text": "Новости"}}),
    ));
    world.telegram.confirmed(last).await;
    assert!(world.telegram.state().sent.is_empty());
    let asked = to_us.len();
    for content in to_us {
        last = world.telegram.push(group(content));
    }
    world.telegram.confirmed(last).await;
    let state = world.telegram.state();
    assert_eq!(state.sent.len(), asked);
    assert!(state.sent.iter().all(|sent| sent.chat == -1001 && sent.reply_to.is_some() && sent.text.contains("https://t.me/veche_bot")));
    drop(state);
    assert!(world.platform.asked("receiveMessage").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_that_telegram_asks_for_are_kept() {
    let mut talk = Talk::new("ru").await;
    talk.world.telegram.state().floods.insert("sendmessage".into(), (2, 1));
    talk.says("Скользко на мосту").await;
    let calls: Vec<_> = talk.world.telegram.state().calls.iter().filter(|(name, ..)| name == "sendmessage").map(|(_, at, _)| *at).collect();
    assert_eq!(calls.len(), 3);
    assert!(calls.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(1)), "{calls:?}");
    talk.taps("Отправить").await;
    assert_eq!(talk.world.platform.state().tickets.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_bot_and_a_deleted_message_stop_nothing() {
    let talk = Talk::new("ru").await;
    talk.says("Сломан лифт, дом 8").await;
    let (card, data) = talk.world.telegram.button(ANNA, "Отправить");
    // The card was deleted in the app: the answer comes all the same.
    talk.world.telegram.state().deleted.insert(card);
    let update = talk.world.telegram.push(tap(card, &data));
    talk.world.telegram.confirmed(update).await;
    assert!(talk.world.telegram.last(ANNA).text.contains("26-1"));
    talk.world.telegram.state().blocked.insert(ANNA);
    talk.says("/start").await;
    let sent = talk.world.telegram.state().sent.len();
    talk.says("/help").await;
    assert_eq!(talk.world.telegram.state().sent.len(), sent);
    assert!(talk.world.platform.state().unreadable.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_how_it_is_and_never_the_token() {
    let mut world = World::without_bot().await;
    world.settings.token = TOKEN.replace("SECRET-SECRET", "WRONG!-WRONG!");
    world.start();
    world
        .platform
        .until("a report of failing", |state| {
            state.asked.iter().any(|(name, variables)| name == "reportChannel" && variables["input"]["state"] == "FAILING")
        })
        .await;
    let reports = serde_json::to_string(&world.platform.asked("reportChannel")).unwrap();
    assert!(!reports.contains("WRONG!") && reports.contains("token") && reports.contains("bot 4242"), "{reports}");
    world.stop().await;
    world.settings.token = TOKEN.into();
    world.start();
    world
        .platform
        .until("a good report", |state| {
            state.asked.iter().any(|(name, variables)| {
                name == "reportChannel" && variables["input"]["state"] == "OK" && variables["input"]["name"] == "veche_bot"
            })
        })
        .await;
    // Its name is that of the links to it, and stays while Telegram lets nobody in.
    world.stop().await;
    world.platform.state().asked.clear();
    world.settings.token = TOKEN.replace("SECRET-SECRET", "WRONG!-WRONG!");
    world.start();
    world.platform.until("a report", |state| state.asked.iter().any(|(name, _)| name == "reportChannel")).await;
    let reports = world.platform.asked("reportChannel");
    assert!(reports.iter().all(|report| report["name"] == "veche_bot" && report["state"] == "FAILING"), "{reports:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_needs_the_secret() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let mut world = World::without_bot().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.settings.webhook_listen = port.to_string();
    world.settings.webhook_url = "https://veche.example.org/telegram".into();
    world.settings.webhook_secret = "right-secret".into();
    world.start();
    world.platform.until("the bot is there", |state| state.asked.iter().any(|(name, _)| name == "reportChannel")).await;
    let call = async |secret: &str, body: &str| {
        let mut stream = loop {
            match tokio::net::TcpStream::connect(port).await {
                Ok(stream) => break stream,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let request = format!(
            "POST /telegram HTTP/1.1\r\nhost: x\r\nX-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().to_owned()
    };
    let update = json!({"update_id": 1, "message": private(ANNA, 5, "ru", json!({"text": "Нет воды с утра"}))}).to_string();
    assert_eq!(call("wrong-secret", &update).await, "401");
    assert_eq!(call("", &update).await, "401");
    assert!(world.telegram.state().sent.is_empty());
    assert_eq!(call("right-secret", "{").await, "400");
    assert_eq!(call("right-secret", &update).await, "200");
    assert!(world.telegram.last(ANNA).text.contains("Нет воды"));
    let told = world.telegram.state().calls.iter().find(|(name, ..)| name == "setwebhook").unwrap().2.clone();
    assert_eq!(told["secret_token"], "right-secret");

    // Many commands of one person at once are answered in part: Telegram calls no more while all of its calls wait.
    world.telegram.state().slow = Duration::from_millis(200);
    let help = json!({"text": "/help", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]});
    let bodies: Vec<String> =
        (0..40).map(|n| json!({"update_id": 10 + n, "message": private(702, 10 + n, "ru", help.clone())}).to_string()).collect();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| call("right-secret", body))).await;
    assert!(answers.iter().all(|status| status == "200"));
    let sent = world.telegram.state().sent.iter().filter(|sent| sent.chat == 702).count();
    assert!((5..20).contains(&sent), "{sent}");
}
