//! Who is signed in: the kept session, and its access token, renewed before it ends.
//!
//! Invariant: a refresh token is used once. One process renews at a time (a lock on a file beside the sessions), looks first
//! whether another did, and stores the new tokens before it uses them.

mod store;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cynic::MutationBuilder;
use polyphony_kit::Clock;
use tokio::sync::Mutex;

use crate::{
    api::auth::{AuthTokens, Refresh, RefreshVariables},
    client::Endpoint,
    error::ApiError,
    retry::retrying,
};

pub(crate) use store::{SessionStore, user_folder};

/// A token that ends sooner is renewed first.
const MARGIN: TimeDelta = TimeDelta::seconds(60);
/// A renewal whose answer was lost may be repeated for 10 seconds.
const RENEWAL_BUDGET: Duration = Duration::from_secs(8);

/// The tokens of a session on one server.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Tokens {
    access_token: String,
    access_token_expires_at: DateTime<Utc>,
    refresh_token: String,
}

impl From<AuthTokens> for Tokens {
    fn from(tokens: AuthTokens) -> Self {
        Self {
            access_token: tokens.access_token,
            access_token_expires_at: tokens.access_token_expires_at,
            refresh_token: tokens.refresh_token,
        }
    }
}

/// Where access tokens come from.
pub(crate) enum Session {
    /// The person gave one.
    Given(String),
    /// The session that `login` keeps.
    Kept {
        /// Where it is kept.
        store: SessionStore,
        /// As we know it; others may have renewed it since.
        known: Mutex<Option<Tokens>>,
    },
}

impl Session {
    /// The given token, or else the session in this store.
    pub(crate) fn new(given: Option<String>, store: SessionStore) -> Self {
        match given.filter(|token| !token.is_empty()) {
            Some(token) => Self::Given(token),
            None => Self::Kept { store, known: Mutex::new(None) },
        }
    }

    /// A token that is good for a while.
    pub(crate) async fn token(&self, endpoint: &Endpoint) -> Result<String, ApiError> {
        let soon = Clock::system().now() + MARGIN;
        self.renewed_unless(endpoint, |tokens| tokens.access_token_expires_at > soon).await
    }

    /// Another token than this one, which the server refused.
    pub(crate) async fn token_after(&self, endpoint: &Endpoint, refused: &str) -> Result<String, ApiError> {
        if matches!(self, Self::Given(_)) {
            return Err(ApiError::Unauthenticated);
        }
        self.renewed_unless(endpoint, |tokens| tokens.access_token != refused).await
    }

    async fn renewed_unless(&self, endpoint: &Endpoint, is_good: impl Fn(&Tokens) -> bool) -> Result<String, ApiError> {
        let (store, known) = match self {
            Self::Given(token) => return Ok(token.clone()),
            Self::Kept { store, known } => (store, known),
        };
        let mut known = known.lock().await;
        if let Some(tokens) = known.as_ref().filter(|tokens| is_good(tokens)) {
            return Ok(tokens.access_token.clone());
        }
        let lock = store.lock().await.map_err(ApiError::local)?;
        let kept = lock.read(&endpoint.url).map_err(ApiError::local)?.ok_or(ApiError::Unauthenticated)?;
        let tokens = if is_good(&kept) {
            kept
        } else {
            let fresh = renew(endpoint, &kept.refresh_token).await?;
            lock.write(&endpoint.url, Some(&fresh)).map_err(ApiError::local)?;
            fresh
        };
        Ok(known.insert(tokens).access_token.clone())
    }
}

async fn renew(endpoint: &Endpoint, refresh_token: &str) -> Result<Tokens, ApiError> {
    let renewed = retrying(RENEWAL_BUDGET, || async {
        let operation = Refresh::build(RefreshVariables { refresh_token: refresh_token.to_owned() });
        endpoint.send(&operation, None).await
    });
    let payload = renewed.await?.0.refresh_tokens;
    payload.tokens.filter(|_| payload.user_errors.is_empty()).map(Tokens::from).ok_or(ApiError::Unauthenticated)
}
