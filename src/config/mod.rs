//! The settings: defaults, then a TOML file, then `VECHE_…` variables, then flags; one struct a section.
//!
//! Every key is known here; an unknown one is refused, so that a misspelt setting never does nothing in silence.

mod bots;
mod limits;
mod sections;

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

pub use bots::Bots;
pub use limits::{Limits, Rate};
pub use sections::{
    Attachments, Database, EmbedderKind, Engine, Feedback, Http, Initiatives, Log, LogFormat, Mail, MailTransport, MetricsFor, Nlp, Search,
    Secrets, Site, Telemetry, Triage, Voting, Worker,
};

/// All settings.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The web and API server.
    pub http: Http,
    /// The pages.
    pub site: Site,
    /// Where the data live.
    pub database: Database,
    /// Keys.
    pub secrets: Secrets,
    /// Outgoing mail.
    pub mail: Mail,
    /// What a single request or person may use.
    pub limits: Limits,
    /// Initiatives.
    pub initiatives: Initiatives,
    /// Ballots.
    pub voting: Voting,
    /// Tickets.
    pub feedback: Feedback,
    /// Files.
    pub attachments: Attachments,
    /// Understanding and routing of messages.
    pub triage: Triage,
    /// What turns texts into vectors.
    pub nlp: Nlp,
    /// Search.
    pub search: Search,
    /// The bots, which bring messages and carry answers.
    pub bots: Bots,
    /// Mail that comes in.
    pub email: veche_email::Settings,
    /// The Telegram bot.
    pub telegram: veche_telegram::Settings,
    /// Background jobs.
    pub worker: Worker,
    /// Logs.
    pub log: Log,
    /// Numbers and traces.
    pub telemetry: Telemetry,
}

/// Variables of this prefix are settings; these few mean something else.
const NOT_SETTINGS: [&str; 2] = ["VECHE_CONFIG", "VECHE_DATA"];

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// The file cannot be read or parsed, a key is unknown, a value is of the wrong type or out of range. The message
    /// names the key.
    pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut table = Table::new();
        if let Some(path) = file {
            let text = std::fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
            table = text.parse().with_context(|| format!("failed to parse {}", path.display()))?;
        }
        let defaults = Table::try_from(Self::default())?;
        for (name, value) in environment {
            if name == "DATABASE_URL" {
                set(&mut table, "database", "url", Value::String(value));
            } else if let Some(rest) = name.strip_prefix("VECHE_").filter(|_| !NOT_SETTINGS.contains(&name.as_str())) {
                let rest = rest.to_ascii_lowercase();
                let Some((section, key)) = rest.split_once('_') else {
                    bail!("the variable {name} is no setting of Veche");
                };
                let Some(default) = defaults.get(section).and_then(|s| s.get(key)) else {
                    bail!("the variable {name} is no setting of Veche: there is no `{key}` in [{section}]");
                };
                let value = typed(&value, default).with_context(|| format!("the variable {name} should be like `{default}`"))?;
                set(&mut table, section, key, value);
            }
        }
        let config: Self = table.try_into().context("failed to understand the settings")?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if self.http.public_url.ends_with('/') || !self.http.public_url.starts_with("http") {
            bail!("http.public_url should be like `https://veche.example.org`, without a slash at its end");
        }
        if !self.secrets.key.is_empty() && (self.secrets.key.len() != 64 || !self.secrets.key.is_ascii()) {
            bail!("secrets.key should be 64 hexadecimal digits (32 bytes)");
        }
        let mail = &self.mail;
        let dkim = [mail.dkim_selector.is_empty(), mail.dkim_domain.is_empty(), mail.dkim_key.as_os_str().is_empty()];
        if dkim.contains(&true) && dkim.contains(&false) {
            bail!("mail.dkim_selector, mail.dkim_domain and mail.dkim_key belong together: set all three, or none");
        }
        if self.feedback.acknowledgements_an_hour < 0 {
            bail!("feedback.acknowledgements_an_hour should not be negative; 0 sends none");
        }
        if !self.attachments.clamd.is_empty() {
            crate::attachments::Place::parse(&self.attachments.clamd)?;
        }
        if !(0.0..=1.0).contains(&self.triage.confidence) {
            bail!("triage.confidence should lie between 0 and 1");
        }
        if !(1..=36_500).contains(&self.triage.window_days) || self.triage.window_tickets < 0 {
            bail!("triage.window_days should lie between 1 and 36500, triage.window_tickets should not be negative");
        }
        if !(0.0..=1.0).contains(&self.nlp.join) || !(0.0..=1.0).contains(&self.nlp.similar) {
            bail!("nlp.join and nlp.similar should lie between 0 and 1");
        }
        if self.nlp.batch == 0 || self.nlp.queue == 0 {
            bail!("nlp.batch and nlp.queue should be at least 1");
        }
        if self.nlp.embedder == EmbedderKind::Bert && self.nlp.model.as_os_str().is_empty() {
            bail!("nlp.model should name the folder of a model where nlp.embedder is `bert`");
        }
        let search = &self.search;
        if search.engine == Engine::Meilisearch && !search.meilisearch_url.starts_with("http") {
            bail!("search.meilisearch_url should be like `http://127.0.0.1:7700` where search.engine is `meilisearch`");
        }
        if search.meilisearch_prefix.is_empty() || !search.meilisearch_prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            bail!("search.meilisearch_prefix should be of letters a to z, digits and hyphens");
        }
        if !(1..=3650).contains(&search.keep_changes_days) || !(10..=60_000).contains(&search.pause_millis) {
            bail!("search.keep_changes_days should lie between 1 and 3650, search.pause_millis between 10 and 60000");
        }
        if !(20..=5000).contains(&search.query_chars) || !(40..=2000).contains(&search.excerpt_chars) {
            bail!("search.query_chars should lie between 20 and 5000, search.excerpt_chars between 40 and 2000");
        }
        if !(0.0..=1.0).contains(&search.meaning) {
            bail!("search.meaning should lie between 0 and 1");
        }
        if !(100..=100_000).contains(&search.deepest) {
            bail!("search.deepest should lie between 100 and 100000");
        }
        self.email.check().map_err(anyhow::Error::msg)?;
        if !(0.0..=1.0).contains(&self.telemetry.sample_ratio) {
            bail!("telemetry.sample_ratio should lie between 0 and 1");
        }
        let collector = &self.telemetry.otlp_endpoint;
        if !collector.is_empty() && (collector.ends_with('/') || !collector.starts_with("http")) {
            bail!("telemetry.otlp_endpoint should be like `http://127.0.0.1:4318`, without a slash at its end");
        }
        Ok(())
    }
}

