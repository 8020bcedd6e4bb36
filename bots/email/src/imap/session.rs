//! One connection to one folder.

use std::{path::Path, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring},
};

use super::wire::{self, Error, Fetched, Response, Status, Token};
use crate::settings::{Mailbox, Tls};

/// Responses to one command at the most.
const RESPONSES: usize = 100_000;
/// Bytes of a message fetched at once.
pub(crate) const CHUNK: usize = 256 * 1024;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection to a server.
pub(crate) struct Session {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
    tag: u32,
    patience: Duration,
    capabilities: Vec<String>,
    /// The server told of messages since this was last looked at.
    pub news: bool,
}

/// What a command brought.
struct Reply {
    data: Vec<Vec<Token>>,
    /// The texts of all status responses, the last one's too.
    texts: Vec<String>,
}

/// A folder that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder {
    /// With another one, all numbers of messages mean something else.
    pub validity: u32,
    /// Whether a keyword stays on a message.
    pub keeps_keyword: bool,
}

impl Session {
    /// Connects and logs in.
    pub async fn open(mailbox: &Mailbox) -> Result<Self, Error> {
        let patience = Duration::from_secs(mailbox.timeout_seconds);
        let connected = timeout(patience, TcpStream::connect((mailbox.host.as_str(), mailbox.port))).await;
        let stream = connected.map_err(|_| Error::Silence)??;
        let _ = stream.set_nodelay(true);
        let new = |stream: Box<dyn Stream>| Self { stream, buffer: Vec::new(), tag: 0, patience, capabilities: Vec::new(), news: true };
        let mut session = match mailbox.tls {
            Tls::None => new(Box::new(stream)),
            Tls::Implicit => new(secured(mailbox, Box::new(stream), patience).await?),
            Tls::Starttls => {
                let mut clear = new(Box::new(stream));
                clear.greeting().await?;
                clear.command("STARTTLS").await?;
                if !clear.buffer.is_empty() {
                    // Somebody in between wants to be taken for the server.
                    return Err(Error::Protocol("words between STARTTLS and TLS".into()));
                }
                new(secured(mailbox, clear.stream, patience).await?)
            }
        };
        let known = if mailbox.tls == Tls::Starttls { false } else { session.greeting().await? };
        if !known {
            session.log_in(mailbox).await?;
        }
        session.capabilities = session.ask_capabilities().await?;
        Ok(session)
    }

    /// The server's first word: whether it knows us already.
    async fn greeting(&mut self) -> Result<bool, Error> {
        let deadline = Instant::now() + self.patience;
        match self.response(deadline).await? {
            Response::Status { status: Status::Ok, .. } => Ok(false),
            Response::Status { status: Status::PreAuth, .. } => Ok(true),
            Response::Status { text, .. } => Err(Error::Refused(text)),
            _ => Err(Error::Protocol("no greeting".into())),
        }
    }

    async fn ask_capabilities(&mut self) -> Result<Vec<String>, Error> {
        let reply = self.command("CAPABILITY").await?;
        let listed = reply.data.into_iter().find_map(|tokens| match tokens.split_first() {
            Some((Token::Atom(name), rest)) if name.eq_ignore_ascii_case("CAPABILITY") => Some(rest.to_vec()),
            _ => None,
        });
        let words = listed.unwrap_or_default().into_iter();
        Ok(words.filter_map(|t| if let Token::Atom(word) = t { Some(word.to_ascii_uppercase()) } else { None }).collect())
    }

    async fn log_in(&mut self, mailbox: &Mailbox) -> Result<(), Error> {
        let password = password(mailbox)?;
        self.capabilities = self.ask_capabilities().await?;
        if self.can("AUTH=PLAIN") {
            let word = STANDARD.encode(format!("\0{}\0{password}", mailbox.user));
            let tag = self.send("AUTHENTICATE PLAIN").await?;
            let deadline = Instant::now() + self.patience;
            loop {
                match self.response(deadline).await? {
                    Response::Continue => break,
                    Response::Status { tag: Some(of), text, .. } if of == tag => return Err(Error::Refused(text)),
                    _ => (),
                }
            }
            self.write(format!("{word}\r\n").as_bytes()).await?;
            self.finish(&tag).await?;
        } else if self.can("LOGINDISABLED") {
            return Err(Error::Setup("the server takes no password over this connection: set tls".into()));
        } else {
            self.command(&format!("LOGIN {} {}", wire::quoted(&mailbox.user), wire::quoted(&password))).await?;
        }
        Ok(())
    }

