//! Has a ready upload encoded anew, because objects of it are gone from the object store. It plays what is left meanwhile.

use polyphony_events::{UploadId, media::TranscodeRequested};
use polyphony_kit::{Clock, outbox};

use crate::{
    domain::upload::UploadState,
    store::{Store, job, upload},
};

/// Queues the job of an upload that is ready once more; false when it is queued already, or not ready any more.
pub async fn remake_upload(store: &Store, clock: &Clock, id: UploadId) -> anyhow::Result<bool> {
    let mut tx = store.begin().await?;
    let job = job::lock_of(&mut tx, id).await?.filter(|job| job.state.is_final());
    let upload = upload::lock(&mut tx, id).await?.filter(|upload| upload.state == UploadState::Ready);
    let (Some(job), Some(_)) = (job, upload.filter(|upload| !upload.is_duplicate)) else { return Ok(false) };
    job::requeue(&mut tx, job.id, clock.now()).await?;
    outbox::push(&mut tx, clock, &TranscodeRequested { upload_id: id, job_id: job.id }).await?;
    tx.commit().await?;
    Ok(true)
}
