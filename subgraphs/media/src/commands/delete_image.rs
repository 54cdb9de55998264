//! Deletes a picture. Whatever shows it shows none from then on.

use polyphony_events::ids::ImageId;
use polyphony_kit::Viewer;

use super::{CommandResult, discard::discard_image};
use crate::{
    app::App,
    domain::refusal::{Refusal, RefusalCode},
    store::image,
};

/// Deletes a picture of the viewer's, or gives its upload up.
pub async fn delete_image(app: &App, viewer: &Viewer, id: ImageId) -> CommandResult<()> {
    let mut tx = app.store.begin().await?;
    let found = image::lock(&mut tx, id).await?;
    let Some(upload) = found.filter(|upload| upload.owner == viewer.user || viewer.is_admin()) else {
        return Err(Refusal::new(RefusalCode::NotFound, "There is no such picture.").at(&["imageId"]).into());
    };
    image::remove(&mut tx, id).await?;
    discard_image(&mut tx, id, upload.multipart_id.as_deref()).await?;
    tx.commit().await?;
    Ok(())
}
