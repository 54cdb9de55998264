//! Tells others of a change: events in the transaction of the change. What was told of leaves the cache.

use polyphony_events::{
    AlbumId, ArtistId, TrackId,
    catalog::{AlbumDeleted, AlbumPublished, ArtistDeleted, TrackDeleted, TrackPublished},
};
use polyphony_kit::{Clock, outbox};

use crate::store::{redirect, snapshot, tx::Writer};

/// Tells how the artist stands.
pub async fn artist_changed(tx: &mut impl Writer, clock: &Clock, id: ArtistId) -> anyhow::Result<()> {
    tx.note([id]);
    let former = redirect::former(tx, &[id.0]).await?;
    tx.note(former.into_iter().map(ArtistId));
    for event in snapshot::artists(tx, &[id]).await? {
        outbox::push(tx, clock, &event).await?;
    }
    Ok(())
}

/// Tells how the albums stand.
pub async fn albums_changed(tx: &mut impl Writer, clock: &Clock, ids: &[AlbumId]) -> anyhow::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    note_albums(tx, ids).await?;
    let events = snapshot::albums(tx, ids).await?;
    outbox::push_all(tx, clock, &events).await?;
    Ok(())
}

/// Tells how the tracks stand.
pub async fn tracks_changed(tx: &mut impl Writer, clock: &Clock, ids: &[TrackId]) -> anyhow::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    tx.note(ids.iter().copied());
    let events = snapshot::tracks(tx, ids).await?;
    outbox::push_all(tx, clock, &events).await?;
    Ok(())
}

/// Who brought an album into the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody made it here.
    Made,
    /// Files that somebody uploaded made it; they may be as old as they like.
    Imported,
}

/// Tells that the album can be found from now on, and how it stands.
pub async fn album_published(tx: &mut impl Writer, clock: &Clock, id: AlbumId, origin: Origin) -> anyhow::Result<()> {
    note_albums(tx, &[id]).await?;
    for event in snapshot::albums(tx, &[id]).await? {
        outbox::push(tx, clock, &event).await?;
        let published = AlbumPublished {
            album_id: event.album_id,
            title: event.title,
            artists: event.artists,
            released_on: event.released_on,
            is_imported: origin == Origin::Imported,
            version: event.version,
        };
        outbox::push(tx, clock, &published).await?;
    }
    Ok(())
}

/// Albums leave the cache under every id that they have had.
pub async fn note_albums(tx: &mut impl Writer, ids: &[AlbumId]) -> anyhow::Result<()> {
    let uuids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let former = redirect::former(tx, &uuids).await?;
    tx.note(ids.iter().copied().chain(former.into_iter().map(AlbumId)));
    Ok(())
}

/// Tells that the tracks can be found from now on, and how they stand.
pub async fn tracks_published(tx: &mut impl Writer, clock: &Clock, ids: &[TrackId]) -> anyhow::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    tx.note(ids.iter().copied());
    for event in snapshot::tracks(tx, ids).await? {
        outbox::push(tx, clock, &event).await?;
        let (track_id, version, track) = (event.track_id, event.version, event.track);
        let published = TrackPublished { track_id, title: track.title, artists: track.artists, version };
        outbox::push(tx, clock, &published).await?;
    }
    Ok(())
}

/// Tells that the artist is gone.
pub async fn artist_deleted(tx: &mut impl Writer, clock: &Clock, event: &ArtistDeleted) -> anyhow::Result<()> {
    tx.note([event.artist_id]);
    outbox::push(tx, clock, event).await?;
    Ok(())
}

/// Tells that the album is gone.
pub async fn album_deleted(tx: &mut impl Writer, clock: &Clock, event: &AlbumDeleted) -> anyhow::Result<()> {
    tx.note([event.album_id]);
    outbox::push(tx, clock, event).await?;
    Ok(())
}

/// Tells that the track is gone.
pub async fn track_deleted(tx: &mut impl Writer, clock: &Clock, event: &TrackDeleted) -> anyhow::Result<()> {
    tx.note([event.track_id]);
    outbox::push(tx, clock, event).await?;
    Ok(())
}
