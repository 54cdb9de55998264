//! Somebody has chosen whether explicit tracks are shown to them.

use anyhow::Context;
use polyphony_events::accounts::UserPreferencesChanged;
use sqlx::PgConnection;

use crate::store::person;

pub(super) async fn handle(tx: &mut PgConnection, event: &UserPreferencesChanged) -> anyhow::Result<()> {
    person::prefer(tx, event.user_id, event.explicit_content, event.version).await.context("keep a preference")
}
