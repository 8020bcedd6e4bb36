//! What a page knows while it is made (who asks, in which language, what they typed) and what it can do: ask the schema, answer.
//!
//! Pages read and write through the schema inside the process (docs/adr/0016): what a person sees in the
//! browser is what any client of the API sees, checked by the same permissions, batched by the same loaders.

use std::{
    ops::Deref,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use askama::Template;
use async_graphql::{Request as Query, Variables};
use poem::{
    PathPattern, Request, Response,
    http::{HeaderValue, Method, StatusCode, header},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    cookies::{self, Cookies},
    failure::{Failure, FieldError},
    form::{self, Form},
    preferences::Preferences,
    token,
};
use crate::{
    app::App,
    endpoint::{Gate, caller},
    error::Error,
    i18n::{self, Locale},
    identity::{self, Role, Viewer},
};

/// The cookie of one message to show on the next page.
const FLASH: &str = "veche_flash";
/// The cookie of somebody who is not logged in, to which their forms are bound.
const VISITOR: &str = "veche_visitor";
/// What the frame of every page shows of its reader.
const SHELL: &str = " fragment Shell on Query { me { id name confirmed } unreadNotifications }";
/// The same for a reader who is not logged in.
const NOBODY: &str = " fragment Shell on Query { __typename }";

/// What a page answers, or why it cannot.
pub type Answer = Result<Response, Failure>;

/// A page in the making: a handle, cheap to clone.
#[derive(Clone)]
pub struct Ui(Arc<Inner>);

/// The parts of a [`Ui`].
pub struct Inner {
    gate: Gate,
    /// Who asks.
    pub viewer: Viewer,
    /// How they want to read.
    pub preferences: Preferences,
    /// The path of the request.
    pub path: String,
    /// What was typed into the form that was sent; empty for a page that is only asked for.
    pub form: Form,
    /// The versions that the reader's copies have (`If-None-Match`).
    pub versions: String,
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    errors: OnceLock<Vec<FieldError>>,
    shell: OnceLock<Shell>,
    flash: Option<String>,
    /// To what forms are bound: the session, or the visitor's cookie.
    binding: String,
    /// The visitor's cookie is new and has to be set when a form is shown.
    new_visitor: bool,
    has_form: AtomicBool,
}

/// What the frame of a page shows of its reader.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shell {
    /// Who is logged in.
    pub me: Option<Me>,
    /// Notifications they have not read.
    pub unread_notifications: i64,
}

/// Who is logged in.
#[derive(Debug, Clone, Deserialize)]
pub struct Me {
    /// Their global identifier.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Whether their address is confirmed.
    pub confirmed: Option<bool>,
}

impl Deref for Ui {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Ui {
    /// Reads a request. A form must come from a page of ours and carry the token of the reader's session.
    ///
    /// # Errors
    /// The form is too large, from elsewhere, or of another session; the database failed.
    pub async fn of(req: &Request, body: poem::RequestBody) -> Result<Self, (Self, Failure)> {
        // Both are put there by `routes`; without them nothing works at all.
        #[allow(clippy::expect_used)]
        let gate = req.data::<Gate>().cloned().expect("the routes give the gate");
        let app = gate.app().clone();
        let cookies = Cookies::of(req);
        let preferences = Preferences::of(&app, &cookies);
        let own = caller::is_own(&app, req);
        let locale = preferences.locale.or_else(|| req.headers().get(header::ACCEPT_LANGUAGE).and(caller::preferred_locale(req)));
        let address = caller::address(&app, req);
        let nobody = Viewer::anonymous(locale.unwrap_or_default(), address);
        let mut failure = None;
        // A page that is only read shows nothing to another site: it cannot be framed, and scripts cannot read it.
        let session = cookies.get(super::SESSION).filter(|_| own || req.method() == Method::GET);
        let viewer = match session {
            Some(session) => match identity::authenticate(&app, session, preferences.locale, address).await {
                Ok(viewer) => viewer,
                Err(Error::Unauthenticated) => nobody,
                Err(error) => {
                    failure = Some(Failure::of(error, nobody.locale));
                    nobody
                }
            },
            None => nobody,
        };
        let visitor = cookies.get(VISITOR).filter(|v| v.len() == 32 && v.bytes().all(|b| b.is_ascii_hexdigit()));
        let (binding, new_visitor) = match (&viewer.session, visitor) {
            (Some(hash), _) => (cookies::hex(hash), false),
            (None, Some(visitor)) => (visitor.to_owned(), false),
            (None, None) => (cookies::hex(&app.entropy.bytes::<16>()), true),
        };
        let mut inner = Inner {
            viewer,
            preferences,
            path: req.uri().path().to_owned(),
            form: Form::default(),
            versions: req.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned(),
            params: params(req),
            query: form::pairs(req.uri().query().unwrap_or_default().as_bytes()),
            errors: OnceLock::new(),
            shell: OnceLock::new(),
            flash: cookies.get(FLASH).map(str::to_owned),
            binding,
            new_visitor,
            has_form: AtomicBool::new(false),
            gate,
        };
        if failure.is_none() && req.method() == Method::POST {
            if own {
                match Form::read(&app, req, body).await {
                    Ok(form) => inner.form = form,
                    Err(refused) => failure = Some(refused),
                }
                let genuine = token::holds(&app.keys, &inner.binding, inner.form.get("token"));
                if failure.is_none() && !genuine {
                    failure = Some(Failure::Stale);
                }
            } else {
                failure = Some(Failure::Foreign);
            }
        }
        let ui = Self(Arc::new(inner));
        if failure.is_none() {
            match ui.form.store_files(&ui).await {
                Ok(errors) if errors.is_empty() => (),
                // The handler shows them with everything else: nothing is done with such a form.
                Ok(errors) => drop(ui.errors.set(errors)),
                Err(refused) => failure = Some(refused),
            }
        }
        match failure {
            None => Ok(ui),
            Some(failure) => Err((ui, failure)),
        }
    }

