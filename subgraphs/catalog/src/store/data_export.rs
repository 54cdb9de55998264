//! What things are called, for an export of somebody's data.

use std::collections::HashMap;

use polyphony_events::{AlbumId, ArtistId, TrackId, UserId};
use serde::Serialize;
use sqlx::PgConnection;

/// What a track is called.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedTrack {
    /// Its title.
    pub title: String,
    /// Who made it, in order.
    pub artists: Vec<String>,
    /// The title of its album.
    pub album: Option<String>,
    /// How long it plays.
    pub duration_ms: i32,
}

/// What an album is called.
#[derive(Clone, Debug, Serialize)]
pub struct NamedAlbum {
    /// Its title.
    pub title: String,
    /// Who made it, in order.
    pub artists: Vec<String>,
}

/// Those of the tracks that exist and that this person may know of: no drafts but their own.
pub async fn tracks(
    tx: &mut PgConnection,
    user: UserId,
    ids: &[TrackId],
) -> Result<HashMap<TrackId, NamedTrack>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"
        select
            t.id as "id!: TrackId",
            t.title as "title!",
            t.duration_ms as "duration_ms!",
            case when b.status <> 'DRAFT' or b.owner_id = $2 then b.title end as album,
            array(
                select a.name from track_artists l join artists a on a.id = l.artist_id
                where l.track_id = t.id order by l.position
            ) as "artists!"
        from tracks t
        left join albums b on b.id = t.album_id
        where t.id = any($1) and (t.status <> 'DRAFT' or t.owner_id = $2)
        "#,
        &ids,
        user.0,
    );
    let named = rows.fetch_all(tx).await?.into_iter().map(|row| {
        (row.id, NamedTrack { title: row.title, artists: row.artists, album: row.album, duration_ms: row.duration_ms })
    });
    Ok(named.collect())
}

/// Those of the albums that exist and that this person may know of: no drafts but their own.
pub async fn albums(
    tx: &mut PgConnection,
    user: UserId,
    ids: &[AlbumId],
) -> Result<HashMap<AlbumId, NamedAlbum>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"
        select
            b.id,
            b.title,
            array(
                select a.name from album_artists l join artists a on a.id = l.artist_id
                where l.album_id = b.id order by l.position
            ) as "artists!"
        from albums b
        where b.id = any($1) and (b.status <> 'DRAFT' or b.owner_id = $2)
        "#,
        &ids,
        user.0,
    );
    let rows = rows.fetch_all(tx).await?.into_iter();
    Ok(rows.map(|row| (row.id, NamedAlbum { title: row.title, artists: row.artists })).collect())
}

/// The names of those of the artists that exist.
pub async fn artists(tx: &mut PgConnection, ids: &[ArtistId]) -> Result<HashMap<ArtistId, String>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!("select id, name from artists where id = any($1)", &ids).fetch_all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
