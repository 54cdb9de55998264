//! Lists of tracks in the database. Lists for everybody hold what is published.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId};
use uuid::Uuid;

use super::{Reader, Store, Wanted, gather, listed, track::tracks};
use crate::domain::Track;

/// Where a track stands in the list of all, the newest first.
pub type NewestPlace = (DateTime<Utc>, Uuid);

/// The place of this track.
pub fn newest_place(track: &Track) -> NewestPlace {
    (track.created_at, track.id.0)
}

impl Store {
    /// A page of the published tracks, of one genre when it is given, the newest first, and how many there are.
    pub async fn newest_tracks(
        &self,
        genre: Option<&str>,
        wanted: Wanted<NewestPlace>,
    ) -> Result<(Vec<Track>, i64), sqlx::Error> {
        match genre {
            Some(genre) => self.newest_tracks_of(genre, wanted).await,
            None => self.newest_tracks_of_all(wanted).await,
        }
    }

    async fn newest_tracks_of_all(&self, wanted: Wanted<NewestPlace>) -> Result<(Vec<Track>, i64), sqlx::Error> {
        let (after, after_id) = wanted.page.after.unzip();
        let rows = tracks!(
            "case when $4 then (select count(*) from tracks where status = 'PUBLISHED') else 0 end",
            r#"
            from tracks t
            where t.status = 'PUBLISHED' and ($1::timestamptz is null or (t.created_at, t.id) < ($1, $2))
            order by t.created_at desc, t.id desc
            limit $3
            "#,
            after,
            after_id,
            wanted.page.limit(),
            wanted.total
        );
        Ok(listed(rows.fetch_all(&self.pool).await?))
    }

    /// Ids are made in the order of time, so those of a genre are read in that of its index: a rare genre costs little.
    async fn newest_tracks_of(
        &self,
        genre: &str,
        wanted: Wanted<NewestPlace>,
    ) -> Result<(Vec<Track>, i64), sqlx::Error> {
        let rows = tracks!(
            r#"
            case when $4 then (
                select count(*) from track_genres g join tracks t on t.id = g.track_id
                where g.slug = $1 and t.status = 'PUBLISHED'
            ) else 0 end
            "#,
            r#"
            from track_genres g
            join tracks t on t.id = g.track_id
            where g.slug = $1 and t.status = 'PUBLISHED' and ($2::uuid is null or g.track_id < $2)
            order by g.track_id desc
            limit $3
            "#,
            genre,
            wanted.page.after.map(|(_, id)| id),
            wanted.page.limit(),
            wanted.total
        );
        Ok(listed(rows.fetch_all(&self.pool).await?))
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

/// Finds the published tracks of an artist that were played most, and then the newest.
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
                where l.artist_id = k.artist_id and t.status = 'PUBLISHED'
                order by l.play_count desc, l.track_id desc
                limit k.most
            ) as t
            order by k.n, t.play_count desc, t.id desc
            "#,
            &artists,
            &firsts
        )
        .fetch_all(&self.store.pool)
        .await?;
        let numbers: Vec<_> = (1..=keys.len() as i64).collect();
        let mut gathered = gather(&numbers, rows);
        Ok(numbers.iter().zip(keys).map(|(n, key)| (*key, gathered.remove(n).unwrap_or_default())).collect())
    }
}
