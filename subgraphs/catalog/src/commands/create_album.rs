//! Creates an album.

use polyphony_events::{AlbumId, ArtistId};
use polyphony_kit::idempotency::Key;

use super::{Outcome, announce, existing_artists, first_result};
use crate::{
    app::App,
    domain::{Album, AlbumDraft, Genre, Manager, Refusal},
    store,
};

/// What an album is filed under, beside what it says of itself.
#[derive(Clone, Debug)]
pub struct AlbumCredits {
    /// Who made it, in order.
    pub artists: Vec<ArtistId>,
    /// Genres; absent leaves them as they are.
    pub genres: Option<Vec<Genre>>,
}

/// Creates an album that the person owns. It is a draft until it is published.
pub async fn create_album(
    app: &App,
    manager: Manager,
    (draft, credits): (AlbumDraft, AlbumCredits),
    key: Option<Key>,
) -> Outcome<Album> {
    let draft = draft.checked().map_err(Refusal::from)?;
    let mut tx = app.store.begin().await?;
    if let Some(id) = first_result::<AlbumId>(app, &mut tx, key.as_ref()).await? {
        return Ok(store::album::get(&mut tx, id).await?.ok_or(Refusal::NotFound("the album was deleted"))?);
    }
    let artists = existing_artists(&mut tx, &credits.artists).await?;
    let album = Album::new(draft, manager.user, app.clock.now());
    store::album::insert(&mut tx, &album).await?;
    store::album::set_artists(&mut tx, album.id, &artists).await?;
    store::album::set_genres(&mut tx, album.id, &credits.genres.unwrap_or_default()).await?;
    announce::albums_changed(&mut tx, &app.clock, &[album.id]).await?;
    if let Some(key) = key {
        key.record(&mut tx, &app.clock, &album.id).await?;
    }
    tx.commit().await?;
    Ok(album)
}
