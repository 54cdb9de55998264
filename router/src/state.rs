//! The state that the plugin and the sockets share: who may ask (authentication) and how often (rate limits, concurrency).

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use hive_router::{
    RouterSharedState,
    ntex::http::{
        HeaderMap, Response,
        header::{AUTHORIZATION, HeaderName},
    },
};
use jsonwebtoken::{TokenData, decode_header};
use polyphony_revocations::Revoked;
use url::Url;

use crate::{
    api_keys::ApiKeys,
    concurrency::{ConcurrencyLimiter, Permit},
    config::Config,
    health::Readiness,
    identity::{self, Caller, Identity, Refusal},
    jwks::KeySet,
    limits::Limiter,
    private::PublicFields,
    routes::Routes,
    security_txt,
    subscriptions::Subscriptions,
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
    /// Says whether the router is ready.
    pub(crate) readiness: Readiness,
    /// Proxies of ours in front of the router.
    pub(crate) trusted_proxy_hops: usize,
    /// What is served where.
    pub(crate) routes: Routes,
    /// On a private server, what is for everybody.
    pub(crate) public_fields: Option<PublicFields>,
    security_contact: Option<Url>,
    /// Where revocations are read.
    pub(crate) redis_url: String,
    api_keys: ApiKeys,
    hive: OnceLock<Arc<RouterSharedState>>,
}

/// Whom a request comes from.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    /// The client's address.
    pub(crate) address: Option<IpAddr>,
    /// Who asks, if somebody is signed in.
    pub(crate) caller: Option<Arc<Caller>>,
}

impl RequestContext {
    /// The client, as subscriptions are counted.
    pub(crate) fn client(&self) -> String {
        match (&self.caller, self.address) {
            (Some(caller), _) => caller.user.clone(),
            (None, Some(address)) => address.to_string(),
            (None, None) => String::new(),
        }
    }
}

/// A credential that was accepted.
pub(crate) struct Authenticated {
    /// Who asks.
    pub(crate) caller: Arc<Caller>,
    /// The token to ask subgraphs with, when it is not the one that was sent.
    pub(crate) token: Option<String>,
}

impl EdgeState {
    /// Sets up the state of this process.
    pub(crate) fn init(config: &Config, supergraph: &str) -> anyhow::Result<Arc<Self>> {
        let client = reqwest::Client::new();
        let keys = Arc::new(KeySet::new(config.jwt.jwks_url.to_string(), client.clone()));
        let revoked = Revoked::default();
        let subgraphs = config.subgraphs.named().map(|(name, url)| (name.to_owned(), url.clone()));
        let state = Arc::new(Self {
            identity: Identity::new(Arc::clone(&keys), &config.jwt.issuer, &config.jwt.audience, revoked.clone()),
            keys,
            revoked,
            limiter: Limiter::new(&config.rate_limits, &config.redis_url, config.environment)?,
            tarpit: Tarpit::default(),
            max_concurrent_per_client: config.limits.max_concurrent_per_client,
            concurrency: ConcurrencyLimiter::default(),
            subscriptions: Subscriptions::new(config.limits.max_subscriptions_per_client),
            readiness: Readiness::new(subgraphs.into(), config.router_secret.clone(), client.clone()),
            routes: Routes::of(config),
            public_fields: config.private_server.then(|| PublicFields::of(supergraph)).transpose()?,
            security_contact: config.security_contact().cloned(),
            trusted_proxy_hops: config.trusted_proxy_hops,
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
        self.trusted_proxy_hops > 0 && peer.is_some()
    }

    /// A permit to execute one more request of this client; `None` when none is free in time.
    pub(crate) async fn acquire_permit(&self, context: &RequestContext) -> Option<Permit> {
        // Behind one address there may be a whole school.
        let people = if context.caller.is_some() { 1 } else { 4 };
        self.concurrency.acquire(context.client(), self.max_concurrent_per_client * people).await
    }

    /// Who sent these headers; `None` when nobody is signed in.
    pub(crate) async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Authenticated>, Refusal> {
        let Some(credential) = credential(headers)? else { return Ok(None) };
        if !ApiKeys::is_key(credential) {
            let caller = self.check(credential).await?;
            return Ok(Some(Authenticated { caller, token: None }));
        }
        match self.authenticate_key(credential).await {
            // A token that was remembered may be revoked because the role of its person has changed: the next one says so.
            Err(Refusal::Revoked) => {
                self.api_keys.forget(credential);
                self.authenticate_key(credential).await.map(Some)
            }
            authenticated => authenticated.map(Some),
        }
    }

    /// Checks an access token. hive-router, which would check it once more, is handed the claims of a good one.
    async fn check(&self, token: &str) -> Result<Arc<Caller>, Refusal> {
        let caller = self.identity.check(token).await?;
        if let Some(hive) = self.hive.get()
            && !hive.jwt_claims_cache.contains_key(token)
            && let (Ok(header), Some(claims)) = (decode_header(token), identity::claims(token))
        {
            hive.jwt_claims_cache.insert(token.to_owned(), Arc::new(TokenData { header, claims })).await;
        }
        Ok(caller)
    }

    async fn authenticate_key(&self, key: &str) -> Result<Authenticated, Refusal> {
        let token = self.api_keys.token(key).await.map_err(|error| {
            tracing::warn!(error = format!("{error:#}"), "an API key cannot be checked");
            Refusal::KeysUnavailable
        })?;
        let token = token.ok_or(Refusal::Invalid)?;
        let caller = self.check(&token).await?;
        Ok(Authenticated { caller: Arc::new(Caller { is_key: true, ..Caller::clone(&caller) }), token: Some(token) })
    }

    /// Whose credentials these are, as far as that can be told at once. They are checked with every operation.
    pub(crate) async fn claimed_caller(&self, headers: &HeaderMap) -> Option<Caller> {
        let credential = credential(headers).ok()??;
        if ApiKeys::is_key(credential) {
            return identity::claimed(&self.api_keys.token(credential).await.ok()??);
        }
        identity::claimed(credential)
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
