//! Begins exports of people's data and keeps what services contribute, as the events of others say.

use chrono::{DateTime, Utc};
use polyphony_events::{
    accounts::{AccountDataExported, DataExportRequested},
    catalog::LibraryDataDescribed,
};
use sqlx::PgConnection;

use crate::{domain::data_export::ExportSource, store::data_export};

/// Somebody wants an export. Parts may have come before.
pub async fn begin_export(tx: &mut PgConnection, asked: &DataExportRequested) -> Result<(), sqlx::Error> {
    data_export::add(tx, asked.export_id, asked.user_id, asked.requested_at).await
}

/// accounts contributes a part.
pub async fn keep_account_part(
    tx: &mut PgConnection,
    event: &AccountDataExported,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    data_export::add_part(tx, event.export_id, ExportSource::Accounts, &event.part, now).await
}

/// playlists and catalog contribute a part.
pub async fn keep_library_part(
    tx: &mut PgConnection,
    event: &LibraryDataDescribed,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    data_export::add_part(tx, event.export_id, ExportSource::Library, &event.part, now).await
}
