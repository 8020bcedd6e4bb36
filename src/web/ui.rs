//! What a page knows while it is made (who asks, in which language, what they typed) and what it can do: ask the schema, answer.
//!
//! Pages read and write through the schema inside the process (docs/adr/0016): what a person sees in the
//! browser is what any client of the API sees, checked by the same permissions, batched by the same loaders.

mod answer;
mod schema;

use std::{
    ops::Deref,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use poem::{
    PathPattern, Request,
    http::{Method, header},
};
use serde_json::Value;

pub use answer::{Answer, local};
pub use schema::Shell;

use answer::FLASH;

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

/// The cookie of somebody who is not logged in, to which their forms are bound.
const VISITOR: &str = "veche_visitor";

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

    /// Where the head of the page leads everybody: addresses and the keys of their names.
    pub fn nav(&self) -> [(&'static str, &'static str); 5] {
        [
            ("/initiatives", "site-initiatives"),
            ("/tickets", "site-tickets"),
            ("/report", "site-report"),
            ("/statistics", "site-statistics"),
            ("/help", "site-help"),
        ]
    }

    /// Where the reader works, for those who do: addresses and the keys of their names.
    pub fn desk(&self) -> Vec<(&'static str, &'static str)> {
        let rooms = [
            (self.is_expert(), ("/queue", "site-queue")),
            (self.is_expert(), ("/clusters", "site-clusters")),
            (self.viewer.can(identity::Act::Inspect), ("/model", "site-model")),
            (self.is_reviewer(), ("/review", "site-review")),
            (self.is_moderator(), ("/moderation", "site-moderation")),
            (self.is_administrator(), ("/admin", "site-admin")),
        ];
        rooms.into_iter().filter_map(|(there, room)| there.then_some(room)).collect()
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
}

/// The values of the path, by the names that its pattern gives them.
fn params(req: &Request) -> Vec<(String, String)> {
    let pattern = req.data::<PathPattern>().map(|p| p.0.clone()).unwrap_or_default();
    let names = pattern.split('/').filter_map(|part| part.strip_prefix(':'));
    names.filter_map(|name| Some((name.to_owned(), req.raw_path_param(name)?.to_owned()))).collect()
}
