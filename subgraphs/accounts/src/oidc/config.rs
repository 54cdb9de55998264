//! How a provider is configured: an entry of `OIDC_PROVIDERS`.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use openidconnect::AuthType;
use polyphony_kit::Role;
use serde::Deserialize;
use url::Url;

use crate::domain::ProviderPolicy;

/// A provider, as it is configured. What is not said is the safe choice.
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
    /// How the secret is shown; what the provider says that it takes when absent.
    #[serde(default)]
    pub client_auth: Option<ClientAuth>,
    /// Where it may send people back to.
    pub redirect_uris: Vec<String>,
    /// Scopes that are asked for beside `openid`, `email` and `profile`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// ID tokens signed with the client secret (HS256) are believed. Only for a secret that is long, random and nowhere else.
    #[serde(default)]
    pub allow_hs256: bool,
    /// An address without the claim `email_verified` counts as verified: for providers that never send it and verify all.
    #[serde(default)]
    pub assume_email_verified: bool,
    /// Who comes with the verified address of an account here is let into it (never into an admin's): for providers where nobody can
    /// give themselves an address that is not theirs.
    #[serde(default)]
    pub link_by_email: bool,
    /// Only verified addresses of these domains may sign in; empty: all.
    #[serde(default)]
    pub allowed_domains: Vec<String>,
    /// The claim that lists a person's groups.
    #[serde(default = "groups_claim")]
    pub groups_claim: String,
    /// Only members of one of these groups may sign in; empty: all.
    #[serde(default)]
    pub allowed_groups: Vec<String>,
    /// The role that a group gives, set at each sign-in: `{"music-admins": "ADMIN"}`. The highest counts; none gives LISTENER.
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
}

/// How our secret is shown to the provider (OpenID Connect Core, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// In the `Authorization` header.
    ClientSecretBasic,
    /// In the form.
    ClientSecretPost,
}

impl From<ClientAuth> for AuthType {
    fn from(auth: ClientAuth) -> Self {
        match auth {
            ClientAuth::ClientSecretBasic => Self::BasicAuth,
            ClientAuth::ClientSecretPost => Self::RequestBody,
        }
    }
}

impl ProviderConfig {
    /// Refuses what cannot work, or not safely.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let issuer = Url::parse(&self.issuer).with_context(|| format!("read the issuer of {}", self.id))?;
        let is_loopback = matches!(issuer.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        ensure!(issuer.scheme() == "https" || is_loopback, "the issuer of {} is not https", self.id);
        ensure!(
            !self.allow_hs256 || self.client_secret.as_ref().is_some_and(|secret| secret.len() >= 32),
            "{} allows HS256 with a client secret of less than 32 bytes, which can be guessed from one ID token",
            self.id,
        );
        Ok(())
    }

    /// What the provider's word is worth.
    pub(super) fn policy(&self) -> ProviderPolicy {
        ProviderPolicy {
            assume_email_verified: self.assume_email_verified,
            link_by_email: self.link_by_email,
            allowed_domains: self.allowed_domains.iter().map(|domain| domain.to_lowercase()).collect(),
            allowed_groups: self.allowed_groups.clone(),
            roles: self.roles.clone(),
        }
    }
}

fn groups_claim() -> String {
    "groups".to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn config(more: Value) -> ProviderConfig {
        let mut config = json!({
            "id": "p", "name": "P", "issuer": "https://p.example", "client_id": "ours", "redirect_uris": ["https://us.example/back"],
        });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(config).unwrap()
    }

    #[test]
    fn a_provider_is_reached_over_https_and_believes_no_short_secret() {
        assert!(config(json!({})).check().is_ok());
        assert!(config(json!({ "issuer": "http://p.example" })).check().is_err());
        assert!(config(json!({ "issuer": "http://127.0.0.1:1" })).check().is_ok());
        assert!(config(json!({ "allow_hs256": true, "client_secret": "short" })).check().is_err());
        assert!(
            config(json!({ "allow_hs256": true, "client_secret": "0123456789abcdef0123456789abcdef" })).check().is_ok()
        );
    }

    #[test]
    fn what_is_not_said_is_the_safe_choice() {
        assert_eq!(config(json!({})).policy(), ProviderPolicy::default());
        let roles = config(json!({ "roles": { "it": "ADMIN" }, "allowed_domains": ["School.Example"] })).policy();
        assert_eq!(roles.roles["it"], Role::Admin);
        assert_eq!(roles.allowed_domains, ["school.example"]);
    }
}
