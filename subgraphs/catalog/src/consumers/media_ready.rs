//! An upload is ready: it becomes part of the catalog, completes the track that it was for, or says anew what a track is.

use anyhow::Context;
use polyphony_events::media::MediaReady;
use polyphony_kit::Clock;

use crate::{
    commands::{
        import_upload::{attach_upload, import_upload},
        retag_track::retag_track,
    },
    store::tx::Lent,
};

pub(super) async fn handle(tx: &mut Lent<'_>, clock: &Clock, event: &MediaReady) -> anyhow::Result<()> {
    if let Some(track) = event.track_id {
        return attach_upload(tx, clock, event, track).await.context("attach an upload to its track");
    }
    if event.catalog_from_tags {
        let track = import_upload(tx, clock, event).await.context("import an upload")?;
        tracing::info!(upload.id = %event.upload_id, track.id = %track, "an upload is in the catalog");
    } else if let Some(original) = event.retags {
        retag_track(tx, clock, event, original).await.context("tag a track anew")?;
    }
    Ok(())
}
