//! Changes a track.

use polyphony_events::TrackId;

use super::{
    Outcome, announce, create_track::TrackCredits, existing_artists, free_upload, managed_track, own_album, sources,
    taken,
};
use crate::{
    app::App,
    domain::{BaseVersion, Change, Manager, Source, Track, TrackDraft},
    store::{self, track::UPLOAD_TAKEN, tx::Tx},
};

/// Changes a track.
pub async fn update_track(
    app: &App,
    manager: Manager,
    (id, base): (TrackId, BaseVersion),
    (draft, credits): (TrackDraft, TrackCredits),
) -> Outcome<Track> {
    let draft = draft.checked()?;
    let mut tx = app.store.begin().await?;
    let artists = match &credits.artists {
        Some(artists) => Some(existing_artists(&mut tx, artists).await?),
        None => None,
    };
    if let Change::To(Some(album)) = draft.album_id {
        own_album(&mut tx, manager, album).await?;
    }
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    base.check(track.version)?;
    let revised = track.revised(draft);
    free_upload(&mut tx, &revised).await?;
    let revised = give_source(app, &mut tx, manager, (&track, revised)).await?;
    let mut is_changed = revised != track;
    if let Some(artists) = &artists {
        is_changed |= store::track::set_artists(&mut tx, id, artists).await?;
    }
    if let Some(genres) = &credits.genres {
        is_changed |= store::track::set_genres(&mut tx, id, genres).await?;
    }
    if !is_changed {
        return Ok(track);
    }
    let updated = store::track::update(&mut tx, &revised, app.clock.now()).await;
    updated.map_err(|error| taken(error, UPLOAD_TAKEN))?;
    announce::tracks_changed(&mut tx, &app.clock, &[id]).await?;
    tx.commit().await?;
    Ok(Track { version: track.version + 1, ..revised })
}

/// Keeps the upload that somebody gave to a track as its source that plays; one that is taken from it is its source no more, and
/// the best of the others plays.
async fn give_source(
    app: &App,
    tx: &mut Tx,
    manager: Manager,
    (track, revised): (&Track, Track),
) -> anyhow::Result<Track> {
    if track.upload_id == revised.upload_id {
        return Ok(revised);
    }
    match (revised.upload_id, track.upload_id) {
        (Some(upload), _) => {
            let known = store::source::of_track(tx, track.id).await?;
            if known.iter().all(|source| source.upload != upload) {
                store::source::put(tx, &Source::given(upload, track.id, manager.user, app.clock.now())).await?;
            }
            store::source::choose(tx, track.id, Some(upload)).await?;
        }
        (None, Some(upload)) => store::source::remove(tx, upload).await?,
        (None, None) => {}
    }
    Ok(sources::playing_best(&revised, &store::source::of_track(tx, track.id).await?))
}
