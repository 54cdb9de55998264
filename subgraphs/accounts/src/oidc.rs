//! Other providers that people sign in at: OpenID Connect with discovery, authorization code, PKCE and nonce.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use parking_lot::RwLock;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use crate::domain::{Email, Identity, OidcLogin};

/// A provider that does not answer within this time is away.
const TIMEOUT: Duration = Duration::from_secs(8);
/// What a provider says of itself is asked again after this long.
const DISCOVERED_FOR: Duration = Duration::from_mins(30);
/// An unknown key makes us ask again, but not more often than this.
const REFETCH_EVERY: Duration = Duration::from_secs(10);
/// Signatures that ID tokens may have: all with keys of two halves, so that nothing public can sign.
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];

/// A provider, as it is configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The name in our API: `google`.
    pub id: String,
    /// The name for people: `Google`.
    pub name: String,
    /// Its issuer: `https://accounts.google.com`.
    pub issuer: String,
    /// Our id there.
    pub client_id: String,
    /// Our secret there; public clients have none.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// Where it may send people back to.
    pub redirect_uris: Vec<String>,
}

/// All providers.
#[derive(Clone, Default)]
pub struct Providers(Arc<Vec<Provider>>);

/// A provider.
pub struct Provider {
    config: ProviderConfig,
    http: reqwest::Client,
    discovered: RwLock<Option<(Instant, Arc<Discovered>)>>,
    turn: Mutex<()>,
}

/// What a provider says of itself.
struct Discovered {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: String,
    keys: HashMap<String, DecodingKey>,
}

/// Why nobody came back from a provider.
#[derive(Debug)]
pub enum ProviderError {
    /// The provider does not know the code, or says something that it must not.
    Refused(anyhow::Error),
    /// The provider is away.
    Away(anyhow::Error),
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

#[derive(Deserialize)]
struct IdClaims {
    sub: String,
    nonce: Option<String>,
    azp: Option<String>,
    aud: Value,
    email: Option<String>,
    #[serde(default)]
    email_verified: Value,
    name: Option<String>,
}

impl Providers {
    /// The providers of this JSON list.
    pub fn from_json(text: &str) -> anyhow::Result<Self> {
        let configs: Vec<ProviderConfig> = serde_json::from_str(text).context("read the providers")?;
        Self::new(configs)
    }

    /// These providers.
    pub fn new(configs: Vec<ProviderConfig>) -> anyhow::Result<Self> {
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(redirects).build()?;
        for config in &configs {
            let issuer = Url::parse(&config.issuer).with_context(|| format!("read the issuer of {}", config.id))?;
            let is_loopback = matches!(issuer.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
            ensure!(issuer.scheme() == "https" || is_loopback, "the issuer of {} is not https", config.id);
        }
        let provider =
            |config| Provider { config, http: http.clone(), discovered: RwLock::default(), turn: Mutex::default() };
        Ok(Self(Arc::new(configs.into_iter().map(provider).collect())))
    }

    /// Ids and names.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|provider| (provider.config.id.as_str(), provider.config.name.as_str()))
    }

    /// The provider with this id.
    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.config.id == id)
    }
}

impl Provider {
    /// Whether people may be sent back there.
    pub fn may_return_to(&self, redirect_uri: &str) -> bool {
        self.config.redirect_uris.iter().any(|allowed| allowed == redirect_uri)
    }

