//! Forms: what a browser sends, and how it becomes the input of a mutation.

use std::sync::Mutex;

use base64::{Engine, engine::general_purpose::STANDARD};
use poem::{FromRequest, Request, RequestBody, http::StatusCode, web::Multipart};
use serde_json::{Map, Value, json};
use tokio::io::AsyncReadExt;

use super::{
    failure::{Failure, FieldError},
    ui::Ui,
};
use crate::{
    app::App,
    attachments,
    endpoint::caller,
    error::{ErrorCode, Refusal},
    gid::{self, Kind},
    i18n,
};

/// Bytes of what is typed at the most.
const TYPED: usize = 256 * 1024;
/// Fields of a form at the most.
const FIELDS: usize = 2_000;
/// The field in which files are chosen.
const FILES: &str = "files";
/// The field of files that are uploaded already: their global identifiers.
pub const UPLOADED: &str = "attachmentIds";

/// What was typed into a form.
#[derive(Default)]
pub struct Form {
    values: Vec<(String, String)>,
    sent: bool,
    files: Mutex<Vec<File>>,
    /// What is wrong with its files.
    errors: Vec<FieldError>,
    stored: Mutex<Vec<String>>,
}

struct File {
    name: String,
    content_type: String,
    content: Vec<u8>,
}

/// Names and values of `application/x-www-form-urlencoded`; nothing where it is something else.
pub fn pairs(bytes: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes).unwrap_or_default();
    pairs.truncate(FIELDS);
    pairs
}

impl Form {
    /// Reads the form of a request, whichever way the browser sent it.
    ///
    /// # Errors
    /// It is too large or cannot be read.
    pub async fn read(app: &App, req: &Request, mut body: RequestBody) -> Result<Self, Failure> {
        let locale = caller::preferred_locale(req).unwrap_or_default();
        let refused = |refusal: Refusal| Failure::of(refusal.into(), locale);
        let unread = || Failure::of(Refusal::new(ErrorCode::InvalidFormat, "").with("example", "UTF-8").into(), locale);
        let patience = std::time::Duration::from_secs(app.config.limits.timeout_seconds);
        let multipart = req.content_type().is_some_and(|t| t.starts_with("multipart/form-data"));
        let reading = async {
            if !multipart {
                let too_large = Refusal::new(ErrorCode::TooLong, "form").with("max", TYPED).with("actual", "+");
                let body = body.take().map_err(|_| unread())?;
                let bytes = body.into_bytes_limit(TYPED).await.map_err(|_| refused(too_large))?;
                return Ok(Self { values: pairs(&bytes), sent: true, ..Self::default() });
            }
            let mut form = Self { sent: true, ..Self::default() };
            let (mut typed, mut files) = (0, Vec::new());
            let most = app.config.limits.upload_bytes;
            let mut parts = Multipart::from_request(req, &mut body).await.map_err(|_| unread())?;
            while let Some(part) = parts.next_field().await.map_err(|_| unread())? {
                let name = part.name().unwrap_or_default().to_owned();
                let file = part.file_name().map(str::to_owned);
                let content_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
                let limit = if file.is_some() { most } else { TYPED.saturating_sub(typed) };
                let mut content = Vec::new();
                let mut reader = part.into_async_read().take(limit as u64 + 1);
                reader.read_to_end(&mut content).await.map_err(|_| unread())?;
                if content.len() > limit {
                    let refusal = |path| Refusal::new(ErrorCode::TooLong, path).with("max", limit).with("actual", "+");
                    if file.is_none() {
                        return Err(refused(refusal("form")));
                    }
                    // The rest of the form is not lost for it.
                    form.errors.push(FieldError::new(FILES, refusal("file").message(locale)));
                    continue;
                }
                match file {
                    // Browsers send an empty part where no file was chosen.
                    Some(name) if name.is_empty() && content.is_empty() => (),
                    Some(_) if files.len() == app.config.feedback.attachments => {
                        let max = app.config.feedback.attachments;
                        let refusal = Refusal::new(ErrorCode::WrongCount, UPLOADED).with("min", 0).with("max", max).with("actual", max + 1);
                        form.errors.push(FieldError::new(FILES, refusal.message(locale)));
                    }
                    Some(name) => files.push(File { name, content_type, content }),
                    None if form.values.len() < FIELDS => {
                        typed += content.len();
                        form.values.push((name, String::from_utf8_lossy(&content).into_owned()));
                    }
                    None => return Err(unread()),
                }
            }
            form.files = Mutex::new(files);
            Ok(form)
        };
        tokio::time::timeout(patience, reading).await.unwrap_or_else(|_| {
            Err(Failure::Other(
                StatusCode::REQUEST_TIMEOUT,
                i18n::text(locale, "request-timeout", &[("seconds", patience.as_secs().into())]),
            ))
        })
    }