    /// The same page for whoever just logged in with this session.
    ///
    /// # Errors
    /// The session has ended, or the database failed.
    pub async fn in_session(&self, token: &str) -> Result<Self, Failure> {
        let viewer = identity::authenticate(self.app(), token, self.preferences.locale, self.viewer.address).await;
        let viewer = viewer.map_err(|error| Failure::of(error, self.locale()))?;
        Ok(Self(Arc::new(Inner {
            binding: cookies::hex(&viewer.session.unwrap_or_default()),
            viewer,
            gate: self.gate.clone(),
            preferences: self.preferences.clone(),
            path: self.path.clone(),
            form: Form::default(),
            versions: String::new(),
            params: Vec::new(),
            query: Vec::new(),
            errors: OnceLock::new(),
            shell: OnceLock::new(),
            flash: None,
            new_visitor: false,
            has_form: AtomicBool::new(false),
        })))
    }

    /// The application.
    pub fn app(&self) -> &App {
        self.gate.app()
    }

    /// The reader's language.
    pub fn locale(&self) -> Locale {
        self.viewer.locale
    }

    /// A part of the path, such as the `:id` of a pattern.
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// A value of the query, trimmed; empty where there is none.
    pub fn arg(&self, name: &str) -> &str {
        self.query.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    /// A value of the query for a document: null where it is empty.
    pub fn arg_value(&self, name: &str) -> Value {
        Some(self.arg(name)).filter(|v| !v.is_empty()).map_or(Value::Null, Value::from)
    }

    /// The same address with some values of the query set, or left out where they are empty.
    pub fn with_args(&self, args: &[(&str, &str)]) -> String {
        let kept = self.query.iter().filter(|(n, v)| !v.is_empty() && !args.iter().any(|(a, _)| a == n));
        let kept = kept.map(|(n, v)| (n.as_str(), v.as_str()));
        let pairs: Vec<_> = kept.chain(args.iter().copied().filter(|(_, v)| !v.is_empty())).collect();
        match serde_urlencoded::to_string(&pairs) {
            Ok(query) if !query.is_empty() => format!("{}?{query}", self.path),
            _ => self.path.clone(),
        }
    }

    /// The text for a key.
    pub fn t(&self, key: &str) -> String {
        i18n::text(self.locale(), key, &[])
    }

    /// The text for a key with one value in it.
    pub fn t1(&self, key: &str, name: &str, value: impl Into<i18n::Value>) -> String {
        i18n::text(self.locale(), key, &[(name, value.into())])
    }

    /// The text for a key with values in it.
    pub fn ts(&self, key: &str, args: &[(&str, i18n::Value)]) -> String {
        i18n::text(self.locale(), key, args)
    }

    /// The text for a name of the API: `state("initiative-state", "IN_REVIEW")` is that of `initiative-state-in-review`.
    pub fn named(&self, group: &str, name: &str) -> String {
        self.t(&format!("{group}-{}", name.to_ascii_lowercase().replace('_', "-")))
    }

    /// The address of a style, script or picture of ours.
    pub fn asset(&self, name: &str) -> String {
        super::assets::url(name)
    }

    /// Whose service it is, by the settings.
    pub fn place(&self) -> &str {
        &self.app().config.site.place
    }

    /// Where the head of the page leads this reader: address and text.
    pub fn nav(&self) -> Vec<(&'static str, &'static str)> {
        let mut nav = vec![("/initiatives", "site-initiatives"), ("/tickets", "site-tickets"), ("/report", "site-report")];
        for (there, entry) in [
            (self.is_expert(), ("/queue", "site-queue")),
            (self.is_expert(), ("/clusters", "site-clusters")),
            (self.is_reviewer(), ("/review", "site-review")),
            (self.is_moderator(), ("/moderation", "site-moderation")),
            (self.is_administrator(), ("/admin", "site-admin")),
        ] {
            if there {
                nav.push(entry);
            }
        }
        if nav.len() < 5 {
            nav.extend([("/statistics", "site-statistics"), ("/help", "site-help")]);
        }
        nav
    }

    /// Whether this page belongs to an address of the head.
    pub fn is_at(&self, href: &str) -> bool {
        self.path == href || self.path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether somebody is logged in.
    pub fn is_known(&self) -> bool {
        self.viewer.id.is_some()
    }

    /// Whether the reader works on tickets.
    pub fn is_expert(&self) -> bool {
        self.viewer.can(identity::Act::Triage)
    }

    /// Whether the reader looks after the discussion.
    pub fn is_moderator(&self) -> bool {
        self.viewer.can(identity::Act::Moderate)
    }

    /// Whether the reader decides on initiatives under review: moderators and departments.
    pub fn is_reviewer(&self) -> bool {
        self.viewer.can(identity::Act::Review)
    }

    /// Whether the reader answers for a department.
    pub fn is_officer(&self) -> bool {
        self.viewer.is(Role::DepartmentOfficer)
    }

    /// Whether the reader looks after the installation.
    pub fn is_administrator(&self) -> bool {
        self.viewer.can(identity::Act::Administer)
    }

    /// What the frame shows of the reader: known once a document with `...Shell` was asked.
    pub fn shell(&self) -> Shell {
        self.shell.get().cloned().unwrap_or_default()
    }

    /// Asks the schema. A document with `...Shell` among its fields also finds what the frame of the page shows.
    ///
    /// # Errors
    /// The schema refused it, or the answer is not of this form.
    pub async fn ask<T: DeserializeOwned>(&self, document: &str, variables: Value) -> Result<T, Failure> {
        let mut text = document.to_owned();
        let with_shell = document.contains("...Shell");
        if with_shell {
            text.push_str(if self.is_known() { SHELL } else { NOBODY });
        }
        let data = self.send(text, variables).await?;
        if with_shell {
            let shell = Shell::deserialize(&data).map_err(|e| Failure::of(Error::Internal(e.into()), self.locale()))?;
            let _ = self.shell.set(shell);
        }
        T::deserialize(data).map_err(|error| Failure::of(Error::Internal(error.into()), self.locale()))
    }

    /// Finds what the frame shows, for a page that asks for nothing else.
    ///
    /// # Errors
    /// The schema refused it.
    pub async fn ask_shell(&self) -> Result<(), Failure> {
        if self.is_known() && self.shell.get().is_none() {
            self.ask::<serde::de::IgnoredAny>("{ ...Shell }", Value::Null).await?;
        }
        Ok(())
    }

    async fn send(&self, document: String, variables: Value) -> Result<Value, Failure> {
        let request = Query::new(document).variables(Variables::from_json(variables));
        let response = self.gate.answer_page(&self.viewer, request).await;
        if let Some(error) = response.errors.first() {
            return Err(Failure::answered(error));
        }
        response.data.into_json().map_err(|error| Failure::of(Error::Internal(error.into()), self.locale()))
    }

    /// Does something: a mutation of this name with this input; gives its payload, of which `select` names the fields.
    ///
    /// A form carries a key, so that sending it twice does it once.
    ///
    /// # Errors
    /// [`Failure::Refused`] with what is wrong, by field; or the schema refused all of it.
    pub async fn mutate(&self, name: &str, mut input: Value, select: &str) -> Result<Value, Failure> {
        let mut kind = name.to_owned();
        if let Some(first) = kind.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        if name == "createInitiative" {
            // Its input is that of no single mutation in the contract.
            kind = "Initiative".into();
        }
        if !self.errors().is_empty() {
            return Err(Failure::Refused(self.errors().to_vec()));
        }
        let key = self.form.get("key");
        if let (Some(input), false) = (input.as_object_mut(), key.is_empty()) {
            // A page may do several things; each has a key of its own.
            input.entry("clientMutationId").or_insert_with(|| json!(format!("{key}-{name}")));
        }
        let document =
            format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {select} userErrors {{ code message path }} }} }}");
        let mut data = self.send(document, json!({ "input": input })).await?;
        let payload = data.get_mut(name).map(Value::take).unwrap_or_default();
        let errors = Vec::<FieldError>::deserialize(payload.get("userErrors").unwrap_or(&Value::Null)).unwrap_or_default();
        if errors.is_empty() { Ok(payload) } else { Err(Failure::Refused(errors)) }
    }

    /// The same page, to be shown again with what is wrong.
    #[must_use]
    pub fn with_errors(self, errors: Vec<FieldError>) -> Self {
        let _ = self.errors.set(errors);
        self
    }

    /// What is wrong with the form that was sent.
    pub fn errors(&self) -> &[FieldError] {
        self.errors.get().map_or(&[], Vec::as_slice)
    }

    /// What stands in a field: what was typed, or else this.
    pub fn value(&self, name: &str, otherwise: &str) -> String {
        if self.form.is_sent() { self.form.get(name).to_owned() } else { otherwise.to_owned() }
    }

    /// The hidden fields of every form: the token of the session and the key of this form.
    pub fn guard(&self) -> token::Guard {
        self.has_form.store(true, Ordering::Relaxed);
        // A form that is shown again after a refusal keeps its key: nothing was done under it.
        let key = Some(self.form.get("key"))
            .filter(|k| k.len() == 32)
            .map_or_else(|| cookies::hex(&self.app().entropy.bytes::<16>()), str::to_owned);
        token::Guard { token: token::make(&self.app().keys, &self.app().entropy, &self.binding), key }
    }

    /// The message that the page before left.
    pub fn flash(&self) -> Option<String> {
        let (key, value) = self.flash.as_deref()?.split_once('.')?;
        let value = form::pairs(format!("v={value}").as_bytes()).pop().map_or_else(String::new, |(_, v)| v);
        let known = key.starts_with("flash-") && key.len() < 80 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        known.then(|| i18n::lookup(self.locale(), key, &[("value", value.chars().take(200).collect::<String>().into())]))?
    }

    /// Shows a page.
    ///
    /// # Errors
    /// The template failed.
    pub fn page(&self, page: &impl Template) -> Answer {
        let status = if self.errors().is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        self.page_with(status, page)
    }

    /// Shows a page under a status.
    ///
    /// # Errors
    /// The template failed.
    pub fn page_with(&self, status: StatusCode, page: &impl Template) -> Answer {
        let text = page.render().map_err(|error| Failure::of(Error::Internal(error.into()), self.locale()))?;
        let mut response = Response::builder()
            .status(status)
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_LANGUAGE, self.locale().tag())
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::VARY, "Cookie, Accept-Language")
            .body(text);
        if self.new_visitor && self.has_form.load(Ordering::Relaxed) {
            self.set_cookie(&mut response, VISITOR, &self.binding, 86_400);
        }
        if self.flash.is_some() {
            self.set_cookie(&mut response, FLASH, "", 0);
        }
        Ok(response)
    }

    /// Goes to another page of ours, where a message says what happened: the text `flash-…`, perhaps with a value in it.
    ///
    /// # Errors
    /// Never; it is the answer of a handler.
    pub fn go(&self, path: &str, flash: Option<(&str, &str)>) -> Answer {
        let to = local(path).unwrap_or("/");
        let location = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
        let mut response = Response::builder().status(StatusCode::SEE_OTHER).header(header::LOCATION, location).finish();
        if let Some((key, value)) = flash {
            let value = serde_urlencoded::to_string([("v", value)]).unwrap_or_default();
            self.set_cookie(&mut response, FLASH, &format!("{key}.{}", value.trim_start_matches("v=")), 60);
        }
        Ok(response)
    }

    /// Sets a cookie that scripts cannot read, for so many seconds; 0 ends it.
    pub fn set_cookie(&self, response: &mut Response, name: &str, value: &str, seconds: u32) {
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{}", super::secure(self.app()));
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

/// The values of the path, by the names that its pattern gives them.
fn params(req: &Request) -> Vec<(String, String)> {
    let pattern = req.data::<PathPattern>().map(|p| p.0.clone()).unwrap_or_default();
    let names = pattern.split('/').filter_map(|part| part.strip_prefix(':'));
    names.filter_map(|name| Some((name.to_owned(), req.raw_path_param(name)?.to_owned()))).collect()
}

/// An address on this site, or none: an address that leads elsewhere is not followed.
pub fn local(path: &str) -> Option<&str> {
    let plain = path.bytes().all(|b| b.is_ascii_graphic()) && !path.contains('\\');
    (path.starts_with('/') && !path.starts_with("//") && plain && path.len() < 2_000).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_addresses_of_ours_are_followed() {
        for good in ["/", "/initiatives?q=%D1%91&after=x", "/tickets/2026-000001#reply"] {
            assert_eq!(local(good), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/\u{202e}",
            "evil",
        ] {
            assert_eq!(local(bad), None, "{bad:?}");
        }
    }
}
