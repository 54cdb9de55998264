//! The public keys of accounts, fetched when first needed, again every few minutes, and at once when a token names a
//! key that is not known yet. It knows nothing of tokens.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::Context;
use hive_router::{
    async_trait,
    background_tasks::{BackgroundTask, CancellationToken},
};
use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet},
};
use parking_lot::RwLock;
use tokio::{sync::Mutex, time::sleep};

/// How long keys are used before they are fetched again; a retired key is forgotten after this.
const REFRESH_EVERY: Duration = Duration::from_mins(5);

/// How often a fetch is tried, so that tokens with made-up key ids cannot make us flood accounts.
const FETCH_AT_MOST_EVERY: Duration = Duration::from_secs(1);

const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

/// The keys that a token may be signed with.
pub(crate) struct KeySet {
    url: String,
    client: reqwest::Client,
    keys: RwLock<HashMap<String, DecodingKey>>,
    last_fetch: Mutex<Option<Instant>>,
}

impl KeySet {
    /// The keys published at `url`; none are fetched yet.
    pub(crate) fn new(url: String, client: reqwest::Client) -> Self {
        Self { url, client, keys: RwLock::default(), last_fetch: Mutex::new(None) }
    }

    /// Whether keys were fetched since the process started.
    pub(crate) fn is_loaded(&self) -> bool {
        !self.keys.read().is_empty()
    }

    /// The key `id`, fetched anew when it is not known.
    pub(crate) async fn key(&self, id: &str) -> Option<DecodingKey> {
        if let Some(key) = self.known(id) {
            return Some(key);
        }
        // Holding the lock over the fetch makes all who miss wait for the same one.
        let mut last_fetch = self.last_fetch.lock().await;
        if last_fetch.is_none_or(|at| at.elapsed() >= FETCH_AT_MOST_EVERY) && self.known(id).is_none() {
            if let Err(error) = self.fetch().await {
                tracing::warn!(error = format!("{error:#}"), "the keys of accounts cannot be fetched");
            }
            *last_fetch = Some(Instant::now());
        }
        self.known(id)
    }

    fn known(&self, id: &str) -> Option<DecodingKey> {
        self.keys.read().get(id).cloned()
    }

    async fn fetch(&self) -> anyhow::Result<()> {
        let answer = self.client.get(&self.url).timeout(FETCH_TIMEOUT).send().await.context("ask for the keys")?;
        let body = answer.error_for_status().context("be given the keys")?.bytes().await.context("read the keys")?;
        let set: JwkSet = serde_json::from_slice(&body).context("parse the keys")?;
        let keys: HashMap<_, _> = set.keys.iter().filter_map(signing_key).collect();
        anyhow::ensure!(!keys.is_empty(), "no Ed25519 key with an id among the keys");
        *self.keys.write() = keys;
        Ok(())
    }
}

/// Only Ed25519: a key of another kind is never used, whatever a token says it was signed with.
fn signing_key(jwk: &Jwk) -> Option<(String, DecodingKey)> {
    match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?))
        }
        _ => None,
    }
}

/// Keeps a [`KeySet`] fresh for as long as the router runs.
pub(crate) struct KeepFresh(pub(crate) std::sync::Arc<KeySet>);

#[async_trait]
impl BackgroundTask for KeepFresh {
    fn id(&self) -> &'static str {
        "jwks"
    }

    async fn run(&self, stopped: CancellationToken) {
        let mut failures = 0_u32;
        loop {
            let pause = match self.0.fetch().await {
                Ok(()) => {
                    failures = 0;
                    REFRESH_EVERY
                }
                Err(error) => {
                    // Accounts may simply start after us: only say so when it lasts.
                    failures += 1;
                    if failures.is_multiple_of(15) {
                        tracing::warn!(error = format!("{error:#}"), "the keys of accounts cannot be fetched");
                    }
                    FETCH_AT_MOST_EVERY
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = stopped.cancelled() => return,
            }
        }
    }
}
