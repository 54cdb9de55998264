//! An upload is ready: it becomes part of the catalog, or completes the track that it was for.

use anyhow::Context;
use polyphony_events::media::MediaReady;
use polyphony_kit::Clock;

use crate::{
    commands::{attach_upload::attach_upload, import_upload::import_upload},
    store::{detail, tx::Lent},
};

pub(super) async fn handle(tx: &mut Lent<'_>, clock: &Clock, event: &MediaReady) -> anyhow::Result<()> {
    if let Some(track) = event.track_id {
        attach_upload(tx, clock, event, track).await.context("attach an upload to its track")?;
        return keep_details(tx, event).await;
    }
    // Media of the release before asks for the tags of a duplicate in this way.
    if event.catalog_from_tags || event.retags.is_some() {
        let track = import_upload(tx, clock, event).await.context("import an upload")?;
        tracing::info!(upload.id = %event.upload_id, track.id = %track, "an upload is in the catalog");
        keep_details(tx, event).await?;
    }
    Ok(())
}

/// What the file says beside what it is matched by stays with it as a source.
async fn keep_details(tx: &mut Lent<'_>, event: &MediaReady) -> anyhow::Result<()> {
    detail::keep(tx, event.upload_id, &event.tags.details).await.context("keep what a file says")
}
