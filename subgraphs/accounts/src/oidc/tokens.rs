//! What a provider says of a person, in ID tokens and at its userinfo endpoint, and whether that can be believed.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::decode_header;
use openidconnect::{
    AccessToken, AdditionalClaims, ClaimsVerificationError, ClientId, ClientSecret, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenFields, IdTokenVerifier, IssuerUrl, JsonWebKey,
    JsonWebKeySet, JwsSigningAlgorithm, Nonce, StandardErrorResponse, StandardTokenResponse, SubjectIdentifier,
    TokenResponse, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::ProviderConfig;
use crate::domain::{Email, Identity};

/// How much a provider's clock may be behind ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// Keys that are tried for a token that does not name its own.
const MAX_KEYS: usize = 20;
/// Signatures with keys of two halves, so that nothing public can sign.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The claims that no standard knows; groups are among them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct OtherClaims(Map<String, Value>);

impl AdditionalClaims for OtherClaims {}

type Token = IdToken<OtherClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// The answer to a code.
pub(super) type Tokens = StandardTokenResponse<
    IdTokenFields<
        OtherClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// The library's client, with the claims above.
pub(super) type Client = openidconnect::Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why an ID token is not believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unverified {
    /// The provider may have a new key.
    #[error("no key of the provider has signed the ID token")]
    UnknownKey,
    /// Anything else.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// What a provider says of a person.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) subject: String,
    pub(super) email: Option<String>,
    email_verified: Option<bool>,
    name: Option<String>,
    pub(super) groups: Option<Vec<String>>,
}

/// Reads the claims of an ID token or of userinfo, which share their getters but no trait.
macro_rules! said {
    ($claims:expr, $config:expr) => {{
        let claims = $claims;
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
        Said {
            subject: claims.subject().as_str().to_owned(),
            email: claims.email().map(|email| email.as_str().to_owned()),
            email_verified: claims.email_verified(),
            name,
            groups: claims.additional_claims().0.get(&$config.groups_claim).map(texts),
        }
    }};
}

impl Said {
    /// This, and what `more` says where this says nothing. An address and whether it is verified belong together.
    pub(super) fn or(self, more: Self) -> Self {
        let (email, email_verified) = match self.email {
            Some(email) => (Some(email), self.email_verified),
            None => (more.email, more.email_verified),
        };
        Self {
            subject: self.subject,
            email,
            email_verified,
            name: self.name.or(more.name),
            groups: self.groups.or(more.groups),
        }
    }

    /// As accounts speaks of it.
    pub(super) fn into_identity(self, provider: &str) -> Identity {
        Identity {
            provider: provider.to_owned(),
            subject: self.subject,
            email: self.email.and_then(|email| Email::parse(&email)),
            email_verified: self.email_verified,
            name: self.name,
            groups: self.groups,
        }
    }
}

/// A list of texts, or one text.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// What the ID token says, if it is the provider's, for us, of this sign-in and not too old.
pub(super) fn verify(
    config: &ProviderConfig,
    metadata: &CoreProviderMetadata,
    tokens: &Tokens,
    nonce: &str,
    now: DateTime<Utc>,
) -> Result<Said, Unverified> {
    let token = tokens.id_token().context("find the ID token")?;
    let nonce = Nonce::new(nonce.to_owned());
    for keys in candidates(config, metadata, token)? {
        let verifier = verifier(config, metadata.issuer(), keys, now);
        match token.claims(&verifier, &nonce) {
            Ok(claims) => {
                let is_ours = claims.authorized_party().is_none_or(|party| party.as_str() == config.client_id);
                if !is_ours {
                    return Err(anyhow::anyhow!("the ID token is for another party").into());
                }
                return Ok(said!(claims, config));
            }
            Err(ClaimsVerificationError::SignatureVerification(_)) => {}
            Err(error) => return Err(anyhow::Error::new(error).context("check an ID token").into()),
        }
    }
    Err(Unverified::UnknownKey)
}

/// The sets of keys, of one key each, that may have signed the token: the key that it names, and those without a name.
fn candidates(
    config: &ProviderConfig,
    metadata: &CoreProviderMetadata,
    token: &Token,
) -> anyhow::Result<Vec<JsonWebKeySet<CoreJsonWebKey>>> {
    let algorithm = token.signing_alg().context("read how an ID token is signed")?;
    if algorithm.uses_shared_secret() {
        anyhow::ensure!(
            config.allow_hs256 && *algorithm == CoreJwsSigningAlgorithm::HmacSha256,
            "the provider signs ID tokens with the client secret ({algorithm:?}): have it sign with RS256, or set allow_hs256",
        );
        return Ok(vec![JsonWebKeySet::default()]);
    }
    let key_id = decode_header(token.to_string()).context("read the header of an ID token")?.kid;
    let fits = |key: &&CoreJsonWebKey| match (&key_id, key.key_id()) {
        (Some(named), Some(id)) => id.as_str() == named,
        _ => true,
    };
    let keys = metadata.jwks().keys().iter().filter(fits).take(MAX_KEYS);
    keys.map(|key| Ok(JsonWebKeySet::new(vec![named(key, key_id.as_deref())?]))).collect()
}

/// The key, with the name that the token gives it: the library finds keys by their names only.
fn named(key: &CoreJsonWebKey, key_id: Option<&str>) -> anyhow::Result<CoreJsonWebKey> {
    let Some(key_id) = key_id.filter(|_| key.key_id().is_none()) else { return Ok(key.clone()) };
    let mut value = serde_json::to_value(key).context("write a key")?;
    value["kid"] = json!(key_id);
    serde_json::from_value(value).context("read a key")
}

fn verifier<'a>(
    config: &ProviderConfig,
    issuer: &IssuerUrl,
    keys: JsonWebKeySet<CoreJsonWebKey>,
    now: DateTime<Utc>,
) -> IdTokenVerifier<'a, CoreJsonWebKey> {
    let id = ClientId::new(config.client_id.clone());
    let verifier = match &config.client_secret {
        Some(secret) => {
            let secret = ClientSecret::new(secret.clone());
            IdTokenVerifier::new_confidential_client(id, secret, issuer.clone(), keys)
        }
        None => IdTokenVerifier::new_public_client(id, issuer.clone(), keys),
    };
    let shared = config.allow_hs256.then_some(CoreJwsSigningAlgorithm::HmacSha256);
    verifier.set_allowed_algs(ALGORITHMS.into_iter().chain(shared)).set_time_fn(move || now - LEEWAY)
}

