//! Changes of what belongs together in the catalog: merging, moving, splitting, and taking that back.
//!
//! Artists are locked before albums and these before tracks, each in the order of their ids, as everywhere: changes, plays and
//! imports wait for each other and not in a circle.

use polyphony_events::{AlbumId, ArtistId, EditId, TrackId};
use polyphony_kit::idempotency::Key;

use super::{Outcome, editable_artist, first_result, managed_album, managed_track, rewrite};
use crate::{
    app::App,
    domain::{
        Album, Artist, ArtistDraft, Change, Manager, PublicationStatus, Refusal, Track, TrackDraft,
        edit::{Edit, EditKind, MAX_NAMED, MergedAlbum, MergedArtist, Rewrite, Rewrites, merged, named},
    },
    store::{self, tx::Tx},
};

/// Makes artists one: their music is the target's, whom their ids and names lead to from now on.
pub async fn merge_artists(
    app: &App,
    manager: Manager,
    (sources, target): (Vec<ArtistId>, ArtistId),
    key: Option<Key>,
) -> Outcome<(Artist, Edit)> {
    let sources = named("sourceIds", &sources)?;
    if sources.contains(&target) {
        return Err(Refusal::Invalid("targetId", "an artist cannot be merged into itself".to_owned()).into());
    }
    let mut tx = app.store.begin().await?;
    if let Some(id) = first_result::<EditId>(app, &mut tx, key.as_ref()).await? {
        return Ok((known_artist(&mut tx, target).await?, known_edit(&mut tx, id).await?));
    }
    let mut locked = [sources.as_slice(), &[target]].concat();
    locked.sort_unstable_by_key(|id| id.0);
    let mut artists = Vec::with_capacity(locked.len());
    for id in locked {
        artists.push(editable_artist(&mut tx, manager, id).await?);
    }
    let mut rewrites = Rewrites::default();
    for artist in artists.into_iter().filter(|artist| artist.id != target) {
        rewrites.artists.push(MergedArtist { artist, into: target });
    }
    let albums = store::edit::albums_of(&mut tx, &sources).await?;
    store::lock::albums(&mut tx, albums.into_iter().map(|(id, _)| id)).await?;
    let tracks = store::edit::tracks_of(&mut tx, &sources).await?;
    store::lock::tracks(&mut tx, tracks.into_iter().map(|(id, _)| id)).await?;
    for (of, before) in store::edit::albums_of(&mut tx, &sources).await? {
        let after = merged(&before, &sources, target);
        rewrites.album_artists.push(Rewrite { of, before, after });
    }
    for (of, before) in store::edit::tracks_of(&mut tx, &sources).await? {
        let after = merged(&before, &sources, target);
        rewrites.track_artists.push(Rewrite { of, before, after });
    }
    let edit = finish(app, tx, (manager, EditKind::MergeArtists), rewrites, key).await?;
    let mut tx = app.store.begin().await?;
    Ok((known_artist(&mut tx, target).await?, edit))
}

/// Makes albums one: their tracks stand on the target, which their ids and titles lead to from now on.
pub async fn merge_albums(
    app: &App,
    manager: Manager,
    (sources, target): (Vec<AlbumId>, AlbumId),
    key: Option<Key>,
) -> Outcome<(Album, Edit)> {
    let sources = named("sourceIds", &sources)?;
    if sources.contains(&target) {
        return Err(Refusal::Invalid("targetId", "an album cannot be merged into itself".to_owned()).into());
    }
    let mut tx = app.store.begin().await?;
    if let Some(id) = first_result::<EditId>(app, &mut tx, key.as_ref()).await? {
        return Ok((known_album(&mut tx, target).await?, known_edit(&mut tx, id).await?));
    }
    let mut locked = [sources.as_slice(), &[target]].concat();
    locked.sort_unstable_by_key(|id| id.0);
    let (mut rewrites, mut is_target_public) = (Rewrites::default(), false);
    for id in locked {
        let found = store::album::lock(&mut tx, id).await?.ok_or(Refusal::NotFound("there is no such album"))?;
        let album = managed_album(manager, found)?;
        if id == target {
            is_target_public = album.status == PublicationStatus::Published;
        } else {
            let artists = store::album::artist_ids(&mut tx, id).await?;
            let genres = store::album::with_genres(&mut tx, id, Vec::new()).await?;
            let genres = genres.into_iter().map(|genre| genre.name).collect();
            let extras = store::edit::album_extras(&mut tx, id).await?;
            rewrites.albums.push(MergedAlbum { album, artists, genres, extras, into: target });
        }
    }
    if !is_target_public && rewrites.albums.iter().any(|merged| merged.album.status == PublicationStatus::Published) {
        return Err(
            Refusal::Conflict("targetId", "the target must be published before what is public becomes it").into()
        );
    }
    store::lock::tracks_on(&mut tx, &sources, &[]).await?;
    for (of, before) in store::edit::places(&mut tx, &sources).await? {
        rewrites.places.push(Rewrite { of, before, after: (Some(target), before.1, before.2) });
    }
    let edit = finish(app, tx, (manager, EditKind::MergeAlbums), rewrites, key).await?;
    let mut tx = app.store.begin().await?;
    Ok((known_album(&mut tx, target).await?, edit))
}

