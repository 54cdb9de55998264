//! Albums in the database.

use polyphony_names as names;
use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId};
use polyphony_kit::cache;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reader, Store};
use crate::domain::{Album, Genre, PublicationStatus, album::MAX_GENRES, edition::edition_key};

/// Selects albums, each with a key: `albums!("the key", "from albums b …", arguments)`.
macro_rules! albums {
    ($of:literal, $tail:literal $(+ $more:literal)* $(, $argument:expr)* $(,)?) => {
        sqlx::query!(
            "select " + $of + r#" as "of!",
                b.id,
                b.title,
                b.kind,
                b.released_on,
                b.cover_url,
                b.musicbrainz_id,
                b.status,
                b.owner_id,
                b.play_count,
                b.version,
                b.created_at
            "# + $tail $(+ $more)*
            $(, $argument)*
        )
        .map(|row| {
            let album = Album {
                id: row.id,
                title: row.title,
                kind: row.kind.into(),
                released_on: row.released_on,
                cover_url: row.cover_url,
                musicbrainz_id: row.musicbrainz_id,
                status: row.status.into(),
                owner_id: row.owner_id,
                play_count: row.play_count,
                version: row.version,
                created_at: row.created_at,
            };
            (row.of, album)
        })
    };
}
pub(super) use albums;

/// Finds an album by its id, if the reader's person may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlbumById(pub AlbumId);

impl Loader<AlbumById> for Reader {
    type Value = Album;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AlbumById]) -> Result<HashMap<AlbumById, Album>, Self::Error> {
        let mut albums = self.store.cache.read_through(keys, |missing| self.store.albums_by_id(missing)).await?;
        albums.retain(|_, album| self.audience.sees(album.status, album.owner_id));
        Ok(albums)
    }
}

impl cache::Key for AlbumById {
    type Value = Album;
    const KIND: &'static str = "catalog:album";
    const SHAPE: u32 = 1;

    fn id(&self) -> Uuid {
        self.0.0
    }
}

impl Store {
    async fn albums_by_id(&self, keys: Vec<AlbumById>) -> Result<HashMap<AlbumById, Album>, sqlx::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = albums!(
            "k.id",
            r#"
            from (
                select u.id, coalesce(current_id(r.old_id), u.id) as current
                from unnest($1::uuid[]) as u (id)
                left join redirects r on r.old_id = u.id
            ) as k
            join albums b on b.id = k.current
            "#,
            &ids
        );
        let rows = rows.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(id, album)| (AlbumById(AlbumId(id)), album)).collect())
    }
}

/// What an album's tracks come to, as the reader's person sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many they are.
    pub track_count: i64,
    /// How long they play together.
    pub duration_ms: i64,
}

/// Finds the figures of an album.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiguresOfAlbum(pub AlbumId);

impl Loader<FiguresOfAlbum> for Reader {
    type Value = Figures;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[FiguresOfAlbum]) -> Result<HashMap<FiguresOfAlbum, Figures>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                t.album_id as "album_id!",
                count(*) as "track_count!",
                sum(t.duration_ms)::bigint as "duration_ms!"
            from tracks t
            join albums b on b.id = t.album_id
            where t.album_id = any($1)
              and (
                  t.status = 'PUBLISHED'
                  or (t.status = 'WITHDRAWN' and b.status = 'WITHDRAWN')
                  or t.owner_id = $2
                  or $3
              )
            group by t.album_id
            "#,
            &ids,
            self.audience.user.map(|user| user.0),
            self.audience.is_admin
        )
        .map(|row| {
            let figures = Figures { track_count: row.track_count, duration_ms: row.duration_ms };
            (FiguresOfAlbum(row.album_id), figures)
        })
        .fetch_all(&self.store.pool)
        .await?;
        Ok(rows.into_iter().collect())
    }
}

/// The album, held until the transaction ends.
pub async fn lock(tx: &mut PgConnection, id: AlbumId) -> Result<Option<Album>, sqlx::Error> {
    let found = albums!("b.id", "from albums b where b.id = $1 for update", id.0).fetch_optional(tx).await?;
    Ok(found.map(|(_, album)| album))
}

/// The album, which keeps its title until the transaction ends.
pub async fn hold(tx: &mut PgConnection, id: AlbumId) -> Result<Option<Album>, sqlx::Error> {
    let found = albums!("b.id", "from albums b where b.id = $1 for share", id.0).fetch_optional(tx).await?;
    Ok(found.map(|(_, album)| album))
}

/// The album as the transaction sees it.
pub async fn get(tx: &mut PgConnection, id: AlbumId) -> Result<Option<Album>, sqlx::Error> {
    let found = albums!("b.id", "from albums b where b.id = $1", id.0).fetch_optional(tx).await?;
    Ok(found.map(|(_, album)| album))
}

/// Writes a new album.
pub async fn insert(tx: &mut PgConnection, album: &Album) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into albums (
            id, title, folded_title, kind, released_on, cover_url, musicbrainz_id, status, owner_id, version,
            created_at, updated_at, edition_key, published_at
        )
        values (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::timestamptz, $11, $12,
            case when $8 = 'PUBLISHED' then $11::timestamptz end
        )
        "#,
        album.id.0,
        album.title,
        names::identity(&album.title),
        album.kind.as_str(),
        album.released_on,
        album.cover_url,
        album.musicbrainz_id,
        album.status.as_str(),
        album.owner_id.0,
        album.version,
        album.created_at,
        edition_key(&album.title),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes a changed album under its next version.
