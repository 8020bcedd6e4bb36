//! Imports: files of messages and initiatives, read in the background.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::web::{
    failure::{Failure, FieldError},
    parts::{Choice, Named},
    ui::{Answer, Ui},
};

/// What files are.
const FORMATS: [&str; 4] = ["CSV", "JSONL", "MBOX", "EML"];
/// What files bring.
const KINDS: [&str; 2] = ["MESSAGES", "INITIATIVES"];
/// How messages came in.
const CHANNELS: [&str; 4] = ["WEB", "EMAIL", "TELEGRAM", "PHONE"];
/// Columns that may have another name in a file.
const COLUMNS: [(&str, &str); 9] = [
    ("text", "import-column-text"),
    ("id", "import-column-id"),
    ("title", "import-column-title"),
    ("subject", "import-column-subject"),
    ("author", "import-column-author"),
    ("date", "import-column-date"),
    ("group", "import-column-group"),
    ("topic", "import-column-topic"),
    ("votes", "import-column-votes"),
];

const IMPORTS: &str = "{
    ...Shell
    imports(first: 30) {
        id kind fileName state total read stored ignored refused error createdAt endedAt startedBy { id name }
    }
}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Import {
    kind: String,
    file_name: String,
    state: String,
    total: Option<i64>,
    read: i64,
    stored: i64,
    ignored: i64,
    refused: i64,
    error: Option<String>,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
    started_by: Option<Named>,
}

impl Import {
    fn is_running(&self) -> bool {
        matches!(self.state.as_str(), "WAITING" | "RUNNING")
    }

    fn tone(&self) -> &'static str {
        match self.state.as_str() {
            "DONE" => "good",
            "FAILED" => "bad",
            _ => "gold",
        }
    }
}

#[derive(Template)]
#[template(path = "admin/imports.html")]
struct Page {
    ui: Ui,
    imports: Vec<Import>,
    /// A file that was sent already, where the form is shown again.
    uploaded: Vec<String>,
}

impl Page {
    fn is_running(&self) -> bool {
        self.imports.iter().any(Import::is_running)
    }

    /// How messages came in; the first choice leaves it to the rows.
    fn channels(&self) -> Vec<Choice> {
        let by_rows = Choice { value: String::new(), label: self.ui.t("import-channel-rows") };
        std::iter::once(by_rows).chain(self.ui.named_choices("statistics-channel", &CHANNELS)).collect()
    }

    /// What a file may weigh.
    fn most(&self) -> String {
        let bytes = i64::try_from(self.ui.app().config.limits.upload_bytes).unwrap_or(i64::MAX);
        self.ui.t1("import-file-hint", "size", self.ui.size(&bytes))
    }
}

pub async fn show(ui: Ui) -> Answer {
    #[derive(Deserialize)]
    struct Data {
        imports: Vec<Import>,
    }
    let data: Data = ui.ask(IMPORTS, Value::Null).await?;
    ui.page(&Page { imports: data.imports, uploaded: ui.form.uploaded(), ui: ui.clone() })
}

pub async fn start(ui: Ui) -> Answer {
    match send(&ui).await {
        Ok(()) => ui.go("/admin/imports", Some(("flash-import-started", ""))),
        Err(Failure::Refused(errors)) => {
            let ui = ui.with_errors(errors.into_iter().map(|e| e.inside("columns")).collect());
            show(ui).await
        }
        Err(other) => Err(other),
    }
}

async fn send(ui: &Ui) -> Result<(), Failure> {
    let Some(file) = ui.form.uploaded().pop() else {
        return Err(Failure::Refused(vec![FieldError::new("attachmentId", ui.t("import-no-file"))]));
    };
    let columns: Map<String, Value> = COLUMNS.iter().map(|(name, _)| ((*name).to_owned(), ui.form.get(name).trim().into())).collect();
    let input = ui.form.input(ui).choice("kind").choice("format").maybe("channel").tick("public").int("threshold");
    let input = input.with("attachmentId", file).with("columns", columns).finish()?;
    ui.mutate("startImport", input, "").await.map(|_| ())
}
