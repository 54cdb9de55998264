//! Tells others of a change: events in the transaction of the change.

use polyphony_events::{
    AlbumId, ArtistId, TrackId,
    catalog::{AlbumPublished, TrackPublished},
};
use polyphony_kit::{Clock, outbox};
use sqlx::PgConnection;

use crate::store::snapshot;

/// Tells how the artist stands.
pub async fn artist_changed(tx: &mut PgConnection, clock: &Clock, id: ArtistId) -> anyhow::Result<()> {
    for event in snapshot::artists(tx, &[id]).await? {
        outbox::push(tx, clock, &event).await?;
    }
    Ok(())
}

/// Tells how the albums stand.
pub async fn albums_changed(tx: &mut PgConnection, clock: &Clock, ids: &[AlbumId]) -> anyhow::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    for event in snapshot::albums(tx, ids).await? {
        outbox::push(tx, clock, &event).await?;
    }
    Ok(())
}

/// Tells how the tracks stand.
pub async fn tracks_changed(tx: &mut PgConnection, clock: &Clock, ids: &[TrackId]) -> anyhow::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    for event in snapshot::tracks(tx, ids).await? {
        outbox::push(tx, clock, &event).await?;
    }
    Ok(())
}

/// Tells that the album can be found from now on, and how it stands.
pub async fn album_published(tx: &mut PgConnection, clock: &Clock, id: AlbumId) -> anyhow::Result<()> {
    for event in snapshot::albums(tx, &[id]).await? {
        outbox::push(tx, clock, &event).await?;
        let (album_id, title, artists, version) = (event.album_id, event.title, event.artists, event.version);
        outbox::push(tx, clock, &AlbumPublished { album_id, title, artists, version }).await?;
    }
    Ok(())
}

/// Tells that the tracks can be found from now on, and how they stand.
pub async fn tracks_published(tx: &mut PgConnection, clock: &Clock, ids: &[TrackId]) -> anyhow::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    for event in snapshot::tracks(tx, ids).await? {
        outbox::push(tx, clock, &event).await?;
        let (track_id, version, track) = (event.track_id, event.version, event.track);
        let published = TrackPublished { track_id, title: track.title, artists: track.artists, version };
        outbox::push(tx, clock, &published).await?;
    }
    Ok(())
}
