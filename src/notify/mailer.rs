use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, Date, HeaderName, HeaderValue, MessageId},
    },
};

use crate::{
    config::{self, MailTransport},
    error::{Error, Result},
};

/// A mail of plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address it goes to.
    pub to: String,
    /// Its subject, one line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// Its `Message-ID` without the brackets; one is made up where there is none.
    pub id: Option<String>,
    /// The `Message-ID`, without the brackets, of the mail that it answers.
    pub in_reply_to: Option<String>,
    /// When it came to be written: of a mail with an `id` the same at every try, as its file is named after both.
    pub at: DateTime<Utc>,
}

/// A mail that will not arrive however often it is tried: the address cannot be used, or the server refused it for good
/// (5xx, RFC 5321, 4.2.1). It never holds the address.
#[derive(Debug)]
pub struct Undeliverable(String);

impl std::fmt::Display for Undeliverable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Undeliverable {}

fn undeliverable(why: impl Into<String>) -> Error {
    Error::Internal(anyhow::Error::new(Undeliverable(why.into())))
}

enum Transport {
    File(PathBuf),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Memory(Arc<Mutex<Vec<Mail>>>),
}

/// Sends mail, by whichever way the settings name.
pub struct Mailer {
    from: Mailbox,
    transport: Transport,
}

impl Mailer {
    /// By the settings; `data` is the folder that holds the `outbox` of the file transport.
    ///
    /// # Errors
    /// Sender or SMTP address cannot be used, or the outbox cannot be made.
    pub fn new(settings: &config::Mail, data: &Path) -> anyhow::Result<Self> {
        let from = settings.from.parse().context("mail.from should be like `Veche <noreply@example.org>`")?;
        let transport = match settings.transport {
            MailTransport::File => {
                let outbox = data.join("outbox");
                std::fs::create_dir_all(&outbox).with_context(|| format!("failed to make {}", outbox.display()))?;
                Transport::File(outbox)
            }
            MailTransport::Smtp => {
                if settings.smtp_url.is_empty() {
                    bail!("mail.smtp_url should be set for mail.transport = \"smtp\"");
                }
                // The library's error is left out: it may quote the password.
                let Ok(builder) = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.smtp_url) else {
                    bail!("mail.smtp_url should be like `smtps://user:password@mail.example.org`");
                };
                Transport::Smtp(builder.timeout(Some(Duration::from_secs(30))).build())
            }
            MailTransport::Memory => Transport::Memory(Arc::default()),
        };
        Ok(Self { from, transport })
    }

    /// Sends a mail: when this returns, the server has taken it, or the file is complete.
    ///
    /// # Errors
    /// [`Undeliverable`] within `Internal` when trying again is of no use; anything else may pass.
    pub async fn send(&self, mail: Mail) -> Result<()> {
        let message = self.message(&mail)?;
        match &self.transport {
            Transport::File(outbox) => write(outbox, &message).await?,
            Transport::Smtp(smtp) => {
                smtp.send(message).await.map_err(|error| match error.status() {
                    // Only the code: the server's words repeat the address. Where it refuses *us* (RFC 4954), the mail is not to blame.
                    Some(code) if error.is_permanent() && !matches!(u16::from(code), 530 | 534 | 535 | 538) => {
                        undeliverable(format!("the mail server refused with {code}"))
                    }
                    Some(code) => Error::Internal(anyhow::anyhow!("the mail server did not take a mail now: {code}")),
                    None => Error::Internal(anyhow::Error::new(error).context("failed to reach the mail server")),
                })?;
            }
            Transport::Memory(sent) => sent.lock().unwrap_or_else(PoisonError::into_inner).push(mail),
        }
        Ok(())
    }

    /// What was sent so far by the memory transport.
    pub fn sent(&self) -> Vec<Mail> {
        match &self.transport {
            Transport::Memory(sent) => sent.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Transport::File(_) | Transport::Smtp(_) => Vec::new(),
        }
    }

    /// The mail in its form for the network (RFC 5322).
    fn message(&self, mail: &Mail) -> Result<Message> {
        // The parser's error is left out: it may quote the address.
        let to: Address = mail.to.parse().map_err(|_| undeliverable("the address is not one"))?;
        let subject: String = mail.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject.trim())
            .message_id(mail.id.as_deref().and_then(bracketed))
            .date(mail.at.into())
            .header(ContentType::TEXT_PLAIN)
            // Keeps automatic replies from answering (RFC 3834), and our own mailbox from taking it for a citizen's.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("X-Veche"), "1".into()));
        if let Some(id) = mail.in_reply_to.as_deref().and_then(bracketed) {
            message = message.in_reply_to(id.clone()).references(id);
        }
        message.body(mail.body.clone()).map_err(|e| Error::Internal(anyhow::Error::new(e).context("failed to write a mail")))
    }
}

/// A message id in its brackets, if it is one (RFC 5322, 3.6.4). It may come from a stranger's mail.
fn bracketed(id: &str) -> Option<String> {
    let plain = id.len() <= 250 && id.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'));
    let halves = id.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty() && !right.contains('@'));
    (plain && halves).then(|| format!("<{id}>"))
}

