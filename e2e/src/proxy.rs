//! A bad network: what goes through it comes late, by another time for each piece, and now and then a connection is reset.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

/// Pieces that are under way in one direction; who sends more waits.
const UNDER_WAY: usize = 64;

/// How bad it is.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// The longest delay of a piece; nothing overtakes what was sent before it.
    pub jitter: Duration,
    /// How many of a thousand pieces reset their connection instead of arriving.
    pub resets_per_mille: u32,
}

/// A proxy that is such a network; it ends when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    resets: Arc<AtomicUsize>,
    _connections: JoinSet<()>,
}

impl Proxy {
    /// A way to `url`, which names an address and a port.
    ///
    /// # Panics
    /// When there is no port to listen on.
    pub async fn start(url: &str, network: Network) -> Self {
        let target = url.rsplit('/').next().expect("a URL has parts").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let resets = Arc::<AtomicUsize>::default();
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, target, network, Arc::clone(&resets)));
        Self { address, resets, _connections: connections }
    }

    /// Where it listens, as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections it has reset.
    pub fn resets(&self) -> usize {
        self.resets.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, target: String, network: Network, resets: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                let (target, resets) = (target.clone(), Arc::clone(&resets));
                connections.spawn(async move {
                    let Ok(server) = TcpStream::connect(target).await else { return };
                    if connect(client, server, network).await.is_err_and(|error| is_ours(&error)) {
                        resets.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Carries what both sides say until they are done, or until the network breaks it off.
async fn connect(mut client: TcpStream, mut server: TcpStream, network: Network) -> io::Result<()> {
    let carried = {
        let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
        tokio::try_join!(carry(from_client, to_server, network), carry(from_server, to_client, network))
    };
    if carried.is_err() {
        // Both sides see a reset, not an orderly end.
        client.set_zero_linger()?;
        server.set_zero_linger()?;
    }
    carried.map(|_| ())
}

async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, network: Network) -> io::Result<()> {
    let (under_way, mut arriving) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let send = async move {
        let mut last = Instant::now();
        loop {
            let mut piece = vec![0; 16 * 1024];
            let length = from.read(&mut piece).await?;
            if length == 0 {
                return Ok(());
            }
            piece.truncate(length);
            if random(1000) < network.resets_per_mille {
                return Err(io::Error::other(Reset));
            }
            let delay = random(network.jitter.as_micros() as u32 + 1);
            last = last.max(Instant::now() + Duration::from_micros(delay.into()));
            if under_way.send((last, piece)).await.is_err() {
                return Ok(());
            }
        }
    };
    let receive = async {
        while let Some((at, piece)) = arriving.recv().await {
            sleep_until(at).await;
            to.write_all(&piece).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(send, receive).map(|_| ())
}

/// Why the network itself broke a connection off.
#[derive(Debug)]
struct Reset;

impl std::fmt::Display for Reset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the network reset the connection")
    }
}

impl std::error::Error for Reset {}

fn is_ours(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Reset>)
}

/// A random number below `below`.
fn random(below: u32) -> u32 {
    Uuid::new_v4().as_u128() as u32 % below
}
