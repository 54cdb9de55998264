//! Has objects deleted that nothing refers to after the command: written down with it, done by the housekeeping.

use std::time::Duration;

use polyphony_events::{UploadId, ids::ImageId};
use sqlx::PgConnection;

use crate::{
    domain::{keys, upload::Upload},
    store::garbage,
};

/// What a worker that does not know yet that it lost its job may still write is deleted by then.
const WORKERS_LAST_WORD: Duration = Duration::from_mins(1);

/// Whoever listens to what an attempt made has turned to what plays now by then, or is through.
const LISTENERS_LAST_WORD: Duration = Duration::from_mins(10);

/// Parts that were being joined when their upload was given up have become an object by then.
const JOINED: Duration = Duration::from_mins(10);

/// Has everything deleted that the object store holds of an upload.
pub(super) async fn discard_all(tx: &mut PgConnection, upload: &Upload, attempts: i32) -> Result<(), sqlx::Error> {
    discard_source(tx, upload.id, upload.multipart_id.as_deref()).await?;
    for attempt in 1..=attempts {
        discard_attempt(tx, upload.id, attempt).await?;
    }
    Ok(())
}

/// Has what an attempt made deleted, when nobody listens to it any more.
pub(super) async fn discard_attempt(tx: &mut PgConnection, id: UploadId, attempt: i32) -> Result<(), sqlx::Error> {
    garbage::discard(tx, &keys::attempt(id, attempt), None, LISTENERS_LAST_WORD).await
}

/// Has everything deleted that the object store may hold of an upload whose attempts are not known any more.
pub(super) async fn discard_whole(
    tx: &mut PgConnection,
    id: UploadId,
    multipart: Option<&str>,
) -> Result<(), sqlx::Error> {
    discard_source(tx, id, multipart).await?;
    let prefix = keys::attempts(id);
    garbage::discard(tx, &prefix, None, Duration::ZERO).await?;
    garbage::discard(tx, &prefix, None, WORKERS_LAST_WORD).await
}

/// Has the file of an upload deleted, and what was to become it.
pub(super) async fn discard_source(
    tx: &mut PgConnection,
    id: UploadId,
    multipart: Option<&str>,
) -> Result<(), sqlx::Error> {
    let source = keys::source(id);
    garbage::discard(tx, &source, multipart, Duration::ZERO).await?;
    match multipart {
        Some(_) => garbage::discard(tx, &source, None, JOINED).await,
        None => Ok(()),
    }
}

/// Has everything deleted that the object store holds of a picture, also what somebody who looks at it now still stores.
pub(super) async fn discard_image(
    tx: &mut PgConnection,
    id: ImageId,
    multipart: Option<&str>,
) -> Result<(), sqlx::Error> {
    discard_image_source(tx, id, multipart).await?;
    garbage::discard(tx, &keys::images(id), None, Duration::ZERO).await?;
    garbage::discard(tx, &keys::images(id), None, JOINED).await
}

/// Has a picture deleted as it was uploaded.
pub(super) async fn discard_image_source(
    tx: &mut PgConnection,
    id: ImageId,
    multipart: Option<&str>,
) -> Result<(), sqlx::Error> {
    garbage::discard(tx, &keys::image_source(id), multipart, Duration::ZERO).await
}
