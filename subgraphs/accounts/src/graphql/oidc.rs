//! Signing in at other providers.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, rate_limit::RateLimit, scalar::Url, schema::Public, viewer::require_viewer};

use super::{
    app,
    authentication::AuthPayload,
    client,
    refusals::{AckPayload, UserError, split_one},
};
use crate::{
    commands::{self, OidcReturn},
    domain::{self, DeviceName, IdentityId, Refusal},
};

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
    /// What shows `completeOidcLogin` that the same client comes back. Keep it out of every URL: in memory or in session storage.
    verifier: Option<String>,
    /// Why they cannot go there.
    user_errors: Vec<UserError>,
}

/// An account at a provider that the viewer signs in with.
#[derive(SimpleObject)]
pub struct LinkedIdentity {
    /// The id, `idn_…`.
    id: ID,
    /// The `AuthProvider.id`; it may not be configured any more.
    provider: String,
    /// The address that the provider gave last, to recognise the account by.
    email: Option<String>,
    /// When it was linked.
    linked_at: DateTime<Utc>,
    /// When it last signed in.
    last_used_at: Option<DateTime<Utc>>,
}

impl From<domain::LinkedIdentity> for LinkedIdentity {
    fn from(identity: domain::LinkedIdentity) -> Self {
        Self {
            id: identity.id.to_string().into(),
            provider: identity.provider,
            email: identity.email,
            linked_at: identity.created_at,
            last_used_at: identity.last_used_at,
        }
    }
}

#[derive(Default)]
pub struct OidcQuery;

#[Object]
impl OidcQuery {
    /// The other providers that people sign in at.
    #[graphql(directive = Public::apply())]
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
    #[graphql(directive = RateLimit::apply("login_address".into(), "ADDRESS".into()))]
    async fn begin_oidc_login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "One of `authProviders`.")] provider: String,
        #[graphql(desc = "Where the provider sends back to, one of those that are configured.")] redirect_uri: Url,
    ) -> Result<BeginOidcLoginPayload> {
        let (begun, user_errors) = split_one(commands::begin_oidc_login(app(ctx), &provider, &redirect_uri.0).await?);
        let begun = begun.map(|begun| (Url(begun.authorization_url), begun.state.expose(), begun.verifier.expose()));
        let (authorization_url, state, verifier) =
            begun.map_or((None, None, None), |(url, state, verifier)| (Some(url), Some(state), Some(verifier)));
        Ok(BeginOidcLoginPayload { authorization_url, state, verifier, user_errors })
    }

    /// Signs in with what the provider sent back and the `verifier` of `beginOidcLogin`. Who signs in there for the first time gets a
    /// new account where `server.registration` allows it, or, where the operator trusts the provider so far, the one that has their verified address (never an admin's).
    /// `EMAIL_TAKEN`: the address has an account; sign in to it another way and use `linkIdentity`. `NOT_ALLOWED`: the operator does not
    /// let this account of the provider in, or the provider has not verified its address.
    #[graphql(directive = RateLimit::apply("login_address".into(), "ADDRESS".into()))]
    async fn complete_oidc_login(
        &self,
        ctx: &Context<'_>,
        state: String,
        code: String,
        #[graphql(desc = "From `beginOidcLogin`; `INVALID_TOKEN` without it.")] verifier: Option<String>,
        #[graphql(desc = "The code of an invitation, where a new account needs one; not used otherwise.")]
        invitation: Option<String>,
    ) -> Result<AuthPayload> {
        let back = OidcReturn { state: &state, code: &code, verifier: verifier.as_deref() };
        let client = client(ctx, DeviceName::default());
        let signed_in = commands::complete_oidc_login(app(ctx), back, invitation.as_deref(), client).await?;
        Ok(AuthPayload::of_sign_in(signed_in).with_login_outcome(ctx))
    }

    /// Adds an account at a provider to those that the viewer signs in with: `beginOidcLogin` first, then this instead of
    /// `completeOidcLogin`. Needs a step-up. `NOT_ALLOWED` when it is linked with somebody else.
    #[graphql(requires_scopes = "write", directive = RateLimit::apply("login_address".into(), "ADDRESS".into()))]
    async fn link_identity(
        &self,
        ctx: &Context<'_>,
        state: String,
        code: String,
        #[graphql(desc = "From `beginOidcLogin`.")] verifier: String,
    ) -> Result<AckPayload> {
        let back = OidcReturn { state: &state, code: &code, verifier: Some(&verifier) };
        let linked = commands::link_identity(app(ctx), require_viewer(ctx)?, back).await?;
        Ok(linked.map_err(UserError::from).into())
    }

    /// Takes an account at a provider from those that the viewer signs in with. Needs a step-up. `NOT_ALLOWED` when it is the only way in.
    #[graphql(requires_scopes = "write")]
    async fn unlink_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`LinkedIdentity.id`.")] id: ID,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let unlinked = match IdentityId::parse(&id) {
            Some(id) => commands::unlink_identity(app(ctx), viewer, id).await?,
            None => Err(Refusal::IdentityNotFound),
        };
        Ok(unlinked.map_err(UserError::from).into())
    }
}
