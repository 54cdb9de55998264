//! Applies what a change rewrites, forwards or backwards, with its events.
//!
//! Invariant: going back restores what stands as the change left it; what somebody has edited since stays as they said.

use std::collections::{BTreeSet, HashMap};

use polyphony_events::{
    AlbumId, ArtistId, EditId, TrackId, UserId,
    catalog::{AlbumDeleted, ArtistDeleted},
};
use polyphony_kit::Clock;
use polyphony_names as names;

use super::announce;
use crate::{
    domain::{
        Album, Artist, Genre, Manager,
        edit::{MergedAlbum, MergedArtist, Rewrites},
        manager::NOBODY,
    },
    store::{self, redirect::Redirect, tx::Tx},
};

/// What was rewritten, and is to be told of.
#[derive(Default)]
struct Touched {
    artists: BTreeSet<ArtistId>,
    albums: BTreeSet<AlbumId>,
    tracks: BTreeSet<TrackId>,
}

/// Does what a change says; what became something else answers under the id of that.
pub(super) async fn apply(tx: &mut Tx, clock: &Clock, change: EditId, rewrites: &Rewrites) -> anyhow::Result<()> {
    let mut touched = Touched::default();
    touched.artists.extend(&rewrites.made);
    for rewrite in &rewrites.album_artists {
        store::album::set_artists(tx, rewrite.of, &rewrite.after).await?;
        touched.albums.insert(rewrite.of);
    }
    for rewrite in &rewrites.track_artists {
        store::track::set_artists(tx, rewrite.of, &rewrite.after).await?;
        touched.tracks.insert(rewrite.of);
    }
    for rewrite in &rewrites.places {
        store::edit::set_place(tx, rewrite.of, (rewrite.before, rewrite.after)).await?;
        touched.tracks.insert(rewrite.of);
        touched.albums.extend(rewrite.before.0.into_iter().chain(rewrite.after.0));
    }
    for merged in &rewrites.albums {
        remove_album(tx, clock, change, merged).await?;
        touched.albums.remove(&merged.album.id);
        touched.albums.insert(merged.into);
    }
    for merged in &rewrites.artists {
        remove_artist(tx, clock, change, merged).await?;
        touched.artists.insert(merged.into);
    }
    tell(tx, clock, touched).await
}

async fn remove_album(tx: &mut Tx, clock: &Clock, change: EditId, merged: &MergedAlbum) -> anyhow::Result<()> {
    let (old, into) = (&merged.album, merged.into);
    store::edit::move_shares(tx, old.id, into).await?;
    store::album::delete(tx, old.id).await?;
    store::edit::add_plays(tx, into.0, old.play_count).await?;
    let redirect = Redirect {
        old: old.id.0,
        new: into.0,
        change: Some(change.0),
        name_key: Some(names::identity(&old.title)),
        musicbrainz_id: old.musicbrainz_id.clone(),
    };
    store::redirect::put(tx, &redirect, clock.now()).await?;
    let gone = AlbumDeleted { album_id: old.id, merged_into: Some(into), version: old.version + 1 };
    announce::album_deleted(tx, clock, &gone).await
}

async fn remove_artist(tx: &mut Tx, clock: &Clock, change: EditId, merged: &MergedArtist) -> anyhow::Result<()> {
    let (old, into) = (&merged.artist, merged.into);
    store::artist::delete(tx, old.id).await?;
    store::edit::add_plays(tx, into.0, old.play_count).await?;
    let redirect = Redirect {
        old: old.id.0,
        new: into.0,
        change: Some(change.0),
        name_key: Some(names::identity(&old.name)),
        musicbrainz_id: old.musicbrainz_id.clone(),
    };
    store::redirect::put(tx, &redirect, clock.now()).await?;
    let gone = ArtistDeleted { artist_id: old.id, merged_into: Some(into), version: old.version + 1 };
    announce::artist_deleted(tx, clock, &gone).await
}

/// Takes a change back, as far as what it rewrote is there and the person's still. Its locks are the caller's.
pub(super) async fn revert(
    tx: &mut Tx,
    clock: &Clock,
    (manager, change): (Manager, EditId),
    rewrites: &Rewrites,
) -> anyhow::Result<()> {
    let mut touched = Touched::default();
    store::redirect::take_back(tx, change.0).await?;
    for merged in &rewrites.artists {
        restore_artist(tx, merged).await?;
        touched.artists.extend([merged.artist.id, merged.into]);
    }
    for merged in &rewrites.albums {
        restore_album(tx, merged).await?;
        touched.albums.extend([merged.album.id, merged.into]);
    }
    let tracks: Vec<TrackId> = rewrites.named_tracks().into_iter().collect();
    let mut own = store::edit::owners_of_tracks(tx, &tracks).await?;
    own.retain(|_, owner| manager.manages(*owner));
    revert_places(tx, rewrites, |track| own.contains_key(&track), &mut touched).await?;
    for rewrite in rewrites.track_artists.iter().filter(|rewrite| own.contains_key(&rewrite.of)) {
        let current = store::edit::artists_of_track(tx, rewrite.of).await?;
        if current == rewrite.after && are_there(tx, &rewrite.before).await? {
            store::track::set_artists(tx, rewrite.of, &rewrite.before).await?;
            touched.tracks.insert(rewrite.of);
        }
    }
    for rewrite in &rewrites.album_artists {
        let album = store::album::get(tx, rewrite.of).await?;
        let is_own = album.is_some_and(|album| manager.manages(album.owner_id));
        let current = store::album::artist_ids(tx, rewrite.of).await?;
        if is_own && current == rewrite.after && are_there(tx, &rewrite.before).await? {
            store::album::set_artists(tx, rewrite.of, &rewrite.before).await?;
            touched.albums.insert(rewrite.of);
        }
    }
    for artist in &rewrites.made {
        let found = store::artist::lock(tx, *artist).await?;
        let Some(found) = found.filter(|found| manager.manages(found.owner_id)) else { continue };
        if !store::artist::has_dependents(tx, *artist).await? {
            store::artist::delete(tx, *artist).await?;
            let gone = ArtistDeleted { artist_id: *artist, merged_into: None, version: found.version + 1 };
            announce::artist_deleted(tx, clock, &gone).await?;
        }
    }
    tell(tx, clock, touched).await
}

