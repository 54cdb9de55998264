//! Ends exports of people's data: the archive is there, could not be made, is old enough to go, or its person is gone.

use std::time::Duration;

use polyphony_events::{UserId, media::DataExportEnded};
use polyphony_kit::outbox;
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{
        data_export::{ARCHIVE_TTL, DataExport, DataExportState},
        keys,
    },
    store::{data_export, export_lease, export_lease::ClaimedExport, garbage},
};

/// A worker that does not know yet that it lost its export has written its last object by then.
const WORKERS_LAST_WORD: Duration = Duration::from_mins(15);

/// The archive is in the object store: it can be downloaded from now on. False when the export is not the worker's any more.
pub async fn finish_export(app: &App, claimed: &ClaimedExport, size_bytes: i64) -> anyhow::Result<bool> {
    let mut tx = app.store.begin().await?;
    let expires_at = app.clock.now() + ARCHIVE_TTL;
    if !export_lease::finish(&mut tx, claimed, size_bytes, expires_at).await? {
        return Ok(false);
    }
    data_export::delete_parts(&mut tx, claimed.id).await?;
    for attempt in 1..claimed.attempt {
        garbage::discard(&mut tx, &keys::archive(claimed.id, attempt), None, WORKERS_LAST_WORD).await?;
    }
    let event = DataExportEnded {
        user_id: claimed.user,
        export_id: claimed.id,
        expires_at: Some(expires_at),
        failed_because: None,
    };
    outbox::push(&mut tx, &app.clock, &event).await?;
    tx.commit().await?;
    metrics::counter!("data_exports_total", "outcome" => "ready").increment(1);
    Ok(true)
}

/// Gives up an export that waits, and says why.
pub async fn fail_export(app: &App, export: &DataExport, because: &str) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let step = (DataExportState::Pending, DataExportState::Failed);
    if !data_export::end(&mut tx, export.id, step, Some(because)).await? {
        return Ok(());
    }
    garbage::discard(&mut tx, &keys::archives(export.id), None, WORKERS_LAST_WORD).await?;
    let event = DataExportEnded {
        user_id: export.user,
        export_id: export.id,
        expires_at: None,
        failed_because: Some(because.to_owned()),
    };
    outbox::push(&mut tx, &app.clock, &event).await?;
    tx.commit().await?;
    tracing::warn!(export.id = %export.id, because, "an export of somebody's data has failed");
    metrics::counter!("data_exports_total", "outcome" => "failed").increment(1);
    Ok(())
}

/// Has the archive of an export deleted that was there for long enough.
pub async fn expire_export(app: &App, export: &DataExport) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let step = (DataExportState::Ready, DataExportState::Expired);
    if data_export::end(&mut tx, export.id, step, None).await? {
        garbage::discard(&mut tx, &keys::archives(export.id), None, Duration::ZERO).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Forgets the exports of a person, in the transaction of the event that says that they are gone.
pub async fn forget_exports(
    tx: &mut PgConnection,
    user: UserId,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), sqlx::Error> {
    for id in data_export::remove_all_of(&mut *tx, user, now).await? {
        garbage::discard(&mut *tx, &keys::archives(id), None, Duration::ZERO).await?;
        garbage::discard(&mut *tx, &keys::archives(id), None, WORKERS_LAST_WORD).await?;
    }
    Ok(())
}
