//! Keeps the quality that a person wants to stream, whether they want explicit tracks, and whether something follows the end of
//! their queue.

use anyhow::Context;
use polyphony_events::accounts::UserPreferencesChanged;
use sqlx::PgConnection;

use crate::{
    domain::quality::Quality,
    store::{listener, play},
};

pub(super) async fn handle(tx: &mut PgConnection, event: &UserPreferencesChanged) -> anyhow::Result<()> {
    let quality = Quality::parse(&event.streaming_quality).context("an unknown streaming quality")?;
    listener::upsert(tx, event.user_id, quality, event.explicit_content, event.version).await?;
    play::keep_autoplay(tx, event.user_id, event.autoplay, event.version).await?;
    Ok(())
}
