//! Lets go of an upload that no track keeps any more: it has been in the trash for long enough, or its owner empties that.

use chrono::{DateTime, Utc};
use polyphony_events::{UploadId, ids::ImageId};

use super::{discard::discard_whole, settle_cuts::settle_cuts};
use crate::{
    app::App,
    domain::keys,
    store::{album_cover, retention},
};

/// Lets go of an upload that has been in the trash since before `since`; tells whether it did. The cover that was found in it
/// becomes a picture of its own while an album shows it.
pub async fn retire_upload(app: &App, id: UploadId, since: DateTime<Utc>) -> anyhow::Result<bool> {
    keep_cover(app, ImageId(id.0)).await?;
    let mut tx = app.store.begin().await?;
    if album_cover::shown_cover(&mut tx, ImageId(id.0)).await?.is_some() {
        album_cover::keep(&mut tx, ImageId(id.0)).await?;
    }
    let Some(retired) = retention::retire(&mut tx, id, since).await? else { return Ok(false) };
    if let Some(needless) = retired.needless {
        discard_whole(&mut tx, needless, None).await?;
    }
    tx.commit().await?;
    app.upload_changed(retired.owner, id, None);
    // The bytes of an album that was one file go with the last of its tracks.
    for whole in retired.cut_of {
        settle_cuts(app, whole).await?;
    }
    Ok(true)
}

/// Copies the objects of a cover that an album shows. They are copied before the transaction: none waits for the object store. What
/// nothing refers to in the end is found by a sweep.
async fn keep_cover(app: &App, id: ImageId) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let shown = album_cover::shown_cover(&mut tx, id).await?;
    tx.rollback().await?;
    let Some(cover) = shown else { return Ok(()) };
    for size in cover.sizes {
        let from = keys::cover(UploadId(cover.upload), cover.attempt, size);
        app.blobs.copy(&from, &keys::image(id, size)).await?;
    }
    Ok(())
}
