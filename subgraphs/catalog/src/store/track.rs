//! Tracks in the database.

use polyphony_names as names;
use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId, TrackId, UserId};
use polyphony_kit::cache;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reader, Store};
use crate::domain::{Genre, Track};

/// Selects tracks, each with a key: `tracks!("the key", "from tracks t …", arguments)`.
macro_rules! tracks {
    ($of:literal, $tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query!(
            "select " + $of + r#" as "of!",
                t.id,
                t.title,
                t.album_id,
                t.disc_number,
                t.track_number,
                t.duration_ms,
                t.explicit,
                t.isrc,
                t.musicbrainz_id,
                t.status,
                t.upload_id,
                t.owner_id,
                t.play_count,
                t.version,
                t.created_at
            "# + $tail
            $(, $argument)*
        )
        .map(|row| {
            let track = Track {
                id: row.id,
                title: row.title,
                album_id: row.album_id,
                disc_number: row.disc_number,
                track_number: row.track_number,
                duration_ms: row.duration_ms,
                explicit: row.explicit,
                isrc: row.isrc,
                musicbrainz_id: row.musicbrainz_id,
                status: row.status.into(),
                upload_id: row.upload_id,
                owner_id: row.owner_id,
                play_count: row.play_count,
                version: row.version,
                created_at: row.created_at,
            };
            (row.of, track)
        })
    };
}
pub(super) use tracks;

/// The upload plays another track already.
pub const UPLOAD_TAKEN: &str = "tracks_upload_id_key";

/// Finds a track by its id, if the reader's person may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrackById(pub TrackId);

impl Loader<TrackById> for Reader {
    type Value = Track;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[TrackById]) -> Result<HashMap<TrackById, Track>, Self::Error> {
        let mut tracks = self.store.cache.read_through(keys, |missing| self.store.tracks_by_id(missing)).await?;
        tracks.retain(|_, track| self.audience.sees(track.status, track.owner_id));
        Ok(tracks)
    }
}

impl cache::Key for TrackById {
    type Value = Track;
    const KIND: &'static str = "catalog:track";
    const SHAPE: u32 = 1;

    fn id(&self) -> Uuid {
        self.0.0
    }
}

impl Store {
    async fn tracks_by_id(&self, keys: Vec<TrackById>) -> Result<HashMap<TrackById, Track>, sqlx::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = tracks!("t.id", "from tracks t where t.id = any($1)", &ids).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(id, track)| (TrackById(id), track)).collect())
    }
}

/// The track, held until the transaction ends.
pub async fn lock(tx: &mut PgConnection, id: TrackId) -> Result<Option<Track>, sqlx::Error> {
    let found = tracks!("t.id", "from tracks t where t.id = $1 for update", id.0).fetch_optional(tx).await?;
    Ok(found.map(|(_, track)| track))
}

/// The track as the transaction sees it.
pub async fn get(tx: &mut PgConnection, id: TrackId) -> Result<Option<Track>, sqlx::Error> {
    let found = tracks!("t.id", "from tracks t where t.id = $1", id.0).fetch_optional(tx).await?;
    Ok(found.map(|(_, track)| track))
}

/// Writes a new track.
pub async fn insert(tx: &mut PgConnection, track: &Track) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into tracks (
            id, title, folded_title, album_id, disc_number, track_number, duration_ms, explicit, isrc, musicbrainz_id,
            status, upload_id, owner_id, version, created_at, updated_at, published_at
        )
        values (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15,
            case when $11 = 'PUBLISHED' then $15::timestamptz end
        )
        "#,
        track.id.0,
        track.title,
        names::identity(&track.title),
        track.album_id.map(|id| id.0),
        track.disc_number,
        track.track_number,
        track.duration_ms,
        track.explicit,
        track.isrc,
        track.musicbrainz_id,
        track.status.as_str(),
        track.upload_id.map(|id| id.0),
        track.owner_id.0,
        track.version,
        track.created_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes a changed track under its next version.