fn set(table: &mut Table, section: &str, key: &str, value: Value) {
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(key.to_owned(), value);
    }
}

/// A variable's text as a value of the default's type.
fn typed(text: &str, default: &Value) -> Result<Value> {
    Ok(match default {
        Value::Integer(_) => Value::Integer(text.parse()?),
        Value::Float(_) => Value::Float(text.parse()?),
        Value::Boolean(_) => Value::Boolean(text.parse()?),
        Value::Array(_) => {
            Value::Array(text.split(',').map(|s| Value::String(s.trim().to_owned())).filter(|v| v.as_str() != Some("")).collect())
        }
        Value::Table(_) => text.parse::<Table>().map(Value::Table)?,
        _ => Value::String(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn variables_override_and_unknown_keys_are_refused() {
        let config =
            Config::load(None, env(&[("VECHE_HTTP_LISTEN", "127.0.0.1:9"), ("DATABASE_URL", "postgres://x"), ("HOME", "/")])).unwrap();
        assert_eq!(config.http.listen, "127.0.0.1:9");
        assert_eq!(config.database.url, "postgres://x");
        assert!(Config::load(None, env(&[("VECHE_HTTP_LISTENN", "x")])).unwrap_err().to_string().contains("listenn"));
        assert!(Config::load(None, env(&[("VECHE_LIMITS_DEPTH", "deep")])).is_err());
        assert!(Config::load(None, env(&[("VECHE_NLP_EMBEDDER", "bert")])).unwrap_err().to_string().contains("nlp.model"));
        assert!(Config::load(None, env(&[("VECHE_MAIL_DKIM_SELECTOR", "a")])).unwrap_err().to_string().contains("mail.dkim_key"));
        for (variable, value) in
            [("KEEP_CHANGES_DAYS", "0"), ("PAUSE_MILLIS", "0"), ("QUERY_CHARS", "9000"), ("DEEPEST", "1"), ("EXCERPT_CHARS", "1")]
        {
            let refused = Config::load(None, env(&[(&format!("VECHE_SEARCH_{variable}"), value)])).unwrap_err().to_string();
            assert!(refused.contains(&format!("search.{}", variable.to_lowercase())), "{refused}");
        }
        assert_eq!(Config::load(None, env(&[("VECHE_SEARCH_KEEP_CHANGES_DAYS", "30")])).unwrap().search.keep_changes_days, 30);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("veche.toml");
        std::fs::write(&file, "[http]\nlissten = 'x'\n").unwrap();
        assert!(format!("{:#}", Config::load(Some(&file), env(&[])).unwrap_err()).contains("lissten"));
    }

    #[test]
    fn the_documented_file_is_the_defaults() {
        let documented: Config = include_str!("../../docs/veche.example.toml").parse::<Table>().unwrap().try_into().unwrap();
        assert_eq!(Table::try_from(documented).unwrap(), Table::try_from(Config::default()).unwrap());
    }
}
