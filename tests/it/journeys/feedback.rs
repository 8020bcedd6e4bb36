use serde_json::{Value, json};

use crate::support::{Person, TestApp, text_of};

const TICKET: &str = "query($number: String!, $secret: String) { ticket(number: $number, secret: $secret) {
    id number state subject rating sender { address name } operator { name } mergedInto { number }
    articles(first: 50) { totalCount nodes { direction body mine } } } }";

async fn read(app: &TestApp, who: Option<&Person>, number: &str, secret: Option<&str>) -> Value {
    app.query(who, TICKET, json!({ "number": number, "secret": secret })).await["ticket"].clone()
}

fn bodies(ticket: &Value) -> Vec<(String, String)> {
    ticket["articles"]["nodes"].as_array().unwrap().iter().map(|a| (text_of(&a["direction"]), text_of(&a["body"]))).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[tokio::test]
async fn somebody_without_an_account_writes_is_answered_and_writes_again() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (group, expert) = app.group(&admin, "housing").await;
    let (_, other_expert) = app.group(&admin, "parks").await;
    let input =
        json!({ "channel": "WEB", "text": "Не работает лифт в пятом доме.", "sender": { "name": "Анна", "address": "anna@example.org" } });
    let sent = app.must(None, "submitFeedback", input, "submitted { number secret link ticket { id } }").await["submitted"].clone();
    let (number, secret, ticket) = (text_of(&sent["number"]), text_of(&sent["secret"]), text_of(&sent["ticket"]["id"]));
    app.run_jobs().await;
    let mails = app.mails_to("anna@example.org");
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.contains(&number) && mails[0].body.contains(&text_of(&sent["link"])), "{}", mails[0].body);

    // Only the secret opens it.
    for wrong in [None, Some("wrong"), Some("")] {
        assert_eq!(read(&app, None, &number, wrong).await, Value::Null);
    }
    assert_eq!(bodies(&read(&app, None, &number, Some(&secret)).await), pairs(&[("IN", "Не работает лифт в пятом доме.")]));
    assert_eq!(app.query(None, "{ tickets { totalCount } }", json!({})).await["tickets"]["totalCount"], 0);

    // The page of the link: it shows what people write, and never as its own code.
    let browser = app.browser();
    let path = format!("/tickets/{number}?secret={secret}");
    assert_eq!(text_of(&sent["link"]), app.url(&path));
    let evil = "<script>alert(1)</script> & третий день";
    assert_eq!(browser.get(&format!("/tickets/{number}")).await.status, 404);
    assert_eq!(browser.get(&format!("/tickets/{number}?secret=x")).await.status, 404);
    assert_eq!(app.http.post(app.url(&path)).body("text=x").send().await.unwrap().status(), 403, "without the form's token");
    assert_eq!(browser.submit(&path, &[("text", "")]).await.status, 422);
    let page = browser.submit(&path, &[("text", evil)]).await;
    assert_eq!((page.status, page.path.as_str()), (200, path.as_str()));
    page.says("alert(1)").says("третий день").says("Не работает лифт");
    assert!(!page.text.contains("<script>"), "{}", page.text);

    // An expert of the right group answers; the answer goes to the address, which only they may see.
    app.run_jobs().await;
    app.must(Some(&admin), "routeTicket", json!({ "ticketId": ticket, "groupId": group }), "").await;
    let reply = json!({ "ticketId": ticket, "text": "Лифт запущен сегодня утром." });
    assert_eq!(app.refused(Some(&other_expert), "replyToTicket", reply.clone()).await, "NOT_ALLOWED");
    assert_eq!(read(&app, Some(&other_expert), &number, None).await["sender"], Value::Null);
    assert_eq!(read(&app, Some(&expert), &number, None).await["sender"], json!({ "address": "anna@example.org", "name": "Анна" }));
    let rate = json!({ "ticketId": ticket, "rating": 5, "secret": secret });
    assert_eq!(app.refused(None, "rateAnswer", rate.clone()).await, "WRONG_STATE");
    app.must(Some(&expert), "replyToTicket", json!({ "ticketId": ticket, "text": "Спросить Петра.", "note": true }), "").await;
    let answered = app.must(Some(&expert), "replyToTicket", reply, "ticket { state answeredAt }").await;
    assert_eq!(answered["ticket"]["state"], "ANSWERED");
    app.run_jobs().await;
    let mails = app.mails_to("anna@example.org");
    assert_eq!(mails.len(), 2);
    assert!(mails[1].body.contains("Лифт запущен сегодня утром.") && mails[1].body.contains(&secret), "{}", mails[1].body);
    assert!(!mails[1].body.contains("Петра"));
    let seen = read(&app, None, &number, Some(&secret)).await;
    assert_eq!(bodies(&seen), pairs(&[("IN", "Не работает лифт в пятом доме."), ("IN", evil), ("OUT", "Лифт запущен сегодня утром.")]));
    assert_eq!(read(&app, Some(&expert), &number, None).await["articles"]["totalCount"], 4);
    assert_eq!(seen["sender"], Value::Null);

    // Not solved after all.
    let again = json!({ "ticketId": ticket, "text": "Опять стоит.", "secret": secret });
    assert_eq!(app.refused(Some(&admin), "rateAnswer", json!({ "ticketId": ticket, "rating": 1 })).await, "NOT_FOUND");
    let reopened = app.must(None, "replyToTicket", again, "ticket { state }").await;
    assert_eq!(reopened["ticket"]["state"], "REOPENED");
    app.must(Some(&expert), "replyToTicket", json!({ "ticketId": ticket, "text": "Заменили двигатель." }), "").await;
    assert_eq!(app.refused(None, "rateAnswer", json!({ "ticketId": ticket, "rating": 6, "secret": secret })).await, "OUT_OF_RANGE");
    let rated = app.must(None, "rateAnswer", rate.clone(), "ticket { rating }").await;
    assert_eq!(rated["ticket"]["rating"], 5);
    assert_eq!(app.refused(None, "rateAnswer", rate).await, "ALREADY_EXISTS");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_bot_brings_each_message_once_and_a_conversation_is_one_ticket() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let service = app.service().await;
    let message = |id: &str, text: &str| {
        json!({ "channel": "EMAIL", "externalId": id, "conversation": "1@mail.example.org", "subject": "Фонари", "text": text,
                "sender": { "name": "Борис", "address": "boris@example.org" } })
    };
    const RECEIVED: &str = "received { number ticketId articleId stored followUp }";
    let receive =
        async |id: &str, text: &str| app.must(Some(&service), "receiveMessage", message(id, text), RECEIVED).await["received"].clone();
    let first = receive("1@mail.example.org", "Фонари у школы не горят.").await;
    assert_eq!((&first["stored"], &first["followUp"]), (&json!(true), &json!(false)));
    let again = receive("1@mail.example.org", "Фонари у школы не горят.").await;
    assert_eq!((&again["stored"], &again["articleId"], &again["number"]), (&json!(false), &first["articleId"], &first["number"]));
    // Also when the bot asks many times at once.
    let same = futures_util::future::join_all((0..8).map(|_| receive("2@mail.example.org", "И у детского сада тоже."))).await;
    assert_eq!(same.iter().filter(|r| r["stored"] == true).count(), 1);
    assert!(same.iter().all(|r| r["number"] == first["number"]));
    let number = text_of(&first["number"]);
    let ticket = read(&app, Some(&admin), &number, None).await;
    assert_eq!(bodies(&ticket), pairs(&[("IN", "Фонари у школы не горят."), ("IN", "И у детского сада тоже.")]));
    assert_eq!(app.forbidden(Some(&app.citizen("Gleb").await), "receiveMessage", message("3", "Привет")).await, "FORBIDDEN");

    app.run_jobs().await;
    app.must(Some(&admin), "replyToTicket", json!({ "ticketId": first["ticketId"], "text": "Починили." }), "").await;
    app.run_jobs().await;
    let mails = app.mails_to("boris@example.org");
    assert_eq!(mails.len(), 2, "a confirmation and an answer");
    assert!(mails[1].body.contains("Починили.") && mails[1].in_reply_to.is_some());
    let follow_up = receive("3@mail.example.org", "Снова темно.").await;
    assert_eq!(follow_up["followUp"], true);
    assert_eq!(read(&app, Some(&admin), &number, None).await["state"], "REOPENED");
    // Long after an answer it is another matter.
    app.must(Some(&admin), "replyToTicket", json!({ "ticketId": first["ticketId"], "text": "Снова починили." }), "").await;
    app.advance(61).await;
    let later = receive("4@mail.example.org", "И опять темно, год спустя.").await;
    assert_eq!(later["followUp"], false);
    assert_ne!(later["number"], first["number"]);
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_private_ticket_is_seen_by_its_author_and_a_call_is_written_down_by_an_operator() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (_, expert) = app.group(&admin, "housing").await;
    let (anna, stranger) = (app.citizen("Anna").await, app.citizen("Gleb").await);
    let submit = async |who: Option<&Person>, input: Value| {
        let payload = app.must(who, "submitFeedback", input, "submitted { number secret ticket { id } }").await;
        payload["submitted"].clone()
    };
    let private = submit(Some(&anna), json!({ "text": "Соседи шумят по ночам." })).await;
    let public = submit(Some(&anna), json!({ "text": "Яма на дороге у рынка.", "public": true })).await;
    assert_eq!(private["secret"], Value::Null);
    let number = text_of(&private["number"]);
    assert_eq!(read(&app, Some(&stranger), &number, None).await, Value::Null);
    assert_eq!(read(&app, None, &number, None).await, Value::Null);
    assert_eq!(read(&app, Some(&anna), &number, None).await["articles"]["nodes"][0]["mine"], true);
    let listed = async |who: Option<&Person>, filter: Value| {
        let query = "query($filter: TicketFilter) { tickets(filter: $filter) { totalCount nodes { number } } }";
        let list = app.query(who, query, json!({ "filter": filter })).await["tickets"].clone();
        let mut numbers: Vec<String> = list["nodes"].as_array().unwrap().iter().map(|t| text_of(&t["number"])).collect();
        assert_eq!(list["totalCount"], numbers.len());
        numbers.sort();
        numbers
    };
    let mut both = vec![number.clone(), text_of(&public["number"])];
    both.sort();
    assert_eq!(listed(None, json!({})).await, [text_of(&public["number"])]);
    assert_eq!(listed(Some(&stranger), json!({})).await, [text_of(&public["number"])]);
    assert_eq!(listed(Some(&anna), json!({ "mine": true })).await, both);
    assert_eq!(listed(Some(&stranger), json!({ "mine": true })).await, Vec::<String>::new());
    assert_eq!(listed(Some(&expert), json!({})).await, both);
    for (id, code) in [(&private["ticket"]["id"], "NOT_FOUND"), (&public["ticket"]["id"], "NOT_ALLOWED")] {
        assert_eq!(app.refused(Some(&stranger), "replyToTicket", json!({ "ticketId": id, "text": "Поддерживаю!" })).await, code);
    }

    let call =
        json!({ "channel": "PHONE", "text": "Звонит пенсионер: нет воды.", "sender": { "name": "Пётр", "address": "+7 555 01 23" } });
    assert_eq!(app.forbidden(Some(&stranger), "submitFeedback", call.clone()).await, "FORBIDDEN");
    assert_eq!(app.forbidden(None, "submitFeedback", call.clone()).await, "UNAUTHENTICATED");
    let call = submit(Some(&expert), call).await;
    let ticket = read(&app, Some(&expert), &text_of(&call["number"]), None).await;
    assert_eq!(ticket["operator"]["name"], "Expert");
    assert_eq!(ticket["sender"], json!({ "address": "+7 555 01 23", "name": "Пётр" }));
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn a_merged_tickets_conversation_goes_on_in_the_other() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (_, expert) = app.group(&admin, "housing").await;
    let service = app.service().await;
    let (number, target) = app.message(&service, "a", "Во дворе не вывозят мусор.").await;
    let (merged, source) = app.message(&service, "b", "Баки во дворе переполнены.").await;
    app.run_jobs().await;
    let input = json!({ "targetId": target, "sourceIds": [source] });
    assert_eq!(app.forbidden(Some(&app.citizen("Gleb").await), "mergeTickets", input.clone()).await, "FORBIDDEN");
    assert_eq!(app.refused(Some(&expert), "mergeTickets", json!({ "targetId": target, "sourceIds": [target] })).await, "WRONG_STATE");
    app.must(Some(&expert), "mergeTickets", input.clone(), "").await;
    assert_eq!(app.refused(Some(&expert), "mergeTickets", input).await, "WRONG_STATE");
    let old = read(&app, Some(&expert), &merged, None).await;
    assert_eq!((&old["state"], &old["mergedInto"]["number"]), (&json!("MERGED"), &json!(number)));
    assert_eq!(app.refused(Some(&expert), "replyToTicket", json!({ "ticketId": source, "text": "Вывезли." })).await, "WRONG_STATE");
    let input = json!({ "channel": "EMAIL", "externalId": "b2", "conversation": "b", "text": "Так и не вывезли.", "sender": { "address": "b@example.org" } });
    let received = app.must(Some(&service), "receiveMessage", input, "received { number followUp }").await;
    // It is told under the number that they know: the other ticket's secret is not theirs.
    assert_eq!(received["received"], json!({ "number": merged, "followUp": true }));
    assert_eq!(bodies(&read(&app, Some(&expert), &number, None).await)[1].1, "Так и не вывезли.");
    // Its author hears the answer too, under the number that they know.
    app.must(Some(&expert), "replyToTicket", json!({ "ticketId": target, "text": "Вывезли сегодня." }), "").await;
    app.run_jobs().await;
    for (address, number) in [("a@example.org", &number), ("b@example.org", &merged)] {
        let answers: Vec<_> = app.mails_to(address).into_iter().filter(|mail| mail.body.contains("Вывезли сегодня.")).collect();
        assert_eq!(answers.len(), 1, "{address}");
        assert!(answers[0].subject.contains(number.as_str()), "{}", answers[0].subject);
    }
    app.finish().await;
}

