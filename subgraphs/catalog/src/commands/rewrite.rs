//! Applies what a change rewrites, forwards or backwards, with its events.
//!
//! Invariant: going back restores what stands as the change left it; what somebody has edited since stays as they said.

use std::collections::BTreeSet;

use polyphony_events::{
    AlbumId, ArtistId, EditId, TrackId,
    catalog::{AlbumDeleted, ArtistDeleted},
};
use polyphony_kit::Clock;
use polyphony_names as names;

use super::announce;
use crate::{
    domain::{
        Album, Artist, Genre,
        edit::{MergedAlbum, MergedArtist, Rewrites},
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

/// Takes a change back.
pub(super) async fn revert(tx: &mut Tx, clock: &Clock, change: EditId, rewrites: &Rewrites) -> anyhow::Result<()> {
    let mut touched = Touched::default();
    store::redirect::take_back(tx, change.0).await?;
    for merged in &rewrites.artists {
        // Later than that which told that it is gone.
        let mut artist = Artist { version: merged.artist.version + 2, ..merged.artist.clone() };
        if let Some(id) = &artist.musicbrainz_id
            && !store::edit::is_free(tx, id).await?
        {
            artist.musicbrainz_id = None;
        }
        store::artist::insert(tx, &artist).await?;
        store::edit::add_plays(tx, artist.id.0, artist.play_count).await?;
        store::edit::add_plays(tx, merged.into.0, -artist.play_count).await?;
        touched.artists.extend([artist.id, merged.into]);
    }
    for merged in &rewrites.albums {
        let album = Album { version: merged.album.version + 2, ..merged.album.clone() };
        store::album::insert(tx, &album).await?;
        let artists = store::artist::hold(tx, &merged.artists).await?;
        let artists: Vec<ArtistId> = merged.artists.iter().copied().filter(|id| artists.contains(id)).collect();
        store::album::set_artists(tx, album.id, &artists).await?;
        store::album::set_genres(tx, album.id, &Genre::list(&merged.genres)).await?;
        store::edit::add_plays(tx, album.id.0, album.play_count).await?;
        store::edit::add_plays(tx, merged.into.0, -album.play_count).await?;
        touched.albums.extend([album.id, merged.into]);
    }
    for rewrite in &rewrites.places {
        if store::edit::set_place(tx, rewrite.of, (rewrite.after, rewrite.before)).await? {
            touched.tracks.insert(rewrite.of);
            touched.albums.extend(rewrite.before.0.into_iter().chain(rewrite.after.0));
        }
    }
    revert_credits(tx, rewrites, &mut touched).await?;
    for artist in &rewrites.made {
        let Some(found) = store::artist::lock(tx, *artist).await? else { continue };
        if !store::artist::has_dependents(tx, *artist).await? {
            store::artist::delete(tx, *artist).await?;
            let gone = ArtistDeleted { artist_id: *artist, merged_into: None, version: found.version + 1 };
            announce::artist_deleted(tx, clock, &gone).await?;
        }
    }
    tell(tx, clock, touched).await
}

/// Gives tracks and albums back to whom they were of, where they are of whom the change gave them to.
async fn revert_credits(tx: &mut Tx, rewrites: &Rewrites, touched: &mut Touched) -> anyhow::Result<()> {
    for rewrite in &rewrites.track_artists {
        let current = store::edit::artists_of_track(tx, rewrite.of).await?;
        if current == rewrite.after && are_there(tx, &rewrite.before).await? {
            store::track::set_artists(tx, rewrite.of, &rewrite.before).await?;
            touched.tracks.insert(rewrite.of);
        }
    }
    for rewrite in &rewrites.album_artists {
        let current = store::album::artist_ids(tx, rewrite.of).await?;
        if current == rewrite.after && are_there(tx, &rewrite.before).await? {
            store::album::set_artists(tx, rewrite.of, &rewrite.before).await?;
            touched.albums.insert(rewrite.of);
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
