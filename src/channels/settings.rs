//! How channels are set up, as administrators see it: never a secret.

use async_graphql::SimpleObject;

use crate::config::{Config, MailTransport};

/// A setting of channels.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
#[graphql(name = "ChannelSetting")]
pub struct Setting {
    /// Its name in the file of settings, such as `mail.reply_to`.
    name: &'static str,
    /// What it is set to, of a secret only that it is (`***`); null where it is off.
    value: Option<String>,
}

/// The settings of mail that comes in, of mail that goes out, of Telegram and of files, in this order; a mailbox each.
pub fn settings(config: &Config) -> Vec<Setting> {
    let (email, mail) = (&config.email, &config.mail);
    let one = |name, value: &str| Setting { name, value: Some(value.to_owned()).filter(|value| !value.is_empty()) };
    let mut settings: Vec<Setting> = email.mailboxes.iter().map(|mailbox| one("email.mailboxes", &mailbox.label("INBOX"))).collect();
    if settings.is_empty() {
        settings.push(one("email.mailboxes", ""));
    }
    let server = if mail.transport == MailTransport::Smtp { host(&mail.smtp_url) } else { String::new() };
    let secret = if config.telegram.is_configured() { "***" } else { "" };
    settings.extend([
        one("email.lmtp.listen", &email.lmtp.listen),
        one("email.authserv_id", &email.authserv_id),
        one("mail.smtp_url", &server),
        one("mail.from", &mail.from),
        one("mail.reply_to", &mail.reply_to),
        one("mail.bounces", &mail.bounces),
        one("mail.dkim_domain", &mail.dkim_domain),
        one("telegram.token", secret),
        one("attachments.clamd", &config.attachments.clamd),
    ]);
    settings
}

/// The server in an address that may hold a name and password, with its port; nothing of what is no address.
fn host(url: &str) -> String {
    let Ok(url) = url::Url::parse(url) else { return String::new() };
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        for (url, shown) in [
            ("smtps://veche:pa:ss@mail.example.org:465/?tls=required", "mail.example.org:465"),
            ("smtp://user@example.org:p@ss@mail.example.org", "mail.example.org"),
            ("smtp://[::1]:25", "[::1]:25"),
            ("smtp:mail.example.org", ""),
            ("mail.example.org", ""),
            ("", ""),
        ] {
            assert_eq!(host(url), shown);
        }
        let mut config = Config::default();
        config.telegram.token = "12:secret".into();
        config.mail.transport = MailTransport::Smtp;
        config.mail.smtp_url = "smtps://veche:secret@mail.example.org".into();
        let settings = settings(&config);
        assert!(!format!("{settings:?}").contains("secret"), "{settings:?}");
        assert!(settings.contains(&Setting { name: "telegram.token", value: Some("***".into()) }));
        assert!(settings.contains(&Setting { name: "email.mailboxes", value: None }));
    }
}
