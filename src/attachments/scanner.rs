//! A scanner for malware: ClamAV's `clamd`, spoken to by its own protocol (`INSTREAM`) over a socket.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

use crate::config;

/// Bytes that are sent at once.
const CHUNK: usize = 64 * 1024;
/// Bytes of an answer at the most.
const ANSWER: u64 = 4096;

/// Where a scanner listens.
#[derive(Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// The path of a socket.
    Unix(&'a str),
    /// Host and port.
    Tcp(&'a str),
}

impl<'a> Place<'a> {
    /// Reads `unix:/path` or `tcp:host:port`.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(text: &'a str) -> Result<Self> {
        match text.split_once(':') {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path)),
            Some(("tcp", rest)) if rest.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) => {
                Ok(Self::Tcp(rest))
            }
            _ => bail!("attachments.clamd should be like `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`"),
        }
    }
}

/// What the scanner says of a file: nothing, or what it found.
///
/// # Errors
/// It cannot be reached, takes too long, or does not give a verdict.
pub async fn scan(settings: &config::Attachments, content: &[u8]) -> Result<Option<String>> {
    let place = Place::parse(&settings.clamd)?;
    let talk = async {
        match place {
            Place::Unix(path) => talk(UnixStream::connect(path).await?, content).await,
            Place::Tcp(host) => talk(TcpStream::connect(host).await?, content).await,
        }
    };
    let answer = timeout(Duration::from_secs(settings.scan_seconds), talk).await.context("the scanner took too long")?;
    verdict(&answer.context("failed to speak with the scanner")?)
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, content: &[u8]) -> Result<String> {
    let sent = async {
        stream.write_all(b"zINSTREAM\0").await?;
        for chunk in content.chunks(CHUNK) {
            stream.write_all(&(chunk.len() as u32).to_be_bytes()).await?;
            stream.write_all(chunk).await?;
        }
        stream.write_all(&[0; 4]).await?;
        stream.flush().await
    }
    .await;
    // One that has read enough says so and closes: its answer counts more than that the rest could not be sent.
    let mut answer = Vec::new();
    let read = stream.take(ANSWER).read_to_end(&mut answer).await;
    if answer.is_empty() {
        sent?;
        read?;
        bail!("it said nothing");
    }
    Ok(String::from_utf8_lossy(&answer).trim_end_matches(['\0', '\n']).to_owned())
}

/// What an answer of the form `stream: … FOUND` or `stream: OK` says.
fn verdict(answer: &str) -> Result<Option<String>> {
    let said = answer.split_once(": ").map_or(answer, |(_, said)| said).trim();
    if said == "OK" {
        return Ok(None);
    }
    if let Some(found) = said.strip_suffix(" FOUND") {
        return Ok(Some(found.chars().take(200).collect()));
    }
    // It will be too large next time too: nobody shall read what nobody could look at.
    if answer.contains("size limit exceeded") {
        return Ok(Some("too large for the scanner".into()));
    }
    bail!("the scanner said: {}", answer.chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        assert_eq!(verdict("stream: OK").unwrap(), None);
        assert_eq!(verdict("stream: Eicar-Test-Signature FOUND").unwrap().as_deref(), Some("Eicar-Test-Signature"));
        assert!(verdict("INSTREAM size limit exceeded. ERROR").unwrap().is_some());
        assert!(verdict("stream: Can't open file ERROR").is_err() && verdict("").is_err());
    }

    #[test]
    fn places() {
        assert_eq!(Place::parse("unix:/run/clamd").unwrap(), Place::Unix("/run/clamd"));
        assert_eq!(Place::parse("tcp:127.0.0.1:3310").unwrap(), Place::Tcp("127.0.0.1:3310"));
        for wrong in ["", "unix:run", "tcp:host", "tcp::3310", "http://x", "tcp:host:99999"] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }
}
