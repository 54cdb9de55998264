//! Artists in the database.

use polyphony_names as names;
use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId, TrackId};
use polyphony_kit::cache;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reader, Store, gather};
use crate::domain::Artist;

/// Selects artists, each with a key: `artists!("the key", "from artists a …", arguments)`.
macro_rules! artists {
    ($of:literal, $tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query!(
            "select " + $of + r#" as "of!",
                a.id,
                a.name,
                a.sort_name,
                a.bio,
                a.image_url,
                a.musicbrainz_id,
                a.owner_id,
                a.play_count,
                a.version,
                a.created_at
            "# + $tail
            $(, $argument)*
        )
        .map(|row| {
            let artist = Artist {
                id: row.id,
                name: row.name,
                sort_name: row.sort_name,
                bio: row.bio,
                image_url: row.image_url,
                musicbrainz_id: row.musicbrainz_id,
                owner_id: row.owner_id,
                play_count: row.play_count,
                version: row.version,
                created_at: row.created_at,
            };
            (row.of, artist)
        })
    };
}
pub(super) use artists;

/// Finds an artist by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArtistById(pub ArtistId);

impl Loader<ArtistById> for Reader {
    type Value = Artist;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ArtistById]) -> Result<HashMap<ArtistById, Artist>, Self::Error> {
        self.store.cache.read_through(keys, |missing| self.store.artists_by_id(missing)).await.map_err(Arc::new)
    }
}

impl cache::Key for ArtistById {
    type Value = Artist;
    const KIND: &'static str = "catalog:artist";
    const SHAPE: u32 = 1;

    fn id(&self) -> Uuid {
        self.0.0
    }
}

/// Finds the artists of a track, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArtistsOfTrack(pub TrackId);

impl Loader<ArtistsOfTrack> for Reader {
    type Value = Vec<Artist>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ArtistsOfTrack]) -> Result<HashMap<ArtistsOfTrack, Vec<Artist>>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = artists!(
            "l.track_id",
            r#"
            from track_artists l
            join artists a on a.id = l.artist_id
            where l.track_id = any($1)
            order by l.track_id, l.position
            "#,
            &ids
        )
        .map(|(track, artist)| (ArtistsOfTrack(track), artist))
        .fetch_all(&self.store.pool)
        .await?;
        Ok(gather(keys, rows))
    }
}

/// Finds the artists of an album, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArtistsOfAlbum(pub AlbumId);

impl Loader<ArtistsOfAlbum> for Reader {
    type Value = Vec<Artist>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ArtistsOfAlbum]) -> Result<HashMap<ArtistsOfAlbum, Vec<Artist>>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = artists!(
            "l.album_id",
            r#"
            from album_artists l
            join artists a on a.id = l.artist_id
            where l.album_id = any($1)
            order by l.album_id, l.position
            "#,
            &ids
        )
        .map(|(album, artist)| (ArtistsOfAlbum(album), artist))
        .fetch_all(&self.store.pool)
        .await?;
        Ok(gather(keys, rows))
    }
}

/// What there is of an artist, as the reader's person sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ArtistFigures {
    /// How many albums name the artist.
    pub album_count: i64,
    /// How many tracks name the artist.
    pub track_count: i64,
}

/// Finds the figures of an artist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiguresOfArtist(pub ArtistId);

impl Loader<FiguresOfArtist> for Reader {
    type Value = ArtistFigures;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[FiguresOfArtist]) -> Result<HashMap<FiguresOfArtist, ArtistFigures>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                k.id as "id!: ArtistId",
                (
                    select count(*)
                    from album_artists l
                    join albums b on b.id = l.album_id
                    where l.artist_id = k.id and (b.status = 'PUBLISHED' or b.owner_id = $2 or $3)
                ) as "album_count!",
                (
                    select count(*)
                    from track_artists l
                    join tracks t on t.id = l.track_id
                    where l.artist_id = k.id and (t.status = 'PUBLISHED' or t.owner_id = $2 or $3)
                ) as "track_count!"
            from unnest($1::uuid[]) as k (id)
            "#,
            &ids,
            self.audience.user.map(|user| user.0),
            self.audience.is_admin
        );
        let figures = |album_count, track_count| ArtistFigures { album_count, track_count };
        let rows = rows.fetch_all(&self.store.pool).await?.into_iter();
        Ok(rows.map(|row| (FiguresOfArtist(row.id), figures(row.album_count, row.track_count))).collect())
    }
}

impl Store {
    async fn artists_by_id(&self, keys: Vec<ArtistById>) -> Result<HashMap<ArtistById, Artist>, sqlx::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = artists!(
            "k.id",
            r#"
            from (
                select u.id, coalesce(current_id(r.old_id), u.id) as current
                from unnest($1::uuid[]) as u (id)
                left join redirects r on r.old_id = u.id
            ) as k
            join artists a on a.id = k.current
            "#,
            &ids
        );
        let rows = rows.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(id, artist)| (ArtistById(ArtistId(id)), artist)).collect())
    }
}

/// The artist, held until the transaction ends.
pub async fn lock(tx: &mut PgConnection, id: ArtistId) -> Result<Option<Artist>, sqlx::Error> {
    let found = artists!("a.id", "from artists a where a.id = $1 for update", id.0).fetch_optional(tx).await?;
    Ok(found.map(|(_, artist)| artist))
}

/// The artist as the transaction sees it.
pub async fn get(tx: &mut PgConnection, id: ArtistId) -> Result<Option<Artist>, sqlx::Error> {
    let found = artists!("a.id", "from artists a where a.id = $1", id.0).fetch_optional(tx).await?;
    Ok(found.map(|(_, artist)| artist))
}

/// Which of these artists exist. They keep their names until the transaction ends, so that a snapshot that names them
/// and a change of a name come one after the other.
pub async fn hold(tx: &mut PgConnection, ids: &[ArtistId]) -> Result<Vec<ArtistId>, sqlx::Error> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    sqlx::query_scalar!("select id from artists where id = any($1) order by id for share", &ids).fetch_all(tx).await
}

/// Writes a new artist.
pub async fn insert(tx: &mut PgConnection, artist: &Artist) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into artists (
            id, name, folded_name, sort_name, sort_key, bio, image_url, musicbrainz_id, owner_id, version,
            created_at, updated_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
        "#,
        artist.id.0,
        artist.name,
        names::identity(&artist.name),
        artist.sort_name,
        names::identity(&artist.sort_name),
        artist.bio,
        artist.image_url,
        artist.musicbrainz_id,
        artist.owner_id.0,
        artist.version,
        artist.created_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes a changed artist under its next version.
pub async fn update(tx: &mut PgConnection, artist: &Artist, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update artists
        set name = $2,
            folded_name = $3,
            sort_name = $4,
            sort_key = $5,
            bio = $6,
            image_url = $7,
            musicbrainz_id = $8,
            version = version + 1,
            updated_at = $9
        where id = $1
        "#,
        artist.id.0,
        artist.name,
        names::identity(&artist.name),
        artist.sort_name,
        names::identity(&artist.sort_name),
        artist.bio,
        artist.image_url,
        artist.musicbrainz_id,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether an album or a track names the artist.
pub async fn has_dependents(tx: &mut PgConnection, id: ArtistId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (select from track_artists where artist_id = $1)
            or exists (select from album_artists where artist_id = $1) as "has!"
        "#,
        id.0
    )
    .fetch_one(tx)
    .await
}

/// Removes the artist.
pub async fn delete(tx: &mut PgConnection, id: ArtistId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from artists where id = $1", id.0).execute(tx).await?;
    Ok(())
}
