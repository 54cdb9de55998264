//! Gives up an upload, whatever it is at; its bytes are deleted.

use polyphony_events::UploadId;
use polyphony_kit::Viewer;
use sqlx::PgConnection;

use super::{
    CommandError, CommandResult,
    discard::discard_all,
    settle_cuts::{settle_cuts, settle_cuts_beside},
};
use crate::{
    app::App,
    domain::{
        job::Job,
        refusal::{Refusal, RefusalCode},
        upload::{Upload, UploadState},
    },
    store::{encoding, job, upload},
};

/// Gives up an upload that is not ready yet, with those of its cuts that are not. Calling it again changes nothing.
pub async fn cancel_upload(app: &App, viewer: &Viewer, id: UploadId) -> CommandResult<()> {
    let mut cuts = app.store.cut_ids(id).await?;
    if cuts.is_empty() {
        if cancel_one(app, viewer, id).await? == Given::Up {
            return Ok(settle_cuts_beside(app, id).await?);
        }
        cuts = app.store.cut_ids(id).await?;
    }
    for cut in cuts {
        match cancel_one(app, viewer, cut).await {
            // What is ready stays.
            Err(CommandError::Refused(refusal)) if refusal.code == RefusalCode::Conflict => {}
            ended => drop(ended?),
        }
    }
    Ok(settle_cuts(app, id).await?)
}

/// What an attempt to give up one upload came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// It is given up.
    Up,
    /// It is not: a worker has divided it meanwhile, and its cuts live on its bytes.
    ToItsCuts,
}

async fn cancel_one(app: &App, viewer: &Viewer, id: UploadId) -> CommandResult<Given> {
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
        UploadState::Expired | UploadState::Rejected => return Ok(Given::Up),
        UploadState::Ready => {
            return Err(Refusal::new(RefusalCode::Conflict, "The upload is ready already.").at(&["uploadId"]).into());
        }
        _ => {}
    }
    if upload::is_divided(&mut tx, id).await? {
        return Ok(Given::ToItsCuts);
    }
    give_up(app, &mut tx, &upload, job.as_ref()).await?;
    tx.commit().await?;
    app.upload_changed(upload.owner, id, job.map(|job| job.id));
    Ok(Given::Up)
}

/// Gives up an upload that is held, with its job and all that the object store holds of it.
pub(super) async fn give_up(
    app: &App,
    tx: &mut PgConnection,
    upload: &Upload,
    job: Option<&Job>,
) -> Result<(), sqlx::Error> {
    if let Some(job) = job.filter(|job| !job.state.is_final()) {
        job::cancel(tx, job.id, app.clock.now()).await?;
    }
    upload::set_state(tx, upload.id, UploadState::Expired).await?;
    encoding::remove(tx, upload.id).await?;
    discard_all(tx, upload, job.map_or(0, |job| job.attempt)).await
}