    /// Stores the files of the form, so that they are not lost when something else is wrong; gives what is wrong with them.
    /// Those of somebody without an account are only kept until the form is done with.
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn store_files(&self, ui: &Ui) -> Result<Vec<FieldError>, Failure> {
        let mut errors = self.errors.clone();
        if !ui.is_known() {
            return Ok(errors);
        }
        let files = std::mem::take(&mut *self.files.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        for file in files {
            let stored = attachments::store(ui.app(), &ui.viewer, &file.name, &file.content_type, &file.content).await;
            let id = match stored.map_err(|error| Failure::of(error, ui.locale())) {
                Ok(id) => id,
                Err(Failure::Refused(refusals)) => {
                    errors.extend(refusals.into_iter().map(|e| FieldError { path: vec![FILES.to_owned()], ..e }));
                    continue;
                }
                Err(other) => return Err(other),
            };
            let id = gid::encode(Kind::Attachment, id).to_string();
            self.stored.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(id);
        }
        Ok(errors)
    }

    /// Whether a form was sent at all.
    pub fn is_sent(&self) -> bool {
        self.sent
    }

    /// A field as it was typed; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// All values of a field, such as of several boxes with one name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.values.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect()
    }

    /// Whether a box is ticked or a button was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.values.iter().any(|(n, _)| n == name)
    }

    /// Global identifiers of the files that belong to the form: those just stored and those of an earlier attempt.
    pub fn uploaded(&self) -> Vec<String> {
        let mut ids = self.all(UPLOADED);
        ids.extend(self.stored.lock().unwrap_or_else(std::sync::PoisonError::into_inner).iter().cloned());
        ids
    }

    /// Everything that was typed, but for what belongs to the form itself and secrets.
    pub fn typed(&self) -> Vec<(String, String)> {
        self.values.iter().filter(|(n, _)| !["token", "key", "password", "current"].contains(&n.as_str())).cloned().collect()
    }

    /// Begins the input of a mutation.
    pub fn input<'a>(&'a self, ui: &'a Ui) -> Input<'a> {
        Input { form: self, ui, map: Map::new(), errors: Vec::new() }
    }
}

/// The input of a mutation in the making: fields of the form by the names they have in the API.
pub struct Input<'a> {
    form: &'a Form,
    ui: &'a Ui,
    map: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Input<'_> {
    /// A text, as it is.
    #[must_use]
    pub fn text(mut self, name: &str) -> Self {
        self.map.insert(name.to_owned(), json!(self.form.get(name).replace("\r\n", "\n")));
        self
    }

    /// A choice (an identifier, a name of the API); null where nothing is chosen.
    #[must_use]
    pub fn choice(mut self, name: &str) -> Self {
        let value = self.form.get(name).trim();
        self.map.insert(name.to_owned(), if value.is_empty() { Value::Null } else { json!(value) });
        self
    }

    /// A choice that is left out where nothing is chosen.
    #[must_use]
    pub fn maybe(self, name: &str) -> Self {
        if self.form.get(name).trim().is_empty() { self } else { self.choice(name) }
    }

    /// A whole number; left out where nothing is typed.
    #[must_use]
    pub fn int(mut self, name: &str) -> Self {
        let typed: String = self.form.get(name).chars().filter(|c| !c.is_whitespace()).collect();
        if typed.is_empty() {
            return self;
        }
        match typed.parse::<i32>() {
            Ok(number) => {
                self.map.insert(name.to_owned(), json!(number));
            }
            Err(_) => self.errors.push(FieldError::new(name, self.ui.t("form-number"))),
        }
        self
    }

    /// A box that is ticked or not.
    #[must_use]
    pub fn tick(mut self, name: &str) -> Self {
        self.map.insert(name.to_owned(), json!(self.form.has(name)));
        self
    }

    /// All values of a name, those that are empty left out.
    #[must_use]
    pub fn list(mut self, name: &str) -> Self {
        let values: Vec<String> = self.form.all(name).into_iter().filter(|v| !v.trim().is_empty()).collect();
        self.map.insert(name.to_owned(), json!(values));
        self
    }

    /// The files of the form.
    #[must_use]
    pub fn files(mut self) -> Self {
        self.map.insert(UPLOADED.to_owned(), json!(self.form.uploaded()));
        self
    }

    /// The files of a form that people without an account may send too: theirs go inside the message.
    #[must_use]
    pub fn files_of_anybody(mut self) -> Self {
        if self.ui.is_known() {
            return self.files();
        }
        let files = std::mem::take(&mut *self.form.files.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        let inside =
            |file: &File| json!({ "name": file.name, "contentType": file.content_type, "content": STANDARD.encode(&file.content) });
        self.map.insert("attachments".to_owned(), files.iter().map(inside).collect());
        self
    }

    /// Anything else.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.map.insert(name.to_owned(), value.into());
        self
    }

    /// The input.
    ///
    /// # Errors
    /// Something typed is not what its field wants.
    pub fn finish(self) -> Result<Value, Failure> {
        if self.errors.is_empty() { Ok(Value::Object(self.map)) } else { Err(Failure::Refused(self.errors)) }
    }
}
