//! As little of HTTP/1.1 as a load needs: on one machine whatever the client burns is missing to the server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, tcp::ReadHalf},
    time::timeout,
};

/// Answers larger than this are not ours.
const LIMIT: usize = 64 << 20;
/// Longer than the server takes to give a request up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the server said.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn wrong(&self) -> anyhow::Error {
        let text: String = String::from_utf8_lossy(&self.body).chars().take(300).collect();
        anyhow::anyhow!("a wrong answer ({}): {text}", self.status)
    }

    /// Whether a query was answered without errors. Looks at the bytes: parsing every answer would burden the machine.
    ///
    /// # Errors
    /// It was not.
    pub fn answered(self) -> Result<Self> {
        let fine = self.status == 200 && contains(&self.body, b"\"data\":{") && !contains(&self.body, b"\"errors\":[");
        if fine { Ok(self) } else { Err(self.wrong()) }
    }

    /// Whether a mutation did what it was asked for.
    ///
    /// # Errors
    /// It did not.
    pub fn done(self) -> Result<Self> {
        if contains(&self.body, b"\"userErrors\":[]") { self.answered() } else { Err(self.wrong()) }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Somebody with kept-alive connections to one or more servers, which they ask in turn.
pub struct Client {
    servers: Arc<[SocketAddr]>,
    connections: Vec<Option<TcpStream>>,
    turn: usize,
}

impl Client {
    /// Without connections yet. `turn` says whom to ask first, so that not everybody begins with the same server.
    pub fn new(servers: Arc<[SocketAddr]>, turn: usize) -> Self {
        Self { connections: servers.iter().map(|_| None).collect(), servers, turn }
    }

    /// So many of them, connected.
    ///
    /// # Errors
    /// A server takes no connections.
    pub async fn crowd(servers: &Arc<[SocketAddr]>, count: usize) -> Result<Vec<Self>> {
        let mut crowd = Vec::with_capacity(count);
        for turn in 0..count {
            let mut client = Self::new(servers.clone(), turn);
            for (server, connection) in client.servers.iter().zip(&mut client.connections) {
                *connection = Some(connect(*server).await?);
            }
            crowd.push(client);
        }
        Ok(crowd)
    }

    /// One GraphQL request.
    ///
    /// # Errors
    /// The connection broke, or no answer came in a minute.
    pub async fn post(&mut self, token: Option<&str>, body: &str) -> Result<Answer> {
        let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let length = body.len();
        self.send("POST /graphql", &format!("content-type: application/json\r\ncontent-length: {length}\r\n{authorization}\r\n{body}"))
            .await
    }

    /// One page, as a browser asks for it.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn get(&mut self, path: &str, cookie: Option<&str>) -> Result<Answer> {
        let cookie = cookie.map(|cookie| format!("cookie: {cookie}\r\n")).unwrap_or_default();
        self.send(&format!("GET {path}"), &format!("accept: text/html\r\naccept-language: ru\r\n{cookie}\r\n")).await
    }

    async fn send(&mut self, what: &str, rest: &str) -> Result<Answer> {
        self.turn = (self.turn + 1) % self.servers.len();
        let server = self.servers[self.turn];
        let mut stream = match self.connections[self.turn].take() {
            Some(stream) => stream,
            None => connect(server).await?,
        };
        let request = format!("{what} HTTP/1.1\r\nhost: {server}\r\n{rest}");
        let (answer, keep) = timeout(PATIENCE, exchange(&mut stream, request.as_bytes())).await.context("no answer came in a minute")??;
        self.connections[self.turn] = keep.then_some(stream);
        Ok(answer)
    }
}

async fn connect(server: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(server).await.with_context(|| format!("failed to connect to {server}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Writes a request and reads the answer, which may come before all is written: what is too large is refused early. Also tells
/// whether the connection can be used again.
async fn exchange(stream: &mut TcpStream, request: &[u8]) -> Result<(Answer, bool)> {
    let (mut reading, mut writing) = stream.split();
    let answer = read(&mut reading);
    let write = writing.write_all(request);
    tokio::pin!(answer, write);
    tokio::select! {
        biased;
        // A failure to write is told better by what the server answered.
        written = &mut write => {
            let (answer, keep) = answer.await?;
            Ok((answer, keep && written.is_ok()))
        }
        early = &mut answer => Ok((early?.0, false)),
    }
}

async fn read(stream: &mut ReadHalf<'_>) -> Result<(Answer, bool)> {
    let mut buffer = Vec::with_capacity(1024);
    let (head, length) = loop {
        ensure!(stream.read_buf(&mut buffer).await? > 0, "the server closed the connection");
        if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            let head = std::str::from_utf8(&buffer[..end]).context("the head of the answer is not text")?.to_ascii_lowercase();
            let length = header(&head, "content-length").context("the answer has no content-length")?.parse::<usize>()?;
            ensure!(length <= LIMIT, "the answer is too large");
            buffer.drain(..end + 4);
            break (head, length);
        }
        ensure!(buffer.len() < LIMIT, "the head of the answer is too large");
    };
    while buffer.len() < length {
        ensure!(stream.read_buf(&mut buffer).await? > 0, "the server closed the connection within an answer");
    }
    if buffer.len() > length {
        bail!("the server said more than was asked");
    }
    let status = head.split(' ').nth(1).and_then(|s| s.get(..3)).context("the answer has no status")?.parse()?;
    Ok((Answer { status, body: buffer }, header(&head, "connection") != Some("close")))
}

/// The value of a header, all in lower case.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(said: &'static str) -> Result<(Answer, bool)> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            stream
        });
        let mut stream = connect(address).await.unwrap();
        let outcome = read(&mut stream.split().0).await;
        drop(server.await.unwrap());
        outcome
    }

    #[tokio::test]
    async fn answers_are_read() {
        let (said, keep) = answer("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":{}}").await.unwrap();
        assert!(keep && said.answered().is_ok());
        let (said, keep) = answer("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        assert!(!keep && said.status == 413 && said.answered().is_err());
        let (said, _) = answer("HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\n{\"data\":{},\"errors\":[{}]}").await.unwrap();
        assert!(said.answered().is_err());
        assert!(answer("HTTP/1.1 200 OK\r\n\r\n").await.is_err(), "without a length");
    }
}
