//! The state that the plugin and the sockets share: who may ask (authentication) and how often (rate limits, concurrency).

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::Context;
use hive_router::{
    RouterSharedState,
    ntex::http::{
        HeaderMap, Response,
        header::{AUTHORIZATION, HeaderName},
    },
};
use jsonwebtoken::{TokenData, decode_header};
use polyphony_revocations::Revoked;
use polyphony_tokens::KeySet;
use url::Url;

use crate::{
    api_keys::{self, ApiKeys},
    client::TrustedProxies,
    concurrency::{ConcurrencyLimiter, Permit},
    config::Config,
    connections::{ConnectionLimits, Connections, Holder},
    delays::Delays,
    health::Readiness,
    identity::{self, Caller, Identity, Refusal, unix_now},
    limits::{Directives, Limiter},
    network::{Counted, networks},
    private::PublicFields,
    routes::Routes,
    security_txt,
    site::Served,
    subscriptions::{SubscriptionPermits, Subscriptions},
    tarpit::Tarpit,
};

/// Another header for API keys, for programs that cannot choose `Authorization`.
pub(crate) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// hive-router makes the plugin itself, out of text; what it cannot be told so is left here.
static STATE: OnceLock<Arc<EdgeState>> = OnceLock::new();

/// The state of the edge, one per process.
pub(crate) struct EdgeState {
    /// The keys that tokens are signed with.
    pub(crate) keys: Arc<KeySet>,
    /// Checks tokens.
    pub(crate) identity: Identity,
    /// What is revoked.
    pub(crate) revoked: Revoked,
    /// Counts requests.
    pub(crate) limiter: Limiter,
    /// Keeps refusals back.
    pub(crate) tarpit: Tarpit,
    /// How many requests of a client are executed at once.
    max_concurrent_per_client: usize,
    concurrency: ConcurrencyLimiter,
    /// Counts subscriptions.
    pub(crate) subscriptions: Subscriptions,
    /// Counts sockets and streamed responses.
    pub(crate) connections: Connections,
    /// How long a connection of somebody who is not signed in may do nothing, and last.
    pub(crate) anonymous: AnonymousConnections,
    /// Says whether the router is ready.
    pub(crate) readiness: Readiness,
    /// Proxies of ours in front of the router.
    pub(crate) trusted_proxies: TrustedProxies,
    /// Delays what is tried too often for one account.
    pub(crate) delays: Delays,
    /// What is served where.
    pub(crate) routes: Routes,
    /// On a private server, what is for everybody.
    pub(crate) public_fields: Option<PublicFields>,
    /// The web player.
    pub(crate) site: Served,
    security_contact: Option<Url>,
    /// Where revocations are read.
    pub(crate) redis_url: String,
    api_keys: ApiKeys,
    hive: OnceLock<Arc<RouterSharedState>>,
}

/// How long connections of clients last that are not signed in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnonymousConnections {
    /// Without a running operation.
    pub(crate) idle_timeout: Duration,
    /// At all.
    pub(crate) lifetime: Duration,
}

/// Whom a request comes from.
#[derive(Clone)]
pub(crate) struct RequestContext {
    /// The client's address.
    pub(crate) address: Option<IpAddr>,
    /// Who asks, if somebody is signed in.
    pub(crate) caller: Option<Arc<Caller>>,
    /// The API key that was sent.
    pub(crate) exchanged: Option<ExchangedKey>,
    /// Whether it is an operation on a WebSocket.
    pub(crate) is_over_websocket: bool,
}

impl RequestContext {
    /// Whom the request is counted for: a person, else the networks that the address is in, the narrowest first.
    pub(crate) fn counted(&self) -> Vec<Counted> {
        match &self.caller {
            Some(caller) => vec![Counted { name: format!("user:{}", caller.user), share: 1 }],
            None => networks(self.address),
        }
    }

    /// The client, as one name.
    pub(crate) fn client(&self) -> String {
        self.counted().swap_remove(0).name
    }
}

/// A credential that was accepted.
pub(crate) struct Authenticated {
    /// Who asks.
    pub(crate) caller: Arc<Caller>,
    /// The API key that was sent, and the token to ask subgraphs with instead.
    pub(crate) exchanged: Option<ExchangedKey>,
}