/// Where tracks are to stand.
#[derive(Clone, Copy, Debug)]
pub struct Destination {
    /// The album; none takes them from theirs.
    pub album: Option<AlbumId>,
    /// The disc; theirs when it is not named.
    pub disc_number: Option<i32>,
    /// The number of the first, from which they are counted on; their numbers stay when it is not named.
    pub first_number: Option<i32>,
}

/// Moves tracks to an album, in the given order.
pub async fn move_tracks(
    app: &App,
    manager: Manager,
    (tracks, to): (Vec<TrackId>, Destination),
    key: Option<Key>,
) -> Outcome<(Vec<Track>, Edit)> {
    let ids = named("trackIds", &tracks)?;
    let numbers = TrackDraft {
        disc_number: Change::if_some(to.disc_number),
        track_number: Change::if_some(to.first_number),
        ..TrackDraft::default()
    };
    numbers.checked()?;
    let mut tx = app.store.begin().await?;
    if let Some(id) = first_result::<EditId>(app, &mut tx, key.as_ref()).await? {
        return Ok((known_tracks(&mut tx, &ids).await?, known_edit(&mut tx, id).await?));
    }
    let mut albums: Vec<AlbumId> = to.album.into_iter().collect();
    for track in known_tracks(&mut tx, &ids).await? {
        albums.extend(track.album_id);
    }
    store::lock::albums(&mut tx, albums).await?;
    if let Some(album) = to.album {
        super::own_album(&mut tx, manager, album).await?;
    }
    let mut sorted = ids.clone();
    sorted.sort_unstable_by_key(|id| id.0);
    let mut held = Vec::with_capacity(sorted.len());
    for id in sorted {
        held.push(managed_track(manager, store::track::lock(&mut tx, id).await?)?);
    }
    let mut rewrites = Rewrites::default();
    for (at, id) in (0..).zip(&ids) {
        let Some(track) = held.iter().find(|track| track.id == *id) else { continue };
        let number = to.first_number.map_or(track.track_number, |first| Some(first + at));
        let before = (track.album_id, track.disc_number, track.track_number);
        rewrites.places.push(Rewrite {
            of: *id,
            before,
            after: (to.album, to.disc_number.or(track.disc_number), number),
        });
    }
    let edit = finish(app, tx, (manager, EditKind::MoveTracks), rewrites, key).await?;
    let mut tx = app.store.begin().await?;
    Ok((known_tracks(&mut tx, &ids).await?, edit))
}

/// What of an artist is somebody else's.
#[derive(Clone, Debug)]
pub struct Split {
    /// The name of the other, which may be the same.
    pub name: String,
    /// The tracks that are the other's.
    pub tracks: Vec<TrackId>,
    /// The albums that are.
    pub albums: Vec<AlbumId>,
}

/// Gives some of an artist's albums and tracks to a new artist; gives that.
pub async fn split_artist(
    app: &App,
    manager: Manager,
    (id, split): (ArtistId, Split),
    key: Option<Key>,
) -> Outcome<(Artist, Edit)> {
    if split.tracks.len() + split.albums.len() > 5 * MAX_NAMED || split.tracks.is_empty() && split.albums.is_empty() {
        return Err(Refusal::Invalid("trackIds", "1 to 500 tracks and albums must be named".to_owned()).into());
    }
    let draft = ArtistDraft::named(&split.name, None).checked().map_err(Refusal::from)?;
    let mut tx = app.store.begin().await?;
    if let Some((artist, edit)) = first_result::<(ArtistId, EditId)>(app, &mut tx, key.as_ref()).await? {
        return Ok((known_artist(&mut tx, artist).await?, known_edit(&mut tx, edit).await?));
    }
    let artist = editable_artist(&mut tx, manager, id).await?;
    store::lock::albums(&mut tx, split.albums.iter().copied()).await?;
    // With an album go its tracks by the artist.
    let on_albums = store::lock::tracks_on(&mut tx, &split.albums, &split.tracks).await?;
    let other = Artist::new(draft, artist.owner_id, app.clock.now());
    store::artist::insert(&mut tx, &other).await?;
    let mut rewrites = Rewrites { made: vec![other.id], ..Rewrites::default() };
    for (of, before) in store::edit::albums_of(&mut tx, &[id]).await? {
        if split.albums.contains(&of) {
            let after = merged(&before, &[id], other.id);
            rewrites.album_artists.push(Rewrite { of, before, after });
        }
    }
    for (of, before) in store::edit::tracks_of(&mut tx, &[id]).await? {
        if split.tracks.contains(&of) || on_albums.contains(&of) {
            let after = merged(&before, &[id], other.id);
            rewrites.track_artists.push(Rewrite { of, before, after });
        }
    }
    let named = |track: &TrackId| rewrites.track_artists.iter().any(|rewrite| rewrite.of == *track);
    if !split.tracks.iter().all(named) || rewrites.album_artists.len() < split.albums.len() {
        let reason = "one of the tracks or albums does not name the artist".to_owned();
        return Err(Refusal::Invalid("trackIds", reason).into());
    }
    let edit = keep(app, &mut tx, (manager, EditKind::SplitArtist), rewrites).await?;
    if let Some(key) = key {
        key.record(&mut tx, &app.clock, &(other.id, edit.id)).await?;
    }
    tx.commit().await?;
    let mut tx = app.store.begin().await?;
    Ok((known_artist(&mut tx, other.id).await?, edit))
}

