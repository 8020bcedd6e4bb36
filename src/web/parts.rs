//! Parts that pages are made of.

use askama::Template;
use serde::Deserialize;

use super::{failure::FieldError, ui::Ui};

/// Entries of a list of the API, with what is needed to go on.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct List<T> {
    /// The entries.
    #[serde(default = "Vec::new")]
    pub nodes: Vec<T>,
    /// How many there are in all, where the document asks.
    #[serde(default)]
    pub total_count: i64,
    /// Where to go on.
    #[serde(default)]
    pub page_info: PageInfo,
}

/// Where a list goes on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PageInfo {
    /// Whether there are more behind.
    pub has_next_page: bool,
    /// Whether there are some before.
    pub has_previous_page: bool,
    /// The cursor of the last entry.
    pub end_cursor: Option<String>,
    /// The cursor of the first entry.
    pub start_cursor: Option<String>,
}

/// Something that speaks for or against two messages being about the same incident.
#[derive(Debug, Clone, Deserialize)]
pub struct Reason {
    kind: String,
    value: Option<f64>,
}

/// A thing with a name that can be chosen or linked to: a department, a topic, a person.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    /// Its global identifier.
    pub id: String,
    /// Its name in the reader's language.
    pub name: String,
}

/// A file.
#[derive(Debug, Clone, Deserialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Where to get it.
    pub url: String,
    /// Bytes.
    pub size: i64,
}

/// A choice of a list.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people read.
    pub label: String,
}

/// Links to the pages before and after.
#[derive(Template)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    ui: Ui,
    back: Option<String>,
    on: Option<String>,
}

impl askama::filters::HtmlSafe for Pager {}

/// A picture from our sprite; it says nothing that the text beside it does not.
#[derive(Template)]
#[template(
    source = "<svg class=\"icon\" aria-hidden=\"true\" focusable=\"false\"><use href=\"{{ sprite }}#{{ name }}\"/></svg>",
    ext = "html"
)]
pub struct Icon {
    sprite: String,
    name: &'static str,
}

impl askama::filters::HtmlSafe for Icon {}

/// A field of a form with its label, hint and what is wrong with it.
#[derive(Template)]
#[template(path = "parts/field.html")]
pub struct Field {
    ui: Ui,
    name: &'static str,
    kind: &'static str,
    label: String,
    hint: String,
    value: String,
    choices: Vec<Choice>,
    required: bool,
    most: usize,
    rows: usize,
    autocomplete: &'static str,
    error: Option<String>,
}

impl askama::filters::HtmlSafe for Field {}

/// All that is wrong with a form, above it, with links to the fields.
#[derive(Template)]
#[template(path = "parts/errors.html")]
pub struct Errors {
    ui: Ui,
    errors: Vec<FieldError>,
}

impl askama::filters::HtmlSafe for Errors {}

impl Ui {
    /// Links to the pages before and after, for `?after=` and `?before=`.
    pub fn pager(&self, info: &PageInfo) -> Pager {
        let link = |there: bool, name: &str, other: &str, cursor: &Option<String>| {
            cursor.as_deref().filter(|_| there).map(|cursor| self.with_args(&[(name, cursor), (other, "")]))
        };
        Pager {
            ui: self.clone(),
            back: link(info.has_previous_page, "before", "after", &info.start_cursor),
            on: link(info.has_next_page, "after", "before", &info.end_cursor),
        }
    }

    /// The variables of a page of a list from the address: `first`/`after` or `last`/`before`.
    pub fn paging(&self, size: i32) -> serde_json::Map<String, serde_json::Value> {
        let mut variables = serde_json::Map::new();
        if self.arg("before").is_empty() {
            variables.insert("first".into(), size.into());
            variables.insert("after".into(), self.arg_value("after"));
        } else {
            variables.insert("last".into(), size.into());
            variables.insert("before".into(), self.arg_value("before"));
        }
        variables
    }

    /// A picture from our sprite.
    pub fn icon(&self, name: &'static str) -> Icon {
        Icon { sprite: super::assets::url("icons.svg"), name }
    }

