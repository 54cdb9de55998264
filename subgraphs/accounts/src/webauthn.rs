//! What accounts is to authenticators: the relying party of `WebAuthn`, for whose id and origins passkeys are made.

use std::sync::Arc;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, DiscoverableKey, Passkey as StoredCredential,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::domain::{Account, Passkey};

/// What the browser shows.
const NAME: &str = "Polyphony";

/// Begins and completes ceremonies.
#[derive(Clone)]
pub struct RelyingParty(Arc<Webauthn>);

/// A ceremony that begins.
pub struct Begun<S> {
    /// The `publicKey` options for the browser, as JSON.
    pub options: String,
    /// What it is completed with; for the database alone.
    pub state: S,
}

/// What an authenticator has signed, as the browser sends it.
pub struct Assertion(PublicKeyCredential);

impl Assertion {
    /// Reads a `PublicKeyCredential` as JSON.
    pub fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().map(Self)
    }

    /// The authenticator's id of the passkey.
    pub fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }

    /// Whose passkey it is, as the authenticator says; discoverable ones always do.
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.0.get_user_unique_id()
    }
}

impl RelyingParty {
    /// The relying party with this id (a domain), used from these origins, the first of which is on that domain or below it.
    pub fn new(id: &str, origins: &str) -> anyhow::Result<Self> {
        let origins = origins.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let origins: Vec<Url> = origins
            .map(|origin| Url::parse(origin).with_context(|| format!("read the origin {origin}")))
            .collect::<Result<_, _>>()?;
        let first = origins.first().context("WEBAUTHN_ORIGINS names no origin")?;
        let is_secure = |origin: &Url| origin.scheme() != "http" || origin.host_str() == Some("localhost");
        if let Some(origin) = origins.iter().find(|origin| !is_secure(origin)) {
            anyhow::bail!("{origin} cannot have passkeys: browsers allow them over https and on localhost alone");
        }
        let builder = WebauthnBuilder::new(id, first)
            .map_err(|_| anyhow::anyhow!("WEBAUTHN_RP_ID {id} is not the domain of {first}, or one above it"))?;
        let builder = origins[1..].iter().fold(builder.rp_name(NAME), WebauthnBuilder::append_allowed_origin);
        ensure!(!id.is_empty(), "WEBAUTHN_RP_ID is empty");
        Ok(Self(Arc::new(builder.build().context("set up WebAuthn")?)))
    }

    /// Begins to make a passkey of a person who has these.
    pub fn begin_registration(
        &self,
        account: &Account,
        existing: &[Passkey],
    ) -> anyhow::Result<Begun<PasskeyRegistration>> {
        let exclude = existing.iter().map(|passkey| passkey.credential.cred_id().clone()).collect();
        let (id, name) = (account.id().0, account.email.as_str());
        let (options, state) = self
            .0
            .start_passkey_registration(id, name, &account.user.display_name, Some(exclude))
            .context("begin a registration")?;
        let mut options = public_key(&options)?;
        // The library discourages it; without it nobody could sign in by passkey alone. Authenticators that have no room make a
        // passkey that is good as a second factor.
        options["authenticatorSelection"]["residentKey"] = json!("preferred");
        Ok(Begun { options: options.to_string(), state })
    }

    /// Completes it with what the authenticator made.
    pub fn finish_registration(&self, json: &str, state: &PasskeyRegistration) -> Option<StoredCredential> {
        let credential: RegisterPublicKeyCredential = serde_json::from_str(json).ok()?;
        self.0
            .finish_passkey_registration(&credential, state)
            .inspect_err(|error| tracing::info!(%error, "a passkey was not accepted"))
            .ok()
    }

    /// Begins to prove somebody by one of these passkeys, or by any where none is given.
    pub fn begin_assertion(&self, allowed: &[Passkey]) -> anyhow::Result<Begun<DiscoverableAuthentication>> {
        let (options, state) = self.0.start_discoverable_authentication().context("begin an assertion")?;
        let mut options = public_key(&options)?;
        let allowed = allowed.iter().map(|passkey| passkey.credential.cred_id());
        // As JSON they are base64url, which the library's own type writes.
        let ids = allowed.map(|id| json!({ "type": "public-key", "id": base64url(id) }));
        options["allowCredentials"] = Value::Array(ids.collect());
        Ok(Begun { options: options.to_string(), state })
    }

    /// Completes it: what the passkey, as it is known now, comes to.
    pub fn finish_assertion(
        &self,
        assertion: &Assertion,
        state: DiscoverableAuthentication,
        passkey: &Passkey,
    ) -> Result<AuthenticationResult, WebauthnError> {
        let key = DiscoverableKey::from(&passkey.credential);
        self.0.finish_discoverable_authentication_v2(&assertion.0, state, &key)
    }
}

fn base64url(bytes: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(bytes)
}

fn public_key(options: &impl serde::Serialize) -> anyhow::Result<Value> {
    let mut options = serde_json::to_value(options).context("write the options of a ceremony")?;
    Ok(options["publicKey"].take())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_secure_and_on_the_domain() {
        assert!(RelyingParty::new("localhost", "http://localhost:4000").is_ok());
        assert!(RelyingParty::new("example.org", "https://music.example.org, https://example.org").is_ok());
        for (id, origins) in [
            ("example.org", "http://music.example.org"),
            ("example.org", "https://example.com"),
            ("example.org", "https://notexample.org"),
            ("example.org", ""),
            ("", "https://example.org"),
            ("example.org", "nonsense"),
        ] {
            assert!(RelyingParty::new(id, origins).is_err(), "{id} {origins}");
        }
    }
}
