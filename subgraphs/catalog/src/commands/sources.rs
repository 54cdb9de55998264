//! What the commands do with the uploads that are kept for a track.

use polyphony_events::{TrackId, UploadId};
use polyphony_kit::Clock;

use super::announce;
use crate::{
    domain::{Album, Source, Track, picture, source},
    store::{self, tx::Writer},
};

/// The track as it stands once its best source plays.
pub(super) fn playing_best(track: &Track, sources: &[Source]) -> Track {
    let best = source::best(sources);
    let length = best.map(|source| source.duration_ms).filter(|length| *length > 0);
    Track {
        upload_id: best.map(|source| source.upload),
        duration_ms: length.unwrap_or(track.duration_ms),
        ..track.clone()
    }
}

/// Takes an upload from every other track: an upload is kept for one. What is left there plays on.
pub(super) async fn take(tx: &mut impl Writer, clock: &Clock, upload: UploadId, except: TrackId) -> anyhow::Result<()> {
    for had in store::source::take(tx, upload, except).await? {
        let Some(track) = store::track::lock(tx, had).await? else { continue };
        let left = playing_best(&track, &store::source::of_track(tx, had).await?);
        store::track::update(tx, &left, clock.now()).await?;
        announce::tracks_changed(tx, clock, &[had]).await?;
    }
    Ok(())
}

/// A track and the album that it is on, both held until the transaction ends: albums are locked before tracks, here as
/// everywhere.
pub(super) async fn lock(tx: &mut impl Writer, id: TrackId) -> anyhow::Result<(Option<Track>, Option<Album>)> {
    let album = store::track::get(tx, id).await?.and_then(|track| track.album_id);
    let album = match album {
        Some(album) => store::album::lock(tx, album).await?,
        None => None,
    };
    let track = store::track::lock(tx, id).await?;
    let is_on = |album: &Album| track.as_ref().is_some_and(|track| track.album_id == Some(album.id));
    Ok((track.clone(), album.filter(is_on)))
}

/// Gives an album another of its covers when the one that it shows was found in an upload that is let go. Where there is no
/// other, the one that it shows stays: media keeps a picture as long as something shows it.
pub(super) async fn keep_cover(
    tx: &mut impl Writer,
    clock: &Clock,
    album: Option<Album>,
    gone: &[UploadId],
) -> anyhow::Result<()> {
    let Some(album) = album else { return Ok(()) };
    let shown = album.cover_url.as_deref().and_then(picture::image_id);
    if !shown.is_some_and(|shown| gone.iter().any(|gone| gone.0 == shown.0)) {
        return Ok(());
    }
    let Some(other) = store::source::cover_of_album(tx, album.id).await? else { return Ok(()) };
    let album = Album { cover_url: Some(picture::cover_of(other)), ..album };
    store::album::update(tx, &album, clock.now()).await?;
    announce::albums_changed(tx, clock, &[album.id]).await
}

/// The track as it stands when its owner may have no source of it any more: it is that person's whose source plays.
pub(super) fn handed_over(track: &Track, sources: &[Source]) -> Track {
    let keeps = sources.iter().any(|source| source.owner == track.owner_id);
    match source::best(sources) {
        Some(best) if !keeps => Track { owner_id: best.owner, ..track.clone() },
        _ => track.clone(),
    }
}