    /// Where to send somebody who signs in.
    pub async fn authorization_url(&self, login: &OidcLogin, state: &str) -> Result<Url, ProviderError> {
        let mut url = self.discovered().await.map_err(ProviderError::Away)?.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", &login.redirect_uri)
            .append_pair("scope", "openid email profile")
            .append_pair("state", state)
            .append_pair("nonce", &login.nonce)
            .append_pair("code_challenge", &login.code_challenge())
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Redeems the code that somebody came back with, and checks who they are.
    pub async fn redeem(&self, login: &OidcLogin, code: &str) -> Result<Identity, ProviderError> {
        let discovered = self.discovered().await.map_err(ProviderError::Away)?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &login.redirect_uri),
            ("code_verifier", &login.code_verifier),
        ];
        let mut request = self.http.post(&discovered.token_endpoint);
        match &self.config.client_secret {
            Some(secret) => request = request.basic_auth(encoded(&self.config.client_id), Some(encoded(secret))),
            None => form.push(("client_id", &self.config.client_id)),
        }
        let answer = request.form(&form).send().await.context("redeem a code").map_err(ProviderError::Away)?;
        let status = answer.status();
        if status.is_server_error() {
            return Err(ProviderError::Away(anyhow::anyhow!("the provider answered {status}")));
        }
        if !status.is_success() {
            return Err(ProviderError::Refused(anyhow::anyhow!("the provider answered {status}")));
        }
        let tokens: Tokens = answer.json().await.context("read the tokens").map_err(ProviderError::Refused)?;
        let claims = self.verified(&tokens.id_token).await.map_err(ProviderError::Refused)?;
        self.identity(claims, login).map_err(ProviderError::Refused)
    }

    fn identity(&self, claims: IdClaims, login: &OidcLogin) -> anyhow::Result<Identity> {
        ensure!(claims.nonce.as_deref() == Some(&login.nonce), "the ID token is of another sign-in");
        let many = claims.aud.as_array().is_some_and(|audiences| audiences.len() > 1);
        let for_us = claims.azp.as_deref().map_or(!many, |party| party == self.config.client_id);
        ensure!(for_us, "the ID token is for another party");
        // Some providers write the flag as text.
        let is_verified = claims.email_verified == true || claims.email_verified == "true";
        Ok(Identity {
            provider: self.config.id.clone(),
            subject: claims.sub,
            verified_email: claims.email.filter(|_| is_verified).and_then(|email| Email::parse(&email)),
            name: claims.name,
        })
    }

    async fn verified(&self, token: &str) -> anyhow::Result<IdClaims> {
        let header = jsonwebtoken::decode_header(token).context("read the header of an ID token")?;
        ensure!(ALGORITHMS.contains(&header.alg), "an ID token is signed with {:?}", header.alg);
        let key_id = header.kid.unwrap_or_default();
        let mut discovered = self.discovered().await?;
        if !discovered.keys.contains_key(&key_id) {
            discovered = self.discover(REFETCH_EVERY).await?;
        }
        let key = discovered.keys.get(&key_id).context("find the key of an ID token")?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[discovered.issuer.as_str()]);
        validation.set_audience(&[&self.config.client_id]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 60;
        Ok(jsonwebtoken::decode::<IdClaims>(token, key, &validation).context("check an ID token")?.claims)
    }

    async fn discovered(&self) -> anyhow::Result<Arc<Discovered>> {
        self.discover(DISCOVERED_FOR).await
    }

    /// What the provider says of itself, asked anew when that is older than `fresh`.
    async fn discover(&self, fresh: Duration) -> anyhow::Result<Arc<Discovered>> {
        // All who wait for the same answer wait for one.
        let _turn = self.turn.lock().await;
        let known =
            self.discovered.read().as_ref().filter(|(at, _)| at.elapsed() < fresh).map(|(_, found)| found.clone());
        if let Some(known) = known {
            return Ok(known);
        }
        let own = self.config.issuer.trim_end_matches('/');
        let metadata: Metadata = self.get(&format!("{own}/.well-known/openid-configuration")).await?;
        ensure!(metadata.issuer.trim_end_matches('/') == own, "the provider names itself {}", metadata.issuer);
        let set: JwkSet = self.get(&metadata.jwks_uri).await?;
        let keys = set
            .keys
            .iter()
            .filter_map(|jwk| Some((jwk.common.key_id.clone().unwrap_or_default(), DecodingKey::from_jwk(jwk).ok()?)));
        let found = Arc::new(Discovered {
            issuer: metadata.issuer,
            authorization_endpoint: Url::parse(&metadata.authorization_endpoint).context("read where to sign in")?,
            token_endpoint: metadata.token_endpoint,
            keys: keys.collect(),
        });
        *self.discovered.write() = Some((Instant::now(), Arc::clone(&found)));
        Ok(found)
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> anyhow::Result<T> {
        let answer = self.http.get(url).send().await.and_then(reqwest::Response::error_for_status);
        answer.with_context(|| format!("ask for {url}"))?.json().await.with_context(|| format!("read {url}"))
    }
}

/// As credentials stand in a form (RFC 6749, section 2.3.1).
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn provider() -> Provider {
        let config = json!([{
            "id": "p", "name": "P", "issuer": "https://p.example/", "client_id": "ours", "redirect_uris": ["https://us.example/back"],
        }]);
        let providers = Providers::from_json(&config.to_string()).unwrap();
        Arc::into_inner(providers.0).unwrap().remove(0)
    }

    fn identity(claims: Value) -> anyhow::Result<Identity> {
        let login = OidcLogin { nonce: "n".to_owned(), ..OidcLogin::begin("p", "r") };
        provider().identity(serde_json::from_value(claims).unwrap(), &login)
    }

    #[test]
    fn an_id_token_is_of_this_sign_in_and_for_us() {
        assert!(identity(json!({ "sub": "1", "nonce": "n", "aud": "ours" })).is_ok());
        for claims in [
            json!({ "sub": "1", "nonce": "other", "aud": "ours" }),
            json!({ "sub": "1", "aud": "ours" }),
            json!({ "sub": "1", "nonce": "n", "aud": ["ours", "theirs"] }),
            json!({ "sub": "1", "nonce": "n", "aud": "ours", "azp": "theirs" }),
        ] {
            assert!(identity(claims.clone()).is_err(), "{claims}");
        }
    }

    #[test]
    fn an_address_counts_only_when_the_provider_has_verified_it() {
        let email = |verified: Value| {
            let claims =
                json!({ "sub": "1", "nonce": "n", "aud": "ours", "email": "a@b.example", "email_verified": verified });
            identity(claims).unwrap().verified_email.map(|email| email.to_string())
        };
        assert_eq!(email(json!(true)).as_deref(), Some("a@b.example"));
        assert_eq!(email(json!("true")).as_deref(), Some("a@b.example"));
        assert_eq!((email(json!(false)), email(json!("false")), email(Value::Null)), (None, None, None));
    }

    #[test]
    fn a_provider_is_reached_over_https_and_returns_where_it_may() {
        let plain =
            r#"[{ "id": "p", "name": "P", "issuer": "http://p.example", "client_id": "x", "redirect_uris": [] }]"#;
        assert!(Providers::from_json(plain).is_err());
        let provider = provider();
        assert!(provider.may_return_to("https://us.example/back"));
        assert!(!provider.may_return_to("https://us.example/back/"));
    }
}
