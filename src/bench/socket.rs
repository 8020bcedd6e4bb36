//! As little of WebSocket (RFC 6455) and graphql-transport-ws as thousands of subscribers need: small, and no buffers of their own.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::client::header;

const PATIENCE: Duration = Duration::from_secs(60);
/// Messages larger than this are not ours.
const LIMIT: u64 = 1 << 20;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A subscription.
pub struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Socket {
    /// Connects, subscribes, and waits for the first event.
    ///
    /// # Errors
    /// The server refused, or said nothing for a minute.
    pub async fn subscribe(server: SocketAddr, query: &str, variables: &Value) -> Result<(Self, Vec<u8>)> {
        let opening = async {
            let mut socket = Self::open(server).await?;
            socket.send(TEXT, br#"{"type":"connection_init"}"#).await?;
            let answer = socket.message().await?;
            ensure!(kind(&answer) == "connection_ack", "the server does not acknowledge: {}", String::from_utf8_lossy(&answer));
            let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query, "variables": variables } });
            socket.send(TEXT, subscribe.to_string().as_bytes()).await?;
            let first = socket.event().await?;
            anyhow::Ok((socket, first))
        };
        timeout(PATIENCE, opening).await.context("a subscription was not answered in a minute")?
    }

    async fn open(server: SocketAddr) -> Result<Self> {
        let mut stream = TcpStream::connect(server).await.with_context(|| format!("failed to connect to {server}"))?;
        stream.set_nodelay(true)?;
        // The key shows only that no cache answers; there is none between.
        let request = format!(
            "GET /graphql/ws HTTP/1.1\r\nhost: {server}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dmVjaGUgYmVuY2ggMDAwMA==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut buffer = Vec::new();
        let end = loop {
            ensure!(stream.read_buf(&mut buffer).await? > 0, "the server closed the connection");
            if let Some(end) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                break end;
            }
            ensure!(buffer.len() < 16 << 10, "the head of the answer is too large");
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        ensure!(head.starts_with("http/1.1 101 "), "the server does not change to WebSocket: {}", head.lines().next().unwrap_or_default());
        ensure!(header(&head, "sec-websocket-protocol") == Some("graphql-transport-ws"), "the server speaks another protocol");
        buffer.drain(..end + 4);
        Ok(Self { stream, buffer })
    }

    /// The next event, whole.
    ///
    /// # Errors
    /// The server ended the subscription or the connection.
    pub async fn event(&mut self) -> Result<Vec<u8>> {
        loop {
            let message = self.message().await?;
            match kind(&message).as_str() {
                "next" => return Ok(message),
                "ping" => self.send(TEXT, br#"{"type":"pong"}"#).await?,
                "pong" => (),
                _ => bail!("the subscription ended: {}", String::from_utf8_lossy(&message)),
            }
        }
    }

    async fn message(&mut self) -> Result<Vec<u8>> {
        loop {
            match self.frame().await? {
                (TEXT, payload) => return Ok(payload),
                (PING, payload) => self.send(PONG, &payload).await?,
                (PONG, _) => (),
                (CLOSE, payload) => {
                    let code = payload.first_chunk().map_or(0, |code| u16::from_be_bytes(*code));
                    bail!("the server closed the socket: {code} {}", String::from_utf8_lossy(payload.get(2..).unwrap_or_default()));
                }
                (other, _) => bail!("a frame of the unexpected kind {other}"),
            }
        }
    }

    async fn frame(&mut self) -> Result<(u8, Vec<u8>)> {
        self.fill(2).await?;
        let (first, short) = (self.buffer[0], self.buffer[1]);
        ensure!(first & 0x80 != 0 && short & 0x80 == 0, "a frame that is fragmented or masked");
        let (head, length) = match short {
            126 => {
                self.fill(4).await?;
                (4, u64::from(u16::from_be_bytes([self.buffer[2], self.buffer[3]])))
            }
            127 => {
                self.fill(10).await?;
                (10, self.buffer[2..10].iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
            }
            short => (2, u64::from(short)),
        };
        ensure!(length <= LIMIT, "a message of {length} bytes");
        let end = head + usize::try_from(length)?;
        self.fill(end).await?;
        let payload = self.buffer[head..end].to_vec();
        self.buffer.drain(..end);
        Ok((first & 0x0F, payload))
    }

    async fn fill(&mut self, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server closed the connection");
        }
        Ok(())
    }

    async fn send(&mut self, kind: u8, payload: &[u8]) -> Result<()> {
        // A client masks; the mask of zeros leaves the payload as it is. It protects proxies, and there is none.
        let mut frame = vec![0x80 | kind];
        match u16::try_from(payload.len()).context("too long a message")? {
            length @ 0..126 => frame.push(0x80 | length as u8),
            length => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.stream.write_all(&frame).await?;
        Ok(())
    }
}

fn kind(message: &[u8]) -> String {
    // `next` comes thousands of times and names its kind at the start or the end: no need to parse all of it.
    if message.windows(13).any(|w| w == br#""type":"next""#) {
        return "next".into();
    }
    let message: Value = serde_json::from_slice(message).unwrap_or_default();
    message["type"].as_str().unwrap_or_default().to_owned()
}

/// The number after `"version":`.
pub fn version(message: &[u8]) -> Option<u64> {
    const NAME: &[u8] = br#""version":"#;
    let start = message.windows(NAME.len()).position(|w| w == NAME)? + NAME.len();
    let digits = message[start..].iter().take_while(|b| b.is_ascii_digit()).count();
    std::str::from_utf8(&message[start..start + digits]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found() {
        assert_eq!(version(br#"{"data":{"voteTally":{"version":1207,"ballots":3}}}"#), Some(1207));
        assert_eq!(version(br#"{"version":}"#), None);
        assert_eq!(version(b"{}"), None);
    }

    #[tokio::test]
    async fn frames_of_all_lengths_are_read_and_pings_answered() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let mut socket = Socket { stream, buffer: Vec::new() };
        let mut said = vec![0x80 | PING, 2, b'h', b'i', 0x80 | TEXT, 3, b'o', b'n', b'e', 0x80 | TEXT, 126, 0x01, 0x00];
        said.extend([b'x'; 256]);
        said.extend([0x80 | TEXT, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        said.extend(vec![b'y'; 65_536]);
        said.extend([0x80 | CLOSE, 2, 0x11, 0x30]);
        server.write_all(&said).await.unwrap();
        assert_eq!(socket.message().await.unwrap(), b"one");
        assert_eq!(socket.message().await.unwrap(), [b'x'; 256]);
        assert_eq!(socket.message().await.unwrap().len(), 65_536);
        assert!(socket.message().await.unwrap_err().to_string().contains("4400"));
        let mut pong = [0; 8];
        server.read_exact(&mut pong).await.unwrap();
        assert_eq!(pong, [0x80 | PONG, 0x82, 0, 0, 0, 0, b'h', b'i']);
    }
}
