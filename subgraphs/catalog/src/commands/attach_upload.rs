//! Has a track play the file that was uploaded for it.

use polyphony_events::{TrackId, media::MediaReady};
use polyphony_kit::Clock;

use super::{
    announce,
    import_upload::{manager, source_of},
    sources,
};
use crate::{
    domain::Source,
    store::{self, tx::Lent},
};

/// Has the track that the file was uploaded for play it; tracks that the uploader does not manage are left alone. What played
/// before stays a source.
pub async fn attach_upload(tx: &mut Lent<'_>, clock: &Clock, event: &MediaReady, track: TrackId) -> anyhow::Result<()> {
    let manager = manager(tx, event.owner_id).await?;
    let (known, album) = sources::lock(tx, track).await?;
    let Some(track) = known.filter(|track| manager.manages(track.owner_id)) else {
        tracing::warn!(upload.id = %event.upload_id, track.id = %track, "an upload was for a track of somebody else");
        return Ok(());
    };
    sources::take(tx, clock, event.upload_id, track.id).await?;
    let given = source_of(event, track.id, manager.user, clock);
    let is_new = store::source::put(tx, &Source { is_chosen: true, ..given }).await?;
    store::source::choose(tx, track.id, Some(event.upload_id)).await?;
    let revised = sources::playing_best(&track, &store::source::of_track(tx, track.id).await?);
    if is_new || revised != track {
        store::track::update(tx, &revised, clock.now()).await?;
        announce::tracks_changed(tx, clock, &[track.id]).await?;
    }
    if let Some(album) = album.filter(|album| manager.manages(album.owner_id)) {
        store::detail::learn_original_date(tx, album.id, &event.tags.details).await?;
    }
    Ok(())
}
