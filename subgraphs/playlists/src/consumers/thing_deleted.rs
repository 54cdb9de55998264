//! A track, an album or an artist is gone: it leaves the libraries of all who kept it.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{app::App, commands::sweep_gone::note_gone};

/// Takes it from libraries.
pub(super) async fn apply(tx: &mut PgConnection, app: &App, thing: Uuid) -> anyhow::Result<()> {
    // Whoever is live sees it at their next look.
    note_gone(tx, app, thing).await?;
    Ok(())
}
