//! Has a track say what its file says now: the same sound was uploaded again, under other tags.
//!
//! Invariant: the track stays the one that it is, so its plays, likes and places stay. Tags that were imported of it before
//! change nothing, so that importing a folder again does not undo what was changed here.

use polyphony_events::{UploadId, media::MediaReady};
use polyphony_kit::Clock;

use super::import_upload::{Import, lock_names, manager};
use crate::{
    domain::{TrackDraft, tags::TaggedTrack},
    store::{self, matching, tx::Lent},
};

/// Tags the track that plays `original` anew, if the uploader manages it and the file is not of another release.
pub async fn retag_track(
    tx: &mut Lent<'_>,
    clock: &Clock,
    event: &MediaReady,
    original: UploadId,
) -> anyhow::Result<()> {
    let manager = manager(tx, event.owner_id).await?;
    let file = TaggedTrack::read(&event.tags, &event.filename);
    lock_names(tx, &file).await?;
    let known = matching::track_playing(tx, original).await?.filter(|track| manager.manages(track.owner_id));
    let Some(known) = known else { return Ok(()) };
    let album = match known.album_id {
        Some(album) => store::album::get(tx, album).await?,
        None => None,
    };
    let is_new = !matching::has_tags(tx, known.id, &serde_json::to_vec(&event.tags)?).await?;
    if !is_new || !file.is_of(&known, album.as_ref()) {
        return Ok(());
    }
    let cover = album.and_then(|album| album.cover_url);
    let import = Import { clock, manager, file: &file, event, cover };
    let credits = import.credits(tx).await?;
    // Albums are locked before tracks, here as everywhere.
    let Some(known) = store::track::lock(tx, known.id).await? else { return Ok(()) };
    let draft = import.draft(&credits);
    let title = if file.is_titled { draft.title } else { known.title.clone() };
    tracing::info!(upload.id = %event.upload_id, track.id = %known.id, "a track is tagged anew");
    import.revise(tx, &known, TrackDraft { title, ..draft }, &credits).await
}