/// An API key and what it was exchanged for.
#[derive(Clone)]
pub(crate) struct ExchangedKey {
    /// The key.
    pub(crate) key: Arc<str>,
    /// The access token.
    pub(crate) token: Arc<str>,
}

impl EdgeState {
    /// Sets up the state of this process.
    pub(crate) fn init(config: &Config, supergraph: &str) -> anyhow::Result<Arc<Self>> {
        let client = reqwest::Client::new();
        let keys = Arc::new(KeySet::new(config.jwt.jwks_url.to_string(), client.clone()));
        let revoked = Revoked::default();
        let directives = Directives::parse(supergraph).context("read the rate limits of the composed schema")?;
        let subgraphs = config.subgraphs.named().map(|(name, url)| (name.to_owned(), url.clone()));
        let state = Arc::new(Self {
            identity: Identity::new(Arc::clone(&keys), &config.jwt.issuer, &config.jwt.audience, revoked.clone()),
            keys,
            revoked,
            limiter: Limiter::new(&config.rate_limits, &config.redis_url, config.environment, directives)?,
            tarpit: Tarpit::default(),
            max_concurrent_per_client: config.limits.max_concurrent_per_client,
            concurrency: ConcurrencyLimiter::default(),
            subscriptions: Subscriptions::new(config.limits.max_subscriptions_per_client),
            readiness: Readiness::new(subgraphs.into(), config.router_secret.clone(), client.clone()),
            routes: Routes::of(config),
            public_fields: config.private_server.then(|| PublicFields::of(supergraph)).transpose()?,
            site: Served::of(config),
            security_contact: config.security_contact().cloned(),
            connections: Connections::new(ConnectionLimits::of(&config.limits)),
            anonymous: AnonymousConnections {
                idle_timeout: config.limits.anonymous_idle_timeout,
                lifetime: config.limits.anonymous_connection_lifetime,
            },
            trusted_proxies: config.trusted_proxies.clone(),
            delays: Delays::default(),
            redis_url: config.redis_url.clone(),
            api_keys: ApiKeys::new(&config.subgraphs.accounts, config.router_secret.clone(), client),
            hive: OnceLock::new(),
        });
        STATE.set(Arc::clone(&state)).map_err(|_| anyhow::anyhow!("a process has one state of the edge"))?;
        Ok(state)
    }

    /// The state that was set up.
    pub(crate) fn of_process() -> Option<Arc<Self>> {
        STATE.get().cloned()
    }

    /// Sets hive-router's own state, which is made after this one.
    pub(crate) fn set_hive(&self, hive: Arc<RouterSharedState>) {
        // An error means that it is set already.
        let _ = self.hive.set(hive);
    }

    /// The file that says whom to tell of a vulnerability.
    pub(crate) fn security_txt(&self) -> Response {
        self.security_contact.as_ref().map_or_else(|| Response::NotFound().finish(), security_txt::response)
    }

