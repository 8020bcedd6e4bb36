//! What an operator can say about mail.

use serde::{Deserialize, Serialize};

use crate::Limits;

/// How mail comes in. With no mailbox and no LMTP address nothing does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Mailboxes to read.
    pub mailboxes: Vec<Mailbox>,
    /// Where a mail server may deliver to us.
    pub lmtp: Lmtp,
    /// The addresses people write to, and that we send from: `help@example.org`. Mail from one of them is our own, and a token is looked
    /// for in `help+TOKEN@example.org`. Empty: in any address with a plus.
    pub addresses: Vec<String>,
    /// The address our mail comes back to, as in `mail.bounces`. Empty: what came back is known by what it quotes.
    pub bounces: String,
    /// The name under which the receiving server writes `Authentication-Results` (its first word). Empty: no sender is believed. The server
    /// must check DMARC, and remove such fields that others wrote in its name (RFC 8601, 5), as all usual ones do.
    pub authserv_id: String,
    /// How many `Received` fields stand above the server's `Authentication-Results` in the mail it delivers. Those further down are not
    /// believed.
    pub received_above: usize,
    /// The largest message that is read, in bytes. Of larger ones the beginning is kept for administrators.
    pub message_bytes: usize,
    /// The most header fields of a message and its parts.
    pub headers: usize,
    /// The longest header of a message, in bytes.
    pub header_bytes: usize,
    /// The most parts of a message.
    pub parts: usize,
    /// The deepest nesting of a message.
    pub depth: usize,
    /// The most files of a message that are handed on.
    pub files: usize,
    /// The largest file that is handed on, in bytes: as `limits.upload_bytes` of the platform.
    pub file_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            mailboxes: Vec::new(),
            lmtp: Lmtp::default(),
            addresses: Vec::new(),
            bounces: String::new(),
            authserv_id: String::new(),
            received_above: 0,
            message_bytes: limits.bytes,
            headers: limits.headers,
            header_bytes: limits.header_bytes,
            parts: limits.parts,
            depth: limits.containers,
            files: 50,
            file_bytes: 10 * 1024 * 1024,
        }
    }
}

impl Settings {
    /// What bounds the reading of one message.
    pub fn limits(&self) -> Limits {
        Limits {
            bytes: self.message_bytes,
            headers: self.headers,
            header_bytes: self.header_bytes,
            parts: self.parts,
            containers: self.depth,
        }
    }

    /// Whether any mail can come in.
    pub fn is_configured(&self) -> bool {
        !self.mailboxes.is_empty() || !self.lmtp.listen.is_empty()
    }

    /// Whether mail to an address is for us: to one of our own with or without a token, or to where our mail comes back. Any, where none is known.
    pub(crate) fn is_ours(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let bare = address.rsplit_once('@').map(|(local, domain)| format!("{}@{domain}", local.split('+').next().unwrap_or_default()));
        self.addresses.is_empty()
            || self.addresses.iter().chain([&self.bounces]).any(|own| !own.is_empty() && Some(own.to_lowercase()) == bare)
    }

    /// What cannot be right.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn check(&self) -> Result<(), String> {
        let listen = &self.lmtp.listen;
        let host = listen.rsplit_once(':').map_or(listen.as_str(), |(host, _)| host).trim_start_matches('[').trim_end_matches(']');
        if !listen.is_empty() && !listen.starts_with("unix:") && !is_loopback(host) {
            // Whoever reaches it can say who wrote a mail.
            return Err(format!("email.lmtp.listen: it is for a mail server on this machine (127.0.0.1, or unix:), not for {host}"));
        }
        for mailbox in &self.mailboxes {
            if mailbox.host.is_empty() || mailbox.user.is_empty() {
                return Err("email.mailboxes: host and user must be filled in".into());
            }
            if mailbox.tls == Tls::None && !is_loopback(&mailbox.host) {
                return Err(format!("email.mailboxes: tls = \"none\" is for this machine only, not for {}", mailbox.host));
            }
            if mailbox.folders.is_empty() || mailbox.folders.contains(&mailbox.move_to) {
                return Err("email.mailboxes: at least one folder, and messages must not be moved to where they are read".into());
            }
            let is_atom = |c: char| c.is_ascii_alphanumeric() || "$_-.".contains(c);
            if !mailbox.keyword.chars().all(is_atom) {
                return Err("email.mailboxes: a keyword is of Latin letters, digits and $ _ - .".into());
            }
            if [&mailbox.user, &mailbox.password].into_iter().any(|text| text.contains(['\0', '\r', '\n'])) {
                return Err("email.mailboxes: user and password are of one line".into());
            }
            if mailbox.timeout_seconds == 0 || mailbox.poll_seconds == 0 || mailbox.idle_seconds == 0 {
                return Err("email.mailboxes: times are longer than nothing".into());
            }
        }
        Ok(())
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// How a connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// From the first byte, usually on port 993.
    Implicit,
    /// After a greeting in the clear, usually on port 143.
    Starttls,
    /// Not at all: only on this machine.
    None,
}

