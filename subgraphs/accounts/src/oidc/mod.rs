//! Other providers that people sign in at: OpenID Connect with discovery, authorization code, PKCE and nonce (crate
//! `openidconnect`). It says who somebody is there, not what that means here.

mod config;
mod discovery;
mod tokens;

use std::{borrow::Cow, sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    core::{CoreAuthenticationFlow, CoreClientAuthMethod, CoreProviderMetadata},
};
use url::Url;

pub use config::{ClientAuth, ProviderConfig};
use discovery::Discovery;
use tokens::{Client, Said, Tokens};

use crate::domain::{Identity, OidcLogin, ProviderPolicy};

/// A provider that does not answer within this time is away.
const TIMEOUT: Duration = Duration::from_secs(8);

/// All providers.
#[derive(Clone, Default)]
pub struct Providers(Arc<Vec<Provider>>);

/// A provider.
pub struct Provider {
    config: ProviderConfig,
    policy: ProviderPolicy,
    http: reqwest::Client,
    discovery: Discovery,
}

/// Why nobody came back from a provider.
#[derive(Debug)]
pub enum ProviderError {
    /// The provider does not know the code, or says something that it must not.
    Refused(anyhow::Error),
    /// The provider is away.
    Away(anyhow::Error),
}

impl Providers {
    /// The providers of this JSON list.
    pub fn from_json(text: &str) -> anyhow::Result<Self> {
        let configs: Vec<ProviderConfig> = serde_json::from_str(text).context("read the providers")?;
        Self::new(configs)
    }

    /// These providers.
    pub fn new(configs: Vec<ProviderConfig>) -> anyhow::Result<Self> {
        // A redirect would lead where the operator did not say.
        let redirects = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(redirects).build()?;
        configs.iter().try_for_each(ProviderConfig::check)?;
        let provider = |config: ProviderConfig| Provider {
            policy: config.policy(),
            discovery: Discovery::new(&config.issuer, http.clone()),
            http: http.clone(),
            config,
        };
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
    /// What its word is worth.
    pub fn policy(&self) -> &ProviderPolicy {
        &self.policy
    }

    /// Whether people may be sent back there.
    pub fn may_return_to(&self, redirect_uri: &str) -> bool {
        self.config.redirect_uris.iter().any(|allowed| allowed == redirect_uri)
    }

    /// Where to send somebody who signs in.
    pub async fn authorization_url(&self, login: &OidcLogin, state: &str) -> Result<Url, ProviderError> {
        let metadata = self.discovery.metadata().await.map_err(ProviderError::Away)?;
        let client = self.client(&metadata, login).map_err(ProviderError::Away)?;
        let (state, nonce) = (state.to_owned(), login.nonce.clone());
        let scopes = ["email", "profile"].into_iter().map(str::to_owned).chain(self.config.scopes.iter().cloned());
        let verifier = PkceCodeVerifier::new(login.code_verifier.clone());
        let (url, ..) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(scopes.map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

    /// Redeems the code that somebody came back with, and checks who they are.
    pub async fn redeem(&self, login: &OidcLogin, code: &str, now: DateTime<Utc>) -> Result<Identity, ProviderError> {
        let metadata = self.discovery.metadata().await.map_err(ProviderError::Away)?;
        let client = self.client(&metadata, login).map_err(ProviderError::Away)?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .context("find where codes are redeemed")
            .map_err(ProviderError::Away)?
            .set_pkce_verifier(PkceCodeVerifier::new(login.code_verifier.clone()));
        let tokens: Tokens = request.request_async(&self.http).await.map_err(|error| match error {
            // The provider has understood, and says no.
            RequestTokenError::ServerResponse(_) => {
                ProviderError::Refused(anyhow::Error::new(error).context("redeem a code"))
            }
            error => ProviderError::Away(anyhow::Error::new(error).context("redeem a code")),
        })?;
        let said = match tokens::verify(&self.config, &metadata, &tokens, &login.nonce, now) {
            Err(tokens::Unverified::UnknownKey) => {
                let metadata = self.discovery.refreshed().await.map_err(ProviderError::Away)?;
                tokens::verify(&self.config, &metadata, &tokens, &login.nonce, now)
            }
            settled => settled,
        };
        let said = said.map_err(|error| ProviderError::Refused(error.into()))?;
        let said = self.completed(said, &client, &tokens).await?;
        Ok(said.into_identity(&self.config.id))
    }

    /// What the ID token leaves out is asked for: many providers keep it small.
    async fn completed(&self, said: Said, client: &Client, tokens: &Tokens) -> Result<Said, ProviderError> {
        let is_complete = said.email.is_some() && (said.groups.is_some() || !self.policy.needs_groups());
        if is_complete || client.user_info_url().is_none() {
            return Ok(said);
        }
        let more = tokens::user_info(&self.config, client, tokens.access_token(), &said.subject, &self.http).await;
        Ok(said.or(more.map_err(ProviderError::Away)?))
    }

    fn client(&self, metadata: &CoreProviderMetadata, login: &OidcLogin) -> anyhow::Result<Client> {
        let id = ClientId::new(self.config.client_id.clone());
        let secret = self.config.client_secret.clone().map(ClientSecret::new);
        let redirect = RedirectUrl::new(login.redirect_uri.clone()).context("read where to send somebody back")?;
        Ok(Client::from_provider_metadata(metadata.clone(), id, secret)
            .set_redirect_uri(redirect)
            .set_auth_type(self.auth_type(metadata)))
    }

    /// As configured; else as the provider takes it, which is in the header unless it says otherwise.
    fn auth_type(&self, metadata: &CoreProviderMetadata) -> AuthType {
        if let Some(configured) = self.config.client_auth {
            return configured.into();
        }
        let methods = metadata.token_endpoint_auth_methods_supported().map_or(Cow::default(), Cow::Borrowed);
        let takes = |method| methods.contains(&method);
        let only_in_form =
            takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic);
        if only_in_form { AuthType::RequestBody } else { AuthType::BasicAuth }
    }
}
