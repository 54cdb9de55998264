//! Genres in the database.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{AlbumId, TrackId};
use sqlx::PgConnection;

use super::{Reader, Store, Wanted, gather, listed};
use crate::domain::Genre;

/// Where a genre stands in the list of all.
pub type GenrePlace = (String, String);

/// The place of this genre.
pub fn place(genre: &Genre) -> GenrePlace {
    (genre.name.clone(), genre.slug.clone())
}

impl Store {
    /// A page of the genres that something published is filed under, by name, and how many there are.
    pub async fn genres(&self, wanted: Wanted<GenrePlace>) -> Result<(Vec<Genre>, i64), sqlx::Error> {
        let limit = wanted.page.limit();
        let (after, after_slug) = wanted.page.after.unzip();
        let rows = sqlx::query!(
            r#"
            with used as (
                select g.slug, g.name
                from genres g
                where exists (
                    select from track_genres l join tracks t on t.id = l.track_id
                    where l.slug = g.slug and t.status = 'PUBLISHED'
                ) or exists (
                    select from album_genres l join albums b on b.id = l.album_id
                    where l.slug = g.slug and b.status = 'PUBLISHED'
                )
            )
            select
                case when $4 then (select count(*) from used) else 0 end as "total!",
                slug as "slug!",
                name as "name!"
            from used
            where $1::text is null or (name, slug) > ($1, $2)
            order by name, slug
            limit $3
            "#,
            after,
            after_slug,
            limit,
            wanted.total
        );
        let rows = rows.map(|row| (row.total, Genre { slug: row.slug, name: row.name })).fetch_all(&self.pool).await?;
        Ok(listed(rows))
    }
}

/// Finds a genre by its name in addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GenreBySlug(pub String);

impl Loader<GenreBySlug> for Reader {
    type Value = Genre;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[GenreBySlug]) -> Result<HashMap<GenreBySlug, Genre>, Self::Error> {
        let slugs: Vec<_> = keys.iter().map(|key| key.0.clone()).collect();
        let genres = sqlx::query_as!(Genre, "select slug, name from genres where slug = any($1)", &slugs);
        let genres = genres.fetch_all(&self.store.pool).await?.into_iter();
        Ok(genres.map(|genre| (GenreBySlug(genre.slug.clone()), genre)).collect())
    }
}

/// What is published of a genre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenreFigures {
    /// How many albums.
    pub album_count: i64,
    /// How many tracks.
    pub track_count: i64,
}

/// Finds the figures of a genre by its slug.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FiguresOfGenre(pub String);

impl Loader<FiguresOfGenre> for Reader {
    type Value = GenreFigures;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[FiguresOfGenre]) -> Result<HashMap<FiguresOfGenre, GenreFigures>, Self::Error> {
        let slugs: Vec<_> = keys.iter().map(|key| key.0.clone()).collect();
        let rows = sqlx::query!(
            r#"
            select
                k.slug as "slug!",
                (
                    select count(*) from album_genres l join albums b on b.id = l.album_id
                    where l.slug = k.slug and b.status = 'PUBLISHED'
                ) as "album_count!",
                (
                    select count(*) from track_genres l join tracks t on t.id = l.track_id
                    where l.slug = k.slug and t.status = 'PUBLISHED'
                ) as "track_count!"
            from unnest($1::text[]) as k (slug)
            "#,
            &slugs
        );
        let figures = |album_count, track_count| GenreFigures { album_count, track_count };
        let rows = rows.fetch_all(&self.store.pool).await?.into_iter();
        Ok(rows.map(|row| (FiguresOfGenre(row.slug), figures(row.album_count, row.track_count))).collect())
    }
}

/// Finds the genres of a track, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GenresOfTrack(pub TrackId);

impl Loader<GenresOfTrack> for Reader {
    type Value = Vec<Genre>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[GenresOfTrack]) -> Result<HashMap<GenresOfTrack, Vec<Genre>>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select l.track_id, g.slug, g.name
            from track_genres l
            join genres g on g.slug = l.slug
            where l.track_id = any($1)
            order by l.track_id, l.position
            "#,
            &ids
        )
        .map(|row| (GenresOfTrack(row.track_id), Genre { slug: row.slug, name: row.name }))
        .fetch_all(&self.store.pool)
        .await?;
        Ok(gather(keys, rows))
    }
}

/// Finds the genres of an album, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GenresOfAlbum(pub AlbumId);

impl Loader<GenresOfAlbum> for Reader {
    type Value = Vec<Genre>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[GenresOfAlbum]) -> Result<HashMap<GenresOfAlbum, Vec<Genre>>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select l.album_id, g.slug, g.name
            from album_genres l
            join genres g on g.slug = l.slug
            where l.album_id = any($1)
            order by l.album_id, l.position
            "#,
            &ids
        )
        .map(|row| (GenresOfAlbum(row.album_id), Genre { slug: row.slug, name: row.name }))
        .fetch_all(&self.store.pool)
        .await?;
        Ok(gather(keys, rows))
    }
}

/// Makes those of the genres that do not exist yet; the first spelling of a name stays.
pub async fn ensure(tx: &mut PgConnection, genres: &[Genre]) -> Result<(), sqlx::Error> {
    // In one order for all, so that two that make the same genres do not wait for each other.
    let mut genres: Vec<_> = genres.iter().collect();
    genres.sort_by(|a, b| a.slug.cmp(&b.slug));
    let (slugs, names): (Vec<_>, Vec<_>) =
        genres.into_iter().map(|genre| (genre.slug.clone(), genre.name.clone())).unzip();
    sqlx::query!(
        r#"
        insert into genres (slug, name)
        select slug, name from unnest($1::text[], $2::text[]) as g (slug, name)
        on conflict (slug) do nothing
        "#,
        &slugs,
        &names
    )
    .execute(tx)
    .await?;
    Ok(())
}
