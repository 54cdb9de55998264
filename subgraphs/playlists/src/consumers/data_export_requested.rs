//! Somebody wants everything that is kept about them: playlists contributes its part.

use polyphony_events::accounts::DataExportRequested;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::commands::export_data;

/// Contributes the library.
pub(super) async fn apply(tx: &mut PgConnection, clock: &Clock, event: &DataExportRequested) -> anyhow::Result<()> {
    export_data(tx, clock, event).await
}
