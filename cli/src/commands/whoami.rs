//! `polyphony whoami`.

use cynic::QueryBuilder;

use crate::{
    api::viewer::{Role, SignedIn, WhoAmI, WhoOwnsTheKey},
    client::Client,
    error::ApiError,
    output,
};

pub(super) async fn run(client: &Client, json: bool) -> anyhow::Result<()> {
    let viewer = viewer(client).await?;
    output::print(json, &viewer, describe)
}

/// The person who is signed in.
pub(crate) async fn viewer(client: &Client) -> Result<SignedIn, ApiError> {
    let viewer = match client.run(WhoAmI::build(())).await {
        // An API key does not see the address.
        Err(ApiError::Forbidden { .. }) => client.run(WhoOwnsTheKey::build(())).await?.viewer.map(SignedIn::from),
        answer => answer?.viewer.map(SignedIn::from),
    };
    viewer.ok_or(ApiError::Unauthenticated)
}

/// A person on one line.
pub(super) fn describe(viewer: &SignedIn) -> String {
    let role = match viewer.role {
        Role::Listener => "listener",
        Role::Creator => "creator",
        Role::Admin => "admin",
    };
    let name = output::plain(&viewer.user.display_name);
    let email = viewer.email.as_deref().map(|email| format!("{email}, ")).unwrap_or_default();
    format!("{name} (@{}, {email}{role}, {})", viewer.user.handle, viewer.id.inner())
}
