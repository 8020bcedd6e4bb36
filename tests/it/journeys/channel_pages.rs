//! Channels in a browser without scripts: linking Telegram, what becomes of answers, what bots could not do.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    support::{Person, TestApp, text_of},
};

/// What stands between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).unwrap_or_else(|| panic!("no {from:?} in {text}")).0
}

/// Everything that a bot says of itself.
async fn report(app: &TestApp, service: &Person, channel: &str, name: &str, state: &str, detail: &str) {
    let input = json!({ "channel": channel, "name": name, "state": state, "detail": detail, "received": 12_000, "ignored": 34 });
    app.must(Some(service), "reportChannel", input, "").await;
}

/// A message from a chat; number and id of its ticket.
async fn chat(app: &TestApp, service: &Person, address: &str, id: &str, text: &str) -> (String, String) {
    let input = json!({ "channel": "TELEGRAM", "externalId": id, "conversation": id, "text": text,
                        "sender": { "address": address, "name": "Анна", "verified": true } });
    let received = app.must(Some(service), "receiveMessage", input, "received { number ticketId }").await["received"].clone();
    (text_of(&received["number"]), text_of(&received["ticketId"]))
}

/// What waits for the bot in Telegram.
async fn claim(app: &TestApp, service: &Person) -> Vec<Value> {
    let input = json!({ "channel": "TELEGRAM" });
    let claimed = app.must(Some(service), "claimOutgoing", input, "messages { id kind ticketNumber attempts }").await;
    claimed["messages"].as_array().unwrap().clone()
}

async fn settle(app: &TestApp, service: &Person, message: &Value, outcome: &str, error: Option<&str>) {
    let input = json!({ "id": message["id"], "outcome": outcome, "error": error,
                        "externalId": (outcome == "SENT").then(|| format!("5:{}", text_of(&message["id"]))) });
    app.must(Some(service), "settleOutgoing", input, "").await;
}

