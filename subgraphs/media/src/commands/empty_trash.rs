//! Lets go of what is in a person's trash.

use polyphony_events::UploadId;
use polyphony_kit::Viewer;

use super::{CommandResult, retire_upload::retire_upload};
use crate::app::App;

/// Lets go of the uploads in the viewer's trash, or of those of these that are in it.
pub async fn empty_trash(app: &App, viewer: &Viewer, of: Option<&[UploadId]>) -> CommandResult<()> {
    let now = app.clock.now();
    for id in app.store.trashed_uploads(viewer.user, of).await? {
        retire_upload(app, id, now).await?;
    }
    Ok(())
}
