//! Who asks a subgraph: the router by its secret, and a person by an access token (see `polyphony_tokens`).

use std::sync::Arc;

use polyphony_revocations::Revoked;
use polyphony_tokens::{KeySet, KeysUnavailable};
use serde::{Deserialize, de::value::StrDeserializer};
use subtle::ConstantTimeEq;

use crate::{Role, SessionId, UserId, Viewer, config::AuthArgs};

pub use jsonwebtoken::jwk::JwkSet;
pub use polyphony_tokens::{Claims, TOKEN_TYPE};

/// The header that shows a subgraph that the request comes from the router.
pub const ROUTER_SECRET_HEADER: &str = "x-router-secret";

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not one of ours, or not any more.
    #[error("the access token is not valid")]
    Invalid,
    /// The keys to check it with cannot be had just now.
    #[error(transparent)]
    KeysUnavailable(#[from] KeysUnavailable),
}

impl From<polyphony_tokens::TokenError> for TokenError {
    fn from(error: polyphony_tokens::TokenError) -> Self {
        match error {
            polyphony_tokens::TokenError::KeysUnavailable(error) => Self::KeysUnavailable(error),
            _ => Self::Invalid,
        }
    }
}

/// Knows the router, and checks tokens with the published keys.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    tokens: polyphony_tokens::Verifier,
    router_secret: String,
    /// Whether the tokens are those of its own service.
    is_issuer: bool,
}

impl Verifier {
    /// Checks against the JWKS at `args.jwks_url` and follows what is revoked, until the last clone is dropped.
    #[expect(clippy::disallowed_methods, reason = "both end by themselves when nobody checks tokens any more")]
    pub fn remote(args: &AuthArgs) -> anyhow::Result<Self> {
        let keys = Arc::new(KeySet::new(args.jwks_url.clone(), reqwest::Client::builder().build()?));
        tokio::spawn(KeySet::keep_fresh(Arc::downgrade(&keys)));
        let verifier = Self::new(args, keys, false);
        tokio::spawn(polyphony_revocations::follow(args.revocations_url.clone(), verifier.revoked()));
        Ok(verifier)
    }

    /// Checks against the keys that [`Verifier::replace_keys`] gives: accounts itself, and tests.
    pub fn local(args: &AuthArgs) -> Self {
        Self::new(args, Arc::new(KeySet::local()), true)
    }

    /// Whether it checks the tokens of its own service.
    pub fn is_issuer(&self) -> bool {
        self.0.is_issuer
    }

    /// What is revoked; whoever adds to it is heard at once.
    pub fn revoked(&self) -> Revoked {
        self.0.tokens.revoked()
    }

    fn new(args: &AuthArgs, keys: Arc<KeySet>, is_issuer: bool) -> Self {
        let tokens = polyphony_tokens::Verifier::new(keys, &args.jwt_issuer, &args.jwt_audience, Revoked::default());
        Self(Arc::new(Inner { tokens, router_secret: args.router_secret.clone(), is_issuer }))
    }

    /// Uses exactly these keys from now on.
    pub fn replace_keys(&self, set: &JwkSet) {
        self.0.tokens.replace_keys(set);
    }

    /// Whether `secret` is the router's, compared in constant time.
    pub fn is_router(&self, secret: Option<&str>) -> bool {
        secret.is_some_and(|secret| bool::from(secret.as_bytes().ct_eq(self.0.router_secret.as_bytes())))
    }

    /// Whether `ticket` is what the router shows when it opens a WebSocket.
    pub fn is_routers_ticket(&self, ticket: &str) -> bool {
        polyphony_tokens::is_upgrade_ticket(ticket, &self.0.router_secret)
    }

    /// Checks a token and says whose it is.
    pub async fn verify(&self, token: &str) -> Result<Viewer, TokenError> {
        viewer(&*self.0.tokens.verify(token).await?).ok_or(TokenError::Invalid)
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
}

/// Whom the claims name; `None` when they are not ours after all.
fn viewer(claims: &Claims) -> Option<Viewer> {
    let role: StrDeserializer<'_, serde::de::value::Error> = StrDeserializer::new(&claims.role);
    Some(Viewer {
        user: UserId::parse(&claims.sub)?,
        session: SessionId::parse(&claims.sid)?,
        role: Role::deserialize(role).ok()?,
        scopes: claims.scope.split_whitespace().map(str::to_owned).collect(),
    })
}
