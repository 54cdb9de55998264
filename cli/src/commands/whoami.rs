//! `polyphony whoami`.

use cynic::QueryBuilder;

use crate::{
    api::viewer::{Role, Viewer, WhoAmI},
    client::Client,
    error::ApiError,
    output,
};

pub(super) async fn run(client: &Client, json: bool) -> anyhow::Result<()> {
    let viewer = viewer(client).await?;
    output::print(json, &viewer, describe)
}

/// The person who is signed in.
pub(crate) async fn viewer(client: &Client) -> Result<Viewer, ApiError> {
    client.run(WhoAmI::build(())).await?.viewer.ok_or(ApiError::Unauthenticated)
}

/// A person on one line.
pub(super) fn describe(viewer: &Viewer) -> String {
    let role = match viewer.role {
        Role::Listener => "listener",
        Role::Creator => "creator",
        Role::Admin => "admin",
    };
    let name = output::plain(&viewer.user.display_name);
    format!("{name} (@{}, {}, {role}, {})", viewer.user.handle, viewer.email, viewer.id.inner())
}
