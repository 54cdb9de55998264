//! What becomes of a job that its worker could not end: it waits for another attempt, or has failed.

use std::time::Duration;

use polyphony_events::{UploadId, media::TranscodeFailed};
use polyphony_kit::outbox;

use super::discard::discard_attempt;
use crate::{
    app::App,
    domain::{
        job::{self, MAX_ATTEMPTS, MAX_FAILURES},
        upload::UploadState,
    },
    store::{
        encoding,
        lease::{self, Claimed},
        upload,
    },
};

/// Why a worker lets go of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GiveUp {
    /// The worker is being shut down; that costs the job nothing.
    Shutdown,
    /// It can be played, and others cannot yet: its renditions wait.
    Later,
    /// The audio is so long, and this machine has no place for it now; that costs it nothing either.
    NoPlace(Duration),
    /// It made no headway; a busy machine can be the cause.
    Timeout(String),
    /// Something of ours did not work.
    Failure(String),
}

/// Lets go of a job; does nothing when it is not the worker's own any more.
pub async fn give_up_transcode(app: &App, claimed: &Claimed, why: GiveUp) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(());
    }
    let job = claimed.lease.job;
    encoding::remove_unmeasured(&mut tx, claimed.upload).await?;
    let standing = encoding::standing(&mut tx, claimed.upload).await?;
    let plays = standing.is_some();
    if !plays {
        upload::set_state(&mut tx, claimed.upload, UploadState::Received).await?;
    }
    // What there is of its renditions is heard until another attempt has as much.
    if standing.is_none_or(|standing| !standing.attempts.contains(&claimed.attempt)) {
        discard_attempt(&mut tx, claimed.upload, claimed.attempt).await?;
    }
    match why {
        GiveUp::Shutdown | GiveUp::Later => lease::release(&mut tx, job).await?,
        GiveUp::NoPlace(audio) => {
            lease::note_audio(&mut tx, job, audio).await?;
            lease::release(&mut tx, job).await?;
        }
        GiveUp::Timeout(reason) | GiveUp::Failure(reason)
            if claimed.failures + 1 >= MAX_FAILURES || claimed.counted >= MAX_ATTEMPTS =>
        {
            lease::fail(&mut tx, job, &reason, app.clock.now()).await?;
            // Nobody waits for what plays.
            if !plays {
                let event = failed(app, claimed.upload, claimed, reason).await?;
                outbox::push(&mut tx, &app.clock, &event).await?;
            }
        }
        GiveUp::Timeout(_) => {
            lease::note_timeout(&mut tx, job).await?;
            lease::retry_later(&mut tx, job, job::backoff(claimed.failures + 1)).await?;
        }
        GiveUp::Failure(_) => lease::retry_later(&mut tx, job, job::backoff(claimed.failures + 1)).await?,
    }
    tx.commit().await?;
    app.upload_changed(claimed.owner, claimed.upload, Some(job));
    Ok(())
}

async fn failed(app: &App, id: UploadId, claimed: &Claimed, reason: String) -> anyhow::Result<TranscodeFailed> {
    let upload = app.store.upload(id).await?;
    let upload = upload.ok_or_else(|| anyhow::anyhow!("the upload {id} is gone"))?;
    Ok(TranscodeFailed {
        upload_id: id,
        job_id: claimed.lease.job,
        owner_id: upload.owner,
        filename: upload.filename,
        rejected: false,
        reason,
    })
}