    /// Whether the word of this peer on who its client is is believed.
    pub(crate) fn is_trusted_proxy(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|peer| self.trusted_proxies.is_trusted_peer(peer))
    }

    /// A permit to execute one more request of this client; `None` when none is free in time.
    pub(crate) async fn acquire_permit(&self, context: &RequestContext) -> Option<Permit> {
        // Behind one address there may be a whole school.
        let people = if context.caller.is_some() { 1 } else { 4 };
        self.concurrency.acquire(&context.counted(), self.max_concurrent_per_client * people).await
    }

    /// What one more subscription of this client holds; `None` when it, or all clients together, have too many.
    pub(crate) fn acquire_subscription(&self, context: &RequestContext) -> Option<SubscriptionPermits> {
        let holder = Holder::from(context.caller.as_deref().map(|caller| caller.user.as_str()));
        let connection = if context.is_over_websocket {
            None
        } else {
            Some(self.connections.acquire(context.address, holder).ok()?)
        };
        Some(SubscriptionPermits::new(self.subscriptions.acquire(context.counted())?, connection))
    }

    /// Who sent these headers, from this address; `None` when nobody is signed in.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        address: Option<IpAddr>,
    ) -> Result<Option<Authenticated>, Refusal> {
        let Some(credential) = credential(headers)? else { return Ok(None) };
        if !ApiKeys::is_key(credential) {
            let caller = self.check(credential).await?;
            return Ok(Some(Authenticated { caller, exchanged: None }));
        }
        let counted =
            || Some(api_keys::Counted { limiter: &self.limiter, buckets: self.limiter.key_exchange_buckets(address) });
        match self.authenticate_key(credential, counted()).await {
            // A token that was cached may be revoked because the role of its person has changed: the next one says so.
            Err(Refusal::Revoked | Refusal::Expired) => {
                self.api_keys.forget(credential).await;
                self.authenticate_key(credential, counted()).await.map(Some)
            }
            authenticated => authenticated.map(Some),
        }
    }

    /// A token for this API key that is good for so long at least, if accounts makes such.
    pub(crate) async fn renew_key(&self, key: &str, good_for: Duration) -> Result<Authenticated, Refusal> {
        match self.authenticate_key(key, None).await {
            Ok(cached) if cached.caller.expires_at > unix_now() + good_for => return Ok(cached),
            Ok(_) | Err(Refusal::Expired) => {}
            Err(refusal) => return Err(refusal),
        }
        self.api_keys.forget(key).await;
        self.authenticate_key(key, None).await
    }

    /// Checks an access token. hive-router, which would check it once more, is handed the claims of a good one.
    pub(crate) async fn check(&self, token: &str) -> Result<Arc<Caller>, Refusal> {
        let caller = self.identity.check(token).await?;
        if let Some(hive) = self.hive.get()
            && !hive.jwt_claims_cache.contains_key(token)
            && let (Ok(header), Some(claims)) = (decode_header(token), identity::claims(token))
        {
            hive.jwt_claims_cache.insert(token.to_owned(), Arc::new(TokenData { header, claims })).await;
        }
        Ok(caller)
    }

    async fn authenticate_key(
        &self,
        key: &str,
        counted: Option<api_keys::Counted<'_>>,
    ) -> Result<Authenticated, Refusal> {
        let token = self.api_keys.token(key, counted).await?;
        let caller = self.check(&token).await?;
        let caller = Arc::new(Caller { is_key: true, ..Caller::clone(&caller) });
        Ok(Authenticated { caller, exchanged: Some(ExchangedKey { key: key.into(), token }) })
    }
}

/// The token or key in these headers. Two of them are none.
fn credential(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut authorizations = headers.get_all(AUTHORIZATION);
    let mut keys = headers.get_all(API_KEY);
    let found = match (authorizations.next(), keys.next()) {
        (None, None) => return Ok(None),
        (Some(value), None) => value.to_str().ok().and_then(identity::bearer),
        (None, Some(value)) => value.to_str().ok().filter(|key| ApiKeys::is_key(key)),
        (Some(_), Some(_)) => None,
    };
    let is_only = authorizations.next().is_none() && keys.next().is_none();
    found.filter(|_| is_only).map(Some).ok_or(Refusal::Invalid)
}

#[cfg(test)]
mod tests {
    use hive_router::ntex::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_request_has_one_credential() {
        let headers = |pairs: &[(HeaderName, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(name.clone(), HeaderValue::from_static(value));
            }
            headers
        };
        assert_eq!(credential(&headers(&[])), Ok(None));
        assert_eq!(credential(&headers(&[(AUTHORIZATION, "Bearer a")])), Ok(Some("a")));
        assert_eq!(credential(&headers(&[(API_KEY, "ppk_a")])), Ok(Some("ppk_a")));
        for bad in [
            headers(&[(AUTHORIZATION, "Bearer a"), (AUTHORIZATION, "Bearer b")]),
            headers(&[(AUTHORIZATION, "Bearer a"), (API_KEY, "ppk_a")]),
            headers(&[(API_KEY, "a")]),
            headers(&[(AUTHORIZATION, "Basic a")]),
        ] {
            assert_eq!(credential(&bad), Err(Refusal::Invalid));
        }
    }
}
