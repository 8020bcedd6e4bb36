//! A mail server of the tests' own: it answers by a script and keeps what it took.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A mail that the server took.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The envelope.
    pub from: String,
    pub to: String,
    /// The mail as it came, lines ending in CR LF.
    pub raw: String,
}

impl Taken {
    /// The value of a header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let (headers, _) = self.raw.split_once("\r\n\r\n").unwrap();
        let headers = headers.replace("\r\n ", " ").replace("\r\n\t", " ");
        headers
            .split("\r\n")
            .find_map(|line| line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim().to_owned()))
    }

    /// Subject and text as people read them.
    pub fn read(&self) -> veche_email::Mail {
        veche_email::read(self.raw.as_bytes(), &veche_email::Limits::default()).unwrap()
    }
}

#[derive(Default)]
struct State {
    taken: Vec<Taken>,
    /// What it says to the next mails instead of taking them.
    script: VecDeque<&'static str>,
    refused: usize,
    connections: usize,
}

/// The server; it ends with the test.
pub struct Smtp {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Smtp {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<Mutex<State>>::default();
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                // A client that goes away in the middle is no matter of the server.
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Refuses the next mails with these answers.
    pub fn refuse(&self, answers: &[&'static str]) {
        self.state.lock().unwrap().script.extend(answers);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.state.lock().unwrap().taken.clone()
    }

    pub fn refused(&self) -> usize {
        self.state.lock().unwrap().refused
    }

    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading);
    writing.write_all(b"220 test\r\n").await?;
    let (mut from, mut to) = (String::new(), String::new());
    let mut line = String::new();
    loop {
        line.clear();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let path = || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(path, _)| path).to_owned();
        let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-test\r\n250 8BITMIME\r\n".to_owned(),
            "MAIL" => {
                from = path();
                "250 ok\r\n".to_owned()
            }
            "RCPT" => {
                to = path();
                "250 ok\r\n".to_owned()
            }
            "DATA" => {
                writing.write_all(b"354 go on\r\n").await?;
                let mut raw = String::new();
                loop {
                    line.clear();
                    if lines.read_line(&mut line).await? == 0 {
                        return Ok(());
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                let mut state = state.lock().unwrap();
                match state.script.pop_front() {
                    Some(refusal) => {
                        state.refused += 1;
                        format!("{refusal}\r\n")
                    }
                    None => {
                        state.taken.push(Taken { from: from.clone(), to: to.clone(), raw });
                        "250 taken\r\n".to_owned()
                    }
                }
            }
            "QUIT" => {
                writing.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok\r\n".to_owned(),
        };
        writing.write_all(answer.as_bytes()).await?;
    }
}

/// Verifies the DKIM signature of a mail (RFC 6376, relaxed/relaxed; RFC 8463): the body's hash, and the signature by this Ed25519 key.
/// Says which headers are signed.
pub fn verify_dkim(raw: &str, key: &ed25519_dalek::VerifyingKey) -> Vec<String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use ed25519_dalek::Verifier;
    use sha2::{Digest, Sha256};

    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    let mut headers: Vec<String> = Vec::new();
    for line in head.split("\r\n") {
        match headers.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push_str("\r\n");
                last.push_str(line);
            }
            _ => headers.push(line.to_owned()),
        }
    }
    let spaces = |text: &str| text.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let relaxed = |header: &str| {
        let (name, value) = header.split_once(':').unwrap();
        format!("{}:{}", name.trim().to_ascii_lowercase(), spaces(value))
    };
    let signature = headers.iter().find(|h| h.to_ascii_lowercase().starts_with("dkim-signature:")).expect("it is not signed");
    let value = spaces(signature.split_once(':').unwrap().1);
    let tag = |name: &str| {
        let found = value.split(';').find_map(|tag| tag.trim().split_once('=').filter(|(n, _)| *n == name));
        found.unwrap_or_else(|| panic!("no {name} in {value}")).1.replace(' ', "")
    };
    assert_eq!((tag("v").as_str(), tag("a").as_str(), tag("c").as_str()), ("1", "ed25519-sha256", "relaxed/relaxed"));

    let mut lines: Vec<String> = body
        .split("\r\n")
        .map(|line| {
            let mut out = String::new();
            for c in line.trim_end_matches([' ', '\t']).chars() {
                let c = if c == '\t' { ' ' } else { c };
                if !(c == ' ' && out.ends_with(' ')) {
                    out.push(c);
                }
            }
            out
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let canonical: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    assert_eq!(STANDARD.encode(Sha256::digest(canonical)), tag("bh"), "the body was changed");

    let signed: Vec<String> = tag("h").split(':').map(str::to_ascii_lowercase).collect();
    let mut text = String::new();
    for name in &signed {
        // From the last to the first where there are several; one that is not there counts as empty.
        if let Some(header) = headers.iter().rev().find(|h| h.split_once(':').is_some_and(|(n, _)| n.eq_ignore_ascii_case(name))) {
            text.push_str(&relaxed(header));
            text.push_str("\r\n");
        }
    }
    let own = relaxed(signature);
    let (start, _) = own.rsplit_once("b=").unwrap();
    text.push_str(start);
    text.push_str("b=");
    let given = ed25519_dalek::Signature::from_slice(&STANDARD.decode(tag("b")).unwrap()).unwrap();
    // RFC 8463, 3: what is signed is the hash.
    key.verify(&Sha256::digest(text), &given).expect("the signature does not hold");
    signed
}