pub async fn update(tx: &mut PgConnection, album: &Album, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update albums
        set title = $2,
            folded_title = $3,
            kind = $4,
            released_on = $5,
            cover_url = $6,
            musicbrainz_id = $7,
            status = $8,
            published_at = case when $8 = 'PUBLISHED' then coalesce(published_at, $9) else published_at end,
            version = version + 1,
            updated_at = $9,
            edition_key = $10
        where id = $1
        "#,
        album.id.0,
        album.title,
        names::identity(&album.title),
        album.kind.as_str(),
        album.released_on,
        album.cover_url,
        album.musicbrainz_id,
        album.status.as_str(),
        now,
        edition_key(&album.title),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Names the artists of the album; tells whether that changed anything.
pub async fn set_artists(tx: &mut PgConnection, id: AlbumId, artists: &[ArtistId]) -> Result<bool, sqlx::Error> {
    let current = artist_ids(tx, id).await?;
    if current == artists {
        return Ok(false);
    }
    let ids: Vec<_> = artists.iter().map(|id| id.0).collect();
    sqlx::query!("delete from album_artists where album_id = $1", id.0).execute(&mut *tx).await?;
    sqlx::query!(
        r#"
        insert into album_artists (album_id, artist_id, position)
        select $1, a.id, a.position::int
        from unnest($2::uuid[]) with ordinality as a (id, position)
        "#,
        id.0,
        &ids
    )
    .execute(tx)
    .await?;
    Ok(true)
}

/// The artists of the album, in order.
pub async fn artist_ids(tx: &mut PgConnection, id: AlbumId) -> Result<Vec<ArtistId>, sqlx::Error> {
    sqlx::query_scalar!("select artist_id from album_artists where album_id = $1 order by position", id.0)
        .fetch_all(tx)
        .await
}

/// Files the album under these genres; tells whether that changed anything.
pub async fn set_genres(tx: &mut PgConnection, id: AlbumId, genres: &[Genre]) -> Result<bool, sqlx::Error> {
    let slugs: Vec<_> = genres.iter().map(|genre| genre.slug.clone()).collect();
    let current = sqlx::query_scalar!("select slug from album_genres where album_id = $1 order by position", id.0);
    if current.fetch_all(&mut *tx).await? == slugs {
        return Ok(false);
    }
    super::genre::ensure(tx, genres).await?;
    sqlx::query!("delete from album_genres where album_id = $1", id.0).execute(&mut *tx).await?;
    sqlx::query!(
        r#"
        insert into album_genres (album_id, slug, position)
        select $1, g.slug, g.position::int
        from unnest($2::text[]) with ordinality as g (slug, position)
        "#,
        id.0,
        &slugs
    )
    .execute(tx)
    .await?;
    Ok(true)
}

/// Raises the version of the albums that name this artist, because their snapshots name it; gives which they are.
pub async fn touch_of_artist(
    tx: &mut PgConnection,
    artist: ArtistId,
    now: DateTime<Utc>,
) -> Result<Vec<AlbumId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        update albums b
        set version = version + 1, updated_at = $2
        from (
            select id from albums
            where id in (select album_id from album_artists where artist_id = $1)
            order by id
            for update
        ) as held
        where b.id = held.id
        returning b.id
        "#,
        artist.0,
        now
    )
    .fetch_all(tx)
    .await
}

/// How many tracks stand on the album.
pub async fn track_count(tx: &mut PgConnection, id: AlbumId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from tracks where album_id = $1"#, id.0).fetch_one(tx).await
}

/// Gives the tracks of the album another status; gives which changed. Those that were withdrawn by themselves stay so.
pub async fn set_track_status(
    tx: &mut PgConnection,
    id: AlbumId,
    status: PublicationStatus,
    now: DateTime<Utc>,
) -> Result<Vec<polyphony_events::TrackId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        update tracks t
        set status = $2,
            published_at = case when $2 = 'PUBLISHED' then coalesce(published_at, $3) else published_at end,
            version = version + 1,
            updated_at = $3
        from (
            select id from tracks
            -- What was never published has nothing to withdraw.
            where album_id = $1 and status <> $2 and ($2 = 'PUBLISHED' or status = 'PUBLISHED') and withdrawn_at is null
            order by id
            for update
        ) as held
        where t.id = held.id
        returning t.id
        "#,
        id.0,
        status.as_str(),
        now
    )
    .fetch_all(tx)
    .await
}

/// Removes the album.
pub async fn delete(tx: &mut PgConnection, id: AlbumId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from albums where id = $1", id.0).execute(tx).await?;
    Ok(())
}

/// The genres of the album, and behind them those of these that it does not have.
pub async fn with_genres(tx: &mut PgConnection, id: AlbumId, more: Vec<Genre>) -> Result<Vec<Genre>, sqlx::Error> {
    let mut genres = sqlx::query_as!(
        Genre,
        r#"
        select g.slug, g.name from album_genres l join genres g on g.slug = l.slug
        where l.album_id = $1 order by l.position
        "#,
        id.0
    )
    .fetch_all(tx)
    .await?;
    for genre in more {
        if genres.len() < MAX_GENRES && genres.iter().all(|known| known.slug != genre.slug) {
            genres.push(genre);
        }
    }
    Ok(genres)
}
