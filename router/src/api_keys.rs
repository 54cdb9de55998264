//! Exchanges API keys for access tokens at accounts, and caches them for a while. It knows nothing of what a key may do: the
//! token says it.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use moka::{future::Cache, policy::EvictionPolicy};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use crate::{
    identity::Refusal,
    limits::{Bucket, Limiter, Verdict},
    render::ROUTER_SECRET_HEADER,
};

/// What keys begin with. 256 random bits in base64url follow.
const PREFIX: &str = "ppk_";
const SECRET_BYTES: usize = 32;
/// How long a token is used for its key, and how long a string that is no key is not asked for again.
const CACHE_TTL: Duration = Duration::from_secs(30);
/// Tokens in the cache, and likewise strings that are no keys. Beyond that the ones that were used the longest ago go.
const MAX_CACHED: u64 = 10_000;
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(5);

/// By the hash of the key: whoever reads our memory finds no key here.
type KeyHash = [u8; 32];

/// The keys that were used lately.
pub(crate) struct ApiKeys {
    endpoint: Url,
    router_secret: String,
    client: reqwest::Client,
    tokens: Cache<KeyHash, Arc<str>>,
    /// Apart from the tokens, so that any number of guesses pushes no good key out.
    unknown: Cache<KeyHash, ()>,
}

/// What an exchange that nobody has made lately is counted in, before accounts is asked. A good key gets it back.
pub(crate) struct Counted<'limiter> {
    /// Counts.
    pub(crate) limiter: &'limiter Limiter,
    /// Where.
    pub(crate) buckets: Vec<Bucket>,
}

#[derive(Deserialize)]
struct Exchanged {
    token: String,
}

impl ApiKeys {
    /// Exchanges keys at the accounts service with this GraphQL endpoint.
    pub(crate) fn new(accounts: &Url, router_secret: String, client: reqwest::Client) -> Self {
        let mut endpoint = accounts.clone();
        endpoint.set_path("/internal/api-key");
        Self { endpoint, router_secret, client, tokens: cache(), unknown: cache() }
    }

    /// Whether this is meant to be a key.
    pub(crate) fn is_key(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The token for a key. Those who ask for the same key at once share one exchange.
    ///
    /// [`Refusal::Invalid`] when it is no key (any more), [`Refusal::RateLimited`] when `counted` has nothing left,
    /// [`Refusal::KeysUnavailable`] when accounts cannot be asked.
    pub(crate) async fn token(&self, key: &str, counted: Option<Counted<'_>>) -> Result<Arc<str>, Refusal> {
        if !is_well_formed(key) {
            return Err(Refusal::Invalid);
        }
        let hash = hash(key);
        if let Some(token) = self.tokens.get(&hash).await {
            return Ok(token);
        }
        if self.unknown.contains_key(&hash) {
            return Err(Refusal::Invalid);
        }
        let exchange = self.exchange_counted(key, hash, counted);
        self.tokens.try_get_with(hash, exchange).await.map_err(|refusal| *refusal)
    }

    /// Forgets the token of a key, so that the next one is asked for.
    pub(crate) async fn forget(&self, key: &str) {
        self.tokens.invalidate(&hash(key)).await;
    }

    async fn exchange_counted(
        &self,
        key: &str,
        hash: KeyHash,
        counted: Option<Counted<'_>>,
    ) -> Result<Arc<str>, Refusal> {
        if let Some(Counted { limiter, buckets }) = &counted
            && let Verdict::Wait(retry_after_ms) = limiter.take(buckets).await
        {
            return Err(Refusal::RateLimited { retry_after_ms });
        }
        let token = self.exchange(key).await.map_err(|error| {
            tracing::warn!(error = format!("{error:#}"), "an API key cannot be exchanged");
            Refusal::KeysUnavailable
        })?;
        let Some(token) = token else {
            self.unknown.insert(hash, ()).await;
            return Err(Refusal::Invalid);
        };
        if let Some(Counted { limiter, buckets }) = counted {
            limiter.refund(&buckets).await;
        }
        Ok(token.into())
    }

    /// Asks accounts; `None` when it knows no such key.
    async fn exchange(&self, key: &str) -> anyhow::Result<Option<String>> {
        let request = self.client.post(self.endpoint.clone()).timeout(EXCHANGE_TIMEOUT);
        let request = request.header(ROUTER_SECRET_HEADER, &self.router_secret).body(key.to_owned());
        let answer = request.send().await.context("ask for the token of an API key")?;
        if answer.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer = answer.error_for_status().context("be given the token of an API key")?;
        let body = answer.bytes().await.context("read the token of an API key")?;
        let exchanged: Exchanged = serde_json::from_slice(&body).context("parse the token of an API key")?;
        Ok(Some(exchanged.token))
    }
}

fn cache<V: Clone + Send + Sync + 'static>() -> Cache<KeyHash, V> {
    Cache::builder()
        .max_capacity(MAX_CACHED)
        .time_to_live(CACHE_TTL)
        // The default keeps what was asked for often, and so lets a newcomer in only slowly.
        .eviction_policy(EvictionPolicy::lru())
        .build()
}

fn hash(key: &str) -> KeyHash {
    Sha256::digest(key).into()
}

/// Whether accounts could have made this key: everything else is refused without asking it.
fn is_well_formed(key: &str) -> bool {
    let secret = key.strip_prefix(PREFIX).and_then(|secret| URL_SAFE_NO_PAD.decode(secret).ok());
    secret.is_some_and(|secret| secret.len() == SECRET_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_256_bits_in_base64url_are_the_form_of_a_key() {
        let of = |bytes: usize| format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(vec![0xab; bytes]));
        assert!(is_well_formed(&of(32)));
        for bad in
            [of(31), of(33), of(0), format!("{}=", of(32)), of(32).replace("ppk_", "ppx_"), format!(" {}", of(32))]
        {
            assert!(!is_well_formed(&bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn strings_that_are_no_keys_push_no_good_key_out() {
        let accounts = Url::parse("http://127.0.0.1:1/graphql").expect("an address");
        let keys = ApiKeys::new(&accounts, "secret".to_owned(), reqwest::Client::new());
        let key = |number: u64| {
            let mut secret = [0; SECRET_BYTES];
            secret[..8].copy_from_slice(&number.to_be_bytes());
            format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret))
        };
        keys.tokens.insert(hash(&key(0)), "token".into()).await;
        for number in 1..=2 * MAX_CACHED {
            keys.unknown.insert(hash(&key(number)), ()).await;
        }
        keys.unknown.run_pending_tasks().await;
        assert!(keys.unknown.entry_count() <= MAX_CACHED);
        // Nobody listens at that address, so each of these is answered from a cache.
        assert_eq!(keys.token(&key(0), None).await.as_deref(), Ok("token"));
        assert_eq!(keys.token(&key(2 * MAX_CACHED), None).await, Err(Refusal::Invalid));
    }
}
