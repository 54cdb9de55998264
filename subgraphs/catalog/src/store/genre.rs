//! Genres in the database.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{AlbumId, TrackId};
use sqlx::PgConnection;

use super::{Reader, Store, gather};
use crate::domain::Genre;

impl Store {
    /// The genres that something published is filed under, by name.
    pub async fn genres(&self) -> Result<Vec<Genre>, sqlx::Error> {
        sqlx::query_as!(
            Genre,
            r#"
            select g.slug, g.name
            from genres g
            where exists (
                select from track_genres l join tracks t on t.id = l.track_id
                where l.slug = g.slug and t.status = 'PUBLISHED'
            ) or exists (
                select from album_genres l join albums b on b.id = l.album_id
                where l.slug = g.slug and b.status = 'PUBLISHED'
            )
            order by g.name, g.slug
            limit 1000
            "#
        )
        .fetch_all(&self.pool)
        .await
    }

    /// The genre of this name in addresses.
    pub async fn genre(&self, slug: &str) -> Result<Option<Genre>, sqlx::Error> {
        sqlx::query_as!(Genre, "select slug, name from genres where slug = $1", slug).fetch_optional(&self.pool).await
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