    /// Whether the server can do something.
    pub fn can(&self, what: &str) -> bool {
        self.capabilities.iter().any(|c| c == what)
    }

    /// Opens a folder.
    pub async fn select(&mut self, name: &str, keyword: &str) -> Result<Folder, Error> {
        let reply = self.command(&format!("SELECT {}", wire::folder(name))).await?;
        let code = |name: &str| {
            reply.texts.iter().find_map(|text| {
                let (word, rest) = text.strip_prefix('[')?.split_once(' ')?;
                word.eq_ignore_ascii_case(name).then(|| rest.split(']').next().unwrap_or_default().to_owned())
            })
        };
        let validity = code("UIDVALIDITY").and_then(|n| n.trim().parse().ok());
        let flags = code("PERMANENTFLAGS").unwrap_or_else(|| "\\*".into());
        let mut flags = flags.split(|c: char| c.is_whitespace() || "()".contains(c));
        Ok(Folder {
            validity: validity.ok_or_else(|| Error::Protocol("a folder without UIDVALIDITY".into()))?,
            keeps_keyword: !keyword.is_empty() && flags.any(|flag| flag == "\\*" || flag.eq_ignore_ascii_case(keyword)),
        })
    }

    /// The messages that fit, by their numbers in order.
    pub async fn search(&mut self, what: &str) -> Result<Vec<u32>, Error> {
        self.news = false;
        let reply = self.command(&format!("UID SEARCH {what}")).await?;
        let mut uids: Vec<u32> = reply.data.iter().filter_map(|tokens| wire::found(tokens)).flatten().collect();
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// A part of a message, from an offset on, and its size; nothing where it is gone. The message is not marked as read by it.
    pub async fn fetch(&mut self, uid: u32, offset: usize) -> Result<Option<Fetched>, Error> {
        let reply = self.command(&format!("UID FETCH {uid} (UID RFC822.SIZE BODY.PEEK[]<{offset}.{CHUNK}>)")).await?;
        Ok(reply.data.iter().filter_map(|tokens| wire::fetched(tokens)).find(|f| f.uid == uid && f.body.is_some()))
    }

    /// Puts flags on a message.
    pub async fn flag(&mut self, uid: u32, flags: &str) -> Result<(), Error> {
        self.command(&format!("UID STORE {uid} +FLAGS.SILENT ({flags})")).await.map(drop)
    }

    /// Moves a message to another folder, which is made if it is not there.
    pub async fn move_to(&mut self, uid: u32, folder: &str) -> Result<(), Error> {
        let word = if self.can("MOVE") { "MOVE" } else { "COPY" };
        let command = format!("UID {word} {uid} {}", wire::folder(folder));
        match self.command(&command).await {
            Err(Error::Refused(text)) if text.to_ascii_uppercase().contains("TRYCREATE") => {
                self.command(&format!("CREATE {}", wire::folder(folder))).await?;
                self.command(&command).await?;
            }
            outcome => drop(outcome?),
        }
        if word == "COPY" {
            self.flag(uid, "\\Seen \\Deleted").await?;
            if self.can("UIDPLUS") {
                self.command(&format!("UID EXPUNGE {uid}")).await?;
            }
        }
        Ok(())
    }

    /// Whether the connection still lives, and whether there are new messages.
    pub async fn noop(&mut self) -> Result<(), Error> {
        self.command("NOOP").await.map(drop)
    }

    /// Listens until the server tells of something or the time is over.
    pub async fn idle(&mut self, until: Instant) -> Result<(), Error> {
        let tag = self.send("IDLE").await?;
        let deadline = Instant::now() + self.patience;
        loop {
            match self.response(deadline).await? {
                Response::Continue => break,
                Response::Status { tag: Some(of), text, .. } if of == tag => return Err(Error::Refused(text)),
                Response::Data(tokens) => self.note(&tokens),
                Response::Status { .. } => (),
            }
        }
        while !self.news {
            match self.response(until).await {
                Ok(Response::Data(tokens)) => self.note(&tokens),
                Ok(Response::Status { status: Status::Bye, .. }) => return Err(Error::Closed),
                Ok(_) => (),
                Err(Error::Silence) => break,
                Err(error) => return Err(error),
            }
        }
        self.write(b"DONE\r\n").await?;
        self.finish(&tag).await.map(drop)
    }

    fn note(&mut self, tokens: &[Token]) {
        self.news |= wire::counted(tokens, "EXISTS").is_some();
    }

    async fn command(&mut self, text: &str) -> Result<Reply, Error> {
        let tag = self.send(text).await?;
        self.finish(&tag).await
    }

    async fn send(&mut self, text: &str) -> Result<String, Error> {
        if text.contains(['\r', '\n', '\0']) {
            return Err(Error::Setup("a name or password with a line end in it".into()));
        }
        self.tag += 1;
        let tag = format!("V{}", self.tag);
        self.write(format!("{tag} {text}\r\n").as_bytes()).await?;
        Ok(tag)
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        Ok(timeout(self.patience, written).await.map_err(|_| Error::Silence)??)
    }

    /// Reads up to the end of a command.
    async fn finish(&mut self, tag: &str) -> Result<Reply, Error> {
        let deadline = Instant::now() + self.patience;
        let mut reply = Reply { data: Vec::new(), texts: Vec::new() };
        for _ in 0..RESPONSES {
            match self.response(deadline).await? {
                Response::Data(tokens) => {
                    self.note(&tokens);
                    reply.data.push(tokens);
                }
                Response::Status { tag: Some(of), status, text } if of == tag => {
                    return match status {
                        Status::Ok => {
                            reply.texts.push(text);
                            Ok(reply)
                        }
                        _ => Err(Error::Refused(text)),
                    };
                }
                Response::Status { tag: None, status: Status::Bye, .. } => return Err(Error::Closed),
                Response::Status { tag: None, text, .. } => reply.texts.push(text),
                Response::Status { .. } | Response::Continue => (),
            }
        }
        Err(Error::Protocol("too many responses".into()))
    }

    /// The next response. Breaking it off loses nothing.
    async fn response(&mut self, deadline: Instant) -> Result<Response, Error> {
        loop {
            if let Some(response) = wire::take(&mut self.buffer)? {
                return Ok(response);
            }
            self.buffer.reserve(16 * 1024);
            match timeout_at(deadline, self.stream.read_buf(&mut self.buffer)).await {
                Err(_) => return Err(Error::Silence),
                Ok(Ok(0)) => return Err(Error::Closed),
                Ok(read) => {
                    read?;
                }
            }
        }
    }
}

fn password(mailbox: &Mailbox) -> Result<String, Error> {
    if mailbox.password_file.is_empty() {
        return Ok(mailbox.password.clone());
    }
    let text = std::fs::read_to_string(&mailbox.password_file)
        .map_err(|e| Error::Setup(format!("failed to read {}: {e}", mailbox.password_file)))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

async fn secured(mailbox: &Mailbox, stream: Box<dyn Stream>, patience: Duration) -> Result<Box<dyn Stream>, Error> {
    let setup = |e: &dyn std::fmt::Display| Error::Setup(format!("TLS: {e}"));
    let mut roots = RootCertStore::empty();
    if mailbox.ca_file.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    } else {
        let file = Path::new(&mailbox.ca_file);
        for certificate in CertificateDer::pem_file_iter(file).map_err(|e| setup(&e))? {
            roots.add(certificate.map_err(|e| setup(&e))?).map_err(|e| setup(&e))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| setup(&e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(mailbox.host.clone()).map_err(|e| setup(&e))?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = timeout(patience, handshake).await.map_err(|_| Error::Silence)??;
    Ok(Box::new(stream))
}
