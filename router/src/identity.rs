//! Says whether an `Authorization` header is an access token of ours, and whose. A subgraph checks the same token again and
//! owns the fine rules; what is refused here never reaches one.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hive_router::http::StatusCode;
use polyphony_revocations::Revoked;
use polyphony_tokens::{Claims, KeySet, TokenError, Verifier};
use serde::de::DeserializeOwned;

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
    verifier: Verifier,
    revoked: Revoked,
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

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid => Self::Invalid,
            TokenError::Expired => Self::Expired,
            TokenError::Revoked => Self::Revoked,
            TokenError::KeysUnavailable(_) => Self::KeysUnavailable,
        }
    }
}

impl From<&Claims> for Caller {
    fn from(claims: &Claims) -> Self {
        Self {
            user: claims.sub.clone(),
            session: claims.sid.clone(),
            version: claims.ver,
            is_key: false,
            expires_at: Duration::from_secs(u64::try_from(claims.exp).unwrap_or(0)),
        }
    }
}

impl Identity {
    /// Believes tokens of `issuer` for `audience` that are signed with one of `keys` and not `revoked`.
    pub(crate) fn new(keys: Arc<KeySet>, issuer: &str, audience: &str, revoked: Revoked) -> Self {
        Self { verifier: Verifier::new(keys, issuer, audience, revoked.clone()), revoked }
    }

    /// Whether tokens can be checked.
    pub(crate) fn is_ready(&self) -> bool {
        self.verifier.is_ready()
    }

    /// Whether the tokens of this caller are refused by now.
    pub(crate) fn has_ended(&self, caller: &Caller) -> bool {
        self.revoked.covers(&caller.user, &caller.session, caller.version)
    }

    /// Checks an access token, and says whose it is.
    pub(crate) async fn check(&self, token: &str) -> Result<Arc<Caller>, Refusal> {
        let claims = self.verifier.verify(token).await?;
        Ok(Arc::new(Caller::from(&*claims)))
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
}
