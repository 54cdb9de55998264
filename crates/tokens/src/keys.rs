//! The public keys of accounts (JWKS): fetched ahead of time, again at once when a token names a key that is not known yet,
//! and used for a while longer when accounts is away. It knows nothing of tokens.

use std::{collections::HashMap, sync::Weak, time::Duration};

use anyhow::Context;
use backon::{BackoffBuilder, ExponentialBuilder};
use jsonwebtoken::{
    DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use parking_lot::RwLock;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};

/// How long keys are used before they are fetched again; a retired key is forgotten after this.
const REFRESH_INTERVAL: Duration = Duration::from_mins(5);
/// How long keys are used that cannot be fetched again. Tokens live for ten minutes: while accounts is away for longer,
/// none is left that these keys could be needed for.
const STALE_TTL: Duration = Duration::from_mins(15);
/// Tokens with made-up key ids cannot make us flood accounts: the pause between two fetches on demand.
const MIN_FETCH_INTERVAL: Duration = Duration::from_secs(1);
/// A fetch that takes longer has failed.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest wait between two attempts while keys cannot be fetched.
const MAX_BACKOFF: Duration = Duration::from_secs(15);
/// A longer answer is no key set of ours.
const MAX_JWKS_BYTES: usize = 64 << 10;
/// A failure that lasts is logged this often (in attempts). Accounts may simply start after us.
const LOG_EVERY: u32 = 8;

/// The keys that a token may be signed with.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: RwLock<HashMap<String, DecodingKey>>,
    source: Option<Source>,
}

#[derive(Debug)]
struct Source {
    url: String,
    client: reqwest::Client,
    /// When keys were last fetched.
    fetched_at: RwLock<Option<Instant>>,
    /// When a fetch on demand last ended. Holding the lock over the fetch makes all who miss wait for the same one.
    last_attempt: Mutex<Option<Instant>>,
}

/// There are no keys to check a token with: accounts could not be reached for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signing keys cannot be read")]
pub struct KeysUnavailable;

impl KeySet {
    /// The keys published at `url`; none are fetched yet. [`KeySet::keep_fresh`] should run.
    pub fn new(url: String, client: reqwest::Client) -> Self {
        let source = Source { url, client, fetched_at: RwLock::default(), last_attempt: Mutex::default() };
        Self { keys: RwLock::default(), source: Some(source) }
    }

    /// Keys that are given by [`KeySet::replace`] alone, and never go stale.
    pub fn local() -> Self {
        Self::default()
    }

    /// Uses exactly the signing keys of this set from now on.
    pub fn replace(&self, set: &JwkSet) {
        *self.keys.write() = set.keys.iter().filter_map(signing_key).collect();
    }

    /// Whether tokens can be checked: there are keys, and they are not too old.
    pub fn is_loaded(&self) -> bool {
        let is_usable = self.source.as_ref().is_none_or(|source| source.age().is_some_and(|age| age < STALE_TTL));
        is_usable && !self.keys.read().is_empty()
    }

    /// The key of this id, fetched anew when it is not known. `None`: accounts publishes no such key.
    pub async fn key(&self, id: &str) -> Result<Option<DecodingKey>, KeysUnavailable> {
        if let Some(key) = self.known(id) {
            return Ok(Some(key));
        }
        if let Some(source) = &self.source {
            self.fetch_on_demand(source, id).await;
        }
        if self.is_loaded() { Ok(self.known(id)) } else { Err(KeysUnavailable) }
    }

    /// Fetches the keys now and every few minutes, for as long as anybody else has the set. What fails is tried again
    /// after a time that doubles.
    pub async fn keep_fresh(set: Weak<Self>) {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(MIN_FETCH_INTERVAL)
            .with_max_delay(MAX_BACKOFF)
            .without_max_times()
            .with_jitter();
        let (mut delays, mut failures) = (backoff.build(), 0_u32);
        while let Some(keys) = set.upgrade() {
            let Some(source) = &keys.source else { return };
            let pause = match keys.fetch(source).await {
                Ok(()) => {
                    (delays, failures) = (backoff.build(), 0);
                    REFRESH_INTERVAL
                }
                Err(error) => {
                    failures += 1;
                    if failures.is_multiple_of(LOG_EVERY) {
                        tracing::warn!(error = format!("{error:#}"), "the keys of accounts cannot be fetched");
                    }
                    delays.next().unwrap_or(MAX_BACKOFF)
                }
            };
            drop(keys);
            sleep(pause).await;
        }
    }

    fn known(&self, id: &str) -> Option<DecodingKey> {
        if self.source.is_some() && !self.is_loaded() {
            return None;
        }
        self.keys.read().get(id).cloned()
    }

    async fn fetch_on_demand(&self, source: &Source, id: &str) {
        let mut last_attempt = source.last_attempt.lock().await;
        if self.known(id).is_some() || last_attempt.is_some_and(|at| at.elapsed() < MIN_FETCH_INTERVAL) {
            return;
        }
        if let Err(error) = self.fetch(source).await {
            tracing::warn!(error = format!("{error:#}"), "the keys of accounts cannot be fetched");
        }
        *last_attempt = Some(Instant::now());
    }

    async fn fetch(&self, source: &Source) -> anyhow::Result<()> {
        let set = source.read().await?;
        let keys: HashMap<_, _> = set.keys.iter().filter_map(signing_key).collect();
        anyhow::ensure!(!keys.is_empty(), "no Ed25519 key with an id among the keys");
        *self.keys.write() = keys;
        *source.fetched_at.write() = Some(Instant::now());
        Ok(())
    }
}

impl Source {
    fn age(&self) -> Option<Duration> {
        self.fetched_at.read().map(|at| at.elapsed())
    }

    async fn read(&self) -> anyhow::Result<JwkSet> {
        let answer = self.client.get(&self.url).timeout(FETCH_TIMEOUT).send().await.context("ask for the keys")?;
        let mut answer = answer.error_for_status().context("be given the keys")?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.context("read the keys")? {
            anyhow::ensure!(body.len() + chunk.len() <= MAX_JWKS_BYTES, "the answer is too long for keys");
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).context("parse the keys")
    }
}

/// Only Ed25519 for signatures: a key of another kind is never used, whatever a token says it was signed with.
fn signing_key(jwk: &Jwk) -> Option<(String, DecodingKey)> {
    let is_for_signatures = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if is_for_signatures && pair.curve == EllipticCurve::Ed25519 => {
            Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?))
        }
        _ => None,
    }
}
