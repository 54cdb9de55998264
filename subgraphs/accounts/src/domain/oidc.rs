//! Signing in at another provider: what is remembered between leaving and coming back.

use chrono::TimeDelta;

use super::secret::Secret;

/// How long a sign-in may take at the provider.
pub const OIDC_LOGIN_LIFE: TimeDelta = TimeDelta::minutes(10);
/// What the written form of a state begins with.
const STATE_PREFIX: &str = "plys_";
/// What the written form of a verifier begins with.
const VERIFIER_PREFIX: &str = "plyv_";

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

/// What only the client that began a sign-in has: no URL shows it, so neither a log, nor a history, nor an app with the same scheme
/// has it. The database has its hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct OidcVerifier(Secret);

impl OidcVerifier {
    /// A verifier that nobody has had before.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(VERIFIER_PREFIX, text).map(Self)
    }

    /// The written form, for the client.
    pub fn expose(&self) -> String {
        self.0.expose(VERIFIER_PREFIX)
    }

    /// What the database knows of it.
    pub fn hash(&self) -> Vec<u8> {
        self.0.hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_in_has_secrets_of_its_own() {
        let (one, other) = (OidcLogin::begin("p", "r"), OidcLogin::begin("p", "r"));
        assert!(one.nonce != other.nonce && one.code_verifier != other.code_verifier);
        assert!(one.code_verifier.len() >= 43);
    }
}
