//! Trades API keys for access tokens at accounts, and remembers them for a while. It knows nothing of what a key may do: the
//! token says it.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::Context;
use parking_lot::Mutex;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use crate::render::ROUTER_SECRET_HEADER;

/// What keys begin with.
const PREFIX: &str = "ppk_";
/// How long a token is used for its key; also how long a key that is none is not asked for again.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);
/// Keys that are remembered at once; bounds the memory that they take.
const REMEMBERED_AT_ONCE: usize = 10_000;
const TIMEOUT: Duration = Duration::from_secs(5);

/// The keys that were used lately.
pub(crate) struct ApiKeys {
    endpoint: Url,
    router_secret: String,
    client: reqwest::Client,
    /// By the hash of the key: whoever reads our memory finds no key here.
    known: Mutex<HashMap<[u8; 32], Known>>,
}

#[derive(Clone)]
struct Known {
    token: Option<String>,
    until: Instant,
}

#[derive(Deserialize)]
struct Exchanged {
    token: String,
}

impl ApiKeys {
    /// Trades keys at the accounts service with this GraphQL endpoint.
    pub(crate) fn new(accounts: &Url, router_secret: String, client: reqwest::Client) -> Self {
        let mut endpoint = accounts.clone();
        endpoint.set_path("/internal/api-key");
        Self { endpoint, router_secret, client, known: Mutex::default() }
    }

    /// Whether this looks like a key.
    pub(crate) fn is_key(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The token for a key; `None` when it is no key (any more).
    pub(crate) async fn token(&self, key: &str) -> anyhow::Result<Option<String>> {
        let id: [u8; 32] = Sha256::digest(key).into();
        let known = self.known.lock().get(&id).filter(|known| known.until > Instant::now()).cloned();
        if let Some(known) = known {
            return Ok(known.token);
        }
        let token = self.exchange(key).await?;
        let mut known = self.known.lock();
        if known.len() >= REMEMBERED_AT_ONCE {
            known.retain(|_, known| known.until > Instant::now());
            if known.len() >= REMEMBERED_AT_ONCE {
                known.clear();
            }
        }
        known.insert(id, Known { token: token.clone(), until: Instant::now() + REMEMBERED_FOR });
        Ok(token)
    }

    /// Forgets a key, so that it is asked for anew.
    pub(crate) fn forget(&self, key: &str) {
        let id: [u8; 32] = Sha256::digest(key).into();
        self.known.lock().remove(&id);
    }

    async fn exchange(&self, key: &str) -> anyhow::Result<Option<String>> {
        let request = self.client.post(self.endpoint.clone()).timeout(TIMEOUT);
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