/// Takes a change back: what stands as it left it, and is the person's still, is as it was before.
pub async fn undo_catalog_change(app: &App, manager: Manager, id: EditId) -> Outcome<Edit> {
    let mut tx = app.store.begin().await?;
    let unknown = Refusal::NotFound("there is no such change");
    let (edit, rewrites) = store::edit::lock(&mut tx, id).await?.ok_or(unknown.clone())?;
    if !manager.manages(edit.user_id) {
        return Err(unknown.into());
    }
    let now = app.clock.now();
    edit.check_undoable(now)?;
    if !rewrites.owners().all(|owner| manager.manages(owner)) {
        return Err(Refusal::NotAllowed("what became one is somebody else's").into());
    }
    lock_named(&mut tx, &rewrites).await?;
    rewrite::revert(&mut tx, &app.clock, (manager, edit.id), &rewrites).await?;
    store::edit::set_undone(&mut tx, id, now).await?;
    tx.commit().await?;
    Ok(Edit { undone_at: Some(now), ..edit })
}

/// Locks all that a change names, and what that became since.
async fn lock_named(tx: &mut Tx, rewrites: &Rewrites) -> Outcome<()> {
    let artists: Vec<_> = rewrites.named_artists().into_iter().map(|id| id.0).collect();
    let current = store::redirect::current(tx, &artists).await?;
    store::lock::artists(tx, artists.into_iter().chain(current).map(ArtistId)).await?;
    let albums: Vec<_> = rewrites.named_albums().into_iter().map(|id| id.0).collect();
    let current = store::redirect::current(tx, &albums).await?;
    store::lock::albums(tx, albums.into_iter().chain(current).map(AlbumId)).await?;
    store::lock::tracks(tx, rewrites.named_tracks()).await?;
    Ok(())
}

/// Applies a change, keeps it, and commits.
async fn finish(app: &App, mut tx: Tx, by: (Manager, EditKind), rewrites: Rewrites, key: Option<Key>) -> Outcome<Edit> {
    let edit = keep(app, &mut tx, by, rewrites).await?;
    if let Some(key) = key {
        key.record(&mut tx, &app.clock, &edit.id).await?;
    }
    tx.commit().await?;
    Ok(edit)
}

async fn keep(app: &App, tx: &mut Tx, (manager, kind): (Manager, EditKind), rewrites: Rewrites) -> Outcome<Edit> {
    let rewrites = rewrites.checked()?;
    let made_at = app.clock.now();
    let edit = Edit { id: EditId::new(), user_id: manager.user, kind, made_at, undone_at: None };
    store::edit::insert(tx, &edit, &rewrites).await?;
    rewrite::apply(tx, &app.clock, edit.id, &rewrites).await?;
    Ok(edit)
}

async fn known_artist(tx: &mut Tx, id: ArtistId) -> Outcome<Artist> {
    Ok(store::artist::get(tx, id).await?.ok_or(Refusal::NotFound("there is no such artist"))?)
}

async fn known_album(tx: &mut Tx, id: AlbumId) -> Outcome<Album> {
    Ok(store::album::get(tx, id).await?.ok_or(Refusal::NotFound("there is no such album"))?)
}

async fn known_tracks(tx: &mut Tx, ids: &[TrackId]) -> Outcome<Vec<Track>> {
    let mut tracks = Vec::with_capacity(ids.len());
    for id in ids {
        tracks.push(store::track::get(tx, *id).await?.ok_or(Refusal::NotFound("there is no such track"))?);
    }
    Ok(tracks)
}

async fn known_edit(tx: &mut Tx, id: EditId) -> Outcome<Edit> {
    Ok(store::edit::get(tx, id).await?.ok_or(Refusal::NotFound("there is no such change"))?)
}
