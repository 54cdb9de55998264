//! Gives up an upload, whatever it is at; its bytes are deleted.

use polyphony_events::UploadId;
use polyphony_kit::Viewer;

use super::{
    CommandError, CommandResult,
    discard::discard_all,
    settle_cuts::{settle_cuts, settle_cuts_beside},
};
use crate::{
    app::App,
    domain::{
        refusal::{Refusal, RefusalCode},
        upload::UploadState,
    },
    store::{encoding, job, upload},
};

/// Gives up an upload that is not ready yet, with those of its cuts that are not. Calling it again changes nothing.
pub async fn cancel_upload(app: &App, viewer: &Viewer, id: UploadId) -> CommandResult<()> {
    let cuts = app.store.cut_ids(id).await?;
    if cuts.is_empty() {
        cancel_one(app, viewer, id).await?;
        return Ok(settle_cuts_beside(app, id).await?);
    }
    for cut in cuts {
        match cancel_one(app, viewer, cut).await {
            // What is ready stays.
            Err(CommandError::Refused(refusal)) if refusal.code == RefusalCode::Conflict => {}
            ended => ended?,
        }
    }
    Ok(settle_cuts(app, id).await?)
}

async fn cancel_one(app: &App, viewer: &Viewer, id: UploadId) -> CommandResult<()> {
    let mut tx = app.store.begin().await?;
    // The job first, as everywhere: two orders would wait for each other.
    let mut job = job::lock_of(&mut tx, id).await?;
    let found = upload::lock(&mut tx, id).await?.filter(|upload| upload.is_visible_to(viewer));
    let Some(upload) = found else {
        return Err(Refusal::new(RefusalCode::NotFound, "There is no such upload.").at(&["uploadId"]).into());
    };
    if job.is_none() {
        // It was completed while we waited for it.
        job = job::lock_of(&mut tx, id).await?;
    }
    match upload.state {
        UploadState::Expired | UploadState::Rejected => return Ok(()),
        UploadState::Ready => {
            return Err(Refusal::new(RefusalCode::Conflict, "The upload is ready already.").at(&["uploadId"]).into());
        }
        _ => {}
    }
    let now = app.clock.now();
    if let Some(job) = job.as_ref().filter(|job| !job.state.is_final()) {
        job::cancel(&mut tx, job.id, now).await?;
    }
    upload::set_state(&mut tx, id, UploadState::Expired).await?;
    encoding::remove(&mut tx, id).await?;
    discard_all(&mut tx, &upload, job.as_ref().map_or(0, |job| job.attempt)).await?;
    tx.commit().await?;
    app.upload_changed(upload.owner, id, job.map(|job| job.id)).await;
    Ok(())
}
