use std::convert::Infallible;

use anyhow::{Result, bail};
use sqlx::PgPool;

use super::{
    Common,
    boot::{self, Boot},
    settings,
};
use crate::{
    app::migrate,
    config::{Config, EmbedderKind, Http, Mail, MailTransport},
    nlp::{Calibration, lexical},
    search, triage,
};

/// What was found, and what to do about it.
struct Finding {
    grave: bool,
    text: String,
}

/// Looks at the settings and the installation.
///
/// # Errors
/// Something keeps the service from running, or is unsafe.
pub async fn examine(common: &Common) -> Result<()> {
    let config = settings(common)?;
    let mut findings = examine_settings(&config);
    for line in mail_in_words(&config.mail) {
        println!("{line}");
    }
    for line in bots_in_words(&config) {
        println!("{line}");
    }
    examine_bots(&config, &mut findings);
    examine_embedder(&config, &mut findings);
    match boot::database(common, &config).await {
        Ok((db, cluster)) => {
            let version: String = sqlx::query_scalar("show server_version").fetch_one(&db).await?;
            println!("ok    PostgreSQL {version} answers");
            let lower: String = sqlx::query_scalar("select lower('ЁЖ')").fetch_one(&db).await?;
            if lower != "ёж" {
                grave(&mut findings, "the database does not lower-case Cyrillic: create it with a UTF-8 locale (C.UTF-8 or ICU)".into());
            }
            migrate(&db).await?;
            println!("ok    the tables are up to date");
            examine_search(&db, &mut findings).await?;
            db.close().await;
            match Boot::start(common, config).await {
                Ok(boot) => {
                    println!("ok    the secret key fits the data");
                    boot.stop().await?;
                }
                Err(error) => grave(&mut findings, format!("{error:#}")),
            }
            if let Some(cluster) = cluster {
                cluster.stop().await?;
            }
        }
        Err(error) => grave(&mut findings, format!("{error:#}")),
    }
    for finding in &findings {
        println!("{} {}", if finding.grave { "FAIL " } else { "warn " }, finding.text);
    }
    let grave = findings.iter().filter(|f| f.grave).count();
    if grave > 0 {
        bail!("{grave} of these keep the service from running safely");
    }
    Ok(())
}

fn grave(findings: &mut Vec<Finding>, text: String) {
    findings.push(Finding { grave: true, text });
}

/// Says how each index of the search fares, and what is wrong with it.
async fn examine_search(db: &PgPool, findings: &mut Vec<Finding>) -> Result<()> {
    let expected = search::Expected::now(db).await?;
    let indexes = search::standing(db).await?;
    if indexes.is_empty() {
        println!("info  no server keeps an index for the search at present; each makes its own when it starts");
    }
    for index in indexes {
        println!("{}", index_in_words(&index));
        let faults = expected.faults(&index).into_iter();
        findings.extend(faults.map(|fault| Finding { grave: false, text: format!("the index {} {fault}", index.name) }));
    }
    Ok(())
}

fn index_in_words(index: &search::Index) -> String {
    let search::Index { name, documents, waiting, lag, .. } = index;
    let state = match (index.filling(), index.is_ready()) {
        (Some((done, expected)), _) => format!("is being made: {done} of {expected} documents"),
        (None, false) => "is made anew soon".into(),
        (None, true) => format!("holds {documents} documents, {waiting} changes wait, {lag} s behind"),
    };
    let sign = if index.is_alive() && index.error.is_none() { "ok   " } else { "info " };
    format!("{sign} the index {name} {state}")
}

/// Below this a sentence encoder hardly tells the matters of texts apart in a language: a model that knows it reaches 0.98.
const SURE: f32 = 0.9;

/// Says which embedder is on, and whether it knows the languages of the service.
fn examine_embedder(config: &Config, findings: &mut Vec<Finding>) {
    if config.nlp.embedder == EmbedderKind::Lexical {
        println!("ok    texts are embedded by their words (lexical, {} dimensions)", lexical::DIMENSIONS);
        return;
    }
    let embedder = match triage::open_encoder(&config.nlp) {
        Ok(embedder) => embedder,
        Err(error) => return grave(findings, format!("{error:#}")),
    };
    println!("ok    texts are embedded by {}, version {}, {} dimensions", embedder.name(), embedder.version(), embedder.dimensions());
    let Ok(calibration) = Calibration::of(|texts| Ok::<_, Infallible>(embedder.embed(texts)));
    for (language, sight) in [("Russian", calibration.russian), ("English", calibration.english)] {
        if sight.sureness < SURE {
            let text =
                format!("the sentence encoder hardly tells {language} texts apart ({:.2} of 1): choose another model", sight.sureness);
            findings.push(Finding { grave: false, text });
        }
    }
}

/// What is on of outgoing mail. Settings that cannot work are found when the program starts.
fn mail_in_words(mail: &Mail) -> [String; 3] {
    let Mail { dkim_selector, dkim_domain, reply_to, bounces, .. } = mail;
    [
        if dkim_domain.is_empty() {
            "info  mails are not signed (mail.dkim_selector, dkim_domain, dkim_key), unless the mail server does it".into()
        } else {
            format!("ok    mails are signed for {dkim_domain}; the public key should stand at {dkim_selector}._domainkey.{dkim_domain}")
        },
        if reply_to.is_empty() {
            "info  mails name no address for answers (mail.reply_to)".into()
        } else {
            format!("ok    answers to mails go to {reply_to}, which must take addresses with a `+`")
        },
        if bounces.is_empty() {
            "info  mails that come back go to the address in mail.from (mail.bounces)".into()
        } else {
            format!("ok    mails that come back go to {bounces}, which must take addresses with a `+`")
        },
    ]
}