pub async fn update(tx: &mut PgConnection, track: &Track, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update tracks
        set title = $2,
            folded_title = $3,
            album_id = $4,
            disc_number = $5,
            track_number = $6,
            duration_ms = $7,
            explicit = $8,
            isrc = $9,
            musicbrainz_id = $10,
            status = $11,
            upload_id = $12,
            published_at = case when $11 = 'PUBLISHED' then coalesce(published_at, $13) else published_at end,
            withdrawn_at = case when $11 = 'WITHDRAWN' then withdrawn_at end,
            version = version + 1,
            updated_at = $13
        where id = $1
        "#,
        track.id.0,
        track.title,
        names::identity(&track.title),
        track.album_id.map(|id| id.0),
        track.disc_number,
        track.track_number,
        track.duration_ms,
        track.explicit,
        track.isrc,
        track.musicbrainz_id,
        track.status.as_str(),
        track.upload_id.map(|id| id.0),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Withdraws the track by itself.
pub async fn withdraw(tx: &mut PgConnection, id: TrackId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update tracks set status = 'WITHDRAWN', withdrawn_at = $2, version = version + 1, updated_at = $2
        where id = $1
        "#,
        id.0,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// When the track was withdrawn by itself, if it was.
pub async fn withdrawn_at(tx: &mut PgConnection, id: TrackId) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!("select withdrawn_at from tracks where id = $1", id.0).fetch_one(tx).await
}

/// Names the artists of the track; tells whether that changed anything.
pub async fn set_artists(tx: &mut PgConnection, id: TrackId, artists: &[ArtistId]) -> Result<bool, sqlx::Error> {
    let current =
        sqlx::query_scalar!("select artist_id from track_artists where track_id = $1 order by position", id.0);
    if current.fetch_all(&mut *tx).await? == artists {
        return Ok(false);
    }
    let ids: Vec<_> = artists.iter().map(|id| id.0).collect();
    sqlx::query!("delete from track_artists where track_id = $1", id.0).execute(&mut *tx).await?;
    sqlx::query!(
        r#"
        insert into track_artists (track_id, artist_id, position, play_count)
        select t.id, a.id, a.position::int, t.play_count
        from unnest($2::uuid[]) with ordinality as a (id, position)
        join tracks t on t.id = $1
        "#,
        id.0,
        &ids
    )
    .execute(tx)
    .await?;
    Ok(true)
}

/// Files the track under these genres; tells whether that changed anything.
pub async fn set_genres(tx: &mut PgConnection, id: TrackId, genres: &[Genre]) -> Result<bool, sqlx::Error> {
    let slugs: Vec<_> = genres.iter().map(|genre| genre.slug.clone()).collect();
    let current = sqlx::query_scalar!("select slug from track_genres where track_id = $1 order by position", id.0);
    if current.fetch_all(&mut *tx).await? == slugs {
        return Ok(false);
    }
    super::genre::ensure(tx, genres).await?;
    sqlx::query!("delete from track_genres where track_id = $1", id.0).execute(&mut *tx).await?;
    sqlx::query!(
        r#"
        insert into track_genres (track_id, slug, position, play_count)
        select t.id, g.slug, g.position::int, t.play_count
        from unnest($2::text[]) with ordinality as g (slug, position)
        join tracks t on t.id = $1
        "#,
        id.0,
        &slugs
    )
    .execute(tx)
    .await?;
    Ok(true)
}

/// Raises the version of the tracks that name this artist, because their snapshots name it; gives which they are.
pub async fn touch_of_artist(
    tx: &mut PgConnection,
    artist: ArtistId,
    now: DateTime<Utc>,
) -> Result<Vec<TrackId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        update tracks t
        set version = version + 1, updated_at = $2
        from (
            select id from tracks
            where id in (select track_id from track_artists where artist_id = $1)
            order by id
            for update
        ) as held
        where t.id = held.id
        returning t.id
        "#,
        artist.0,
        now
    )
    .fetch_all(tx)
    .await
}

/// Raises the version of the album's tracks, because their snapshots name it; gives which they are.
pub async fn touch_of_album(
    tx: &mut PgConnection,
    album: AlbumId,
    now: DateTime<Utc>,
) -> Result<Vec<TrackId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        update tracks t
        set version = version + 1, updated_at = $2
        from (select id from tracks where album_id = $1 order by id for update) as held
        where t.id = held.id
        returning t.id
        "#,
        album.0,
        now
    )
    .fetch_all(tx)
    .await
}

/// Removes the track. Pairs that other tracks have of it alone lead nowhere and go when those have stronger ones.
pub async fn delete(tx: &mut PgConnection, id: TrackId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        delete from track_pairs
        where track_id = $1
           or (other_id = $1 and track_id in (select other_id from track_pairs where track_id = $1))
        "#,
        id.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from tracks where id = $1", id.0).execute(tx).await?;
    Ok(())
}

/// Gives the track to another person. The caller has raised its version.
pub async fn set_owner(tx: &mut PgConnection, id: TrackId, owner: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("update tracks set owner_id = $2 where id = $1 and owner_id <> $2", id.0, owner.0).execute(tx).await?;
    Ok(())
}

/// Raises the version of these tracks, because their snapshots changed; gives which are there.
pub async fn touch(tx: &mut PgConnection, ids: &[TrackId], now: DateTime<Utc>) -> Result<Vec<TrackId>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"
        update tracks t
        set version = version + 1, updated_at = $2
        from (select id from tracks where id = any($1) order by id for update) as held
        where t.id = held.id
        returning t.id
        "#,
        &ids,
        now
    )
    .fetch_all(tx)
    .await
}
