//! What other sites, other sessions and ended ones can do with our forms: nothing, and nothing typed is lost.

use serde_json::{Value, json};
use veche::web;

use super::{
    browser::{Browser, Page},
    world::World,
};
use crate::{
    html::{self, Form},
    support::{Person, TestApp, text_of},
};

const EVIL: &str = "https://evil.example";
const PASSWORD: &str = "a long password";

/// A confirmed account with a password.
async fn account(app: &TestApp, email: &str) -> Person {
    let input = json!({ "name": "Boris", "email": email, "password": PASSWORD });
    app.must(None, "register", input, "").await;
    app.run_jobs().await;
    let mail = app.mails_to(email).pop().unwrap();
    let token = mail.body.split_whitespace().find_map(|word| word.split_once("/confirm/")).unwrap().1.to_owned();
    app.must(None, "confirmEmail", json!({ "token": token }), "").await;
    let credentials = json!({ "email": email, "password": PASSWORD });
    let session = app.must(None, "logIn", credentials, "session { token participant { id } }").await["session"].clone();
    Person::new(crate::support::key(&session["participant"]["id"]), text_of(&session["token"]))
}

/// A form that this reader may send anywhere.
async fn guard(browser: &mut Browser<'_>) -> Vec<(String, String)> {
    let form = browser.get("/display").await.form("/display");
    form.fields.into_iter().filter(|(name, _)| name == "token" || name == "key").collect()
}

/// What was done at all: every change stands in the log.
async fn done(app: &TestApp) -> (i64, i64) {
    sqlx::query_as("select (select count(*) from audit_log), (select count(*) from sessions)").fetch_one(app.db()).await.unwrap()
}

#[tokio::test]
async fn forms_of_other_sites_and_sessions_are_refused_everywhere() {
    let world = World::make().await;
    let admin = world.reader("administrator");
    let mut browser = Browser::of(&world.app, admin);
    let own = guard(&mut browser).await;
    let theirs = guard(&mut Browser::of(&world.app, world.reader("citizen"))).await;
    let nobodys = guard(&mut Browser::new(&world.app)).await;
    let before = done(&world.app).await;
    let places: Vec<_> = web::map().places.into_iter().filter(|p| p.form).collect();
    for place in &places {
        let address = world.addresses(place.path).remove(0);
        let typed = ("body".to_owned(), "Слова, которые жалко потерять".to_owned());
        let with = |guard: &[(String, String)]| guard.iter().cloned().chain([typed.clone()]).collect::<Vec<_>>();
        for headers in [vec![("origin", EVIL.to_owned())], vec![("origin", "null".into())], vec![("sec-fetch-site", "cross-site".into())]] {
            let mut foreign = Browser::of(&world.app, admin);
            foreign.headers = headers;
            let page = foreign.post(&address, &with(&own)).await;
            assert_eq!(page.status, 403, "{address}");
            assert_eq!(html::problems(&page.text), Vec::<String>::new(), "{address}");
        }
        for guard in [[].as_slice(), &theirs, &nobodys, &[("token".into(), "AAAA".into())]] {
            let page = browser.post(&address, &with(guard)).await;
            assert_eq!(page.status, 403, "{address}");
            let form = page.form(&address);
            assert!(form.fields.contains(&typed), "{address}: what was typed is shown again");
            assert_ne!(form.fields.iter().find(|(n, _)| n == "token"), guard.first(), "{address}: with a token of this session");
            assert_eq!(html::problems(&page.text), Vec::<String>::new(), "{address}");
        }
    }
    assert!(places.len() > 3);
    assert_eq!(done(&world.app).await, before, "nothing was done");
    world.app.finish().await;
}

#[tokio::test]
async fn a_session_from_before_the_log_in_is_of_no_use_after_it() {
    let app = TestApp::start().await;
    let attacker = account(&app, "gleb@example.org").await;
    account(&app, "boris@example.org").await;
    // One made up, and a true one of somebody who wants to share it.
    for planted in ["0123456789abcdef0123456789abcdef", &attacker.token] {
        let mut browser = Browser::new(&app);
        browser.cookies.push(("veche_session".into(), planted.into()));
        let guard = guard(&mut browser).await;
        let fields = [("email", "boris@example.org"), ("password", PASSWORD)].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let page = browser.post("/login", &[guard, fields.to_vec()].concat()).await;
        assert_eq!((page.status, page.header("location")), (303, "/me"));
        let session = browser.cookie("veche_session").unwrap().to_owned();
        assert_ne!(session, planted);
        let cookie =
            page.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).find(|c| c.starts_with("veche_session=")).unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
        let name = async |token: &str| {
            let who = Person::new(attacker.id, token.to_owned());
            app.ask(Some(&who), "{ me { email } }", json!({})).await["data"]["me"]["email"].clone()
        };
        assert_eq!(name(&session).await, "boris@example.org");
        assert_ne!(name(planted).await, "boris@example.org");
    }
    app.finish().await;
}

