use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    address::Envelope,
    message::{
        Mailbox, MultiPart,
        dkim::DkimConfig,
        header::{Date, HeaderName, HeaderValue, MessageId},
    },
    transport::smtp::PoolConfig,
};
use uuid::Uuid;

use super::{Letter, dkim};
use crate::{
    config::{self, MailTransport},
    error::{Error, Result},
};

/// A mail, as text and as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The address it goes to.
    pub to: String,
    /// Its subject, one line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// The same as HTML.
    pub html: String,
    /// Its `Message-ID` without the brackets; one is made up where there is none.
    pub id: Option<String>,
    /// The `Message-ID`, without the brackets, of the mail that it answers.
    pub in_reply_to: Option<String>,
    /// Those of the conversation before it, oldest first.
    pub references: Vec<String>,
    /// What the address for answers carries, where one is set.
    pub reply_token: Option<String>,
    /// The delivery by which it is known when it comes back.
    pub delivery: Option<Uuid>,
    /// Where one click ends mails of its kind (RFC 8058).
    pub unsubscribe: Option<String>,
    /// Whether it answers a mail of somebody's by itself (RFC 3834), rather than telling of something.
    pub replied: bool,
    /// When it came to be written: of a mail with an `id` the same at every try, as its file is named after both.
    pub at: DateTime<Utc>,
}

impl Mail {
    /// A letter to an address, in no conversation.
    ///
    /// # Errors
    /// The HTML could not be written.
    pub fn new(to: String, letter: &Letter, at: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            to,
            subject: letter.subject.clone(),
            body: letter.text(),
            html: letter.html()?,
            id: None,
            in_reply_to: None,
            references: Vec::new(),
            reply_token: None,
            delivery: None,
            unsubscribe: letter.unsubscribe.as_ref().map(|(_, address)| address.clone()),
            replied: false,
            at,
        })
    }
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

impl Undeliverable {
    /// For this reason, which must not hold the address.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

fn undeliverable(why: impl Into<String>) -> Error {
    Error::Internal(anyhow::Error::new(Undeliverable(why.into())))
}

enum Transport {
    File(PathBuf),
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Memory(Arc<Mutex<Vec<Mail>>>),
}

/// Connections to the mail server at the most, each kept for a while.
const CONNECTIONS: u32 = 4;
/// How long a connection without work is kept: shorter than servers wait.
const IDLE: Duration = Duration::from_secs(30);

/// Sends mail, by whichever way the settings name.
pub struct Mailer {
    from: Mailbox,
    reply_to: Option<Tagged>,
    bounces: Option<Tagged>,
    signature: Option<DkimConfig>,
    /// Which installation it is: by this mark a mail of ours is known when it comes back.
    instance: String,
    transport: Transport,
}

/// A mailbox that takes addresses with something behind a `+`.
struct Tagged {
    local: String,
    domain: String,
}

impl Tagged {
    /// By a setting, empty for none; `tag` are the characters that will stand behind the `+`.
    fn of(name: &str, value: &str, tag: usize) -> anyhow::Result<Option<Self>> {
        if value.is_empty() {
            return Ok(None);
        }
        // RFC 5321, 4.5.3.1.1: a local part has 64 octets.
        let most = 64 - 1 - tag;
        let example = format!("mail.{name} should be like `inbox@example.org`: without a `+`, and at most {most} letters before the `@`");
        let address: Address = value.parse().ok().with_context(|| example.clone())?;
        let plain = address.user().bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
        if !plain || address.user().len() > most {
            bail!(example);
        }
        Ok(Some(Self { local: address.user().to_owned(), domain: address.domain().to_owned() }))
    }

