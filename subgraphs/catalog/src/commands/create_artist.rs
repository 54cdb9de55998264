//! Creates an artist.

use polyphony_events::ArtistId;
use polyphony_kit::idempotency::Key;

use super::{Outcome, announce, first_result};
use crate::{
    app::App,
    domain::{Artist, ArtistDraft, Manager, Refusal},
    store,
};

/// The MusicBrainz id stands at another artist.
pub(super) const MUSICBRAINZ_ID_TAKEN: &str = "artists_musicbrainz_id_key";

/// Creates an artist that the person owns.
pub async fn create_artist(app: &App, manager: Manager, draft: ArtistDraft, key: Option<Key>) -> Outcome<Artist> {
    let draft = draft.checked().map_err(Refusal::from)?;
    let mut tx = app.store.begin().await?;
    if let Some(id) = first_result::<ArtistId>(app, &mut tx, key.as_ref()).await? {
        return Ok(store::artist::get(&mut tx, id).await?.ok_or(Refusal::NotFound("the artist was deleted"))?);
    }
    let artist = Artist::new(draft, manager.user, app.clock.now());
    store::artist::insert(&mut tx, &artist).await.map_err(|error| super::taken(error, MUSICBRAINZ_ID_TAKEN))?;
    announce::artist_changed(&mut tx, &app.clock, artist.id).await?;
    if let Some(key) = key {
        key.record(&mut tx, &app.clock, &artist.id).await?;
    }
    tx.commit().await?;
    Ok(artist)
}
