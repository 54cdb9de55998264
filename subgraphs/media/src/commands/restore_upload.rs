//! Takes an upload out of the trash: the catalog finds or makes its track again.

use polyphony_events::{UploadId, media::MediaReady};
use polyphony_kit::{Viewer, outbox};

use super::CommandResult;
use crate::{
    app::App,
    domain::{
        refusal::{Refusal, RefusalCode},
        upload::{Upload, UploadState},
    },
    store::{announcement, upload},
};

/// Takes an upload out of the trash and announces it to the catalog once more. One that is not in the trash stays as it is.
pub async fn restore_upload(app: &App, viewer: &Viewer, id: UploadId) -> CommandResult<Upload> {
    let mut tx = app.store.begin().await?;
    let found = upload::lock(&mut tx, id).await?.filter(|upload| upload.is_visible_to(viewer));
    let Some(found) = found else {
        return Err(Refusal::new(RefusalCode::NotFound, "There is no such upload.").at(&["uploadId"]).into());
    };
    if found.state == UploadState::Expired {
        let message = "The upload is gone: it was in the trash for too long, or that was emptied.";
        return Err(Refusal::new(RefusalCode::Conflict, message).at(&["uploadId"]).into());
    }
    if found.trashed_at.is_none() {
        return Ok(found);
    }
    let announced = announcement::announced(&mut tx, id).await?;
    let event = MediaReady { track_id: None, catalog_from_tags: true, replaces: None, ..announced };
    outbox::push(&mut tx, &app.clock, &event).await?;
    upload::restore(&mut tx, id).await?;
    tx.commit().await?;
    app.upload_changed(found.owner, id, None);
    Ok(Upload { trashed_at: None, catalog_from_tags: true, ..found })
}
