//! A proxy that can cut what passes through it, at any byte.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};

/// Where connections go on to.
#[derive(Debug, Clone)]
pub enum Upstream {
    Unix(PathBuf),
    Tcp(SocketAddr),
    /// Nothing listens there now.
    Nowhere,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

/// A cut to come: after so many more bytes of this way.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    pub way: Way,
    pub bytes: usize,
    /// Every connection ends with it, not only the one in which it happens.
    pub all: bool,
}

/// A listening proxy; it ends with the runtime.
pub struct Proxy {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: Mutex<Upstream>,
    cuts: Mutex<VecDeque<Cut>>,
    /// Grows when every connection is to end.
    epoch: watch::Sender<u64>,
}

impl Proxy {
    pub async fn start(upstream: Upstream) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { upstream: Mutex::new(upstream), cuts: Mutex::default(), epoch: watch::Sender::new(0) });
        let accepting = shared.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(accepting.clone().pass(client));
            }
        });
        Self { address, shared }
    }

    pub fn lead_to(&self, upstream: Upstream) {
        *self.shared.upstream.lock().unwrap() = upstream;
    }

    pub fn arm(&self, cut: Cut) {
        self.shared.cuts.lock().unwrap().push_back(cut);
    }

    /// Forgets the cuts that have not come yet; how many.
    pub fn disarm(&self) -> usize {
        std::mem::take(&mut *self.shared.cuts.lock().unwrap()).len()
    }
}

impl Shared {
    async fn pass(self: Arc<Self>, client: TcpStream) {
        client.set_nodelay(true).unwrap();
        let upstream = self.upstream.lock().unwrap().clone();
        match upstream {
            Upstream::Unix(path) => {
                if let Ok(server) = UnixStream::connect(path).await {
                    let (reader, writer) = server.into_split();
                    self.join(client, reader, writer).await;
                }
            }
            Upstream::Tcp(address) => {
                if let Ok(server) = TcpStream::connect(address).await {
                    let _ = server.set_nodelay(true);
                    let (reader, writer) = server.into_split();
                    self.join(client, reader, writer).await;
                }
            }
            Upstream::Nowhere => (),
        }
    }

    /// Copies both ways until one side ends or is cut; then both sides end at once.
    async fn join(&self, client: TcpStream, from_server: impl AsyncRead + Unpin, to_server: impl AsyncWrite + Unpin) {
        let mut epoch = self.epoch.subscribe();
        let (from_client, to_client) = client.into_split();
        tokio::select! {
            () = self.copy(Way::ToServer, from_client, to_server) => (),
            () = self.copy(Way::ToClient, from_server, to_client) => (),
            _ = epoch.changed() => (),
        }
    }

    async fn copy(&self, way: Way, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
        let mut buffer = vec![0; 16 << 10];
        loop {
            let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
            let passes = self.passes(way, read);
            if to.write_all(&buffer[..passes.unwrap_or(read)]).await.is_err() || passes.is_some() {
                return;
            }
        }
    }

    /// How many of these bytes still pass before a cut; `None` if there is no cut among them.
    fn passes(&self, way: Way, bytes: usize) -> Option<usize> {
        let mut cuts = self.cuts.lock().unwrap();
        let cut = cuts.front_mut().filter(|cut| cut.way == way)?;
        if cut.bytes > bytes {
            cut.bytes -= bytes;
            return None;
        }
        let cut = cuts.pop_front()?;
        if cut.all {
            self.epoch.send_modify(|epoch| *epoch += 1);
        }
        Some(cut.bytes)
    }
}
