//! Creates a track.

use polyphony_events::{ArtistId, TrackId};
use polyphony_kit::idempotency::Key;

use super::{Outcome, announce, existing_artists, first_result, free_upload, own_album, taken};
use crate::{
    app::App,
    domain::{Change, Genre, Manager, Refusal, Source, Track, TrackDraft},
    store::{self, track::UPLOAD_TAKEN},
};

/// What a track is filed under, beside what it says of itself.
#[derive(Clone, Debug)]
pub struct TrackCredits {
    /// Who made it, in order; absent leaves them as they are.
    pub artists: Option<Vec<ArtistId>>,
    /// Genres; absent leaves them as they are.
    pub genres: Option<Vec<Genre>>,
}

/// Creates a track that the person owns. It is a draft until it is published.
pub async fn create_track(
    app: &App,
    manager: Manager,
    (draft, credits): (TrackDraft, TrackCredits),
    key: Option<Key>,
) -> Outcome<Track> {
    let draft = draft.checked()?;
    let mut tx = app.store.begin().await?;
    if let Some(id) = first_result::<TrackId>(app, &mut tx, key.as_ref()).await? {
        return Ok(store::track::get(&mut tx, id).await?.ok_or(Refusal::NotFound("the track was deleted"))?);
    }
    let artists = existing_artists(&mut tx, &credits.artists.unwrap_or_default()).await?;
    if let Change::To(Some(album)) = draft.album_id {
        own_album(&mut tx, manager, album).await?;
    }
    let track = Track::new(draft, manager.user, app.clock.now());
    free_upload(&mut tx, &track).await?;
    store::track::insert(&mut tx, &track).await.map_err(|error| taken(error, UPLOAD_TAKEN))?;
    store::track::set_artists(&mut tx, track.id, &artists).await?;
    store::track::set_genres(&mut tx, track.id, &credits.genres.unwrap_or_default()).await?;
    if let Some(upload) = track.upload_id {
        let given = Source::given(upload, track.id, manager.user, app.clock.now());
        store::source::put(&mut tx, &given).await?;
    }
    announce::tracks_changed(&mut tx, &app.clock, &[track.id]).await?;
    if let Some(key) = key {
        key.record(&mut tx, &app.clock, &track.id).await?;
    }
    tx.commit().await?;
    Ok(track)
}
