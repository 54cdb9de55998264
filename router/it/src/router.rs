//! The router's binary, started on a free port with everything it needs in its environment.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::NamedTempFile;
use tokio::time::sleep;

use crate::{
    subgraphs::{Accounts, SUPERGRAPH, Subgraph, catalog},
    tokens::Key,
};

/// The secret that the router is started with.
pub const SECRET: &str = "a-secret-of-the-router";

/// A router process, which ends when it is dropped.
pub struct Router {
    /// Where it listens for clients, without a scheme.
    pub address: String,
    /// Where it listens for supervisors, without a scheme.
    pub operations: String,
    process: Child,
    _supergraph: NamedTempFile,
}

/// A router with two subgraphs behind it and a published key.
pub struct Platform {
    /// The router.
    pub router: Router,
    /// What can be changed of "accounts".
    pub accounts: Accounts,
    /// The subgraph "catalog", until it is taken down.
    pub catalog: Option<Subgraph>,
    /// The published key.
    pub key: Key,
    _accounts: Subgraph,
}

impl Platform {
    /// Starts a platform in development.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a platform with further variables for the router.
    pub async fn start_with(environment: &[(&str, &str)]) -> Self {
        let key = Key::new("k1", 7);
        let accounts = Accounts::default();
        accounts.publish(&key);
        let running = accounts.serve().await;
        let catalog = catalog().await;
        let router = Router::start(&running, &catalog, environment);
        router.ready().await;
        Self { router, accounts, catalog: Some(catalog), key, _accounts: running }
    }
}

impl Router {
    /// Starts the binary without waiting for it.
    pub fn start(accounts: &Subgraph, catalog: &Subgraph, environment: &[(&str, &str)]) -> Self {
        let supergraph = NamedTempFile::with_suffix(".graphql").expect("a temporary file");
        std::fs::write(supergraph.path(), SUPERGRAPH).expect("write the schema");
        let (address, operations) = (free_address(), free_address());
        let process = Command::new(binary())
            .env_clear()
            .env("BIND", &address)
            .env("OPERATIONS_BIND", &operations)
            .env("ROUTER_SECRET", SECRET)
            .env("SUPERGRAPH_PATH", supergraph.path())
            .env("JWKS_URL", format!("http://{}/.well-known/jwks.json", accounts.address))
            .env("ACCOUNTS_URL", accounts.url())
            .env("CATALOG_URL", catalog.url())
            // Two of the four are enough here; readiness asks all of them.
            .env("PLAYLISTS_URL", catalog.url())
            .env("MEDIA_URL", catalog.url())
            .env("ROUTER_WORKERS", "2")
            .env("RUST_LOG", std::env::var("ROUTER_LOG").unwrap_or_else(|_| "error".to_owned()))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .spawn()
            .expect("start the router");
        Self { address, operations, process, _supergraph: supergraph }
    }

    /// Its GraphQL endpoint, or another path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A path on its operations port.
    pub fn operations_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.operations)
    }

    /// Waits until the router says that it is ready.
    pub async fn ready(&self) {
        let started_at = Instant::now();
        loop {
            let answer = reqwest::get(self.operations_url("/health/ready")).await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(started_at.elapsed() < Duration::from_secs(20), "the router did not become ready");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        // Both fail only when the process is gone already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The binary in `POLYPHONY_BIN_DIR`, else the one beside this test's own: `target/debug/router` for
/// `target/debug/deps/it-…`.
fn binary() -> PathBuf {
    if let Some(folder) = std::env::var_os("POLYPHONY_BIN_DIR") {
        return PathBuf::from(folder).join("router");
    }
    let own = std::env::current_exe().expect("a path");
    let folder = own.parent().and_then(std::path::Path::parent).expect("a target folder");
    let binary = folder.join("router");
    assert!(binary.exists(), "build the router first: cargo build -p polyphony-router -p polyphony-devstack");
    binary
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}
