//! Lists of albums in the database. Lists for everybody hold what is published.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::ArtistId;
use polyphony_kit::page::Page;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Reader, Store, album::albums, gather};
use crate::domain::{Album, folding};

/// Where an album stands in a list. A cursor holds one, so that pages stay right while albums come and go.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AlbumPlace {
    /// In a list by time, the newest first.
    Newest(DateTime<Utc>, Uuid),
    /// In a list by title.
    Title(String, Uuid),
    /// In a list by plays, the most played first.
    Popular(i64, Uuid),
}

impl AlbumPlace {
    /// The place by time.
    pub fn newest(album: &Album) -> Self {
        Self::Newest(album.created_at, album.id.0)
    }

    /// The place by title.
    pub fn title(album: &Album) -> Self {
        Self::Title(folding::fold(&album.title), album.id.0)
    }

    /// The place by plays.
    pub fn popular(album: &Album) -> Self {
        Self::Popular(album.play_count, album.id.0)
    }
}

impl Store {
    /// A page of the published albums, of one genre when it is given, the newest first.
    pub async fn newest_albums(&self, genre: Option<&str>, page: &Page<AlbumPlace>) -> Result<Vec<Album>, sqlx::Error> {
        let after = match &page.after {
            Some(AlbumPlace::Newest(at, id)) => Some((*at, *id)),
            _ => None,
        };
        let (after, after_id) = after.unzip();
        albums!(
            "b.id",
            r#"
            from albums b
            where b.status = 'PUBLISHED'
              and ($1::text is null or exists (select from album_genres g where g.album_id = b.id and g.slug = $1))
              and ($2::timestamptz is null or (b.created_at, b.id) < ($2, $3))
            order by b.created_at desc, b.id desc
            limit $4
            "#,
            genre,
            after,
            after_id,
            page.limit()
        )
        .map(|(_, album)| album)
        .fetch_all(&self.pool)
        .await
    }

    /// A page of the published albums, of one genre when it is given, by title.
    pub async fn albums_by_title(
        &self,
        genre: Option<&str>,
        page: &Page<AlbumPlace>,
    ) -> Result<Vec<Album>, sqlx::Error> {
        let after = match &page.after {
            Some(AlbumPlace::Title(title, id)) => Some((title.clone(), *id)),
            _ => None,
        };
        let (after, after_id) = after.unzip();
        albums!(
            "b.id",
            r#"
            from albums b
            where b.status = 'PUBLISHED'
              and ($1::text is null or exists (select from album_genres g where g.album_id = b.id and g.slug = $1))
              and ($2::text is null or (b.folded_title, b.id) > ($2, $3))
            order by b.folded_title, b.id
            limit $4
            "#,
            genre,
            after,
            after_id,
            page.limit()
        )
        .map(|(_, album)| album)
        .fetch_all(&self.pool)
        .await
    }

    /// A page of the published albums, of one genre when it is given, the most played first.
    pub async fn popular_albums(
        &self,
        genre: Option<&str>,
        page: &Page<AlbumPlace>,
    ) -> Result<Vec<Album>, sqlx::Error> {
        let after = match &page.after {
            Some(AlbumPlace::Popular(plays, id)) => Some((*plays, *id)),
            _ => None,
        };
        let (after, after_id) = after.unzip();
        albums!(
            "b.id",
            r#"
            from albums b
            where b.status = 'PUBLISHED'
              and ($1::text is null or exists (select from album_genres g where g.album_id = b.id and g.slug = $1))
              and ($2::bigint is null or (b.play_count, b.id) < ($2, $3))
            order by b.play_count desc, b.id desc
            limit $4
            "#,
            genre,
            after,
            after_id,
            page.limit()
        )
        .map(|(_, album)| album)
        .fetch_all(&self.pool)
        .await
    }

    /// How many albums are published, of one genre when it is given.
    pub async fn album_count(&self, genre: Option<&str>) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select count(*) as "count!"
            from albums b
            where b.status = 'PUBLISHED'
              and ($1::text is null or exists (select from album_genres g where g.album_id = b.id and g.slug = $1))
            "#,
            genre
        )
        .fetch_one(&self.pool)
        .await
    }
}

/// Finds a page of the albums of an artist that the reader's person may see, the newest release first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlbumsOfArtist {
    /// Whose.
    pub artist: ArtistId,
    /// How many rows at most.
    pub limit: i64,
    /// Behind which release date and id.
    pub after: Option<ReleasePlace>,
}

/// Where an album stands among its artist's releases.
pub type ReleasePlace = (String, Uuid);

/// The place of this album; what has no date comes last.
pub fn release_place(album: &Album) -> ReleasePlace {
    (album.released_on.clone().unwrap_or_default(), album.id.0)
}

impl Loader<AlbumsOfArtist> for Reader {
    type Value = Vec<Album>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AlbumsOfArtist]) -> Result<HashMap<AlbumsOfArtist, Vec<Album>>, Self::Error> {
        let artists: Vec<_> = keys.iter().map(|key| key.artist.0).collect();
        let limits: Vec<_> = keys.iter().map(|key| key.limit).collect();
        let (after, after_ids): (Vec<_>, Vec<_>) = keys.iter().map(|key| key.after.clone().unzip()).unzip();
        let rows = albums!(
            "k.n",
            r#"
            from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[])
                with ordinality as k (artist_id, most, after, after_id, n)
            cross join lateral (
                select b.*
                from album_artists l
                join albums b on b.id = l.album_id
                where l.artist_id = k.artist_id
                  and (b.status = 'PUBLISHED' or b.owner_id = $5 or $6)
                  and (k.after is null or (coalesce(b.released_on, ''), b.id) < (k.after, k.after_id))
                order by coalesce(b.released_on, '') desc, b.id desc
                limit k.most
            ) as b
            order by k.n, coalesce(b.released_on, '') desc, b.id desc
            "#,
            &artists,
            &limits,
            &after as &[Option<String>],
            &after_ids as &[Option<Uuid>],
            self.audience.user.map(|user| user.0),
            self.audience.is_admin
        )
        .fetch_all(&self.store.pool)
        .await?;
        let numbers: Vec<_> = (1..=keys.len() as i64).collect();
        let mut gathered = gather(&numbers, rows);
        Ok(numbers.iter().zip(keys).map(|(n, key)| (key.clone(), gathered.remove(n).unwrap_or_default())).collect())
    }
}

/// Counts the albums of an artist that the reader's person may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlbumCountOfArtist(pub ArtistId);

impl Loader<AlbumCountOfArtist> for Reader {
    type Value = i64;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AlbumCountOfArtist]) -> Result<HashMap<AlbumCountOfArtist, i64>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select l.artist_id, count(*) as "count!"
            from album_artists l
            join albums b on b.id = l.album_id
            where l.artist_id = any($1) and (b.status = 'PUBLISHED' or b.owner_id = $2 or $3)
            group by l.artist_id
            "#,
            &ids,
            self.audience.user.map(|user| user.0),
            self.audience.is_admin
        )
        .map(|row| (AlbumCountOfArtist(row.artist_id), row.count))
        .fetch_all(&self.store.pool)
        .await?;
        Ok(rows.into_iter().collect())
    }
}
