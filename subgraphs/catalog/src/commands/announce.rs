//! Tells others of a change: events in the transaction of the change. What was told of leaves the cache.

use polyphony_events::{
    AlbumId, ArtistId, TrackId,
    catalog::{AlbumDeleted, AlbumPublished, ArtistDeleted, TrackDeleted, TrackPublished},
};
use polyphony_kit::{Clock, outbox};

use crate::store::{snapshot, tx::Writer};

/// Tells how the artist stands.
pub async fn artist_changed(tx: &mut impl Writer, clock: &Clock, id: ArtistId) -> anyhow::Result<()> {
    tx.note([id]);
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
    tx.note(ids.iter().copied());
    for event in snapshot::albums(tx, ids).await? {
        outbox::push(tx, clock, &event).await?;
    }
    Ok(())
}

/// Tells how the tracks stand.
pub async fn tracks_changed(tx: &mut impl Writer, clock: &Clock, ids: &[TrackId]) -> anyhow::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    tx.note(ids.iter().copied());
    for event in snapshot::tracks(tx, ids).await? {
        outbox::push(tx, clock, &event).await?;
    }
    Ok(())
}

/// Tells that the album can be found from now on, and how it stands.
pub async fn album_published(tx: &mut impl Writer, clock: &Clock, id: AlbumId) -> anyhow::Result<()> {
    tx.note([id]);
    for event in snapshot::albums(tx, &[id]).await? {
        outbox::push(tx, clock, &event).await?;
        let (album_id, title, artists, version) = (event.album_id, event.title, event.artists, event.version);
        outbox::push(tx, clock, &AlbumPublished { album_id, title, artists, version }).await?;
    }
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
