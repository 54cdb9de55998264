//! `UserPreferencesChanged`: learn whether they want news.

use anyhow::Context;
use polyphony_events::accounts::UserPreferencesChanged;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::store;

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let changed: UserPreferencesChanged = event.decode()?;
    store::learn_preferences(tx, &changed).await.context("learn what somebody wants")
}
