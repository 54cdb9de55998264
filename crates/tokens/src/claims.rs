//! What an access token says.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// The media type of our access tokens (RFC 9068, section 2.1).
pub const TOKEN_TYPE: &str = "at+jwt";

/// The claims of an access token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The person.
    pub sub: String,
    /// The session; for an API key, the id of the key.
    #[serde(default)]
    pub sid: String,
    /// The version of the person's account that the token was made from; older ones may be revoked.
    #[serde(default)]
    pub ver: i64,
    /// What the person may do.
    #[serde(default)]
    pub role: String,
    /// Space-separated scopes.
    #[serde(default)]
    pub scope: String,
    /// Who issued the token.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The token's own id.
    #[serde(default)]
    pub jti: String,
    /// Issued at, seconds since the epoch.
    #[serde(default)]
    pub iat: i64,
    /// Not valid before, seconds since the epoch.
    #[serde(default)]
    pub nbf: i64,
    /// Not valid from then on, seconds since the epoch.
    pub exp: i64,
}

/// Seconds since the epoch by the machine's clock.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