#[tokio::test]
async fn whoever_writes_about_the_same_may_join_and_leave() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let (_, expert) = app.group(&admin, "housing").await;
    let (author, other) = (app.citizen("Anna").await, app.citizen("Boris").await);
    let send = async |who: Option<&Person>, text: &str, public: bool| {
        let input = json!({ "channel": "WEB", "text": text, "public": public, "sender": { "address": "c@example.org" } });
        app.must(who, "submitFeedback", input, "submitted { number secret ticket { id } }").await["submitted"].clone()
    };
    let target = send(Some(&author), "Не горит фонарь у школы на Речной, 5.", true).await;
    let private = send(Some(&author), "Не горит фонарь у школы, телефон внутри.", false).await;
    let own = send(None, "У школы на Речной, 5 не горит фонарь.", false).await;
    app.run_jobs().await;
    let join =
        |target: &Value, secret: &Value| json!({ "ticketId": own["ticket"]["id"], "targetId": target["ticket"]["id"], "secret": secret });
    // Whoever writes may look first what others wrote, and nothing is sent by that.
    let looks = app.browser().submit("/report", &[("text", "Фонарь у школы на Речной, 5 не горит"), ("act", "look")]).await;
    looks.says("Не горит фонарь у школы на Речной, 5.").says("the same house").says("Фонарь у школы на Речной, 5 не горит</textarea>");
    assert!(!looks.text.contains("телефон внутри"), "what is private stays so");
    app.browser().submit("/report", &[("text", "Хочу танцевать румбу"), ("act", "look")]).await.says("yours is the first");

    // Only one's own, only into what one may read.
    assert_eq!(app.refused(None, "joinTicket", join(&target, &json!("wrong"))).await, "NOT_FOUND");
    assert_eq!(app.refused(None, "joinTicket", join(&private, &own["secret"])).await, "NOT_FOUND");
    assert_eq!(app.refused(None, "joinTicket", join(&own, &own["secret"])).await, "NOT_FOUND");
    app.must(None, "joinTicket", join(&target, &own["secret"]), "ticket { state }").await;
    assert_eq!(app.refused(None, "joinTicket", join(&target, &own["secret"])).await, "WRONG_STATE");
    let joined = async || {
        let number = json!({ "n": target["number"] });
        app.query(None, "query($n: String!) { ticket(number: $n) { joined } }", number).await["ticket"]["joined"].clone()
    };
    assert_eq!(joined().await, 1);

    // On the page of the link one leaves again, and joins again.
    let browser = app.browser();
    let path = format!("/tickets/{}?secret={}", text_of(&own["number"]), text_of(&own["secret"]));
    browser.submit(&path, &[("act", "separate")]).await.says("by itself again");
    assert_eq!(joined().await, 0);
    let done = format!("/report/done?number={}&secret={}", text_of(&own["number"]), text_of(&own["secret"]));
    browser.submit(&done, &[("act", "join")]).await.says("You joined");
    assert_eq!(joined().await, 1);
    let out = json!({ "ticketId": own["ticket"]["id"] });
    assert_eq!(app.refused(Some(&other), "separateTicket", out.clone()).await, "NOT_FOUND");
    app.must(Some(&expert), "separateTicket", out.clone(), "").await;
    assert_eq!(app.refused(Some(&expert), "separateTicket", out).await, "WRONG_STATE");

    // What is answered already takes nobody in; the answer goes to whoever has joined.
    app.must(None, "joinTicket", join(&target, &own["secret"]), "").await;
    app.must(Some(&expert), "replyToTicket", json!({ "ticketId": target["ticket"]["id"], "text": "Фонарь починили." }), "").await;
    app.run_jobs().await;
    assert!(app.mails_to("c@example.org").iter().any(|mail| mail.body.contains("Фонарь починили.")));
    let late = send(Some(&other), "Фонарь у школы на Речной, 5 не горит.", false).await;
    let late = json!({ "ticketId": late["ticket"]["id"], "targetId": target["ticket"]["id"] });
    assert_eq!(app.refused(Some(&other), "joinTicket", late).await, "WRONG_STATE");
    app.run_jobs().await;
    app.finish().await;
}
