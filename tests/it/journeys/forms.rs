//! Citizens in a browser without scripts: reporting with and without an account, accounts, one's own pages, search.

use serde_json::{Value, json};

use crate::{browser::File, support::TestApp};

const PHOTO: File<'static> = File { field: "files", name: "pit.png", content_type: "image/png", content: b"\x89PNG\r\n\x1a\n" };

/// What stands between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).unwrap_or_else(|| panic!("no {from:?} in {text}")).0
}

#[tokio::test]
async fn anybody_reports_with_a_photo_and_follows_it_by_number_and_code() {
    let app = TestApp::start().await;
    let admin = app.administrator().await;
    let browser = app.browser();
    browser.get("/report").await.says("You need no account");
    // What is wrong stands at its field, and what was typed stays.
    let refused = browser.submit("/report", &[("text", "Яма на дороге у школы."), ("address", "nonsense")]).await;
    assert_eq!(refused.status, 422);
    refused.says("Яма на дороге у школы.").says("id=\"wrong-address\"").says("chosen once more");

    let fields = [("text", "Яма на дороге у школы."), ("name", "Анна"), ("address", "anna@example.org")];
    let done = browser.upload("/report", &fields, &PHOTO).await;
    assert!(done.status == 200 && done.path.starts_with("/report/done?"), "{}", done.path);
    let (number, code) = (between(&done.text, "<b class=\"num\">", "<"), between(&done.text, "<code>", "<"));
    done.says("Answer by").says("we send you a mail");
    app.run_jobs().await;
    assert!(app.mails_to("anna@example.org")[0].body.contains(code));

    let elsewhere = app.browser();
    assert_eq!(elsewhere.get(&format!("/tickets/{number}")).await.status, 404);
    assert_eq!(elsewhere.submit("/track", &[("number", number), ("code", "wrong")]).await.status, 422);
    assert_eq!(elsewhere.submit("/track", &[("number", "7"), ("code", code)]).await.status, 422);
    let page = elsewhere.submit("/track", &[("number", number), ("code", code)]).await;
    assert_eq!(page.path, format!("/tickets/{number}?secret={code}"));
    page.says("Яма на дороге у школы.").says("aria-current=\"step\"").says("pit.png");
    // The photo is opened by the code only.
    let photo = between(&page.text, "<img src=\"", "\"");
    assert_eq!(elsewhere.get(photo).await.status, 200);
    assert_eq!(elsewhere.get(photo.split('?').next().unwrap()).await.status, 404);

    let id =
        app.query(Some(&admin), "query($n: String!) { ticket(number: $n) { id } }", json!({ "n": number })).await["ticket"]["id"].clone();
    app.must(Some(&admin), "replyToTicket", json!({ "ticketId": id, "text": "Засыпали." }), "").await;
    let rated = elsewhere.submit(&page.path, &[("rating", "4"), ("comment", "Быстро")]).await;
    rated.says("Засыпали.").says("Rather yes").says("Быстро");
    let more = elsewhere.upload(&page.path, &[("text", "Снова провалилась.")], &PHOTO).await;
    more.says("Снова провалилась.").says("Open again");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn files_inside_a_message_keep_to_the_limits() {
    let mut config = crate::support::config();
    (config.feedback.attachments, config.limits.upload_bytes) = (2, 8);
    let app = TestApp::with(config).await;
    let file = |content: &str| json!({ "name": "a.txt", "contentType": "text/plain", "content": content });
    let send = async |files: Value| {
        let input = json!({ "text": "Не горит фонарь.", "attachments": files });
        app.mutate(None, "submitFeedback", input, "submitted { ticket { articles { nodes { attachments { name } } } } }").await
    };
    let sent = send(json!([file("Zm9v"), file("YmFy")])).await;
    assert_eq!(sent["submitted"]["ticket"]["articles"]["nodes"][0]["attachments"], json!([{ "name": "a.txt" }, { "name": "a.txt" }]));
    for (files, code, path) in [
        (json!([file("Zm9v"), file("Zm9v"), file("Zm9v")]), "WRONG_COUNT", json!(["attachments"])),
        (json!([file("-")]), "INVALID_FORMAT", json!(["attachments", "0", "content"])),
        (json!([file("")]), "REQUIRED", json!(["attachments", "0", "content"])),
        (json!([file("Zm9v"), file("MTIzNDU2Nzg5")]), "TOO_LONG", json!(["attachments", "1", "content"])),
    ] {
        let refused = send(files).await["userErrors"][0].clone();
        assert_eq!((&refused["code"], &refused["path"]), (&json!(code), &path));
    }
    // A file that is too large does not lose what was typed.
    let file = File { content: b"123456789", ..PHOTO };
    let refused = app.browser().upload("/report", &[("text", "Не горит фонарь.")], &file).await;
    assert_eq!(refused.status, 422);
    refused.says("Не горит фонарь.").says("id=\"wrong-files\"");
    app.run_jobs().await;
    app.finish().await;
}

#[tokio::test]
async fn an_account_is_made_used_and_left_in_the_browser() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let account = [("name", "Анна Ким"), ("email", "anna@example.org"), ("password", "short")];
    browser.submit("/register", &account).await.says("id=\"wrong-password\"").says("Анна Ким");
    let done = browser.submit("/register", &[account[0], account[1], ("password", "a long password")]).await;
    assert_eq!(done.path, "/register/done");
    app.run_jobs().await;
    let mail = app.mails_to("anna@example.org").pop().unwrap();
    let link = mail.body.split_whitespace().find(|word| word.contains("/confirm/")).unwrap();
    browser.submit(link.strip_prefix(&app.url("")).unwrap(), &[]).await.says("confirmed");
    // Whoever has to log in comes back to where they were.
    let login = browser.get("/me/settings").await;
    assert_eq!(login.path, "/login?next=%2Fme%2Fsettings");
    let settings = browser.submit(&login.path, &[("email", "anna@example.org"), ("password", "a long password")]).await;
    assert_eq!(settings.path, "/me/settings");
    browser.submit("/me/settings", &[("name", "Анна"), ("bio", "Живу у реки."), ("locale", "EN")]).await.says("Живу у реки.");
    let person = browser.ask("{ me { id } }").await["me"]["id"].as_str().unwrap().to_owned();
    app.browser().get(&format!("/people/{person}")).await.says("Живу у реки.");
    assert_eq!(app.browser().get("/people/x").await.status, 404);

    let token = browser.submit("/me/tokens", &[("name", "script"), ("scopes", "READ")]).await;
    let secret = between(&token.text, "id=\"secret\" readonly value=\"", "\"").to_owned();
    assert!(!browser.get("/me/tokens").await.says("script").text.contains(&secret), "it is shown once");
    browser.submit("/me/tokens", &[("tokenId", &token_id(&token.text))]).await.says("revoked");

    browser.untick("/me/alerts", "MENTIONED.EMAIL").await;
    let wishes = browser.ask("{ notificationPreferences { kind channel enabled } }").await["notificationPreferences"].clone();
    let off: Vec<_> = wishes.as_array().unwrap().iter().filter(|w| w["enabled"] == false).map(|w| (&w["kind"], &w["channel"])).collect();
    assert!(off.contains(&(&json!("MENTIONED"), &json!("EMAIL"))) && !off.contains(&(&json!("MENTIONED"), &json!("IN_APP"))), "{off:?}");
    browser.submit("/report", &[("text", "Сломана лавочка в парке."), ("public", "true")]).await.says("we send you a mail");
    for (path, text) in [
        ("/me", "Сломана лавочка"),
        ("/me/tickets", "Сломана лавочка"),
        ("/me/votes", "not voted yet"),
        ("/me/drafts", "Nothing here yet"),
        ("/me/notifications", "No news"),
        ("/tickets?mine=1&q=%D0%BB%D0%B0%D0%B2%D0%BE%D1%87%D0%BA%D0%B0", "Сломана лавочка"),
        ("/search?q=%D0%BB%D0%B0%D0%B2%D0%BE%D1%87%D0%BA%D0%B8", "<mark>лавочка</mark>"),
        ("/search?q=%D0%BB%D0%B0%D0%B2%D0%BE%D1%87%D0%BA%D0%B8&kind=INITIATIVE", "Nothing found"),
    ] {
        browser.get(path).await.says(text);
    }

    let wrong = browser.submit("/me/password", &[("current", "another password"), ("password", "a new password")]).await;
    assert_eq!(wrong.status, 422);
    let changed = browser.submit("/me/password", &[("current", "a long password"), ("password", "a new password")]).await;
    assert_eq!(changed.path, "/me/settings");
    let form = browser.get("/me/settings").await;
    assert!(form.text.contains("action=\"/logout\""));
    app.browser().submit("/forgot", &[("email", "anna@example.org")]).await.says("anna@example.org");
    app.run_jobs().await;
    let mail = app.mails_to("anna@example.org").pop().unwrap();
    let link = mail.body.split_whitespace().find(|word| word.contains("/reset/")).unwrap().to_owned();
    let path = link.strip_prefix(&app.url("")).unwrap();
    assert_eq!(app.browser().submit(path, &[("password", "the newest password")]).await.path, "/login");
    assert_eq!(app.browser().submit(path, &[("password", "the newest password")]).await.status, 422);
    assert!(browser.get("/me").await.path.starts_with("/login"), "all sessions have ended");
    // No account is offered where the city is a real one.
    assert!(!browser.get("/login").await.text.contains("veche-demo"));
    app.run_jobs().await;
    app.finish().await;
}

/// The token that can be revoked on a page.
fn token_id(text: &str) -> String {
    between(text, "name=\"tokenId\" value=\"", "\"").to_owned()
}