/// The code of the link that the page shows.
async fn code(browser: &Browser) -> String {
    let page = browser.submit("/me/channels", &[]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    between(&page.text, "value=\"/start ", "\"").to_owned()
}

#[tokio::test]
async fn somebody_links_telegram_chooses_what_comes_there_and_unlinks_it() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (group, expert) = app.group(&admin, "roads").await;
    let (service, anna) = (app.service().await, app.citizen("Анна").await);
    let browser = app.browser_of(&anna);
    browser.get("/me/channels").await.says("Telegram is not linked yet").says(&anna.email()).says("Link Telegram");
    browser.get("/me/alerts").await.says("so nothing goes there");
    // As long as no bot has said what it is called there is only a code.
    browser.submit("/me/channels", &[]).await.says("not reachable just now").says("value=\"/start ");
    report(&app, &service, "TELEGRAM", "veche_bot", "OK", "").await;
    let made = browser.submit("/me/channels", &[]).await;
    made.says("https://t.me/veche_bot?start=").says("@veche_bot").says("<svg class=\"qr\"").says("It works once");
    let code = between(&made.text, "value=\"/start ", "\"");
    assert!(made.text.contains(&format!("https://t.me/veche_bot?start={code}\"")), "the button carries the code that is shown");
    assert!(!browser.get("/me/channels").await.text.contains(code), "it is shown once");
    let input = json!({ "channel": "TELEGRAM", "address": "77155501", "name": "Анна К.", "code": code });
    app.must(Some(&service), "linkContact", input.clone(), "").await;
    assert_eq!(app.refused(Some(&service), "linkContact", input).await, "INVALID_CODE");

    let linked = browser.get("/me/channels").await;
    linked.says("Анна К.").says("Link another Telegram").says("Unlink");
    assert!(!linked.text.contains("not linked yet"));
    assert!(!browser.get("/me/alerts").await.text.contains("so nothing goes there"));
    let saved = browser.untick("/me/alerts", "TICKET_MERGED.TELEGRAM").await;
    assert_eq!(saved.path, "/me/alerts");
    let wishes = browser.ask("{ notificationPreferences { kind channel enabled } }").await["notificationPreferences"].clone();
    let telegram = |kind: &str| {
        let mut wishes = wishes.as_array().unwrap().iter().filter(|w| w["channel"] == "TELEGRAM");
        wishes.find(|w| w["kind"] == kind).unwrap()["enabled"].clone()
    };
    assert_eq!((telegram("TICKET_MERGED"), telegram("TICKET_ANSWERED")), (json!(false), json!(true)));

    // What she writes from the chat is hers, and the answer goes there.
    let (number, ticket) = chat(&app, &service, "77155501", "m1", "Не горит фонарь у школы на Садовой.").await;
    app.must(Some(&expert), "routeTicket", json!({ "ticketId": ticket, "groupId": group }), "").await;
    app.must(Some(&expert), "replyToTicket", json!({ "ticketId": ticket, "text": "Починим завтра." }), "").await;
    app.run_jobs().await;
    let page = format!("/tickets/{number}");
    browser.get(&page).await.says("Waits to be sent to Telegram").says("#plane\"");
    let waiting = claim(&app, &service).await;
    let answer = waiting.iter().find(|m| m["kind"] == "TICKET_ANSWERED").unwrap();
    settle(&app, &service, answer, "SENT", None).await;
    browser.get(&page).await.says("Sent to Telegram");

    let id = between(&linked.text, "name=\"contactId\" value=\"", "\"").to_owned();
    // Nobody takes away what is another's.
    let boris = app.browser_of(&app.citizen("Борис").await);
    let theirs = self::code(&boris).await;
    app.must(Some(&service), "linkContact", json!({ "channel": "TELEGRAM", "address": "77255501", "name": "B", "code": theirs }), "").await;
    assert_eq!(boris.submit("/me/channels", &[("contactId", &id)]).await.status, 422);
    browser.get("/me/channels").await.says("Анна К.");
    let removed = browser.submit("/me/channels", &[("contactId", &id)]).await;
    assert_eq!(removed.path, "/me/channels");
    removed.says("the address is unlinked").says("Telegram is not linked yet");
    assert!(app.browser().get("/me/channels").await.path.starts_with("/login"));
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn an_administrator_sees_what_bots_could_not_do_and_tries_again() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (group, expert) = app.group(&admin, "roads").await;
    let service = app.service().await;
    let browser = app.browser_of(&admin);
    let page = browser.get("/admin/channels").await;
    page.says("No bots yet").says("docs/OPERATIONS.md");
    page.says("Mailbox that the bot reads").says("none: no messages come from a mailbox").says("mail.reply_to");
    report(&app, &service, "EMAIL", "inbox@example.org", "OK", "").await;
    report(&app, &service, "TELEGRAM", "veche_bot", "FAILING", "401 Unauthorized").await;
    let page = browser.get("/admin/channels").await;
    page.says("inbox@example.org").says("#check\"/></svg> Works").says("#warn\"/></svg> Fails").says("401 Unauthorized").says("12,000");
    page.says("check the bot&#39;s token");
    browser.get("/admin").await.says("One bot is in trouble");

    // An answer that a closed chat refuses.
    let (number, ticket) = chat(&app, &service, "77155501", "m1", "Не горит фонарь у школы на Садовой.").await;
    app.must(Some(&expert), "routeTicket", json!({ "ticketId": ticket, "groupId": group }), "").await;
    app.must(Some(&expert), "replyToTicket", json!({ "ticketId": ticket, "text": "Починим завтра." }), "").await;
    app.run_jobs().await;
    let answer = claim(&app, &service).await.into_iter().find(|m| m["kind"] == "TICKET_ANSWERED").unwrap();
    settle(&app, &service, &answer, "FAILED", Some("Forbidden: bot was blocked by the user")).await;
    browser.get("/admin").await.says("One notification did not arrive");
    let work = app.browser_of(&expert).get(&format!("/queue/tickets/{number}")).await;
    work.says("Not delivered (Telegram): Forbidden: bot was blocked by the user");
    let list = browser.get("/admin/channels/failed").await;
    list.says("bot was blocked by the user").says(&number).says("A report was answered");
    assert!(!list.text.contains("77155501"), "no addresses");
    let none = browser.submit("/admin/channels/failed", &[("ids", "")]).await;
    assert_eq!(none.status, 422);
    none.says("Tick at least one line");
    let id = between(&list.text, "name=\"ids\" value=\"", "\"");
    let again = browser.submit("/admin/channels/failed", &[("ids", id)]).await;
    again.says("They are being sent again").says("Everything was delivered");
    let retried = claim(&app, &service).await.into_iter().find(|m| m["id"] == answer["id"]).expect("it waits again");
    settle(&app, &service, &retried, "SENT", None).await;
    app.browser_of(&expert).get(&format!("/queue/tickets/{number}")).await.says("Sent to Telegram");

    // A message that nobody could read.
    let raw = b"From: <script>\r\nContent-Type: x\0\r\n\r\n<script>alert(1)</script>";
    let kept = json!({ "channel": "EMAIL", "externalId": "broken@example.org", "reason": "more than 1000 parts", "content": STANDARD.encode(raw) });
    app.must(Some(&service), "keepUnreadableMessage", kept, "").await;
    browser.get("/admin").await.says("One message could not be read");
    app.run_jobs().await;
    let inbox = browser.get("/me/notifications").await;
    inbox.says("A message came that could not be read").says("more than 1000 parts");
    let link = format!("/node/{}", between(&inbox.text, "href=\"/node/", "\""));
    assert_eq!(browser.get(&link).await.path, "/admin/channels/unreadable");
    let list = browser.get("/admin/channels/unreadable").await;
    list.says("more than 1000 parts");
    let file = between(&list.text, "<td><a href=\"", "\"").to_owned();
    let got = app.http.get(app.url(&file)).header("cookie", format!("veche_session={}", admin.token)).send().await.unwrap();
    let header = |name: &str| got.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    assert_eq!((got.status().as_u16(), header("x-content-type-options").as_str()), (200, "nosniff"));
    assert!(header("content-disposition").starts_with("attachment"), "{:?}", got.headers());
    assert!(
        header("content-security-policy").contains("sandbox") && !header("content-type").starts_with("text/html"),
        "{:?}",
        got.headers()
    );
    assert_eq!(got.bytes().await.unwrap().as_ref(), raw);
    for who in [app.browser_of(&expert), app.browser()] {
        assert!([401, 403, 404].contains(&who.get(&file).await.status) || who.get(&file).await.path.starts_with("/login"), "{file}");
    }
    let id = between(&list.text, "name=\"ids\" value=\"", "\"");
    browser.submit("/admin/channels/unreadable", &[("ids", id)]).await.says("Marked as seen").says("Everything was read");
    browser.get("/admin/channels/unreadable?all=1").await.says("more than 1000 parts").says("seen");

    // Several at once, and all that are shown.
    for n in 0..3 {
        let kept =
            json!({ "channel": "EMAIL", "externalId": format!("{n}@example.org"), "reason": "too deep", "content": STANDARD.encode(raw) });
        app.must(Some(&service), "keepUnreadableMessage", kept, "").await;
    }
    let list = browser.get("/admin/channels/unreadable").await;
    let ids: Vec<&str> = list.text.split("name=\"ids\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    browser.submit("/admin/channels/unreadable", &[("ids", ids[0]), ("ids", ids[1])]).await.says("Marked as seen").says("too deep");
    browser.submit("/admin/channels/unreadable", &[("all", "1"), ("shown", ids[2])]).await.says("Everything was read");

    // Whoever gives no sign has fallen silent, whatever it said last.
    app.advance(1).await;
    let page = browser.get("/admin/channels").await;
    page.says("#clock\"/></svg> Silent");
    assert!(!page.text.contains("</svg> Works"));
    for path in ["/admin/channels", "/admin/channels/failed", "/admin/channels/unreadable"] {
        assert_eq!(app.browser_of(&expert).get(path).await.status, 403, "{path}");
    }
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_conversation_shows_where_it_came_from_and_what_to_beware_of() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (group, expert) = app.group(&admin, "roads").await;
    let service = app.service().await;
    let file = |name: &str, content: &[u8]| json!({ "name": name, "contentType": "application/octet-stream", "content": STANDARD.encode(content) });
    let input = json!({
        "channel": "EMAIL", "externalId": "a@example.org", "sender": { "address": "anna@example.org", "verified": false },
        "text": "Не горит фонарь\u{202e} у школы.", "quotation": "> Здравствуйте, мы получили письмо", "replyToken": "forged",
        "attachments": [file("photo.png", b"\x89PNG\r\n\x1a\n0"), file("notes.txt", b"notes"), file("run.exe", b"MZ\x90\0")],
    });
    let select = "received { number ticketId articleId secret refusedFiles { name reason } }";
    let received = app.must(Some(&service), "receiveMessage", input, select).await["received"].clone();
    assert_eq!(received["refusedFiles"], json!([{ "name": "run.exe", "reason": "EXECUTABLE" }]));
    app.must(Some(&expert), "routeTicket", json!({ "ticketId": received["ticketId"], "groupId": group }), "").await;
    let edit = json!({ "channel": "EMAIL", "externalId": "b@example.org", "edits": "a@example.org", "text": "Не горит фонарь у школы № 5.",
                       "conversation": "a@example.org", "references": ["a@example.org"], "sender": { "address": "anna@example.org" } });
    app.must(Some(&service), "receiveMessage", edit, "").await;
    sqlx::query("update attachments set quarantine = 'Eicar' where name = 'notes.txt'").execute(app.db()).await.unwrap();
    app.run_jobs().await;

    let (number, secret) = (text_of(&received["number"]), text_of(&received["secret"]));
    let warnings = ["Nothing proves that this mail", "The mail carries a wrong code", "invisible characters"];
    let work = app.browser_of(&expert).get(&format!("/queue/tickets/{number}")).await;
    let own = app.browser().get(&format!("/tickets/{number}?secret={secret}")).await;
    for page in [&work, &own] {
        page.says("#mail\"/></svg>").says("<blockquote class=\"text\">&#62; Здравствуйте").says("reworded by its author");
        page.says("The file “run.exe” was not kept:").says("it is a program").says("photo.png").says("A virus was found in this file");
        let item = page.text.split("notes.txt").next().unwrap().rsplit("<li>").next().unwrap();
        assert!(!item.contains("<a"), "it is named, not linked: {item}");
    }
    for warning in warnings {
        work.says(warning);
        assert!(!own.text.contains(warning), "{warning}");
    }
    // The acknowledgement went by mail; the answer does, too, and the author is told so.
    app.must(Some(&expert), "replyToTicket", json!({ "ticketId": received["ticketId"], "text": "Починим завтра." }), "").await;
    app.run_jobs().await;
    let own = app.browser().get(&format!("/tickets/{number}?secret={secret}")).await;
    own.says("Sent by mail");
    // One that came back is told to experts with the reason, to the author with what to do.
    sqlx::query(
        "update deliveries set state = 'FAILED', failed_at = veche_now(), error = '550 5.1.1 no such user' where kind = 'ticket-answered'",
    )
    .execute(app.db())
    .await
    .unwrap();
    let own = app.browser().get(&format!("/tickets/{number}?secret={secret}")).await;
    own.says("The mail did not arrive");
    assert!(!own.text.contains("550"));
    app.browser_of(&expert).get(&format!("/queue/tickets/{number}")).await.says("550 5.1.1 no such user");
    // Nobody else hears of it where everybody may read the ticket.
    sqlx::query("update tickets set public = true where number = $1").bind(&number).execute(app.db()).await.unwrap();
    let stranger = app.browser().get(&format!("/tickets/{number}")).await;
    assert_eq!(stranger.status, 200);
    assert!(!stranger.text.contains("did not arrive") && !stranger.text.contains("Здравствуйте, мы получили"));
    app.finish().await;
}
