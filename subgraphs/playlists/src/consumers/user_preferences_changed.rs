//! Somebody has chosen whether explicit tracks are shown to them: rules leave those out, or do not any more.

use anyhow::Context;
use polyphony_events::accounts::UserPreferencesChanged;
use sqlx::PgConnection;

use crate::store::preference;

/// Keeps the choice.
pub(super) async fn apply(tx: &mut PgConnection, event: &UserPreferencesChanged) -> anyhow::Result<()> {
    preference::put(tx, event.user_id, event.explicit_content, event.version).await.context("keep a preference")?;
    Ok(())
}
