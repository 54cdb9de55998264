//! Locks of several rows, held until the transaction ends. They are taken in one order: artists, albums, tracks, each by id.

use polyphony_events::{AlbumId, ArtistId, TrackId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Locks these artists, as far as they are there.
pub async fn artists(tx: &mut PgConnection, ids: impl IntoIterator<Item = ArtistId>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    sqlx::query!("select id from artists where id = any($1) order by id for update", &ids).fetch_all(tx).await?;
    Ok(())
}

/// Locks these albums, as far as they are there.
pub async fn albums(tx: &mut PgConnection, ids: impl IntoIterator<Item = AlbumId>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    sqlx::query!("select id from albums where id = any($1) order by id for update", &ids).fetch_all(tx).await?;
    Ok(())
}

/// Locks these tracks, as far as they are there.
pub async fn tracks(tx: &mut PgConnection, ids: impl IntoIterator<Item = TrackId>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    sqlx::query!("select id from tracks where id = any($1) order by id for update", &ids).fetch_all(tx).await?;
    Ok(())
}
