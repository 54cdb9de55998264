//! Lists of albums in the database. Lists for everybody hold what is published.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::ArtistId;
use sqlx::{Postgres, QueryBuilder, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    Reader, Wanted,
    album::albums,
    browse::{Drafts, KeyKind, Listable, SortKey, push_beginning, push_seen, push_unhidden_albums, push_years},
    gather, listed,
};
use crate::domain::{
    Album, Audience,
    browse::{AlbumSort, ByArtist, Filter},
};

impl Listable for AlbumSort {
    type Thing = Album;
    const TABLE: &'static str = "albums b";
    const ALIAS: &'static str = "b";
    const INITIAL: &'static str = "b.folded_title";

    fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Title => "title",
            Self::Popular => "popular",
            Self::Artist => "artist",
            Self::Released => "released",
        }
    }

    fn keys(self) -> &'static [SortKey] {
        const TITLE: SortKey = SortKey { sql: "b.folded_title collate \"C\"", kind: KeyKind::Text };
        match self {
            Self::Newest => &[SortKey { sql: "coalesce(b.published_at, b.created_at)", kind: KeyKind::Time }],
            Self::Title => &[TITLE],
            Self::Popular => &[SortKey { sql: "b.play_count", kind: KeyKind::Number }],
            Self::Artist => &[SortKey { sql: "a.sort_key collate \"C\"", kind: KeyKind::Text }, TITLE],
            Self::Released => &[SortKey { sql: "coalesce(b.released_on, '')", kind: KeyKind::Text }],
        }
    }

    fn joins(self) -> &'static str {
        match self {
            Self::Artist => {
                // Every album has an artist. Without outer joins the order comes from the index of artists.
                " join album_artists l on l.album_id = b.id and l.position = 1 join artists a on a.id = l.artist_id"
            }
            Self::Newest | Self::Title | Self::Popular | Self::Released => "",
        }
    }

    fn push_filter(sql: &mut QueryBuilder<Postgres>, filter: &Filter, drafts: Drafts, audience: Audience) {
        push_seen(sql, "b", drafts, audience);
        push_unhidden_albums(sql, "b", audience);
        if !filter.kinds.is_empty() {
            let kinds: Vec<_> = filter.kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
            sql.push(" and b.kind = any(").push_bind(kinds).push(")");
        }
        if !filter.genres.is_empty() {
            sql.push(" and b.id in (select g.album_id from album_genres g where g.slug = any(");
            sql.push_bind(filter.genres.clone()).push("))");
        }
        match filter.artist {
            Some(ByArtist::Made(artist)) => {
                sql.push(" and b.id in (select x.album_id from album_artists x where x.artist_id = ");
                sql.push_bind(artist.0).push(")");
            }
            Some(ByArtist::AppearsOn(artist)) => {
                sql.push(
                    " and b.id in (select y.album_id from track_artists x join tracks y on y.id = x.track_id \
                     where y.status = 'PUBLISHED' and x.artist_id = ",
                );
                sql.push_bind(artist.0);
                sql.push(") and not exists (select from album_artists x where x.album_id = b.id and x.artist_id = ");
                sql.push_bind(artist.0).push(")");
            }
            None => {}
        }
        push_years(sql, "b.released_on", filter);
        if let Some(explicit) = filter.explicit {
            sql.push(" and exists (select from tracks y where y.album_id = b.id and y.explicit and y.status = 'PUBLISHED') = ");
            sql.push_bind(explicit);
        }
        if let Some(text) = &filter.text {
            sql.push(" and strpos(b.folded_title, ").push_bind(text.clone()).push(") > 0");
        }
        if let Some(beginning) = &filter.beginning {
            push_beginning(sql, "b.folded_title", beginning);
        }
    }

    fn read(row: &PgRow) -> Result<Album, sqlx::Error> {
        Ok(Album {
            id: row.try_get("id")?,
            title: row.try_get("title")?,
            kind: row.try_get::<String, _>("kind")?.into(),
            released_on: row.try_get("released_on")?,
            cover_url: row.try_get("cover_url")?,
            musicbrainz_id: row.try_get("musicbrainz_id")?,
            status: row.try_get::<String, _>("status")?.into(),
            owner_id: row.try_get("owner_id")?,
            play_count: row.try_get("play_count")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// Finds a page of the albums of an artist that the reader's person may see, that with the newest music first, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlbumsOfArtist {
    /// Whose.
    pub artist: ArtistId,
    /// Which page.
    pub wanted: Wanted<ReleasePlace>,
}

/// Where an album stands among its artist's releases.
pub type ReleasePlace = (String, Uuid);

/// The place of this album, which is looked up once more while it is there: by when its music was first released. What has no date
/// comes last.
pub fn release_place(album: &Album) -> ReleasePlace {
    (album.released_on.clone().unwrap_or_default(), album.id.0)
}

impl Loader<AlbumsOfArtist> for Reader {
    type Value = (Vec<Album>, i64);
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AlbumsOfArtist]) -> Result<HashMap<AlbumsOfArtist, (Vec<Album>, i64)>, Self::Error> {
        let (artists, limits): (Vec<_>, Vec<_>) =
            keys.iter().map(|key| (key.artist.0, key.wanted.page.limit())).unzip();
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
                    where l.artist_id = k.artist_id
                      and (b.status = 'PUBLISHED' or b.owner_id = $5 or $6)
                      and (
                          coalesce((select explicit_content from preferences where user_id = $5), true)
                          or not exists (select from tracks h where h.album_id = b.id and h.status = 'PUBLISHED' and h.explicit)
                          or exists (select from tracks h where h.album_id = b.id and h.status = 'PUBLISHED' and not h.explicit)
                      )
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
                  and (
                      coalesce((select explicit_content from preferences where user_id = $5), true)
                      or not exists (
                          select from tracks h where h.album_id = b.id and h.status = 'PUBLISHED' and h.explicit
                      )
                      or exists (
                          select from tracks h where h.album_id = b.id and h.status = 'PUBLISHED' and not h.explicit
                      )
                  )
                  and (k.after is null or (release_key(b), b.id) < (release_key_of(k.after_id, k.after), k.after_id))
                order by release_key(b) desc, b.id desc
                limit k.most
            ) as b
            order by k.n, coalesce(b.original_released_on, b.released_on, '') desc, b.id desc
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
        Ok(pages_of(keys, rows))
    }
}

/// The page of each of the lists, from rows that say which list, by its place from 1, and how long it is.
fn pages_of(keys: &[AlbumsOfArtist], rows: Vec<(i64, (i64, Album))>) -> HashMap<AlbumsOfArtist, (Vec<Album>, i64)> {
    let numbers: Vec<_> = (1..=keys.len() as i64).collect();
    let mut gathered = gather(&numbers, rows);
    let page = |n| listed(gathered.remove(n).unwrap_or_default());
    let pages: Vec<_> = numbers.iter().map(page).collect();
    keys.iter().cloned().zip(pages).collect()
}
