//! What a provider says of itself, kept for a while. One request at a time asks; a provider that is away is not asked by everybody
//! in turn, and what it said before is used meanwhile.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use openidconnect::{DiscoveryError, IssuerUrl, core::CoreProviderMetadata};
use parking_lot::RwLock;
use tokio::{sync::Mutex, time::Instant};

/// What a provider said is asked again after this long.
const TTL: Duration = Duration::from_mins(30);
/// What it said is used this long when it does not answer any more.
const STALE_TTL: Duration = Duration::from_hours(24);
/// A provider that did not answer is not asked again within this time.
const RETRY_INTERVAL: Duration = Duration::from_secs(15);
/// An unknown key makes us ask again, but not more often than this.
const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(10);

/// The metadata and keys of a provider.
pub(super) struct Discovery {
    issuer: String,
    http: reqwest::Client,
    cached: RwLock<Cached>,
    refresh: Mutex<()>,
}

#[derive(Default, Clone)]
struct Cached {
    metadata: Option<(Instant, Arc<CoreProviderMetadata>)>,
    failed_at: Option<Instant>,
}

impl Cached {
    /// What was said less than `age` ago.
    fn younger_than(&self, age: Duration) -> Option<Arc<CoreProviderMetadata>> {
        self.metadata.as_ref().filter(|(at, _)| at.elapsed() < age).map(|(_, metadata)| Arc::clone(metadata))
    }
}

impl Discovery {
    pub(super) fn new(issuer: &str, http: reqwest::Client) -> Self {
        Self { issuer: issuer.to_owned(), http, cached: RwLock::default(), refresh: Mutex::default() }
    }

    /// The metadata, at most half an hour old while the provider answers.
    pub(super) async fn metadata(&self) -> anyhow::Result<Arc<CoreProviderMetadata>> {
        self.metadata_younger_than(TTL).await
    }

    /// The metadata, asked for anew unless that was done a moment ago: a key may have been added.
    pub(super) async fn refreshed(&self) -> anyhow::Result<Arc<CoreProviderMetadata>> {
        self.metadata_younger_than(MIN_REFRESH_INTERVAL).await
    }

    async fn metadata_younger_than(&self, age: Duration) -> anyhow::Result<Arc<CoreProviderMetadata>> {
        if let Some(metadata) = self.settled(age)? {
            return Ok(metadata);
        }
        let stale = self.cached.read().younger_than(STALE_TTL);
        let _refreshing = match (self.refresh.try_lock(), stale) {
            (Ok(guard), _) => guard,
            // Somebody asks already: nobody waits who has something to go on with.
            (Err(_), Some(stale)) => return Ok(stale),
            (Err(_), None) => self.refresh.lock().await,
        };
        // Whoever waited finds what the one before was told, or that it was told nothing.
        if let Some(metadata) = self.settled(age)? {
            return Ok(metadata);
        }
        match self.ask().await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                *self.cached.write() =
                    Cached { metadata: Some((Instant::now(), Arc::clone(&metadata))), failed_at: None };
                Ok(metadata)
            }
            Err(error) => {
                self.cached.write().failed_at = Some(Instant::now());
                let stale = self.cached.read().younger_than(STALE_TTL);
                if stale.is_some() {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "a provider does not answer: what it said before is used"
                    );
                }
                stale.ok_or(error)
            }
        }
    }

    /// What needs no request: metadata that is young enough, or older while the provider is left alone after a failure.
    fn settled(&self, age: Duration) -> anyhow::Result<Option<Arc<CoreProviderMetadata>>> {
        let cached = self.cached.read().clone();
        if let Some(metadata) = cached.younger_than(age) {
            return Ok(Some(metadata));
        }
        if cached.failed_at.is_none_or(|at| at.elapsed() >= RETRY_INTERVAL) {
            return Ok(None);
        }
        match cached.younger_than(STALE_TTL) {
            Some(stale) => Ok(Some(stale)),
            None => bail!("the provider did not answer a moment ago"),
        }
    }

    async fn ask(&self) -> anyhow::Result<CoreProviderMetadata> {
        let bare = self.issuer.trim_end_matches('/').to_owned();
        let issuers = [self.issuer.clone(), if bare == self.issuer { format!("{bare}/") } else { bare }];
        let mut refused = None;
        // An issuer is compared letter by letter, and people forget the slash at its end.
        for issuer in issuers {
            let issuer = IssuerUrl::new(issuer).context("read the issuer")?;
            match CoreProviderMetadata::discover_async(issuer, &self.http).await {
                Ok(metadata) => return Ok(metadata),
                Err(error @ DiscoveryError::Validation(_)) => refused = Some(error),
                Err(error) => return Err(error).context("discover a provider"),
            }
        }
        refused.map_or_else(|| bail!("a provider has no issuer"), |error| Err(error).context("discover a provider"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
    use serde_json::json;

    use super::*;

    #[derive(Clone, Default)]
    struct There {
        asked: Arc<AtomicUsize>,
        is_away: Arc<std::sync::atomic::AtomicBool>,
    }

    /// A provider on a free port that counts how often it is asked.
    async fn provider() -> (String, There) {
        let there = There::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let own = issuer.clone();
        let say = move |State(there): State<There>| async move {
            there.asked.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(50)).await;
            if there.is_away.load(Ordering::SeqCst) {
                return Err(StatusCode::SERVICE_UNAVAILABLE);
            }
            Ok(Json(json!({
                "issuer": own, "authorization_endpoint": format!("{own}/auth"), "token_endpoint": format!("{own}/token"),
                "jwks_uri": format!("{own}/jwks"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            })))
        };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(say))
            .route("/jwks", get(|| async { Json(json!({ "keys": [] })) }))
            .with_state(there.clone());
        #[expect(clippy::disallowed_methods, reason = "the server ends with the test's runtime")]
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        (issuer, there)
    }

    #[tokio::test]
    async fn many_who_sign_in_at_once_ask_once_and_a_slash_does_not_matter() {
        let (issuer, there) = provider().await;
        let discovery = Discovery::new(&format!("{issuer}/"), reqwest::Client::new());
        let all = futures::future::join_all((0..20).map(|_| discovery.metadata())).await;
        assert!(all.iter().all(Result::is_ok));
        // With the slash that was too much, and without.
        assert_eq!(there.asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_provider_that_is_away_is_asked_once_and_nobody_queues_for_it() {
        let (issuer, there) = provider().await;
        there.is_away.store(true, Ordering::SeqCst);
        let discovery = Discovery::new(&issuer, reqwest::Client::new());
        let all = futures::future::join_all((0..20).map(|_| discovery.metadata())).await;
        assert!(all.iter().all(Result::is_err));
        assert_eq!(there.asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_provider_said_is_used_while_it_is_away() {
        let (issuer, there) = provider().await;
        let discovery = Discovery::new(&issuer, reqwest::Client::new());
        discovery.metadata().await.unwrap();
        there.is_away.store(true, Ordering::SeqCst);
        tokio::time::advance(TTL * 2).await;
        assert!(discovery.metadata().await.is_ok());
        tokio::time::advance(STALE_TTL).await;
        assert!(discovery.metadata().await.is_err());
    }
}