/// What the provider says when it is asked with the person's access token.
pub(super) async fn user_info(
    config: &ProviderConfig,
    client: &Client,
    access_token: &AccessToken,
    subject: &str,
    http: &reqwest::Client,
) -> anyhow::Result<Said> {
    // Whoever swaps access tokens gets nothing: the answer must be about the same person.
    let subject = SubjectIdentifier::new(subject.to_owned());
    let request = client.user_info(access_token.clone(), Some(subject)).context("find the userinfo endpoint")?;
    let claims: UserInfoClaims<OtherClaims, CoreGenderClaim> =
        request.request_async(http).await.context("ask for userinfo")?;
    Ok(said!(&claims, config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(email: Option<&str>, verified: Option<bool>) -> Said {
        let email = email.map(str::to_owned);
        Said { subject: "1".to_owned(), email, email_verified: verified, name: None, groups: None }
    }

    #[test]
    fn an_address_and_whether_it_is_verified_belong_together() {
        let both = said(Some("a@b.example"), None).or(said(Some("c@d.example"), Some(true)));
        assert_eq!((both.email.as_deref(), both.email_verified), (Some("a@b.example"), None));
        let filled = said(None, Some(true)).or(said(Some("c@d.example"), Some(false)));
        assert_eq!((filled.email.as_deref(), filled.email_verified), (Some("c@d.example"), Some(false)));
    }

    #[test]
    fn groups_are_a_list_or_one() {
        assert_eq!(texts(&json!(["a", 1, "b"])), ["a", "b"]);
        assert_eq!(texts(&json!("a")), ["a"]);
        assert!(texts(&json!({ "a": 1 })).is_empty());
    }
}
