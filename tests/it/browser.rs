//! A browser without scripts: it keeps cookies, follows links, and sends forms with what their page hides in them.

use std::sync::Arc;

use reqwest::cookie::Jar;
use serde_json::{Value, json};

use crate::{
    html,
    support::{Person, TestApp},
};

/// A browser without scripts.
pub struct Browser {
    http: reqwest::Client,
    base: String,
}

/// What a page is: its status, its address after redirects, its text.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub path: String,
    pub text: String,
}

/// A file to send with a form.
pub struct File<'a> {
    pub field: &'a str,
    pub name: &'a str,
    pub content_type: &'a str,
    pub content: &'a [u8],
}

impl TestApp {
    /// A browser of nobody.
    pub fn browser(&self) -> Browser {
        Browser::with(self, Jar::default())
    }

    /// A browser with somebody's session.
    pub fn browser_of(&self, who: &Person) -> Browser {
        let jar = Jar::default();
        jar.add_cookie_str(&format!("veche_session={}", who.token), &self.url("/").parse().unwrap());
        Browser::with(self, jar)
    }
}

impl Browser {
    fn with(app: &TestApp, jar: Jar) -> Self {
        let http = crate::support::http().cookie_provider(Arc::new(jar)).build().unwrap();
        Self { http, base: app.url("") }
    }

    async fn page(&self, request: reqwest::RequestBuilder) -> Page {
        let response = request.header("accept-language", "en").send().await.unwrap();
        let (status, url) = (response.status().as_u16(), response.url().clone());
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        Page { status, path, text: response.text().await.unwrap() }
    }

    /// Opens a page of ours.
    pub async fn get(&self, path: &str) -> Page {
        self.page(self.http.get(format!("{}{path}", self.base))).await
    }

    /// Opens the page, fills in its first form that has these fields, and sends it.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(path).await;
        let (action, all) = page.form(path, fields);
        self.post(&action, &all).await
    }

    /// The same with nothing changed but one box that was ticked.
    pub async fn untick(&self, path: &str, name: &str) -> Page {
        let (action, mut all) = self.get(path).await.form(path, &[(name, "")]);
        all.retain(|(field, _)| field != name);
        self.post(&action, &all).await
    }

    async fn post(&self, action: &str, fields: &[(String, String)]) -> Page {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let address = format!("{}{action}", self.base);
        self.page(self.http.post(address).header("content-type", "application/x-www-form-urlencoded").body(body)).await
    }

    /// The same with a file.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: &File<'_>) -> Page {
        let page = self.get(path).await;
        let (action, all) = page.form(path, fields);
        let mut body = Vec::new();
        for (name, value) in all {
            body.extend(format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let head = format!("name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}", file.field, file.name, file.content_type);
        body.extend(format!("--part\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
        body.extend(file.content);
        body.extend(b"\r\n--part--\r\n");
        let address = format!("{}{action}", self.base);
        self.page(self.http.post(address).header("content-type", "multipart/form-data; boundary=part").body(body)).await
    }

    /// Asks the API as the browser's scripts do.
    pub async fn ask(&self, query: &str) -> Value {
        let request = self.http.post(format!("{}/graphql", self.base)).json(&json!({ "query": query }));
        request.send().await.unwrap().json::<Value>().await.unwrap()["data"].clone()
    }
}

impl Page {
    /// The first form to post that has the first of these fields: where it goes, and what it sends once they are filled in.
    fn form(&self, path: &str, fields: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
        let first = fields.first().map(|(name, _)| *name);
        let mut forms = html::forms(&self.text).into_iter().filter(|form| form.method == "post");
        let form = forms.find(|form| first.is_none_or(|name| form.names.iter().any(|n| n == name)));
        let mut form = form.unwrap_or_else(|| panic!("no form with {first:?} in {}", self.text));
        form.fields.retain(|(name, _)| !fields.iter().any(|(filled, _)| filled == name));
        form.fields.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        (if form.action.is_empty() { path.to_owned() } else { form.action }, form.fields)
    }

    /// The page must say this.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{} does not say {text:?}: {}", self.path, self.text);
        self
    }
}
