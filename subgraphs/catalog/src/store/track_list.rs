//! Lists of tracks in the database. Lists for everybody hold what is published.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{AlbumId, ArtistId};
use sqlx::{Postgres, QueryBuilder, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    Reader,
    browse::{Drafts, KeyKind, Listable, SortKey, push_beginning, push_seen, push_unhidden_tracks, push_years},
    gather,
    track::tracks,
};
use crate::domain::{
    Audience, Track,
    browse::{ByArtist, Filter, TrackSort},
};

impl Listable for TrackSort {
    type Thing = Track;
    const TABLE: &'static str = "tracks t";
    const ALIAS: &'static str = "t";
    const INITIAL: &'static str = "t.folded_title";

    fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Title => "title",
            Self::Popular => "popular",
            Self::Artist => "artist",
            Self::Album => "album",
            Self::Released => "released",
            Self::Duration => "duration",
        }
    }

    fn keys(self) -> &'static [SortKey] {
        const TITLE: SortKey = SortKey { sql: "t.folded_title collate \"C\"", kind: KeyKind::Text };
        match self {
            Self::Newest => &[SortKey { sql: "coalesce(t.published_at, t.created_at)", kind: KeyKind::Time }],
            Self::Title => &[TITLE],
            Self::Popular => &[SortKey { sql: "t.play_count", kind: KeyKind::Number }],
            Self::Artist => &[SortKey { sql: "a.sort_key collate \"C\"", kind: KeyKind::Text }, TITLE],
            Self::Album => &[
                SortKey { sql: "coalesce(b.folded_title, '') collate \"C\"", kind: KeyKind::Text },
                SortKey { sql: "coalesce(t.disc_number, 1)", kind: KeyKind::Number },
                SortKey { sql: "coalesce(t.track_number, 2147483647)", kind: KeyKind::Number },
            ],
            Self::Released => &[SortKey { sql: "coalesce(b.released_on, '')", kind: KeyKind::Text }],
            Self::Duration => &[SortKey { sql: "t.duration_ms", kind: KeyKind::Number }],
        }
    }

    fn joins(self) -> &'static str {
        match self {
            Self::Artist => {
                // Every track has an artist. Without outer joins the order comes from the index of artists.
                " join track_artists l on l.track_id = t.id and l.position = 1 join artists a on a.id = l.artist_id"
            }
            Self::Album | Self::Released => " left join albums b on b.id = t.album_id",
            Self::Newest | Self::Title | Self::Popular | Self::Duration => "",
        }
    }

    fn push_filter(sql: &mut QueryBuilder<Postgres>, filter: &Filter, drafts: Drafts, audience: Audience) {
        push_seen(sql, "t", drafts, audience);
        push_unhidden_tracks(sql, "t", audience);
        if !filter.genres.is_empty() {
            sql.push(" and t.id in (select g.track_id from track_genres g where g.slug = any(");
            sql.push_bind(filter.genres.clone()).push("))");
        }
        if let Some(ByArtist::Made(artist) | ByArtist::AppearsOn(artist)) = filter.artist {
            sql.push(" and t.id in (select x.track_id from track_artists x where x.artist_id = ");
            sql.push_bind(artist.0).push(")");
        }
        if filter.from_year.is_some() || filter.to_year.is_some() {
            sql.push(" and exists (select from albums y where y.id = t.album_id");
            push_years(sql, "y.released_on", filter);
            sql.push(")");
        }
        if let Some(explicit) = filter.explicit {
            sql.push(" and t.explicit = ").push_bind(explicit);
        }
        if let Some(text) = &filter.text {
            sql.push(" and strpos(t.folded_title, ").push_bind(text.clone()).push(") > 0");
        }
        if let Some(beginning) = &filter.beginning {
            push_beginning(sql, "t.folded_title", beginning);
        }
    }

    fn read(row: &PgRow) -> Result<Track, sqlx::Error> {
        Ok(Track {
            id: row.try_get("id")?,
            title: row.try_get("title")?,
            album_id: row.try_get("album_id")?,
            disc_number: row.try_get("disc_number")?,
            track_number: row.try_get("track_number")?,
            duration_ms: row.try_get("duration_ms")?,
            explicit: row.try_get("explicit")?,
            isrc: row.try_get("isrc")?,
            musicbrainz_id: row.try_get("musicbrainz_id")?,
            status: row.try_get::<String, _>("status")?.into(),
            upload_id: row.try_get("upload_id")?,
            owner_id: row.try_get("owner_id")?,
            play_count: row.try_get("play_count")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// Where a track stands on its album: disc, number, id.
pub type AlbumPlaceOfTrack = (i32, i32, Uuid);

/// The place of this track.
pub fn album_place(track: &Track) -> AlbumPlaceOfTrack {
    let (disc, number) = track.place();
    (disc, number, track.id.0)
}

/// Finds a page of an album's tracks that the reader's person may see, in the album's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TracksOfAlbum {
    /// Which album.
    pub album: AlbumId,
    /// How many rows at most.
    pub limit: i64,
    /// Behind which place.
    pub after: Option<AlbumPlaceOfTrack>,
}

impl Loader<TracksOfAlbum> for Reader {
    type Value = Vec<Track>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[TracksOfAlbum]) -> Result<HashMap<TracksOfAlbum, Vec<Track>>, Self::Error> {
        let albums: Vec<_> = keys.iter().map(|key| key.album.0).collect();
        let limits: Vec<_> = keys.iter().map(|key| key.limit).collect();
        let discs: Vec<_> = keys.iter().map(|key| key.after.map(|(disc, _, _)| disc)).collect();
        let numbers: Vec<_> = keys.iter().map(|key| key.after.map(|(_, number, _)| number)).collect();
        let ids: Vec<_> = keys.iter().map(|key| key.after.map(|(_, _, id)| id)).collect();
        let rows = tracks!(
            "k.n",
            r#"
            from unnest($1::uuid[], $2::bigint[], $3::int[], $4::int[], $5::uuid[])
                with ordinality as k (album_id, most, disc, number, after_id, n)
            join albums b on b.id = k.album_id
            cross join lateral (
                select t.*
                from tracks t
                where t.album_id = k.album_id
                  and (
                      t.status = 'PUBLISHED'
                      or (t.status = 'WITHDRAWN' and b.status = 'WITHDRAWN')
                      or t.owner_id = $6
                      or $7
                  )
                  and (
                      k.disc is null
                      or (coalesce(t.disc_number, 1), coalesce(t.track_number, 2147483647), t.id)
                          > (k.disc, k.number, k.after_id)
                  )
                order by coalesce(t.disc_number, 1), coalesce(t.track_number, 2147483647), t.id
                limit k.most
            ) as t
            order by k.n, coalesce(t.disc_number, 1), coalesce(t.track_number, 2147483647), t.id
            "#,
            &albums,
            &limits,
            &discs as &[Option<i32>],
            &numbers as &[Option<i32>],
            &ids as &[Option<Uuid>],
            self.audience.user.map(|user| user.0),
            self.audience.is_admin
        )
        .fetch_all(&self.store.pool)
        .await?;
        let numbers: Vec<_> = (1..=keys.len() as i64).collect();
        let mut gathered = gather(&numbers, rows);
        Ok(numbers.iter().zip(keys).map(|(n, key)| (*key, gathered.remove(n).unwrap_or_default())).collect())
    }
}

/// A disc of an album, as the reader's person sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disc {
    /// Its number.
    pub number: i32,
    /// How many tracks it has.
    pub track_count: i64,
    /// How long they play together, ms.
    pub duration_ms: i64,
}

