//! A browser without scripts: it keeps cookies, follows links, and sends forms with what their page hides in them.

use std::sync::Arc;

use reqwest::cookie::Jar;
use serde_json::{Value, json};

use crate::support::TestApp;

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
}

impl Browser {
    fn with(app: &TestApp, jar: Jar) -> Self {
        let http = reqwest::Client::builder().cookie_provider(Arc::new(jar)).build().unwrap();
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
        let (action, hidden) = page.form(fields.first().map(|(name, _)| *name));
        let mut all: Vec<(&str, &str)> = fields.to_vec();
        all.extend(hidden.iter().filter(|(n, _)| !fields.iter().any(|(f, _)| f == n)).map(|(n, v)| (n.as_str(), v.as_str())));
        let body = serde_urlencoded::to_string(all).unwrap();
        let address = format!("{}{}", self.base, action.as_deref().unwrap_or(path));
        self.page(self.http.post(address).header("content-type", "application/x-www-form-urlencoded").body(body)).await
    }

    /// The same with a file.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: &File<'_>) -> Page {
        let page = self.get(path).await;
        let (action, hidden) = page.form(fields.first().map(|(name, _)| *name));
        let mut body = Vec::new();
        let all = fields.iter().copied().chain(hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        for (name, value) in all {
            body.extend(format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let head = format!("name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}", file.field, file.name, file.content_type);
        body.extend(format!("--part\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
        body.extend(file.content);
        body.extend(b"\r\n--part--\r\n");
        let address = format!("{}{}", self.base, action.as_deref().unwrap_or(path));
        self.page(self.http.post(address).header("content-type", "multipart/form-data; boundary=part").body(body)).await
    }

    /// Asks the API as the browser's scripts do.
    pub async fn ask(&self, query: &str) -> Value {
        let request = self.http.post(format!("{}/graphql", self.base)).json(&json!({ "query": query }));
        request.send().await.unwrap().json::<Value>().await.unwrap()["data"].clone()
    }
}

impl Page {
    /// Where the first form to post that has this field goes, and what it hides.
    fn form(&self, field: Option<&str>) -> (Option<String>, Vec<(String, String)>) {
        let marker = field.map(|field| format!("name=\"{field}\""));
        let mut forms = self.text.split("<form ").skip(1).map(|rest| rest.split("</form>").next().unwrap());
        let form = forms.find(|form| form.starts_with("method=\"post\"") && marker.as_ref().is_none_or(|marker| form.contains(marker)));
        let form = form.unwrap_or_else(|| panic!("no form with {field:?} in {}", self.text));
        let head = form.split('>').next().unwrap();
        let value =
            |text: &str, name: &str| text.split_once(&format!("{name}=\"")).map(|(_, rest)| rest.split('"').next().unwrap().to_owned());
        let hidden = form.split("<input ").skip(1).map(|input| input.split('>').next().unwrap()).filter(|i| i.contains("type=\"hidden\""));
        let pair = |input: &str| Some((value(input, "name")?, value(input, "value")?));
        (value(head, "action"), hidden.filter_map(pair).collect())
    }

    /// The page must say this.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{} does not say {text:?}: {}", self.path, self.text);
        self
    }
}