/// A mailbox to read by IMAP.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mailbox {
    /// How administrators see it called. Empty: user and host.
    pub name: String,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// `implicit`, `starttls`, or on this machine `none`.
    pub tls: Tls,
    /// A file with certificates (PEM) that the server's must come from, instead of the usual authorities.
    pub ca_file: String,
    /// Who logs in.
    pub user: String,
    /// The password.
    pub password: String,
    /// A file that holds the password, instead of `password`.
    pub password_file: String,
    /// The folders to read.
    pub folders: Vec<String>,
    /// Only messages that nobody has opened yet. Otherwise all that do not carry the keyword, also old ones at the first start.
    pub unseen_only: bool,
    /// The keyword set on messages that were taken in, beside `\Seen`. Empty, or where the server keeps none: `\Seen` alone.
    pub keyword: String,
    /// The folder that messages are moved to after they were taken in. Empty: they stay.
    pub move_to: String,
    /// How long to listen for new messages (IDLE) before a fresh look, in seconds.
    pub idle_seconds: u64,
    /// Between looks at a server that does not tell of new messages by itself, in seconds.
    pub poll_seconds: u64,
    /// How long one step of the exchange may take, in seconds.
    pub timeout_seconds: u64,
}

impl Default for Mailbox {
    fn default() -> Self {
        Self {
            name: String::new(),
            host: String::new(),
            port: 993,
            tls: Tls::Implicit,
            ca_file: String::new(),
            user: String::new(),
            password: String::new(),
            password_file: String::new(),
            folders: vec!["INBOX".into()],
            unseen_only: true,
            keyword: "$Veche".into(),
            move_to: String::new(),
            idle_seconds: 540,
            poll_seconds: 60,
            timeout_seconds: 60,
        }
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox")
            .field("name", &self.name)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .field("user", &self.user)
            .field("folders", &self.folders)
            .finish_non_exhaustive()
    }
}

impl Mailbox {
    /// What administrators see a folder called.
    pub fn label(&self, folder: &str) -> String {
        let name = if self.name.is_empty() { format!("{} ({})", self.user, self.host) } else { self.name.clone() };
        if folder == "INBOX" { name } else { format!("{name}: {folder}") }
    }
}

/// Where a mail server may deliver to us (RFC 2033). It is for a server that is trusted, on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lmtp {
    /// `127.0.0.1:2424`, or `unix:/run/veche/lmtp.sock`. Empty: nowhere.
    pub listen: String,
    /// Connections at a time.
    pub connections: usize,
    /// Recipients of one message.
    pub recipients: usize,
    /// How long to wait for a line or for the next part of a message, in seconds.
    pub timeout_seconds: u64,
}

impl Default for Lmtp {
    fn default() -> Self {
        Self { listen: String::new(), connections: 20, recipients: 100, timeout_seconds: 300 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_are_written() {
        let text = toml::to_string(&Settings { mailboxes: vec![Mailbox::default()], ..Settings::default() }).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap().mailboxes, [Mailbox::default()]);
        assert_eq!(toml::from_str::<Settings>("").unwrap(), Settings::default());
        assert!(toml::from_str::<Settings>("mailbox = 1").is_err());
        assert!(toml::from_str::<Settings>("[[mailboxes]]\npasword = 'x'").is_err());
    }

    #[test]
    fn what_cannot_be_right_is_said() {
        let mailbox = Mailbox { host: "mail.example.org".into(), user: "a".into(), password: "geheim".into(), ..Mailbox::default() };
        let check = |mailbox: Mailbox| Settings { mailboxes: vec![mailbox], ..Settings::default() }.check();
        assert_eq!(check(mailbox.clone()), Ok(()));
        for wrong in [
            Mailbox { tls: Tls::None, ..mailbox.clone() },
            Mailbox { keyword: "a b".into(), ..mailbox.clone() },
            Mailbox { move_to: "INBOX".into(), ..mailbox.clone() },
            Mailbox { password: "a\r\nb".into(), ..mailbox.clone() },
            Mailbox { user: String::new(), ..mailbox.clone() },
        ] {
            assert!(check(wrong).is_err());
        }
        for (listen, is_right) in [
            ("", true),
            ("127.0.0.1:2424", true),
            ("[::1]:2424", true),
            ("localhost:2424", true),
            ("unix:/run/x", true),
            ("0.0.0.0:2424", false),
            ("[::]:2424", false),
            ("mail.example.org:24", false),
        ] {
            let lmtp = Lmtp { listen: listen.into(), ..Lmtp::default() };
            assert_eq!(Settings { lmtp, ..Settings::default() }.check().is_ok(), is_right, "{listen}");
        }
        assert!(!format!("{mailbox:?}").contains("geheim"));
    }
}
