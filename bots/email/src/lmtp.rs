//! Delivery by a mail server (LMTP, RFC 2033): a message is acknowledged only when the platform has it.

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, UnixListener},
    sync::Semaphore,
    task::JoinSet,
    time::timeout,
};
use veche_client::{Client, Error};

use crate::{
    Envelope, Settings,
    intake::{hand_over, planned},
    report::Source,
};

/// Bytes of a command at the most.
const COMMAND: usize = 4096;
/// Commands that are refused in a row before we hang up.
const NONSENSE: usize = 20;
/// Beyond the largest message, this much is read on, to say in order that it was too much.
const PATIENCE: usize = 64 * 1024 * 1024;

/// Where mail servers come in.
pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Listener {
    /// Listens at an address: `host:port`, or `unix:` and a path.
    pub async fn bind(address: &str) -> io::Result<Self> {
        let Some(path) = address.strip_prefix("unix:") else { return Ok(Self::Tcp(TcpListener::bind(address).await?)) };
        use std::os::unix::fs::{FileTypeExt, PermissionsExt};
        let path = PathBuf::from(path);
        // What a process before us left behind.
        if std::fs::symlink_metadata(&path).is_ok_and(|m| m.file_type().is_socket())
            && tokio::net::UnixStream::connect(&path).await.is_err()
        {
            std::fs::remove_file(&path)?;
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o660))?;
        Ok(Self::Unix(listener, path))
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        let stream: Box<dyn Stream> = match self {
            Self::Tcp(listener) => Box::new(listener.accept().await?.0),
            Self::Unix(listener, _) => Box::new(listener.accept().await?.0),
        };
        Ok(stream)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Takes in what mail servers bring, for ever.
pub(crate) async fn serve(listener: Listener, settings: Arc<Settings>, client: Client, source: Arc<Source>) {
    // They end with this.
    let mut sessions = JoinSet::new();
    let seats = Arc::new(Semaphore::new(settings.lmtp.connections.max(1)));
    loop {
        let mut stream = match listener.accept().await {
            Ok(stream) => stream,
            Err(error) => {
                // Out of files, for one: it passes.
                tracing::warn!(%error, "failed to accept a mail server");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let Ok(seat) = seats.clone().try_acquire_owned() else {
            let _ = timeout(Duration::from_secs(1), stream.write_all(b"421 4.3.2 Too many connections\r\n")).await;
            continue;
        };
        let mut session = Session::new(stream, settings.clone(), client.clone(), source.clone());
        while sessions.try_join_next().is_some() {}
        sessions.spawn(async move {
            let _seat = seat;
            if let Err(error) = session.talk().await {
                tracing::debug!(%error, "a mail server left");
            }
        });
    }
}

struct Session {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
    settings: Arc<Settings>,
    client: Client,
    source: Arc<Source>,
    greeted: bool,
    /// Who sent the message, when one is under way: empty where nobody wants an answer.
    sender: Option<String>,
    recipients: Vec<String>,
}

/// A message that was sent.
enum Sent {
    Whole(Vec<u8>),
    TooLarge,
}

impl Session {
    fn new(stream: Box<dyn Stream>, settings: Arc<Settings>, client: Client, source: Arc<Source>) -> Self {
        Self { stream, buffer: Vec::new(), settings, client, source, greeted: false, sender: None, recipients: Vec::new() }
    }

    async fn talk(&mut self) -> io::Result<()> {
        self.say("220 veche LMTP").await?;
        let mut nonsense = 0;
        while nonsense < NONSENSE {
            let Some(line) = self.line().await? else { return Ok(()) };
            let Some(line) = line else {
                nonsense += 1;
                self.say("500 5.5.2 Line too long").await?;
                continue;
            };
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let answer = match verb.to_ascii_uppercase().as_str() {
                "LHLO" if !rest.trim().is_empty() => {
                    self.greeted = true;
                    self.reset();
                    let size = self.settings.message_bytes;
                    self.say(&format!("250-veche\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 SIZE {size}")).await?;
                    nonsense = 0;
                    continue;
                }
                "HELO" | "EHLO" => "500 5.5.1 This is LMTP",
                "MAIL" => self.mail(rest),
                "RCPT" => self.rcpt(rest),
                "DATA" if self.recipients.is_empty() => "503 5.5.1 No recipients",
                "DATA" => {
                    self.data().await?;
                    nonsense = 0;
                    continue;
                }
                "RSET" => {
                    self.reset();
                    "250 2.0.0 Ok"
                }
                "NOOP" => "250 2.0.0 Ok",
                "VRFY" => "252 2.5.0 Send it and see",
                "QUIT" => return self.say("221 2.0.0 Bye").await,
                _ => "500 5.5.2 Unknown command",
            };
            nonsense = if answer.starts_with('2') { 0 } else { nonsense + 1 };
            self.say(answer).await?;
        }
        self.say("421 4.7.0 Too many errors").await
    }

    fn reset(&mut self) {
        self.sender = None;
        self.recipients.clear();
    }

    fn mail(&mut self, rest: &str) -> &'static str {
        if !self.greeted {
            return "503 5.5.1 Say LHLO first";
        }
        if self.sender.is_some() {
            return "503 5.5.1 One message at a time";
        }
        let Some((address, parameters)) = path(rest, "FROM:") else { return "501 5.5.4 MAIL FROM:<address>" };
        let size = parameters.split_whitespace().find_map(|p| p.to_ascii_uppercase().strip_prefix("SIZE=")?.parse::<usize>().ok());
        if size.is_some_and(|size| size > self.settings.message_bytes) {
            return "552 5.3.4 Too large";
        }
        self.sender = Some(address);
        "250 2.1.0 Ok"
    }

    fn rcpt(&mut self, rest: &str) -> &'static str {
        if self.sender.is_none() {
            return "503 5.5.1 Say MAIL first";
        }
        match path(rest, "TO:") {
            Some((address, _)) if !address.is_empty() => {
                if !self.settings.is_ours(&address) {
                    return "550 5.1.1 Nobody here has this address";
                }
                if self.recipients.len() >= self.settings.lmtp.recipients {
                    return "452 4.5.3 Too many recipients";
                }
                self.recipients.push(address);
                "250 2.1.5 Ok"
            }
            _ => "501 5.5.4 RCPT TO:<address>",
        }
    }

    /// Takes a message and answers for each recipient.
    async fn data(&mut self) -> io::Result<()> {
        self.say("354 End with a dot on a line of its own").await?;
        let sent = self.message().await?;
        let (sender, recipients) = (self.sender.take().unwrap_or_default(), std::mem::take(&mut self.recipients));
        let count = recipients.len();
        let answer = match sent {
            Sent::TooLarge => "552 5.3.4 Too large".to_owned(),
            Sent::Whole(message) => {
                // What the server knows of the sender, as servers write it: an empty one is a machine.
                let mut raw = format!("Return-Path: <{sender}>\r\n").into_bytes();
                raw.extend_from_slice(&message);
                let (plan, raw) = planned(raw, &self.settings, Envelope { recipients }).await;
                match hand_over(&self.client, plan, &raw).await {
                    Ok(outcome) => {
                        self.source.count(&outcome);
                        self.source.is_well();
                        "250 2.0.0 Taken in".to_owned()
                    }
                    Err(error) => {
                        tracing::warn!(%error, "failed to hand over a message");
                        self.source.failing(format!("the platform: {error}"));
                        match error {
                            Error::Refused(_) => "554 5.7.1 Refused by the platform".to_owned(),
                            _ => "451 4.3.0 The platform cannot take it now".to_owned(),
                        }
                    }
                }
            }
        };
        for _ in 0..count {
            self.say(&answer).await?;
        }
        Ok(())
    }

    /// The bytes up to the line with the dot. Only CR LF ends a line here, so that nothing can be smuggled behind an end that others do not see.
    async fn message(&mut self) -> io::Result<Sent> {
        let most = self.settings.message_bytes;
        let (mut message, mut read) = (Vec::new(), 0_usize);
        let mut stream = Unstuffing::default();
        loop {
            let used = stream.feed(&self.buffer, |bytes| {
                read += bytes.len();
                if read <= most {
                    message.extend_from_slice(bytes);
                }
            });
            self.buffer.drain(..used);
            if stream.ended {
                return Ok(if read <= most { Sent::Whole(message) } else { Sent::TooLarge });
            }
            if read > most.saturating_add(PATIENCE) {
                return Err(io::Error::other("a message without an end"));
            }
            if !self.more().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// A line, or nothing in it where it is too long; nothing at all when the other side is gone.
    async fn line(&mut self) -> io::Result<Option<Option<String>>> {
        let mut too_long = false;
        loop {
            if let Some(end) = self.buffer.iter().position(|&b| b == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                too_long |= line.len() > COMMAND;
                return Ok(Some((!too_long).then(|| String::from_utf8_lossy(&line).trim_end().to_owned())));
            }
            if self.buffer.len() > COMMAND {
                too_long = true;
                self.buffer.clear();
            }
            if !self.more().await? {
                return Ok(None);
            }
        }
    }

    async fn more(&mut self) -> io::Result<bool> {
        self.buffer.reserve(8 * 1024);
        let read = timeout(self.patience(), self.stream.read_buf(&mut self.buffer)).await;
        Ok(read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? > 0)
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        let said = async {
            self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
            self.stream.flush().await
        };
        timeout(Duration::from_secs(self.settings.lmtp.timeout_seconds.max(1)), said)
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.settings.lmtp.timeout_seconds.max(1))
    }
}

/// An address between angle brackets after a word, and what follows.
fn path<'a>(rest: &'a str, word: &str) -> Option<(String, &'a str)> {
    let rest = rest.trim();
    let (begin, rest) = rest.split_at_checked(word.len())?;
    if !begin.eq_ignore_ascii_case(word) {
        return None;
    }
    let (address, parameters) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    let is_clean = address.len() <= 320 && !address.contains(|c: char| c.is_control() || c.is_whitespace() || c == '<');
    is_clean.then(|| (address.to_owned(), parameters))
}

/// Takes off the dots that were put in front of dots, and finds the end.
#[derive(Default)]
struct Unstuffing {
    state: At,
    ended: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum At {
    #[default]
    Begin,
    Middle,
    Return,
    Dot,
    DotReturn,
}

impl Unstuffing {
    /// Gives the message's own bytes; says how many were used.
    fn feed(&mut self, bytes: &[u8], mut give: impl FnMut(&[u8])) -> usize {
        let (mut begin, mut at) = (0, 0);
        while at < bytes.len() && !self.ended {
            let byte = bytes[at];
            self.state = match (self.state, byte) {
                (At::Begin, b'.') => {
                    // Not given yet: it may be the end.
                    give(&bytes[begin..at]);
                    begin = at + 1;
                    At::Dot
                }
                (At::Dot, b'\r') => {
                    give(&bytes[begin..at]);
                    begin = at + 1;
                    At::DotReturn
                }
                (At::DotReturn, b'\n') => {
                    begin = at + 1;
                    self.ended = true;
                    At::Begin
                }
                (At::DotReturn, b'\r') => {
                    // The return before was the message's own, this one may begin an end of line.
                    give(b"\r");
                    At::Return
                }
                (At::DotReturn, _) => {
                    give(b"\r");
                    At::Middle
                }
                (At::Return, b'\n') => At::Begin,
                (_, b'\r') => At::Return,
                _ => At::Middle,
            };
            at += 1;
        }
        if begin < at {
            give(&bytes[begin..at]);
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unstuffed(bytes: &[u8], size: usize) -> (Vec<u8>, Vec<u8>) {
        let (mut stream, mut message, mut rest) = (Unstuffing::default(), Vec::new(), Vec::new());
        for chunk in bytes.chunks(size) {
            let used = stream.feed(chunk, |bytes| message.extend_from_slice(bytes));
            rest.extend_from_slice(&chunk[used..]);
        }
        (message, rest)
    }

    #[test]
    fn the_end_is_found_and_dots_are_taken_off() {
        for (sent, message, rest) in [
            ("a\r\n.\r\nQUIT\r\n", "a\r\n", "QUIT\r\n"),
            (".\r\nQUIT", "", "QUIT"),
            ("..a\r\n...\r\n.\r\n", ".a\r\n..\r\n", ""),
            ("a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", ""),
            ("a\r.\r\nb\n.\r\nc\r\n.\r\n", "a\r.\r\nb\n.\r\nc\r\n", ""),
            ("a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n", ""),
        ] {
            for size in 1..=sent.len() {
                let (found, left) = unstuffed(sent.as_bytes(), size);
                assert_eq!(
                    (String::from_utf8(found).unwrap().as_str(), String::from_utf8(left).unwrap().as_str()),
                    (message, rest),
                    "{sent:?} {size}"
                );
            }
        }
    }

    #[test]
    fn addresses_are_between_brackets() {
        assert_eq!(path(" from:<a@b.c> SIZE=10", "FROM:"), Some(("a@b.c".into(), " SIZE=10")));
        assert_eq!(path("FROM: <>", "FROM:"), Some((String::new(), "")));
        for wrong in ["TO:<a>", "FROM:a@b", "FROM:<a b>", "FROM:<a\u{0}>", "FRO", "FROM:<a<b>", "ЖЖЖ"] {
            assert_eq!(path(wrong, "FROM:"), None, "{wrong}");
        }
    }

    proptest! {
        /// What a server stuffs comes out as it was, however it is cut.
        #[test]
        fn stuffing_is_undone(lines in prop::collection::vec("[a.\r]{0,5}", 0..8), size in 1_usize..9) {
            let lines: Vec<&str> = lines.iter().map(|l| l.trim_end_matches('\r')).collect();
            let message: String = lines.iter().map(|l| format!("{l}\r\n")).collect();
            let sent: String = lines.iter().map(|l| if l.starts_with('.') { format!(".{l}\r\n") } else { format!("{l}\r\n") }).collect();
            let (found, rest) = unstuffed(format!("{sent}.\r\nrest").as_bytes(), size);
            prop_assert_eq!(String::from_utf8(found).unwrap(), message);
            prop_assert_eq!(rest, b"rest");
        }
    }
}
