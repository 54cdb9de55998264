//! An account is gone: what was that person's goes with it.

use polyphony_events::accounts::UserDeleted;
use sqlx::PgConnection;

use crate::{app::App, commands::delete_person};

/// Deletes what was theirs.
pub(super) async fn apply(tx: &mut PgConnection, app: &App, event: &UserDeleted) -> anyhow::Result<()> {
    delete_person(tx, app, event.user_id).await
}