/// Whose a thing is that was somebody's: nobody's when they have left.
async fn owner_by_now(tx: &mut Tx, owner: UserId) -> anyhow::Result<UserId> {
    Ok(if store::person::has_departed(tx, owner).await? { NOBODY } else { owner })
}

async fn restore_artist(tx: &mut Tx, merged: &MergedArtist) -> anyhow::Result<()> {
    // Later than that which told that it is gone.
    let owner_id = owner_by_now(tx, merged.artist.owner_id).await?;
    let mut artist = Artist { owner_id, version: merged.artist.version + 2, ..merged.artist.clone() };
    if let Some(id) = &artist.musicbrainz_id
        && !store::edit::is_free(tx, id).await?
    {
        artist.musicbrainz_id = None;
    }
    store::artist::insert(tx, &artist).await?;
    store::edit::add_plays(tx, artist.id.0, artist.play_count).await?;
    store::edit::add_plays(tx, merged.into.0, -artist.play_count).await?;
    Ok(())
}

async fn restore_album(tx: &mut Tx, merged: &MergedAlbum) -> anyhow::Result<()> {
    let owner_id = owner_by_now(tx, merged.album.owner_id).await?;
    let album = Album { owner_id, version: merged.album.version + 2, ..merged.album.clone() };
    store::album::insert(tx, &album).await?;
    store::edit::restore_extras(tx, album.id, &merged.extras).await?;
    // Of the artists, those that they became since.
    let named: Vec<_> = merged.artists.iter().map(|id| id.0).collect();
    let mut artists: Vec<ArtistId> = Vec::with_capacity(named.len());
    for id in store::redirect::current(tx, &named).await?.into_iter().map(ArtistId) {
        if !artists.contains(&id) && are_there(tx, &[id]).await? {
            artists.push(id);
        }
    }
    store::album::set_artists(tx, album.id, &artists).await?;
    store::album::set_genres(tx, album.id, &Genre::list(&merged.genres)).await?;
    store::edit::add_plays(tx, album.id.0, album.play_count).await?;
    store::edit::add_plays(tx, merged.into.0, -album.play_count).await?;
    Ok(())
}

/// Puts tracks back where they stood, or on what that album became; those whose album is nowhere stay. With an album that is
/// there again go all that stood on it, whose ever they are.
async fn revert_places(
    tx: &mut Tx,
    rewrites: &Rewrites,
    is_own: impl Fn(TrackId) -> bool,
    touched: &mut Touched,
) -> anyhow::Result<()> {
    let named: BTreeSet<AlbumId> = rewrites.places.iter().filter_map(|place| place.before.0).collect();
    let named: Vec<AlbumId> = named.into_iter().collect();
    let albums: HashMap<_, _> = store::edit::albums_by_now(tx, &named).await?.into_iter().collect();
    for place in &rewrites.places {
        let (album, disc, number) = place.before;
        let is_restored = album.is_some_and(|album| rewrites.albums.iter().any(|merged| merged.album.id == album));
        let into = album.and_then(|album| albums.get(&album).copied());
        if !(is_own(place.of) || is_restored) || album.is_some() && into.is_none() {
            continue;
        }
        if store::edit::set_place(tx, place.of, (place.after, (into, disc, number))).await? {
            touched.tracks.insert(place.of);
            touched.albums.extend(into.into_iter().chain(place.after.0));
        }
    }
    Ok(())
}

async fn are_there(tx: &mut Tx, artists: &[ArtistId]) -> anyhow::Result<bool> {
    Ok(store::artist::hold(tx, artists).await?.len() == artists.len())
}

async fn tell(tx: &mut Tx, clock: &Clock, touched: Touched) -> anyhow::Result<()> {
    let now = clock.now();
    let (albums, tracks): (Vec<_>, Vec<_>) =
        (touched.albums.into_iter().collect(), touched.tracks.into_iter().collect());
    store::edit::touch_albums(tx, &albums, now).await?;
    let tracks = store::track::touch(tx, &tracks, now).await?;
    for artist in touched.artists {
        announce::artist_changed(tx, clock, artist).await?;
    }
    announce::albums_changed(tx, clock, &albums).await?;
    announce::tracks_changed(tx, clock, &tracks).await
}