    /// A size in bytes for people.
    pub fn size(&self, bytes: &i64) -> String {
        let (key, number) = match *bytes {
            0..1_000 => ("size-bytes", *bytes),
            1_000..1_000_000 => ("size-kilobytes", bytes / 1_000),
            _ => ("size-megabytes", bytes / 1_000_000),
        };
        self.t1(key, "count", number)
    }

    /// A field of one line; its kind is that of HTML: `text`, `email`, `password`, `number`, `date`, `search`, `file`.
    pub fn field(&self, kind: &'static str, name: &'static str, label: &str) -> Field {
        let error = self.errors().iter().find(|e| e.field() == name).map(|e| e.message.clone());
        Field {
            name,
            kind,
            label: self.t(label),
            hint: String::new(),
            value: if kind == "password" { String::new() } else { self.value(name, "") },
            choices: Vec::new(),
            required: false,
            most: 0,
            rows: 0,
            autocomplete: "",
            error,
            ui: self.clone(),
        }
    }

    /// A field of several lines.
    pub fn area(&self, name: &'static str, label: &str, rows: usize) -> Field {
        Field { rows, ..self.field("textarea", name, label) }
    }

    /// A list to choose one from.
    pub fn select(&self, name: &'static str, label: &str, choices: Vec<Choice>) -> Field {
        Field { choices, ..self.field("select", name, label) }
    }

    /// Choices to choose one from, all in sight.
    pub fn radio(&self, name: &'static str, label: &str, choices: Vec<Choice>) -> Field {
        Field { choices, ..self.field("radio", name, label) }
    }

    /// A box to tick.
    pub fn tick(&self, name: &'static str, label: &str, ticked: bool) -> Field {
        let on = if self.form.is_sent() { self.form.has(name) } else { ticked };
        Field { value: if on { "true".into() } else { String::new() }, ..self.field("checkbox", name, label) }
    }

    /// Choices from things with names, after one for none of them (its text by key; no such choice for an empty key).
    pub fn choices(&self, none: &str, things: &[Named]) -> Vec<Choice> {
        let none = Some(none).filter(|n| !n.is_empty()).map(|n| Choice { value: String::new(), label: self.t(n) });
        none.into_iter().chain(things.iter().map(|t| Choice { value: t.id.clone(), label: t.name.clone() })).collect()
    }

    /// Choices from names of the API, whose texts are `group-name`.
    pub fn named_choices(&self, group: &str, names: &[&str]) -> Vec<Choice> {
        names.iter().map(|name| Choice { value: (*name).to_owned(), label: self.named(group, name) }).collect()
    }

    /// Why two messages may be about the same incident, in words: the weightiest reasons.
    pub fn reasons(&self, reasons: &[Reason]) -> String {
        let word = |reason: &Reason| {
            let key = format!("likeness-{}", reason.kind.to_ascii_lowercase().replace('_', "-"));
            match (reason.kind.as_str(), reason.value) {
                ("NEARLY_SAME_WORDS", Some(share)) => self.t1(&key, "percent", (share * 100.0).round() as i64),
                (_, Some(days)) => self.t1(&key, "count", days.round() as i64),
                _ => self.t(&key),
            }
        };
        reasons.iter().take(4).map(word).collect::<Vec<_>>().join(", ")
    }

    /// All that is wrong with the form that was sent.
    pub fn error_summary(&self) -> Errors {
        Errors { ui: self.clone(), errors: self.errors().to_vec() }
    }
}

impl Field {
    /// A sentence that helps, by key.
    #[must_use]
    pub fn hint(mut self, key: &str) -> Self {
        self.hint = self.ui.t(key);
        self
    }

    /// A sentence that helps, as it is.
    #[must_use]
    pub fn hint_text(mut self, text: String) -> Self {
        self.hint = text;
        self
    }

    /// What stands in it as long as nothing was typed.
    #[must_use]
    pub fn or(mut self, value: &str) -> Self {
        self.value = self.ui.value(self.name, value);
        self
    }

    /// It must not stay empty.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Characters at the most.
    #[must_use]
    pub fn most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// What a browser may fill in (HTML's `autocomplete`).
    #[must_use]
    pub fn autocomplete(mut self, what: &'static str) -> Self {
        self.autocomplete = what;
        self
    }
}
