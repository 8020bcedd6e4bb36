//! Listens for Telegram's calls. A call is answered with 200 only after its update is handled: until then Telegram calls again.

use std::time::Duration;

use anyhow::Context;
use futures_util::{StreamExt, stream::FuturesUnordered};
use subtle::ConstantTimeEq;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::timeout,
};

use crate::{Bot, stopped, update::Update};

/// What one call may hold, in bytes.
const HEAD: usize = 16 * 1024;
const BODY: usize = 2 * 1024 * 1024;
/// Calls at once.
const CALLS: usize = 64;
/// How long the bytes of a call may take.
const READING: Duration = Duration::from_secs(10);

/// Answers Telegram's calls until told to stop.
pub(crate) async fn listen(bot: &Bot, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    let address = &bot.settings.webhook_listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("failed to listen on {address}"))?;
    let mut calls = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(()) = calls.next(), if !calls.is_empty() => {}
            accepted = listener.accept(), if calls.len() < CALLS => {
                let Ok((stream, _)) = accepted else {
                    // Out of files, most likely.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                };
                let stop = stop.clone();
                calls.push(async move {
                    if let Err(error) = answer(bot, stream, &stop).await {
                        tracing::debug!(%error, "a call broke off");
                    }
                });
            }
        }
    }
    while calls.next().await.is_some() {}
    Ok(())
}

async fn answer(bot: &Bot, mut stream: TcpStream, stop: &watch::Receiver<bool>) -> std::io::Result<()> {
    let status = match timeout(READING, read(&mut stream, bot.settings.webhook_secret.as_bytes())).await {
        Ok(Ok(body)) => match serde_json::from_slice(&body) {
            Ok(raw) => match bot.take(vec![Update::read(raw)], stop).await {
                Some(()) => "200 OK",
                None => "503 Service Unavailable",
            },
            Err(_) => "400 Bad Request",
        },
        Ok(Err(status)) => status,
        Err(_) => "408 Request Timeout",
    };
    stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    stream.shutdown().await?;
    // What was not read of a refused call: closing over it would take the answer away.
    let mut rest = [0; 4096];
    let _ = timeout(Duration::from_secs(1), async { while stream.read(&mut rest).await.is_ok_and(|read| read > 0) {} }).await;
    Ok(())
}

/// The body of a call that knows the secret, or the status that refuses it.
async fn read(stream: &mut TcpStream, secret: &[u8]) -> Result<Vec<u8>, &'static str> {
    const BROKEN: &str = "400 Bad Request";
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if bytes.len() > HEAD {
            return Err("431 Request Header Fields Too Large");
        }
        bytes.reserve(4096);
        if stream.read_buf(&mut bytes).await.map_err(|_| BROKEN)? == 0 {
            return Err(BROKEN);
        }
    };
    let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default()).map_err(|_| BROKEN)?;
    let mut lines = head.split("\r\n");
    if !lines.next().is_some_and(|line| line.starts_with("POST ")) {
        return Err("405 Method Not Allowed");
    }
    let (mut length, mut token) = (None, "");
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        match name.trim().to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse::<usize>().ok(),
            "x-telegram-bot-api-secret-token" => token = value.trim(),
            _ => {}
        }
    }
    if !bool::from(token.as_bytes().ct_eq(secret)) {
        return Err("401 Unauthorized");
    }
    let length = length.ok_or("411 Length Required")?;
    if length > BODY {
        return Err("413 Content Too Large");
    }
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        body.reserve(16 * 1024);
        if stream.read_buf(&mut body).await.map_err(|_| BROKEN)? == 0 {
            return Err(BROKEN);
        }
    }
    body.truncate(length);
    Ok(body)
}
