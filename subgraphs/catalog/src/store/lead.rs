//! Whose albums tracks are of, as far as their files tell.

use polyphony_events::{AlbumId, ArtistId, TrackId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A track of an album, and who may lead that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackLead {
    /// The track.
    pub track: TrackId,
    /// Its first artist.
    pub artist: Option<ArtistId>,
    /// The name of that, folded.
    pub artist_key: Option<String>,
    /// How that is read: see `domain/lead.rs`. Nothing where the file says whose album it is.
    pub lead: Option<Vec<String>>,
}

/// The tracks of an album, oldest first.
pub async fn of_album(tx: &mut PgConnection, album: AlbumId) -> Result<Vec<TrackLead>, sqlx::Error> {
    sqlx::query_as!(
        TrackLead,
        r#"
        select
            t.id as track,
            a.id as "artist?",
            a.folded_name as "artist_key?",
            t.lead
        from tracks t
        left join lateral (
            select l.artist_id from track_artists l where l.track_id = t.id order by l.position limit 1
        ) as first on true
        left join artists a on a.id = first.artist_id
        where t.album_id = $1
        order by t.created_at, t.id
        "#,
        album.0
    )
    .fetch_all(tx)
    .await
}

/// Keeps who may lead the album of the track.
pub async fn set(tx: &mut PgConnection, track: TrackId, lead: Option<&[String]>) -> Result<(), sqlx::Error> {
    sqlx::query!("update tracks set lead = $2 where id = $1 and lead is distinct from $2", track.0, lead)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether the artists of the album are a guess.
pub async fn is_guessed(tx: &mut PgConnection, album: AlbumId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!("select is_guessed from albums where id = $1", album.0).fetch_optional(tx);
    Ok(found.await?.unwrap_or(false))
}

/// Keeps whether the artists of the album are a guess.
pub async fn set_guessed(tx: &mut PgConnection, album: AlbumId, is_guessed: bool) -> Result<(), sqlx::Error> {
    sqlx::query!("update albums set is_guessed = $2 where id = $1 and is_guessed <> $2", album.0, is_guessed)
        .execute(tx)
        .await?;
    Ok(())
}

/// The album that the tracks of this one were on before their files were tagged anew.
pub async fn renamed_from(tx: &mut PgConnection, album: AlbumId) -> Result<Option<AlbumId>, sqlx::Error> {
    let found = sqlx::query_scalar!(r#"select renamed_from as "id: AlbumId" from albums where id = $1"#, album.0);
    Ok(found.fetch_optional(tx).await?.flatten())
}

/// Keeps the album that the tracks of this one were on before.
pub async fn set_renamed_from(
    tx: &mut PgConnection,
    album: AlbumId,
    former: Option<AlbumId>,
) -> Result<(), sqlx::Error> {
    let former = former.map(|id| id.0);
    sqlx::query!("update albums set renamed_from = $2 where id = $1", album.0, former).execute(tx).await?;
    Ok(())
}

/// Moves those of these tracks that stand on an album to another one, under their next versions.
pub async fn move_tracks(
    tx: &mut PgConnection,
    tracks: &[TrackId],
    (from, to): (AlbumId, AlbumId),
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<TrackId>, sqlx::Error> {
    let ids: Vec<Uuid> = tracks.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"
        update tracks t
        set album_id = $2, version = version + 1, updated_at = $3
        from (select id from tracks where id = any($1) and album_id = $4 order by id for update) as held
        where t.id = held.id
        returning t.id
        "#,
        &ids,
        to.0,
        now,
        from.0
    )
    .fetch_all(tx)
    .await
}
