//! Somebody goes to another provider to sign in.

use polyphony_kit::Error;

use super::Outcome;
use crate::{
    app::App,
    domain::{OidcLogin, OidcState, OidcVerifier, Refusal},
    oidc::ProviderError,
};

/// Where to send somebody, and what they come back with.
pub struct BegunOidcLogin {
    /// The provider's page.
    pub authorization_url: String,
    /// What they come back with; the client compares it with what it was given.
    pub state: OidcState,
    /// What the client keeps to itself until then.
    pub verifier: OidcVerifier,
}

/// Begins a sign-in at a provider, which sends back to `redirect_uri`.
#[tracing::instrument(skip_all, fields(provider))]
pub async fn begin_oidc_login(app: &App, provider: &str, redirect_uri: &str) -> Outcome<BegunOidcLogin> {
    let Some(found) = app.providers.get(provider) else { return Ok(Err(Refusal::UnknownProvider)) };
    if !found.may_return_to(redirect_uri) {
        return Ok(Err(Refusal::InvalidRedirect));
    }
    let (state, login) = (OidcState::random(), OidcLogin::begin(provider, redirect_uri));
    let url = found.authorization_url(&login, &state.expose()).await.map_err(away)?;
    let verifier = OidcVerifier::random();
    app.store.begin_oidc_login(&state, &verifier, &login, app.clock.now()).await?;
    Ok(Ok(BegunOidcLogin { authorization_url: url.into(), state, verifier }))
}

/// The provider's failure as ours: the client may come again.
pub(super) fn away(error: ProviderError) -> Error {
    let (ProviderError::Away(error) | ProviderError::Refused(error)) = error;
    tracing::warn!(error = format!("{error:#}"), "a provider cannot be used");
    Error::unavailable("the provider does not answer, try again")
}
