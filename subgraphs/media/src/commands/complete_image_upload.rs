//! Makes a picture of what was uploaded: it is looked at, and stored anew in a few sizes. Nothing of the file itself is kept.

use std::time::Duration;

use anyhow::Context;
use polyphony_events::ids::ImageId;
use polyphony_kit::{Error, Viewer, blobs::Download};
use tokio::{sync::Semaphore, time::timeout};

use super::{CommandResult, complete_upload::CompletedPart, discard::discard_image_source};
use crate::{
    app::App,
    domain::{
        image::{Image, ImageState, ImageUpload},
        keys,
        refusal::{Refusal, RefusalCode},
    },
    pipeline::{
        Limits, PipelineError,
        cover::{self, Picture},
    },
    store::image,
};

/// Pictures that are decoded at once by this process, each in an FFmpeg of its own.
static DECODERS: Semaphore = Semaphore::const_new(2);
/// Whoever waits longer for a decoder is told to try again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long decoding and scaling may take, of each step.
const WALL: Duration = Duration::from_secs(10);

/// Completes the upload of a picture whose bytes are there. Calling it again changes nothing.
pub async fn complete_image_upload(
    app: &App,
    viewer: &Viewer,
    id: ImageId,
    parts: &[CompletedPart],
) -> CommandResult<Image> {
    let found = app.store.image_upload(id).await?.filter(|upload| upload.owner == viewer.user);
    let upload = found.ok_or_else(not_found)?;
    match (upload.state, &upload.rejected) {
        (ImageState::Ready, _) => {}
        (ImageState::Rejected, Some(refusal)) => return Err(refusal.clone().at(&["imageId"]).into()),
        _ => make(app, &upload, parts).await?,
    }
    let image = app.store.images(&[id]).await?.pop();
    Ok(image.ok_or_else(not_found)?)
}

async fn make(app: &App, upload: &ImageUpload, parts: &[CompletedPart]) -> CommandResult<()> {
    join(app, upload, parts).await?;
    let permit = timeout(ACQUIRE_TIMEOUT, DECODERS.acquire()).await;
    let permit = permit.map_err(|_| Error::unavailable("too many pictures are looked at now, try again"))?;
    let made = look(app, upload).await?;
    drop(permit);
    let mut stored = Vec::new();
    if let Ok(picture) = &made {
        for cover in &picture.covers {
            let key = keys::image(upload.id, cover.size as i32);
            app.blobs.upload_bytes(&key, cover.jpeg.clone(), "image/jpeg").await?;
            stored.push(cover.size as i32);
        }
    }
    let mut tx = app.store.begin().await?;
    let held = image::lock(&mut tx, upload.id).await?.ok_or_else(not_found)?;
    if held.state != ImageState::AwaitingBytes {
        // The same was asked for twice at once: the objects are the same.
        return Ok(());
    }
    match &made {
        Ok(picture) => image::finish(&mut tx, upload.id, &picture.look, &stored).await?,
        Err(refusal) => image::reject(&mut tx, upload.id, refusal).await?,
    }
    discard_image_source(&mut tx, upload.id, None).await?;
    tx.commit().await?;
    made.map(drop).map_err(|refusal| refusal.at(&["imageId"]).into())
}

/// Has the object store make an object of the bytes.
async fn join(app: &App, upload: &ImageUpload, parts: &[CompletedPart]) -> CommandResult<()> {
    let refuse = |message| Err(Refusal::new(RefusalCode::UploadIncomplete, message).at(&["parts"]).into());
    let source = keys::image_source(upload.id);
    let multipart = upload.multipart_id.as_ref().context("a picture that awaits bytes has no multipart upload")?;
    let Some(arrived) = app.blobs.list_parts(&source, multipart).await? else {
        // Joined, and whoever did that could not write it down.
        if app.blobs.head(&source).await? == Some(upload.size_bytes as u64) {
            return Ok(());
        }
        return refuse("The bytes have not arrived.");
    };
    let (number, size) = upload.part();
    let [(arrived_number, etag, arrived_size)] = &*arrived else { return refuse("The bytes have not arrived.") };
    if (*arrived_number, *arrived_size) != (number, size as u64) {
        return refuse("What has arrived is not what was announced.");
    }
    let bare = |etag: &str| etag.trim_matches('"').to_owned();
    match parts {
        [part] if part.number == number && bare(&part.etag) == bare(etag) => {}
        _ => return refuse("This is not the part that has arrived."),
    }
    Ok(app.blobs.complete_multipart(&source, multipart, &[(number, etag.clone())]).await?)
}

/// Decodes what was uploaded, under limits: a picture of more than 50 megapixels is not unpacked.
async fn look(app: &App, upload: &ImageUpload) -> CommandResult<Result<Picture, Refusal>> {
    let folder = tempfile::tempdir().context("make a folder for a picture")?;
    let path = folder.path().join("source");
    app.blobs.download(&Download::new(keys::image_source(upload.id), path.clone())).await?;
    let bytes = tokio::fs::read(&path).await.context("read a picture")?;
    let limits = Limits { probe_wall: WALL, threads: 1, ..Limits::default() };
    match cover::from_image(&bytes, &limits).await {
        Ok(picture) => Ok(Ok(picture)),
        Err(PipelineError::Rejected(rejection)) => Ok(Err(rejection.into())),
        // It is no fault of ours that a picture takes so long.
        Err(PipelineError::TimedOut(_)) => {
            Ok(Err(Refusal::new(RefusalCode::MediaTooLarge, "The picture takes too long to decode.")))
        }
        Err(error) => Err(anyhow::Error::from(error).context("look at a picture").into()),
    }
}

fn not_found() -> Refusal {
    Refusal::new(RefusalCode::NotFound, "There is no such picture.").at(&["imageId"])
}
