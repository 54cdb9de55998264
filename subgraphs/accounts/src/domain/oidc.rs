//! Signing in at another provider: what is remembered between leaving and coming back, and what the provider says of a person.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::{Email, secret::Secret};

/// How long a sign-in may take at the provider.
pub const OIDC_LOGIN_LIFE: TimeDelta = TimeDelta::minutes(10);
/// What the written form of a state begins with.
const STATE_PREFIX: &str = "plys_";

/// A sign-in that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcLogin {
    /// At which provider.
    pub provider: String,
    /// Where the provider sends the person back to.
    pub redirect_uri: String,
    /// What the ID token must bear.
    pub nonce: String,
    /// What the code is redeemed with.
    pub code_verifier: String,
}

impl OidcLogin {
    /// A sign-in at this provider, with fresh secrets.
    pub fn begin(provider: &str, redirect_uri: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            nonce: Secret::random().expose(""),
            code_verifier: Secret::random().expose(""),
        }
    }

    /// What the provider is shown of the verifier (PKCE, S256).
    pub fn code_challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.code_verifier))
    }
}

/// What tells who comes back from who was sent away. The database has its hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct OidcState(Secret);

impl OidcState {
    /// A state that nobody has had before.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(STATE_PREFIX, text).map(Self)
    }

    /// The written form, for the client and the provider.
    pub fn expose(&self) -> String {
        self.0.expose(STATE_PREFIX)
    }

    /// What the database knows of it.
    pub fn hash(&self) -> Vec<u8> {
        self.0.hash()
    }
}

/// Who somebody is, as a provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which provider.
    pub provider: String,
    /// The person's id there.
    pub subject: String,
    /// Their address, if the provider has made sure that it is theirs.
    pub verified_email: Option<Email>,
    /// What they are called.
    pub name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let login = OidcLogin {
            code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
            ..OidcLogin::begin("p", "r")
        };
        assert_eq!(login.code_challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn every_sign_in_has_secrets_of_its_own() {
        let (one, other) = (OidcLogin::begin("p", "r"), OidcLogin::begin("p", "r"));
        assert!(one.nonce != other.nonce && one.code_verifier != other.code_verifier);
        assert!(one.code_verifier.len() >= 43);
    }
}
