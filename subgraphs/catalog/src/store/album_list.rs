//! Lists of albums in the database. Lists for everybody hold what is published.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::ArtistId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Reader, Store, Wanted, album::albums, gather, listed};
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

/// Selects published albums, of one genre when it is given, each with how many there are when that is asked for:
/// `published_albums!("and … order by …", genre, asked, arguments)`.
macro_rules! published_albums {
    ($tail:literal, $($argument:expr),+ $(,)?) => {
        albums!(
            r#"
            case when $2 then (
                select count(*)
                from albums b
                where b.status = 'PUBLISHED'
                  and ($1::text is null or exists (select from album_genres g where g.album_id = b.id and g.slug = $1))
            ) else 0 end
            "#,
            r#"
            from albums b
            where b.status = 'PUBLISHED'
              and ($1::text is null or exists (select from album_genres g where g.album_id = b.id and g.slug = $1))
            "# + $tail,
            $($argument),+
        )
    };
}

impl Store {
    /// A page of the published albums, of one genre when it is given, the newest first, and how many there are.
    pub async fn newest_albums(
        &self,
        genre: Option<&str>,
        wanted: Wanted<AlbumPlace>,
    ) -> Result<(Vec<Album>, i64), sqlx::Error> {
        let limit = wanted.page.limit();
        let after = match wanted.page.after {
            Some(AlbumPlace::Newest(at, id)) => Some((at, id)),
            _ => None,
        };
        let (after, after_id) = after.unzip();
        let rows = published_albums!(
            r#"
              and ($3::timestamptz is null or (b.created_at, b.id) < ($3, $4))
            order by b.created_at desc, b.id desc
            limit $5
            "#,
            genre,
            wanted.total,
            after,
            after_id,
            limit
        );
        Ok(listed(rows.fetch_all(&self.pool).await?))
    }

    /// A page of the published albums, of one genre when it is given, by title, and how many there are.
    pub async fn albums_by_title(
        &self,
        genre: Option<&str>,
        wanted: Wanted<AlbumPlace>,
    ) -> Result<(Vec<Album>, i64), sqlx::Error> {
        let limit = wanted.page.limit();
        let after = match wanted.page.after {
            Some(AlbumPlace::Title(title, id)) => Some((title, id)),
            _ => None,
        };
        let (after, after_id) = after.unzip();
        let rows = published_albums!(
            r#"
              and ($3::text is null or (b.folded_title, b.id) > ($3, $4))
            order by b.folded_title, b.id
            limit $5
            "#,
            genre,
            wanted.total,
            after,
            after_id,
            limit
        );
        Ok(listed(rows.fetch_all(&self.pool).await?))
    }

    /// A page of the published albums, of one genre when it is given, the most played first, and how many there are.
    pub async fn popular_albums(
        &self,
        genre: Option<&str>,
        wanted: Wanted<AlbumPlace>,
    ) -> Result<(Vec<Album>, i64), sqlx::Error> {
        let limit = wanted.page.limit();
        let after = match wanted.page.after {
            Some(AlbumPlace::Popular(plays, id)) => Some((plays, id)),
            _ => None,
        };
        let (after, after_id) = after.unzip();
        let rows = published_albums!(
            r#"
              and ($3::bigint is null or (b.play_count, b.id) < ($3, $4))
            order by b.play_count desc, b.id desc
            limit $5
            "#,
            genre,
            wanted.total,
            after,
            after_id,
            limit
        );
        Ok(listed(rows.fetch_all(&self.pool).await?))
    }
}

/// Finds a page of the albums of an artist that the reader's person may see, the newest release first, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlbumsOfArtist {
    /// Whose.
    pub artist: ArtistId,
    /// Which page.
    pub wanted: Wanted<ReleasePlace>,
}

/// Where an album stands among its artist's releases.
pub type ReleasePlace = (String, Uuid);

/// The place of this album; what has no date comes last.
pub fn release_place(album: &Album) -> ReleasePlace {
    (album.released_on.clone().unwrap_or_default(), album.id.0)
}

impl Loader<AlbumsOfArtist> for Reader {
    type Value = (Vec<Album>, i64);
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AlbumsOfArtist]) -> Result<HashMap<AlbumsOfArtist, (Vec<Album>, i64)>, Self::Error> {
        let artists: Vec<_> = keys.iter().map(|key| key.artist.0).collect();
        let limits: Vec<_> = keys.iter().map(|key| key.wanted.page.limit()).collect();
        let totals: Vec<_> = keys.iter().map(|key| key.wanted.total).collect();
        let (after, after_ids): (Vec<_>, Vec<_>) = keys.iter().map(|key| key.wanted.page.after.clone().unzip()).unzip();
        let rows = albums!(
            "array[k.n, k.total]",
            r#"
            from (
                select k.*, case when k.counts then (
                    select count(*)
                    from album_artists l
                    join albums b on b.id = l.album_id
                    where l.artist_id = k.artist_id and (b.status = 'PUBLISHED' or b.owner_id = $5 or $6)
                ) else 0 end as total
                from unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $7::boolean[])
                    with ordinality as k (artist_id, most, after, after_id, counts, n)
                -- So that it is counted once for each artist, not for each album.
                offset 0
            ) as k
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
            self.audience.is_admin,
            &totals
        )
        .map(|(of, album)| (of[0], (of[1], album)))
        .fetch_all(&self.store.pool)
        .await?;
        let numbers: Vec<_> = (1..=keys.len() as i64).collect();
        let mut gathered = gather(&numbers, rows);
        let page = |n| listed(gathered.remove(n).unwrap_or_default());
        let pages: Vec<_> = numbers.iter().map(page).collect();
        Ok(keys.iter().cloned().zip(pages).collect())
    }
}