impl Disc {
    /// The place on the album behind which its tracks begin, or go on behind `after`.
    pub fn behind(&self, after: Option<AlbumPlaceOfTrack>) -> AlbumPlaceOfTrack {
        let start = (self.number, i32::MIN, Uuid::nil());
        after.map_or(start, |after| after.max(start))
    }
}

/// Finds the discs of an album, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DiscsOfAlbum(pub AlbumId);

impl Loader<DiscsOfAlbum> for Reader {
    type Value = Vec<Disc>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DiscsOfAlbum]) -> Result<HashMap<DiscsOfAlbum, Vec<Disc>>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                t.album_id as "album_id!",
                coalesce(t.disc_number, 1) as "number!",
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
            group by t.album_id, coalesce(t.disc_number, 1)
            order by t.album_id, coalesce(t.disc_number, 1)
            "#,
            &ids,
            self.audience.user.map(|user| user.0),
            self.audience.is_admin
        )
        .map(|row| {
            let disc = Disc { number: row.number, track_count: row.track_count, duration_ms: row.duration_ms };
            (DiscsOfAlbum(row.album_id), disc)
        })
        .fetch_all(&self.store.pool)
        .await?;
        Ok(gather(keys, rows))
    }
}

/// Finds the published tracks of an artist that were played most, and then the newest; no explicit ones for whoever wants none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TopTracksOfArtist {
    /// Whose.
    pub artist: ArtistId,
    /// How many.
    pub first: i64,
}

impl Loader<TopTracksOfArtist> for Reader {
    type Value = Vec<Track>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[TopTracksOfArtist]) -> Result<HashMap<TopTracksOfArtist, Vec<Track>>, Self::Error> {
        let artists: Vec<_> = keys.iter().map(|key| key.artist.0).collect();
        let firsts: Vec<_> = keys.iter().map(|key| key.first).collect();
        let rows = tracks!(
            "k.n",
            r#"
            from unnest($1::uuid[], $2::bigint[]) with ordinality as k (artist_id, most, n)
            cross join lateral (
                select t.*
                from track_artists l
                join tracks t on t.id = l.track_id
                where l.artist_id = k.artist_id
                  and t.status = 'PUBLISHED'
                  and (not t.explicit or coalesce((select explicit_content from preferences where user_id = $3), true))
                order by l.play_count desc, l.track_id desc
                limit k.most
            ) as t
            order by k.n, t.play_count desc, t.id desc
            "#,
            &artists,
            &firsts,
            self.audience.user.map(|user| user.0)
        )
        .fetch_all(&self.store.pool)
        .await?;
        let numbers: Vec<_> = (1..=keys.len() as i64).collect();
        let mut gathered = gather(&numbers, rows);
        Ok(numbers.iter().zip(keys).map(|(n, key)| (*key, gathered.remove(n).unwrap_or_default())).collect())
    }
}
