//! Somebody wants everything that is kept about them, and services contribute what they keep.

use chrono::{DateTime, Utc};
use polyphony_events::{
    accounts::{AccountDataExported, DataExportRequested},
    catalog::LibraryDataDescribed,
};
use sqlx::PgConnection;

use crate::commands::collect_export::{begin_export, keep_account_part, keep_library_part};

pub(super) async fn requested(tx: &mut PgConnection, event: &DataExportRequested) -> anyhow::Result<()> {
    Ok(begin_export(tx, event).await?)
}

pub(super) async fn account_data(
    tx: &mut PgConnection,
    event: &AccountDataExported,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    Ok(keep_account_part(tx, event, now).await?)
}

pub(super) async fn library_data(
    tx: &mut PgConnection,
    event: &LibraryDataDescribed,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    Ok(keep_library_part(tx, event, now).await?)
}