#[tokio::test]
async fn no_log_in_leads_to_another_site() {
    let app = TestApp::start().await;
    account(&app, "boris@example.org").await;
    for evil in [
        "//evil.example",
        "///evil.example",
        "https://evil.example",
        "https:evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        "javascript:alert(1)",
        "/\u{202e}",
        " //evil.example",
        "evil.example",
        "/login?next=//evil.example",
    ] {
        let mut browser = Browser::new(&app);
        let query = serde_urlencoded::to_string([("next", evil)]).unwrap();
        let form = browser.get(&format!("/login?{query}")).await.form("/login");
        assert!(form.fields.contains(&("next".into(), "/me".into())), "{evil:?}: {form:?}");
        let form = form.fill("next", evil).fill("email", "boris@example.org").fill("password", PASSWORD);
        let page = browser.submit(&form).await;
        assert_eq!((page.status, page.header("location")), (303, "/me"), "{evil:?}");
        // Whoever is logged in goes on at once, and only here.
        let page = browser.get(&format!("/login?{query}")).await;
        assert_eq!((page.status, page.header("location")), (303, "/me"), "{evil:?}");
    }
    app.finish().await;
}

/// The form for a comment, as it stands on the page of an initiative.
async fn comment_form(world: &World, browser: &mut Browser<'_>, body: &str) -> Form {
    let page = browser.get(&format!("/initiatives/{}", world.voting)).await;
    page.form(&format!("/initiatives/{}/comments", world.voting)).fill("body", body).fill("side", "FOR")
}

async fn comments(world: &World, body: &str) -> i64 {
    sqlx::query_scalar("select count(*) from comments where body = $1").bind(body).fetch_one(world.app.db()).await.unwrap()
}

#[tokio::test]
async fn nothing_typed_is_lost_when_the_session_ends() {
    let world = World::make().await;
    let boris = account(&world.app, "boris@example.org").await;
    let mut browser = Browser::of(&world.app, Some(&boris));
    let body = "Длинный ответ, который писали час:\nпервое, второе & <третье>.";
    let form = comment_form(&world, &mut browser, body).await;
    sqlx::query("delete from sessions where participant_id = $1").bind(boris.id).execute(world.app.db()).await.unwrap();
    // Until the server has heard of it; it is told, not asked.
    while browser.get("/me").await.status == 200 {}
    let mut page = browser.submit(&form).await;
    let mut logged_in = false;
    for _ in 0..5 {
        assert_eq!(comments(&world, body).await, 0, "{} {}", page.status, page.text);
        assert!(html::unescape(&page.text).contains("первое") || page.text.contains("%D0%BF"), "it is carried on: {}", page.text);
        let forms = html::forms(&page.text);
        let log_in = forms.iter().find(|f| f.action == "/login").cloned();
        logged_in |= log_in.is_some();
        let next = match log_in {
            Some(form) => form.fill("email", "boris@example.org").fill("password", PASSWORD),
            None => forms.into_iter().find(|f| f.action.ends_with("/comments")).expect("the form again"),
        };
        page = browser.submit(&next).await;
        if page.status == 303 {
            break;
        }
    }
    assert!(logged_in);
    assert_eq!((page.status, comments(&world, body).await), (303, 1), "{}", page.text);
    world.app.run_jobs().await;
    world.app.finish().await;
}

#[tokio::test]
async fn a_form_sent_twice_does_it_once() {
    let world = World::make().await;
    let mut browser = Browser::of(&world.app, Some(&world.author));
    let body = "Дважды нажали кнопку.";
    let form = comment_form(&world, &mut browser, body).await;
    let pages: Vec<Page> = vec![browser.submit(&form).await, browser.submit(&form).await];
    assert_eq!(pages.iter().map(|p| (p.status, p.header("location"))).collect::<Vec<_>>()[0], (303, pages[1].header("location")));
    assert_eq!(comments(&world, body).await, 1);
    // At the same moment too.
    let body = "Дважды сразу.";
    let form = comment_form(&world, &mut browser, body).await;
    let mut other = Browser::of(&world.app, Some(&world.author));
    let (one, two) = tokio::join!(browser.submit(&form), other.submit(&form));
    assert!(one.status < 500 && two.status < 500, "{} {}", one.status, two.status);
    assert_eq!(comments(&world, body).await, 1);
    world.app.run_jobs().await;
    world.app.finish().await;
}

#[tokio::test]
async fn every_answer_forbids_frames_and_scripts_from_elsewhere() {
    let world = World::make().await;
    let others = [
        "/graphql",
        "/schema.graphql",
        "/static/style.css",
        "/static/veche.js",
        "/static/nothing",
        "/files/x",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/nothing/at/all",
        "/graphql?query={__typename}",
    ];
    let pages = web::map().places.into_iter().filter(|p| p.page).map(|p| world.addresses(p.path).remove(0));
    for address in pages.chain(others.map(str::to_owned)) {
        for reader in ["nobody", "administrator"] {
            let mut browser = Browser::of(&world.app, world.reader(reader));
            browser.headers.push(("accept", "text/html".into()));
            let page = browser.get(&address).await;
            assert_eq!(page.header("x-frame-options"), "DENY", "{address}");
            assert_eq!(page.header("x-content-type-options"), "nosniff", "{address}");
            let policy = page.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{address}: {policy}");
            for part in policy.split(';').map(str::trim).filter(|_| page.is_html()) {
                let (name, sources) = part.split_once(' ').unwrap();
                let known = ["'none'", "'self'", "ws:", "wss:"];
                assert!(sources.split(' ').all(|s| known.contains(&s)), "{address}: {name} allows {sources}");
            }
            if page.is_html() {
                assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"), "{address}: {policy}");
                assert!(!page.header("cache-control").contains("public"), "{address}: a page is somebody's");
            }
        }
    }
    let refused: Value = world.app.ask(None, "{ initiatives { totalCount } }", json!({})).await;
    assert!(refused["errors"].is_null());
    world.app.finish().await;
}
