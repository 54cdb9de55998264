//! Somebody's library is exported by ids: the catalog adds what they are called.

use anyhow::Context;
use polyphony_events::playlists::LibraryDataExported;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::commands::describe_export::describe_export;

pub(super) async fn handle(tx: &mut PgConnection, clock: &Clock, event: LibraryDataExported) -> anyhow::Result<()> {
    describe_export(tx, clock, event).await.context("describe an export")
}
