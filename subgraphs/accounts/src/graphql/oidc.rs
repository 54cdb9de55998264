//! Signing in at other providers.

use async_graphql::{Context, Object, SimpleObject};
use polyphony_kit::{Result, scalar::Url};

use super::{
    app,
    authentication::AuthPayload,
    client,
    refusals::{UserError, split_one},
};
use crate::{commands, domain::DeviceName};

/// Another provider that people sign in at.
#[derive(SimpleObject)]
pub struct AuthProvider {
    /// What `beginOidcLogin` takes.
    id: String,
    /// The name for people.
    name: String,
}

/// Where to send somebody who signs in at a provider.
#[derive(SimpleObject)]
pub struct BeginOidcLoginPayload {
    /// The provider's page; open it in a browser.
    authorization_url: Option<Url>,
    /// What the provider sends them back with, beside a code. Compare it with what came, then give both to
    /// `completeOidcLogin` within ten minutes.
    state: Option<String>,
    /// Why they cannot go there.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct OidcQuery;

#[Object]
impl OidcQuery {
    /// The other providers that people sign in at.
    async fn auth_providers(&self, ctx: &Context<'_>) -> Option<Vec<AuthProvider>> {
        let names = app(ctx).providers.names();
        Some(names.map(|(id, name)| AuthProvider { id: id.to_owned(), name: name.to_owned() }).collect())
    }
}

#[derive(Default)]
pub struct OidcMutation;

#[Object]
impl OidcMutation {
    /// Begins to sign in at another provider (OpenID Connect, authorization code with PKCE).
    async fn begin_oidc_login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "One of `authProviders`.")] provider: String,
        #[graphql(desc = "Where the provider sends back to, one of those that are configured.")] redirect_uri: Url,
    ) -> Result<BeginOidcLoginPayload> {
        let (begun, user_errors) = split_one(commands::begin_oidc_login(app(ctx), &provider, &redirect_uri.0).await?);
        let (authorization_url, state) =
            begun.map(|begun| (Url(begun.authorization_url), begun.state.expose())).unzip();
        Ok(BeginOidcLoginPayload { authorization_url, state, user_errors })
    }

    /// Signs in with what the provider sent back. Who signs in there for the first time gets the account that has their verified
    /// address, or a new one where `server.registration` allows it.
    async fn complete_oidc_login(
        &self,
        ctx: &Context<'_>,
        state: String,
        code: String,
        #[graphql(desc = "The code of an invitation, where a new account needs one; not used otherwise.")]
        invitation: Option<String>,
    ) -> Result<AuthPayload> {
        let client = client(ctx, DeviceName::default());
        let signed_in = commands::complete_oidc_login(app(ctx), &state, &code, invitation.as_deref(), client).await?;
        Ok(AuthPayload::new(split_one(signed_in)))
    }
}