/// Writes a complete `.eml`: nobody ever reads half of one, and a second try replaces the file of the first.
async fn write(outbox: &Path, message: &Message) -> Result<()> {
    let headers = message.headers();
    let time = headers.get::<Date>().map_or_else(DateTime::default, |date| DateTime::<Utc>::from(std::time::SystemTime::from(date)));
    let id = headers.get::<MessageId>().map_or_else(String::new, |id| id.as_ref().to_owned());
    let id: String = id.chars().take_while(|c| *c != '@').filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(80).collect();
    let name = format!("{}-{id}.eml", time.format("%Y%m%dT%H%M%SZ"));
    let half = outbox.join(format!(".{name}.part"));
    let failed = |e: std::io::Error| anyhow::Error::new(e).context("failed to write into the outbox");
    tokio::fs::write(&half, message.formatted()).await.map_err(failed)?;
    tokio::fs::rename(&half, outbox.join(name)).await.map_err(failed)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use veche_email::{Kind, Limits};

    use super::*;

    fn mailer(transport: MailTransport, data: &Path) -> Mailer {
        let settings = config::Mail { transport, from: "Вече <noreply@veche.example>".into(), ..config::Mail::default() };
        Mailer::new(&settings, data).unwrap()
    }

    fn mail() -> Mail {
        Mail {
            to: "anna@example.org".into(),
            subject: "Ответ на обращение № 7".into(),
            body: "Добрый день!\n\nОтвет: «да».\n.\nКонец.".into(),
            id: Some("0192-ab@veche.example".into()),
            in_reply_to: Some("first@mail.example".into()),
            at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        }
    }

    #[tokio::test]
    async fn a_mail_in_the_outbox_is_whole_and_marked_as_automatic() {
        let data = tempfile::tempdir().unwrap();
        let mailer = mailer(MailTransport::File, data.path());
        // The second try of the same mail replaces the first.
        mailer.send(mail()).await.unwrap();
        mailer.send(mail()).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(data.path().join("outbox")).unwrap().map(|f| f.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        let name = files[0].file_name().unwrap().to_str().unwrap();
        assert_eq!(name, "20231114T221320Z-0192-ab.eml");
        let raw = std::fs::read(&files[0]).unwrap();
        let parsed = veche_email::read(&raw, &Limits::default()).unwrap();
        assert_eq!(parsed.subject, mail().subject);
        assert_eq!(parsed.text.trim_end(), mail().body);
        assert_eq!(parsed.from.unwrap().name.as_deref(), Some("Вече"));
        assert_eq!((parsed.message_id, parsed.in_reply_to), (mail().id, mail().in_reply_to));
        assert_eq!(parsed.date.unwrap(), mail().at.timestamp());
        // Should it ever come back to us, it is no citizen's.
        assert!(matches!(parsed.kind, Kind::Machine(_)));
        assert!(String::from_utf8(raw).unwrap().contains("Auto-Submitted: auto-generated\r\n"));
    }

    #[tokio::test]
    async fn nothing_can_be_smuggled_into_the_headers() {
        let data = tempfile::tempdir().unwrap();
        let mailer = mailer(MailTransport::Memory, data.path());
        for to in ["anna@example.org\r\nBcc: eve@example.org", "anna@example.org, eve@example.org", "anna", "", "a@b\n"] {
            let error = mailer.send(Mail { to: to.into(), ..mail() }).await.unwrap_err();
            assert!(matches!(error, Error::Internal(e) if e.is::<Undeliverable>()), "{to}");
        }
        assert!(mailer.sent().is_empty());
        let evil = "x@y\r\nBcc: eve@example.org\r\n\r\nBuy!";
        let message =
            mailer
                .message(&Mail { subject: format!("Привет{evil}"), id: Some(evil.into()), in_reply_to: Some(evil.into()), ..mail() });
        let raw = message.unwrap().formatted();
        let parsed = veche_email::read(&raw, &Limits::default()).unwrap();
        assert!(parsed.in_reply_to.is_none() && parsed.references.is_empty());
        assert!(parsed.text.starts_with("Добрый день!") && parsed.subject.starts_with("Привет"));
        assert!(!String::from_utf8(raw).unwrap().contains("\nBcc:"));
    }

    #[test]
    fn settings_that_cannot_work_are_refused_without_the_password() {
        let data = tempfile::tempdir().unwrap();
        for url in ["", "gopher://user:geheim@host", "smtps://user:geheim@:x"] {
            let settings = config::Mail { transport: MailTransport::Smtp, smtp_url: url.into(), ..config::Mail::default() };
            let error = format!("{:#}", Mailer::new(&settings, data.path()).err().unwrap());
            assert!(error.contains("smtp_url") && !error.contains("geheim"), "{error}");
        }
        let settings = config::Mail { from: "nobody".into(), ..config::Mail::default() };
        assert!(Mailer::new(&settings, data.path()).is_err());
    }
}
