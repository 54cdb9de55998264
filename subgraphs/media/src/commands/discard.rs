//! Has objects deleted that nothing refers to after the command: written down with it, done by the housekeeping.

use std::time::Duration;

use polyphony_events::UploadId;
use sqlx::PgConnection;

use crate::{
    domain::{keys, upload::Upload},
    store::garbage,
};

/// What a worker that does not know yet that it lost its job may still write is deleted by then.
const WORKERS_LAST_WORD: Duration = Duration::from_mins(1);

/// Has everything deleted that the object store holds of an upload.
pub(super) async fn discard_all(tx: &mut PgConnection, upload: &Upload, attempts: i32) -> Result<(), sqlx::Error> {
    garbage::discard(tx, &keys::source(upload.id), upload.multipart_id.as_deref(), Duration::ZERO).await?;
    for attempt in 1..=attempts {
        discard_attempt(tx, upload.id, attempt).await?;
    }
    Ok(())
}

/// Has what an attempt made deleted, now and once more when a worker that was cut off has stopped writing.
pub(super) async fn discard_attempt(tx: &mut PgConnection, id: UploadId, attempt: i32) -> Result<(), sqlx::Error> {
    let prefix = keys::attempt(id, attempt);
    garbage::discard(tx, &prefix, None, Duration::ZERO).await?;
    garbage::discard(tx, &prefix, None, WORKERS_LAST_WORD).await
}

/// Has everything deleted that the object store may hold of an upload whose attempts are not known any more.
pub(super) async fn discard_whole(
    tx: &mut PgConnection,
    id: UploadId,
    multipart: Option<&str>,
) -> Result<(), sqlx::Error> {
    garbage::discard(tx, &keys::source(id), multipart, Duration::ZERO).await?;
    let prefix = keys::attempts(id);
    garbage::discard(tx, &prefix, None, Duration::ZERO).await?;
    garbage::discard(tx, &prefix, None, WORKERS_LAST_WORD).await
}
