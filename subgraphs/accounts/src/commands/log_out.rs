//! The viewer signs out, on this device or on all.

use polyphony_kit::{Result, Viewer};

use super::{
    end_sessions::{end_session, end_sessions},
    revoke_api_keys::{ApiKeys, revoke_api_keys},
};
use crate::app::App;

/// Which sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The one that asks.
    ThisDevice,
    /// All of the viewer's.
    Everywhere,
}

/// Ends the viewer's session, or all of them, and their API keys where that is wanted.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn log_out(app: &App, viewer: &Viewer, reach: Reach, api_keys: ApiKeys) -> Result<()> {
    let mut tx = app.store.begin().await?;
    super::lock_viewer(&mut tx, viewer).await?;
    match reach {
        Reach::Everywhere => end_sessions(app, &mut tx, viewer.user, None).await?,
        Reach::ThisDevice => {
            end_session(app, &mut tx, viewer.user, viewer.session).await?;
        }
    }
    if api_keys == ApiKeys::Revoke {
        revoke_api_keys(app, &mut tx, viewer.user).await?;
    }
    tx.commit().await?;
    Ok(())
}