    fn with(&self, tag: &str) -> Result<Address> {
        let address = Address::new(format!("{}+{tag}", self.local), &self.domain);
        address.map_err(|e| Error::Internal(anyhow::Error::new(e).context("failed to make an address of ours")))
    }
}

impl Mailer {
    /// By the settings; `data` is the folder that holds the `outbox` of the file transport, `public_url` that of the installation.
    ///
    /// # Errors
    /// An address or the key cannot be used, or the outbox cannot be made; the message names the setting.
    pub fn new(settings: &config::Mail, data: &Path, public_url: &str) -> anyhow::Result<Self> {
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
                let pool = PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE);
                Transport::Smtp(builder.timeout(Some(Duration::from_secs(30))).pool_config(pool).build())
            }
            MailTransport::Memory => Transport::Memory(Arc::default()),
        };
        Ok(Self {
            from,
            reply_to: Tagged::of("reply_to", &settings.reply_to, 48)?,
            bounces: Tagged::of("bounces", &settings.bounces, 32)?,
            signature: dkim::config(settings)?,
            instance: host(public_url),
            transport,
        })
    }

    /// Whether mails about a ticket name an address where an answer finds it.
    pub const fn takes_answers(&self) -> bool {
        self.reply_to.is_some()
    }

    /// Sends a mail: when this returns, the server has taken it, or the file is complete.
    ///
    /// # Errors
    /// [`Undeliverable`] within `Internal` when trying again is of no use; anything else may pass.
    #[tracing::instrument(name = "mail", level = "error", skip_all)]
    pub async fn send(&self, mail: Mail) -> Result<()> {
        let message = self.message(&mail)?;
        match &self.transport {
            Transport::File(outbox) => write(outbox, &message).await?,
            Transport::Smtp(smtp) => {
                smtp.send(message).await.map_err(|error| match error.status() {
                    // Only the code: the server's words repeat the address. Where it refuses *us* (RFC 4954), the mail is not to blame.
                    Some(code) if error.is_permanent() && !matches!(u16::from(code), 530 | 534 | 535 | 538) => {
                        undeliverable(format!("refused-{code}"))
                    }
                    Some(code) => {
                        Error::Internal(anyhow::anyhow!("the mail server did not take a mail now").context(format!("busy-{code}")))
                    }
                    None => Error::Internal(anyhow::Error::new(error).context("unreachable")),
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
        let to: Address = mail.to.parse().map_err(|_| undeliverable("bad-address"))?;
        let from = match (&self.bounces, mail.delivery) {
            (Some(bounces), Some(delivery)) => bounces.with(&delivery.simple().to_string())?,
            _ => self.from.email.clone(),
        };
        let failed = |e: lettre::error::Error| Error::Internal(anyhow::Error::new(e).context("failed to write a mail"));
        let subject: String = mail.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .envelope(Envelope::new(Some(from), vec![to]).map_err(failed)?)
            .subject(subject.trim())
            .message_id(mail.id.as_deref().and_then(bracketed))
            .date(mail.at.into())
            // Keeps automatic replies from answering (RFC 3834), and our own mailbox from taking it for a citizen's.
            .raw_header(header("Auto-Submitted", if mail.replied { "auto-replied" } else { "auto-generated" }))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("X-Veche", &self.instance));
        if let (Some(inbox), Some(token)) = (&self.reply_to, &mail.reply_token) {
            message = message.reply_to(Mailbox::new(None, inbox.with(token)?));
        }
        if let Some(address) = mail.unsubscribe.as_deref().filter(|address| address.bytes().all(|b| b.is_ascii_graphic())) {
            message = message.raw_header(header("List-Unsubscribe", &format!("<{address}>")));
            message = message.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let answered = mail.in_reply_to.as_deref().and_then(bracketed);
        let references = thread(&mail.references, answered.as_deref());
        if !references.is_empty() {
            message = message.references(references);
        }
        if let Some(id) = answered {
            message = message.in_reply_to(id);
        }
        let mut message = message.multipart(MultiPart::alternative_plain_html(mail.body.clone(), mail.html.clone())).map_err(failed)?;
        if let Some(signature) = &self.signature {
            message.sign(signature);
        }
        Ok(message)
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Ids of a conversation that a mail names at the most: the first, by which programs find it, and the last.
const REFERENCES: usize = 20;

/// The ids of a conversation, in brackets; the one that is answered last (RFC 5322, 3.6.4).
fn thread(ids: &[String], answered: Option<&str>) -> String {
    let mut known: Vec<String> = Vec::new();
    for id in ids.iter().filter_map(|id| bracketed(id)).filter(|id| Some(id.as_str()) != answered).chain(answered.map(str::to_owned)) {
        if !known.contains(&id) {
            known.push(id);
        }
    }
    if known.len() > REFERENCES {
        known.drain(1..=known.len() - REFERENCES);
    }
    known.join(" ")
}

/// The host of a web address, without port: the right side of our message ids.
pub fn host(url: &str) -> String {
    url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".into())
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

    const URL: &str = "https://veche.example/city";

    fn settings(transport: MailTransport) -> config::Mail {
        config::Mail { transport, from: "Вече <noreply@veche.example>".into(), ..config::Mail::default() }
    }

    fn mailer(transport: MailTransport, data: &Path) -> Mailer {
        Mailer::new(&settings(transport), data, URL).unwrap()
    }

    fn mail() -> Mail {
        let letter = Letter {
            subject: "Ответ на обращение № 7".into(),
            body: "Добрый день!\n\nОтвет: «да».\n.\nКонец.".into(),
            ..Letter::default()
        };
        Mail {
            id: Some("0192-ab@veche.example".into()),
            in_reply_to: Some("first@mail.example".into()),
            ..Mail::new("anna@example.org".into(), &letter, DateTime::from_timestamp(1_700_000_000, 0).unwrap()).unwrap()
        }
    }

    fn raw(mailer: &Mailer, mail: &Mail) -> String {
        String::from_utf8(mailer.message(mail).unwrap().formatted()).unwrap()
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
        assert_eq!(parsed.text.trim_end().replace("\r\n", "\n"), mail().body);
        assert_eq!(parsed.from.unwrap().name.as_deref(), Some("Вече"));
        assert_eq!((parsed.message_id, parsed.in_reply_to), (mail().id, mail().in_reply_to));
        assert_eq!(parsed.date.unwrap(), mail().at.timestamp());
        // Should it ever come back to us, it is no citizen's.
        assert!(matches!(parsed.kind, Kind::Machine(_)));
        let raw = String::from_utf8(raw).unwrap();
        for header in ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "X-Veche: veche.example", "MIME-Version: 1.0"] {
            assert!(raw.contains(&format!("\r\n{header}\r\n")), "{header}: {raw}");
        }
        assert!(raw.contains("multipart/alternative") && raw.contains("text/html"), "{raw}");
        assert!(!raw.contains("\nReply-To:") && !raw.contains("List-Unsubscribe") && !raw.contains("DKIM-Signature"), "{raw}");
    }

    #[tokio::test]
    async fn nothing_can_be_smuggled_into_the_headers() {
        let data = tempfile::tempdir().unwrap();
        let mut mailer = mailer(MailTransport::Memory, data.path());
        for to in ["anna@example.org\r\nBcc: eve@example.org", "anna@example.org, eve@example.org", "anna", "", "a@b\n"] {
            let error = mailer.send(Mail { to: to.into(), ..mail() }).await.unwrap_err();
            assert!(matches!(error, Error::Internal(e) if e.is::<Undeliverable>()), "{to}");
        }
        assert!(mailer.sent().is_empty());
        mailer.reply_to = Tagged::of("reply_to", "inbox@veche.example", 48).unwrap();
        let evil = "x@y\r\nBcc: eve@example.org\r\n\r\nBuy!";
        let bad = Mail {
            subject: format!("Привет{evil}"),
            id: Some(evil.into()),
            in_reply_to: Some(evil.into()),
            references: vec![evil.into(), "a@b\nBcc: eve@example.org".into()],
            unsubscribe: Some(format!("https://veche.example/{evil}")),
            ..mail()
        };
        let raw = raw(&mailer, &bad);
        let parsed = veche_email::read(raw.as_bytes(), &Limits::default()).unwrap();
        assert!(parsed.in_reply_to.is_none() && parsed.references.is_empty());
        assert!(parsed.text.starts_with("Добрый день!") && parsed.subject.starts_with("Привет"));
        assert!(!raw.contains("\nBcc:") && !raw.contains("List-Unsubscribe"), "{raw}");
        let forged = Mail { reply_token: Some(format!("t{evil}")), ..mail() };
        assert!(mailer.message(&forged).is_err());
    }

    #[test]
    fn a_mail_of_a_conversation_names_it_and_where_answers_and_returns_go() {
        let data = tempfile::tempdir().unwrap();
        let set = config::Mail {
            reply_to: "inbox@veche.example".into(),
            bounces: "bounce@returns.example".into(),
            ..settings(MailTransport::Memory)
        };
        let mailer = Mailer::new(&set, data.path(), URL).unwrap();
        let delivery = Uuid::from_u128(7);
        let mail = Mail {
            references: vec!["first@mail.example".into(), "second@veche.example".into()],
            reply_token: Some("0abc".into()),
            delivery: Some(delivery),
            unsubscribe: Some("https://veche.example/unsubscribe/x".into()),
            replied: true,
            ..mail()
        };
        let message = mailer.message(&mail).unwrap();
        assert_eq!(message.envelope().from().unwrap().to_string(), format!("bounce+{}@returns.example", delivery.simple()));
        assert_eq!(message.envelope().to()[0].to_string(), "anna@example.org");
        let raw = String::from_utf8(message.formatted()).unwrap();
        for header in [
            "Reply-To: inbox+0abc@veche.example",
            "Auto-Submitted: auto-replied",
            "In-Reply-To: <first@mail.example>",
            "References: <second@veche.example> <first@mail.example>",
            "List-Unsubscribe: <https://veche.example/unsubscribe/x>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ] {
            assert!(raw.contains(&format!("\r\n{header}\r\n")), "{header}: {raw}");
        }
        let ids: Vec<String> = (0..50).map(|n| format!("{n}@x")).collect();
        let long = thread(&ids, Some("<49@x>"));
        assert!(long.starts_with("<0@x> <31@x> ") && long.ends_with("<48@x> <49@x>") && long.split(' ').count() == REFERENCES, "{long}");
    }

    #[test]
    fn settings_that_cannot_work_are_refused_by_name_and_without_the_password() {
        let data = tempfile::tempdir().unwrap();
        let refused = |settings: &config::Mail| format!("{:#}", Mailer::new(settings, data.path(), URL).err().unwrap());
        for url in ["", "gopher://user:geheim@host", "smtps://user:geheim@:x"] {
            let error = refused(&config::Mail { smtp_url: url.into(), ..settings(MailTransport::Smtp) });
            assert!(error.contains("smtp_url") && !error.contains("geheim"), "{error}");
        }
        let plain = settings(MailTransport::Memory);
        assert!(refused(&config::Mail { from: "nobody".into(), ..plain.clone() }).contains("mail.from"));
        for address in ["nobody", "a+b@example.org", "a-mailbox-with-a-long-name@example.org"] {
            assert!(refused(&config::Mail { reply_to: address.into(), ..plain.clone() }).contains("mail.reply_to"));
        }
        assert!(refused(&config::Mail { bounces: "b+c@example.org".into(), ..plain.clone() }).contains("mail.bounces"));
        let signed = |key: PathBuf, domain: &str| config::Mail {
            dkim_selector: "veche".into(),
            dkim_domain: domain.into(),
            dkim_key: key,
            ..plain.clone()
        };
        assert!(refused(&signed(data.path().join("none"), "example.org")).contains("mail.dkim_key"));
        let key = data.path().join("key");
        std::fs::write(&key, "geheim").unwrap();
        let error = refused(&signed(key.clone(), "example.org"));
        assert!(error.contains("mail.dkim_key") && !error.contains("geheim"), "{error}");
        assert!(refused(&signed(key, "example.org; x=1")).contains("mail.dkim_domain"));
    }

    #[test]
    fn the_host_of_an_address() {
        assert_eq!(host("https://veche.example.org/city"), "veche.example.org");
        assert_eq!(host("http://127.0.0.1:8080"), "127.0.0.1");
        assert_eq!(host(""), "localhost");
    }
}
