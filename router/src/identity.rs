//! Says whether an `Authorization` header is an access token of ours. A subgraph checks the same token again and owns
//! the fine rules; what is refused here never reaches one.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use hive_router::http::StatusCode;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, errors::ErrorKind};
use parking_lot::RwLock;
use serde::Deserialize;

use crate::jwks::KeySet;

/// How far the clocks of two machines of ours may be apart.
const LEEWAY_SECONDS: u64 = 5;

/// How long a token is believed without looking at its signature again.
const BELIEVED_FOR: Duration = Duration::from_secs(30);

/// Tokens that are believed at once; bounds the memory that they take.
const BELIEVED_AT_ONCE: usize = 20_000;

/// Longer tokens are not ours.
const LONGEST_TOKEN: usize = 4_096;

/// Checks access tokens.
pub(crate) struct Identity {
    keys: Arc<KeySet>,
    validation: Validation,
    believed: RwLock<HashMap<String, Instant>>,
}

/// Why a request with a token is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not a token that accounts gave out for this platform.
    Invalid,
    /// A token whose time is over.
    Expired,
    /// No keys to check it with, because accounts cannot be reached since the router started.
    KeysUnavailable,
}

#[derive(Deserialize)]
struct Claims {
    exp: u64,
    #[serde(rename = "sub")]
    _sub: String,
}

impl Identity {
    /// Believes tokens of `issuer` for `audience` that are signed with one of `keys`.
    pub(crate) fn new(keys: Arc<KeySet>, issuer: &str, audience: &str) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECONDS;
        Self { keys, validation, believed: RwLock::default() }
    }

    /// Whether tokens can be checked at all.
    pub(crate) fn is_ready(&self) -> bool {
        self.keys.is_loaded()
    }

    /// Checks the value of an `Authorization` header.
    pub(crate) async fn check(&self, authorization: &str) -> Result<(), Refusal> {
        let token = bearer(authorization).ok_or(Refusal::Invalid)?;
        if self.believed.read().get(token).is_some_and(|until| *until > Instant::now()) {
            return Ok(());
        }
        let header = decode_header(token).map_err(|_| Refusal::Invalid)?;
        let key_id = key_id(&header).ok_or(Refusal::Invalid)?;
        let Some(key) = self.keys.key(key_id).await else {
            return Err(if self.keys.is_loaded() { Refusal::Invalid } else { Refusal::KeysUnavailable });
        };
        let claims = decode::<Claims>(token, &key, &self.validation).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => Refusal::Expired,
            _ => Refusal::Invalid,
        })?;
        self.believe(token, claims.claims.exp);
        Ok(())
    }

    fn believe(&self, token: &str, expires_at: u64) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let until = Instant::now() + BELIEVED_FOR.min(Duration::from_secs(expires_at.saturating_sub(now)));
        let mut believed = self.believed.write();
        if believed.len() >= BELIEVED_AT_ONCE {
            let now = Instant::now();
            believed.retain(|_, until| *until > now);
            if believed.len() >= BELIEVED_AT_ONCE {
                believed.clear();
            }
        }
        believed.insert(token.to_owned(), until);
    }
}

impl Refusal {
    /// The `extensions.code` that a client sees.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Invalid | Self::Expired => "UNAUTHENTICATED",
            Self::KeysUnavailable => "UNAVAILABLE",
        }
    }

    /// The sentence that a client sees.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Invalid => "The access token is not valid.",
            Self::Expired => "The access token has expired.",
            Self::KeysUnavailable => "Access tokens cannot be checked at the moment. Try again soon.",
        }
    }

    /// The status of an answer over HTTP.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Invalid | Self::Expired => StatusCode::UNAUTHORIZED,
            Self::KeysUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// The token of `Bearer <token>`, whatever the case of the scheme.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= LONGEST_TOKEN).then_some(token)
}

/// The key that an access token of ours claims to be signed with. Other kinds of token (an ID token, say) and other
/// algorithms are not looked at.
fn key_id(header: &Header) -> Option<&str> {
    let access_token = header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt"));
    (access_token && header.alg == Algorithm::EdDSA).then_some(header.kid.as_deref()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_token_is_a_token() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("Bearer"), None);
        assert_eq!(bearer("Bearer "), None);
        assert_eq!(bearer(&format!("Bearer {}", "a".repeat(LONGEST_TOKEN + 1))), None);
    }

    #[test]
    fn only_an_access_token_with_eddsa_names_a_key() {
        let header =
            |typ: &str, alg| Header { typ: Some(typ.to_owned()), kid: Some("k1".to_owned()), ..Header::new(alg) };
        assert_eq!(key_id(&header("at+jwt", Algorithm::EdDSA)), Some("k1"));
        assert_eq!(key_id(&header("JWT", Algorithm::EdDSA)), None);
        assert_eq!(key_id(&header("at+jwt", Algorithm::HS256)), None);
        assert_eq!(key_id(&Header { kid: None, ..header("at+jwt", Algorithm::EdDSA) }), None);
    }
}
