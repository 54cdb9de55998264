//! The check of an access token.

use std::sync::Arc;

use jsonwebtoken::{
    Algorithm, Header, Validation, decode, decode_header,
    errors::{Error, ErrorKind},
    jwk::JwkSet,
};
use polyphony_revocations::Revoked;

use crate::{
    claims::{self, Claims, TOKEN_TYPE},
    keys::{KeySet, KeysUnavailable},
    verified::{Verified, VerifiedToken},
};

/// How long a token is still good after its end, for clocks of ours that are apart.
const EXPIRY_LEEWAY_SECONDS: u64 = 5;
/// How far the clock of accounts may be ahead: a token is new exactly when it is used first.
const NOT_BEFORE_LEEWAY_SECONDS: i64 = 60;
/// Longer tokens are not ours.
const MAX_TOKEN_BYTES: usize = 4_096;

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token that accounts gave out for this platform.
    #[error("the access token is not valid")]
    Invalid,
    /// A token whose time is over.
    #[error("the access token has expired")]
    Expired,
    /// A token of a session that has ended, or of somebody who may less than it says.
    #[error("the access token is revoked")]
    Revoked,
    /// The keys to check it with cannot be had just now.
    #[error(transparent)]
    KeysUnavailable(#[from] KeysUnavailable),
}

/// Checks access tokens against published keys and revocations.
#[derive(Debug)]
pub struct Verifier {
    keys: Arc<KeySet>,
    validation: Validation,
    revoked: Revoked,
    verified: Verified,
}

impl Verifier {
    /// Believes tokens of `issuer` for `audience` that are signed with one of `keys` and not `revoked`.
    pub fn new(keys: Arc<KeySet>, issuer: &str, audience: &str, revoked: Revoked) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = EXPIRY_LEEWAY_SECONDS;
        // Looked at below, with a leeway of its own.
        validation.validate_nbf = false;
        Self { keys, validation, revoked, verified: Verified::default() }
    }

    /// Whether tokens can be checked.
    pub fn is_ready(&self) -> bool {
        self.keys.is_loaded()
    }

    /// What is revoked; whoever adds to it is heard at once.
    pub fn revoked(&self) -> Revoked {
        self.revoked.clone()
    }

    /// Uses exactly these keys from now on, also for tokens that were verified before.
    pub fn replace_keys(&self, set: &JwkSet) {
        self.keys.replace(set);
        self.verified.clear();
    }

    /// Checks a token and gives what it says.
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        let VerifiedToken { key_id, claims } = match self.verified.get(token) {
            Some(verified) => verified,
            None => self.verify_signature(token).await?,
        };
        let is_revoked = self.revoked.covers_key(&key_id) || self.revoked.covers(&claims.sub, &claims.sid, claims.ver);
        if is_revoked { Err(TokenError::Revoked) } else { Ok(claims) }
    }

    async fn verify_signature(&self, token: &str) -> Result<VerifiedToken, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Invalid);
        }
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        let id = key_id(&header).ok_or(TokenError::Invalid)?;
        let key = self.keys.key(id).await?.ok_or(TokenError::Invalid)?;
        let claims = decode::<Claims>(token, &key, &self.validation).map_err(|error| refusal(&error))?.claims;
        if claims.nbf > claims::now() + NOT_BEFORE_LEEWAY_SECONDS {
            return Err(TokenError::Invalid);
        }
        let verified = VerifiedToken { key_id: id.into(), claims: Arc::new(claims) };
        self.verified.insert(token, verified.clone());
        Ok(verified)
    }
}

fn refusal(error: &Error) -> TokenError {
    match error.kind() {
        ErrorKind::ExpiredSignature => TokenError::Expired,
        _ => TokenError::Invalid,
    }
}

/// The key that an access token of ours claims to be signed with. Other kinds of token (an ID token, say) and other
/// algorithms are not looked at.
fn key_id(header: &Header) -> Option<&str> {
    let media_type = header.typ.as_deref()?.to_ascii_lowercase();
    let is_access_token = media_type.strip_prefix("application/").unwrap_or(&media_type) == TOKEN_TYPE;
    (is_access_token && header.alg == Algorithm::EdDSA).then_some(header.kid.as_deref()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_access_token_with_eddsa_names_a_key() {
        let header =
            |typ: &str, alg| Header { typ: Some(typ.to_owned()), kid: Some("k1".to_owned()), ..Header::new(alg) };
        assert_eq!(key_id(&header("at+jwt", Algorithm::EdDSA)), Some("k1"));
        assert_eq!(key_id(&header("application/at+JWT", Algorithm::EdDSA)), Some("k1"));
        assert_eq!(key_id(&header("JWT", Algorithm::EdDSA)), None);
        assert_eq!(key_id(&header("at+jwt", Algorithm::HS256)), None);
        assert_eq!(key_id(&Header { kid: None, ..header("at+jwt", Algorithm::EdDSA) }), None);
    }
}
