//! Checks access tokens (JWT, RFC 9068 profile: Ed25519, typ `at+jwt`) against the keys that accounts publishes, and against
//! the sessions and people whose tokens it has revoked.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Context;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use parking_lot::RwLock;
use polyphony_revocations::Revoked;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::{sync::Mutex, time::Instant};

use crate::{Role, SessionId, UserId, Viewer, config::AuthArgs};

/// The header that shows a subgraph that the request comes from the router.
pub const ROUTER_SECRET_HEADER: &str = "x-router-secret";
/// The media type of our access tokens (RFC 9068, section 2.1).
pub const TOKEN_TYPE: &str = "at+jwt";
/// An unknown key id makes us ask accounts again, but not more often than this.
const REFETCH_EVERY: Duration = Duration::from_secs(2);
/// Keys are used this long before they are fetched again; a retired one is forgotten then.
const KEPT_FOR: Duration = Duration::from_mins(5);

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// The person.
    pub sub: UserId,
    /// The session; for an API key, the id of the key.
    pub sid: SessionId,
    /// The version of the person's account that the token was made from; older ones may be revoked.
    #[serde(default)]
    pub ver: i64,
    /// What the person may do.
    pub role: Role,
    /// Space-separated scopes.
    pub scope: String,
    /// Who issued the token.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The token's own id.
    pub jti: String,
    /// Issued at, seconds since the epoch.
    pub iat: i64,
    /// Not valid before, seconds since the epoch.
    pub nbf: i64,
    /// Not valid from then on, seconds since the epoch.
    pub exp: i64,
}

impl From<Claims> for Viewer {
    fn from(claims: Claims) -> Self {
        let scopes = claims.scope.split_whitespace().map(str::to_owned).collect();
        Self { user: claims.sub, session: claims.sid, role: claims.role, scopes }
    }
}

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not one of ours, or not any more.
    #[error("the access token is not valid")]
    Invalid,
    /// The keys to check it with cannot be had just now.
    #[error("the signing keys cannot be read")]
    KeysUnavailable(#[source] anyhow::Error),
}

/// Checks tokens with the published keys, kept and fetched again when an unknown key id comes.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    keys: RwLock<HashMap<String, DecodingKey>>,
    source: Option<Source>,
    validation: Validation,
    router_secret: String,
    revoked: Revoked,
}

struct Source {
    url: String,
    http: reqwest::Client,
    turn: Mutex<()>,
    asked: RwLock<Option<Instant>>,
}

impl Verifier {
    /// Checks against the JWKS at `args.jwks_url` and follows what is revoked, until the last clone is dropped.
    #[expect(clippy::disallowed_methods, reason = "it ends by itself when nobody checks tokens any more")]
    pub fn remote(args: &AuthArgs) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(3)).build()?;
        let source = Source { url: args.jwks_url.clone(), http, turn: Mutex::new(()), asked: RwLock::new(None) };
        let verifier = Self::new(args, Some(source));
        tokio::spawn(polyphony_revocations::follow(args.revocations_url.clone(), verifier.revoked()));
        Ok(verifier)
    }

    /// Checks against the keys that [`Verifier::replace_keys`] gives: accounts itself, and tests.
    pub fn local(args: &AuthArgs) -> Self {
        Self::new(args, None)
    }

    /// What is revoked; whoever adds to it is heard at once.
    pub fn revoked(&self) -> Revoked {
        self.0.revoked.clone()
    }

    fn new(args: &AuthArgs, source: Option<Source>) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&args.jwt_issuer]);
        validation.set_audience(&[&args.jwt_audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = 5;
        let router_secret = args.router_secret.clone();
        Self(Arc::new(Inner {
            keys: RwLock::default(),
            source,
            validation,
            router_secret,
            revoked: Revoked::default(),
        }))
    }

    /// Uses exactly these keys from now on.
    pub fn replace_keys(&self, set: &JwkSet) {
        let keys =
            set.keys.iter().filter_map(|jwk| Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?)));
        *self.0.keys.write() = keys.collect();
    }

    /// Whether `secret` is the router's, compared in constant time.
    pub fn is_router(&self, secret: Option<&str>) -> bool {
        secret.is_some_and(|secret| bool::from(secret.as_bytes().ct_eq(self.0.router_secret.as_bytes())))
    }

    /// Checks a token and says whose it is.
    pub async fn verify(&self, token: &str) -> Result<Viewer, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        let is_ours = header.alg == Algorithm::EdDSA && header.typ.as_deref() == Some(TOKEN_TYPE);
        let Some(kid) = header.kid.filter(|_| is_ours) else { return Err(TokenError::Invalid) };
        let is_known = self.0.keys.read().contains_key(&kid);
        if let Some(source) = self.0.source.as_ref().filter(|source| !is_known || source.is_old()) {
            let fetched = self.fetch_keys(source).await;
            // With keys from before, what they say still counts.
            if self.0.keys.read().is_empty() {
                return Err(TokenError::KeysUnavailable(
                    fetched.err().unwrap_or_else(|| anyhow::anyhow!("no key yet")),
                ));
            }
        }
        let key = self.0.keys.read().get(&kid).cloned().ok_or(TokenError::Invalid)?;
        let claims =
            jsonwebtoken::decode::<Claims>(token, &key, &self.0.validation).map_err(|_| TokenError::Invalid)?.claims;
        let revoked = &self.0.revoked;
        if revoked.covers_key(&kid) || revoked.covers(&claims.sub.to_string(), &claims.sid.to_string(), claims.ver) {
            return Err(TokenError::Invalid);
        }
        Ok(claims.into())
    }

    /// Reads an `Authorization` value: no value is nobody, a bad one is an error.
    pub async fn verify_header(&self, value: Option<&str>) -> Result<Option<Viewer>, TokenError> {
        let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
        let (scheme, token) = value.split_once(' ').ok_or(TokenError::Invalid)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::Invalid);
        }
        self.verify(token.trim()).await.map(Some)
    }

    /// Fetches the keys, unless that was tried a moment ago: made-up key ids must not make us flood accounts.
    async fn fetch_keys(&self, source: &Source) -> anyhow::Result<()> {
        // All who miss wait for the same fetch.
        let _turn = source.turn.lock().await;
        if source.asked.read().is_some_and(|at| at.elapsed() < REFETCH_EVERY) {
            return Ok(());
        }
        *source.asked.write() = Some(Instant::now());
        let answer = source.http.get(&source.url).send().await.and_then(reqwest::Response::error_for_status);
        let set: JwkSet = answer.context("ask for the signing keys")?.json().await.context("read the signing keys")?;
        self.replace_keys(&set);
        Ok(())
    }
}

impl Source {
    fn is_old(&self) -> bool {
        self.asked.read().is_none_or(|at| at.elapsed() > KEPT_FOR)
    }
}
