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

/// Locks the tracks of these albums, and others; gives those that stand on the albums once they are locked. Whoever holds the
/// albums knows that no other comes to stand there, but one that stood there may have left before it was locked.
pub async fn tracks_on(
    tx: &mut PgConnection,
    albums: &[AlbumId],
    others: &[TrackId],
) -> Result<Vec<TrackId>, sqlx::Error> {
    let albums: Vec<Uuid> = albums.iter().map(|id| id.0).collect();
    let others: Vec<Uuid> = others.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"
        select id as "id: TrackId", coalesce(album_id = any($1), false) as "stands!"
        from tracks
        where album_id = any($1) or id = any($2)
        order by id
        for update
        "#,
        &albums,
        &others
    );
    Ok(rows.fetch_all(tx).await?.into_iter().filter(|row| row.stands).map(|row| row.id).collect())
}

/// Locks these tracks, as far as they are there.
pub async fn tracks(tx: &mut PgConnection, ids: impl IntoIterator<Item = TrackId>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.0).collect();
    sqlx::query!("select id from tracks where id = any($1) order by id for update", &ids).fetch_all(tx).await?;
    Ok(())
}
