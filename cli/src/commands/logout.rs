//! `polyphony logout`: ends the session on the server and forgets it here.

use anyhow::bail;
use cynic::MutationBuilder;
use serde::Serialize;

use crate::{
    api::{
        accepted,
        auth::{Logout, LogoutVariables},
    },
    client::{Client, Endpoint},
    config::{GlobalArgs, LogoutArgs},
    error::ApiError,
    output,
    session::{Session, SessionStore},
};

/// What was done.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedOut {
    /// Whether there was a session.
    signed_out: bool,
    everywhere: bool,
}

pub(super) async fn run(global: &GlobalArgs, args: &LogoutArgs) -> anyhow::Result<()> {
    if global.token.is_some() || global.api_key.is_some() {
        bail!("a token that is given is not kept here: there is nothing to sign out of without it");
    }
    let store = SessionStore::new(global.config_dir.clone())?;
    let client = Client { endpoint: Endpoint::new(&global.server)?, session: Session::new(None, store.clone()) };
    let variables = LogoutVariables { everywhere: Some(args.everywhere) };
    let ended = match client.run(Logout::build(variables)).await {
        Ok(answer) => accepted(answer.logout.user_errors).map(|()| true),
        // It has ended already, or never began.
        Err(ApiError::Unauthenticated) => Ok(false),
        Err(error) => Err(error),
    };
    // A session that the server could not be told of stays: it could still be ended.
    let signed_out = ended?;
    store.lock().await?.write(&client.endpoint.url, None)?;
    let server = client.endpoint.url.origin().ascii_serialization();
    output::print(global.json, &SignedOut { signed_out, everywhere: args.everywhere }, |done| {
        let what = if done.signed_out { "Signed out of" } else { "There was no session on" };
        format!("{what} {server}")
    })
}
