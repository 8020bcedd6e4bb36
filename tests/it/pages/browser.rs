//! Somebody at a browser without scripts: cookies are kept, redirects looked at.

use reqwest::header::{self, HeaderMap};

use crate::{
    html::{self, Form},
    support::{Person, TestApp},
};

pub struct Browser<'a> {
    app: &'a TestApp,
    pub cookies: Vec<(String, String)>,
    pub language: &'static str,
    /// Headers that a browser sends by itself, such as where a form comes from.
    pub headers: Vec<(&'static str, String)>,
    http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub struct Page {
    pub path: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        let http = crate::support::http().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { app, cookies: Vec::new(), language: "en", headers: Vec::new(), http }
    }

    /// With somebody's session.
    pub fn of(app: &'a TestApp, who: Option<&Person>) -> Self {
        let mut browser = Self::new(app);
        browser.cookies.extend(who.map(|who| ("veche_session".to_owned(), who.token.clone())));
        browser
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(path, self.http.get(self.app.url(path))).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(String, String)]) -> Page {
        self.send(path, self.http.post(self.app.url(path)).form(fields)).await
    }

    /// Sends a form as it is filled in.
    pub async fn submit(&mut self, form: &Form) -> Page {
        self.post(&form.action, &form.fields).await
    }

    async fn send(&mut self, path: &str, mut request: reqwest::RequestBuilder) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = request.header("accept-language", self.language).send().await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            if !cookie.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned();
        Page { path: path.to_owned(), status, headers, text }
    }
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    pub fn is_html(&self) -> bool {
        self.header("content-type").starts_with("text/html")
    }

    /// The form that is sent to an address.
    pub fn form(&self, action: &str) -> Form {
        let here = self.path.split('?').next().unwrap_or_default();
        // A form without an address is sent to where it stands.
        let mut forms = html::forms(&self.text).into_iter().map(|form| match form.action.is_empty() {
            true => Form { action: here.to_owned(), ..form },
            false => form,
        });
        forms.find(|f| f.action == action).unwrap_or_else(|| panic!("{} has no form to {action}: {}", self.path, self.text))
    }
}
