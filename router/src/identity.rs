//! Says whether an `Authorization` header is an access token of ours, and whose. A subgraph checks the same token again and
//! owns the fine rules; what is refused here never reaches one.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hive_router::http::StatusCode;
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, errors::ErrorKind};
use parking_lot::RwLock;
use polyphony_revocations::Revoked;
use serde::{Deserialize, de::DeserializeOwned};

use crate::jwks::KeySet;

/// How long after its end a token is still accepted.
const EXPIRY_LEEWAY_SECONDS: u64 = 5;

/// How long before its beginning a token is accepted already: the clock of the machine that has just made it may be ahead of ours.
const NOT_BEFORE_LEEWAY: Duration = Duration::from_mins(1);

/// How long a token is believed without looking at its signature again.
const BELIEVED_FOR: Duration = Duration::from_secs(30);

/// Tokens that are believed at once; bounds the memory that they take.
const BELIEVED_AT_ONCE: usize = 20_000;

/// Longer tokens are not ours.
const LONGEST_TOKEN: usize = 4_096;

/// Who asks, as a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The person.
    pub(crate) user: String,
    /// The session, or the API key.
    pub(crate) session: String,
    /// The version of the person's account that the token was made from.
    pub(crate) version: i64,
    /// Whether it is a program with an API key.
    pub(crate) is_key: bool,
    /// When the token ends, since the Unix epoch.
    pub(crate) expires_at: Duration,
}

/// Checks access tokens.
pub(crate) struct Identity {
    keys: Arc<KeySet>,
    validation: Validation,
    revoked: Revoked,
    believed: RwLock<HashMap<String, (Instant, Arc<Caller>)>>,
}

/// Why a request with a token is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not a token that accounts gave out for this platform.
    Invalid,
    /// A token whose time is over.
    Expired,
    /// A token of a session that has ended, or of somebody who may less than it says.
    Revoked,
    /// It cannot be checked, because accounts cannot be reached.
    KeysUnavailable,
    /// It would have to be checked at accounts, which was asked too often from this network.
    RateLimited {
        /// When to try again.
        retry_after_ms: u64,
    },
    /// A good token, but not of the person that this connection belongs to.
    OtherCaller,
}

#[derive(Deserialize)]
struct Claims {
    exp: u64,
    #[serde(default)]
    nbf: u64,
    sub: String,
    #[serde(default)]
    sid: String,
    #[serde(default)]
    ver: i64,
}

impl From<Claims> for Caller {
    fn from(claims: Claims) -> Self {
        let expires_at = Duration::from_secs(claims.exp);
        Self { user: claims.sub, session: claims.sid, version: claims.ver, is_key: false, expires_at }
    }
}

impl Identity {
    /// Believes tokens of `issuer` for `audience` that are signed with one of `keys` and not `revoked`.
    pub(crate) fn new(keys: Arc<KeySet>, issuer: &str, audience: &str, revoked: Revoked) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Looked at in `verify`, with a leeway of its own.
        validation.validate_nbf = false;
        validation.leeway = EXPIRY_LEEWAY_SECONDS;
        Self { keys, validation, revoked, believed: RwLock::default() }
    }

    /// Whether tokens can be checked.
    pub(crate) fn is_ready(&self) -> bool {
        self.keys.is_loaded()
    }

    /// Whether the tokens of this caller are refused by now.
    pub(crate) fn has_ended(&self, caller: &Caller) -> bool {
        self.revoked.covers(&caller.user, &caller.session, caller.version)
    }

    /// Checks an access token, and says whose it is.
    pub(crate) async fn check(&self, token: &str) -> Result<Arc<Caller>, Refusal> {
        let believed = self.believed.read().get(token).filter(|(until, _)| *until > Instant::now()).cloned();
        let caller = match believed {
            Some((_, caller)) => caller,
            None => self.verify(token).await?,
        };
        if self.has_ended(&caller) { Err(Refusal::Revoked) } else { Ok(caller) }
    }

    async fn verify(&self, token: &str) -> Result<Arc<Caller>, Refusal> {
        if token.len() > LONGEST_TOKEN {
            return Err(Refusal::Invalid);
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
        if Duration::from_secs(claims.claims.nbf) > unix_now() + NOT_BEFORE_LEEWAY {
            return Err(Refusal::Invalid);
        }
        let caller = Arc::new(Caller::from(claims.claims));
        self.believe(token, Arc::clone(&caller));
        Ok(caller)
    }

    fn believe(&self, token: &str, caller: Arc<Caller>) {
        let until = Instant::now() + BELIEVED_FOR.min(caller.expires_at.saturating_sub(unix_now()));
        let mut believed = self.believed.write();
        if believed.len() >= BELIEVED_AT_ONCE {
            let now = Instant::now();
            believed.retain(|_, (until, _)| *until > now);
            if believed.len() >= BELIEVED_AT_ONCE {
                believed.clear();
            }
        }
        believed.insert(token.to_owned(), (until, caller));
    }
}

impl Refusal {
    /// The `extensions.code` that a client sees.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Invalid | Self::Expired | Self::Revoked => "UNAUTHENTICATED",
            Self::KeysUnavailable => "UNAVAILABLE",
            Self::RateLimited { .. } => "RATE_LIMITED",
            Self::OtherCaller => "FORBIDDEN",
        }
    }

    /// The sentence that a client sees.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Invalid => "The access token is not valid.",
            Self::Expired => "The access token has expired.",
            Self::Revoked => "The session has ended, or what you may do has changed. Refresh the token or sign in.",
            Self::KeysUnavailable => "Access tokens cannot be checked at the moment. Try again soon.",
            Self::RateLimited { .. } => "Too many credentials were shown. Try again later.",
            Self::OtherCaller => {
                "This connection belongs to somebody else. Open another one to sign in as another person."
            }
        }
    }

    /// The status of an answer over HTTP.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Invalid | Self::Expired | Self::Revoked => StatusCode::UNAUTHORIZED,
            Self::KeysUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::OtherCaller => StatusCode::FORBIDDEN,
        }
    }
}

/// Time since the Unix epoch.
pub(crate) fn unix_now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A token's claims, without a look at its signature.
pub(crate) fn claims<T: DeserializeOwned>(token: &str) -> Option<T> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

/// The token of `Bearer <token>`, whatever the case of the scheme.
pub(crate) fn bearer(authorization: &str) -> Option<&str> {
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
