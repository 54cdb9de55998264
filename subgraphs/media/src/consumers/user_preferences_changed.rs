//! Keeps the quality that a person wants to stream.

use anyhow::Context;
use polyphony_events::accounts::UserPreferencesChanged;
use sqlx::PgConnection;

use crate::{domain::quality::Quality, store::listener};

pub(super) async fn handle(tx: &mut PgConnection, event: &UserPreferencesChanged) -> anyhow::Result<()> {
    let quality = Quality::parse(&event.streaming_quality).context("an unknown streaming quality")?;
    listener::upsert(tx, event.user_id, quality, event.version).await?;
    Ok(())
}