/// Which bots run beside the server.
fn bots_in_words(config: &Config) -> Vec<String> {
    let mut lines: Vec<String> =
        config.email.mailboxes.iter().map(|mailbox| format!("ok    mail is read from {}", mailbox.label("INBOX"))).collect();
    if !config.email.lmtp.listen.is_empty() {
        lines.push(format!("ok    mail is taken by LMTP at {}", config.email.lmtp.listen));
    }
    if config.telegram.is_configured() {
        lines.push("ok    the Telegram bot is on".into());
    }
    if lines.is_empty() {
        lines.push("ok    no bot is set up: people write on the web and through the API".into());
    }
    lines
}

/// Looks for what would keep a bot from its work, or mail from its thread.
fn examine_bots(config: &Config, findings: &mut Vec<Finding>) {
    let mut warn = |text: &str| findings.push(Finding { grave: false, text: text.to_owned() });
    if config.email.is_configured() {
        if config.email.authserv_id.is_empty() {
            warn("email.authserv_id is empty: no sender of a mail is believed to be who the mail says");
        }
        if config.mail.reply_to.is_empty() {
            warn("mail.reply_to is empty: answers to our mails find their ticket only where programs keep the references");
        }
        if config.mail.transport == MailTransport::File {
            warn("mail comes in, but mail.transport is `file`: nobody is answered");
        }
    }
    if !config.telegram.webhook_listen.is_empty() && config.telegram.webhook_secret.is_empty() {
        grave(findings, "telegram.webhook_secret is empty: anybody could pretend to be Telegram".into());
    }
    if !config.bots.api.is_empty() && config.bots.token.is_empty() && (config.email.is_configured() || config.telegram.is_configured()) {
        grave(findings, "bots.api names a server, but bots.token is empty: the bots are not let in".into());
    }
}

fn examine_settings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let local = config.http.public_url.contains("//127.0.0.1") || config.http.public_url.contains("//localhost");
    let mut warn = |text: &str| findings.push(Finding { grave: false, text: text.to_owned() });
    if config.http.public_url == Http::default().public_url {
        warn("http.public_url is the default: set it to the address that people use, or links in mails lead nowhere");
    }
    if config.mail.transport == MailTransport::File {
        warn("mail.transport is `file`: mails are only written to the data folder; set `smtp` and mail.smtp_url to send them");
    }
    if config.mail.from == Mail::default().from {
        warn("mail.from is the default: set it to an address of yours");
    }
    if config.secrets.key.is_empty() && !config.database.url.is_empty() {
        warn(
            "secrets.key is empty while the database is elsewhere: the key lies in the data folder only; keep a copy, and give it to every process",
        );
    }
    if !local && config.http.public_url.starts_with("http:") {
        grave(
            &mut findings,
            "http.public_url is plain http: sessions and passwords would travel readable; put TLS in front and use https".into(),
        );
    }
    if config.mail.transport == MailTransport::Smtp && config.mail.smtp_url.is_empty() {
        grave(&mut findings, "mail.transport is `smtp` but mail.smtp_url is empty".into());
    }
    if config.mail.transport == MailTransport::Memory {
        grave(&mut findings, "mail.transport is `memory`, which is for tests: no mail leaves".into());
    }
    let listens_everywhere = config.http.listen.starts_with("0.0.0.0") || config.http.listen.starts_with("[::]");
    if listens_everywhere && !config.http.behind_proxy {
        findings.push(Finding {
            grave: false,
            text: "http.listen is open to every network without a proxy: make sure that TLS is in front".into(),
        });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_of_outgoing_mail_is_said() {
        assert!(mail_in_words(&Mail::default()).iter().all(|line| line.starts_with("info")));
        let mail = Mail {
            reply_to: "inbox@example.org".into(),
            bounces: "bounce@example.org".into(),
            dkim_selector: "veche".into(),
            dkim_domain: "example.org".into(),
            dkim_key: "key.pem".into(),
            ..Mail::default()
        };
        let said = mail_in_words(&mail);
        assert!(said.iter().all(|line| line.starts_with("ok")), "{said:?}");
        assert!(said[0].contains("veche._domainkey.example.org") && said[1].contains("inbox@") && said[2].contains("bounce@"), "{said:?}");
    }

    #[test]
    fn unsafe_settings_are_named() {
        let mut config = Config::default();
        assert!(examine_settings(&config).iter().all(|f| !f.grave));
        config.http.public_url = "http://veche.example.org".into();
        config.mail.transport = MailTransport::Smtp;
        let grave: Vec<_> = examine_settings(&config).into_iter().filter(|f| f.grave).map(|f| f.text).collect();
        assert!(grave.iter().any(|t| t.contains("public_url")) && grave.iter().any(|t| t.contains("smtp_url")), "{grave:?}");
    }
}
