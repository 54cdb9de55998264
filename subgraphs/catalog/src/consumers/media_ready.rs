//! An upload is ready: it becomes part of the catalog, or completes the track that it was for.

use anyhow::Context;
use polyphony_events::media::MediaReady;
use polyphony_kit::Clock;

use crate::{
    commands::{attach_upload::attach_upload, import_upload::import_upload},
    store::tx::Lent,
};

pub(super) async fn handle(tx: &mut Lent<'_>, clock: &Clock, event: &MediaReady) -> anyhow::Result<()> {
    if let Some(track) = event.track_id {
        return attach_upload(tx, clock, event, track).await.context("attach an upload to its track");
    }
    // Media of the release before asks for the tags of a duplicate in this way.
    if event.catalog_from_tags || event.retags.is_some() {
        let track = import_upload(tx, clock, event).await.context("import an upload")?;
        tracing::info!(upload.id = %event.upload_id, track.id = %track, "an upload is in the catalog");
    }
    Ok(())
}
