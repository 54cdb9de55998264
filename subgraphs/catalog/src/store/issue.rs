//! SQL of what may be wrong with what somebody keeps. Each list is one statement along an index; gaps have one more.

use polyphony_names as names;
use uuid::Uuid;

use super::Store;
use crate::domain::{
    Manager,
    artist::UNKNOWN,
    issue::{Issue, IssueKind, IssuePlace},
};

/// So many missing numbers of a disc are told.
const MAX_MISSING: i32 = 100;

/// Reads issues: `issues!(store, "select key, id and things …", arguments)`.
macro_rules! issues {
    ($store:expr, $sql:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query!($sql $(, $argument)*)
            .map(|row| Issue { place: IssuePlace { key: row.key, id: row.id }, things: row.things, missing: Vec::new() })
            .fetch_all(&$store.pool)
            .await
    };
}

impl Store {
    /// Up to `limit` issues of a kind behind `after`: of what the person owns, of everything for an admin.
    pub async fn issues(
        &self,
        manager: Manager,
        kind: IssueKind,
        (after, limit): (IssuePlace, i64),
    ) -> Result<Vec<Issue>, sqlx::Error> {
        match kind {
            IssueKind::DuplicateArtists => self.duplicate_artists(manager, after, limit).await,
            IssueKind::DuplicateAlbums => self.duplicate_albums(manager, after, limit).await,
            IssueKind::DuplicateTracks => self.duplicate_tracks(manager, after, limit).await,
            IssueKind::DuplicateRecordings => self.duplicate_recordings(manager, after, limit).await,
            IssueKind::ArtistWithoutImage => self.imageless_artists(manager, after.id, limit).await,
            IssueKind::AlbumWithoutCover => self.coverless_albums(manager, after.id, limit).await,
            IssueKind::AlbumWithoutYear => self.undated_albums(manager, after.id, limit).await,
            IssueKind::AlbumWithGaps => self.albums_with_gaps(manager, after.id, limit).await,
            IssueKind::TrackWithoutGenre => self.tracks_without_genre(manager, after.id, limit).await,
            IssueKind::TrackOfUnknownArtist => self.tracks_of_unknown(manager, after.id, limit).await,
        }
    }

    async fn duplicate_artists(&self, of: Manager, after: IssuePlace, limit: i64) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            r#"
            select
                likeness(a.folded_name) collate "C" as "key!",
                '00000000-0000-0000-0000-000000000000'::uuid as "id!: Uuid",
                array_agg(a.id order by a.created_at, a.id) as "things!"
            from artists a
            where likeness(a.folded_name) collate "C" > $1 and (a.owner_id = $2 or $3)
            group by likeness(a.folded_name) collate "C"
            having count(*) > 1
            order by likeness(a.folded_name) collate "C"
            limit $4
            "#,
            after.key,
            of.user.0,
            of.is_admin,
            limit
        )
    }

    async fn duplicate_albums(&self, of: Manager, after: IssuePlace, limit: i64) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            r#"
            select
                likeness(b.edition_key) collate "C" as "key!",
                l.artist_id as "id!: Uuid",
                array_agg(b.id order by b.created_at, b.id) as "things!"
            from albums b
            join album_artists l on l.album_id = b.id and l.position = 1
            where likeness(b.edition_key) collate "C" >= $1
              and (likeness(b.edition_key) collate "C", l.artist_id) > ($1, $2)
              and b.status <> 'WITHDRAWN'
              and (b.owner_id = $3 or $4)
            group by likeness(b.edition_key) collate "C", l.artist_id
            having count(*) > 1
            order by likeness(b.edition_key) collate "C", l.artist_id
            limit $5
            "#,
            after.key,
            after.id,
            of.user.0,
            of.is_admin,
            limit
        )
    }

    async fn duplicate_tracks(&self, of: Manager, after: IssuePlace, limit: i64) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            r#"
            select
                likeness(t.folded_title) as "key!",
                t.album_id as "id!: Uuid",
                array_agg(t.id order by t.created_at, t.id) as "things!"
            from tracks t
            where t.album_id >= $2
              and (t.album_id, likeness(t.folded_title)) > ($2, $1)
              and t.status <> 'WITHDRAWN'
              and (t.owner_id = $3 or $4)
            group by t.album_id, likeness(t.folded_title)
            having count(*) > 1 and max(t.duration_ms) - min(t.duration_ms) <= 2000
            order by t.album_id, likeness(t.folded_title)
            limit $5
            "#,
            after.key,
            after.id,
            of.user.0,
            of.is_admin,
            limit
        )
    }

    async fn duplicate_recordings(
        &self,
        of: Manager,
        after: IssuePlace,
        limit: i64,
    ) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            r#"
            select
                s.recording as "key!",
                t.album_id as "id!: Uuid",
                array_agg(distinct t.id) as "things!"
            from track_sources s
            join tracks t on t.id = s.track_id
            where s.recording >= $1
              and (s.recording, t.album_id) > ($1, $2)
              and t.status <> 'WITHDRAWN'
              and (t.owner_id = $3 or $4)
            group by s.recording, t.album_id
            having count(distinct t.id) > 1
            order by s.recording, t.album_id
            limit $5
            "#,
            after.key,
            after.id,
            of.user.0,
            of.is_admin,
            limit
        )
    }

    async fn imageless_artists(&self, of: Manager, after: Uuid, limit: i64) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            r#"
            select '' as "key!", a.id as "id!: Uuid", array[a.id] as "things!"
            from artists a
            where a.image_url is null and a.id > $1 and (a.owner_id = $2 or $3)
            order by a.id
            limit $4
            "#,
            after,
            of.user.0,
            of.is_admin,
            limit
        )
    }

    async fn coverless_albums(&self, of: Manager, after: Uuid, limit: i64) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            r#"
            select '' as "key!", b.id as "id!: Uuid", array[b.id] as "things!"
            from albums b
            where b.cover_url is null and b.status <> 'WITHDRAWN' and b.id > $1 and (b.owner_id = $2 or $3)
            order by b.id
            limit $4
            "#,
            after,
            of.user.0,
            of.is_admin,
            limit
        )
    }

    async fn undated_albums(&self, of: Manager, after: Uuid, limit: i64) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            r#"
            select '' as "key!", b.id as "id!: Uuid", array[b.id] as "things!"
            from albums b
            where b.released_on is null
              and b.original_released_on is null
              and b.status <> 'WITHDRAWN'
              and b.id > $1
              and (b.owner_id = $2 or $3)
            order by b.id
            limit $4
            "#,
            after,
            of.user.0,
            of.is_admin,
            limit
        )
    }

    async fn albums_with_gaps(&self, of: Manager, after: Uuid, limit: i64) -> Result<Vec<Issue>, sqlx::Error> {
        let mut issues = issues!(
            self,
            r#"
            select '' as "key!", b.id as "id!: Uuid", array[b.id] as "things!"
            from albums b
            where b.id > $1
              and b.status <> 'WITHDRAWN'
              and (b.owner_id = $2 or $3)
              and exists (
                  select from tracks t
                  where t.album_id = b.id
                  group by coalesce(t.disc_number, 1)
                  having bool_or(t.track_number is null)
                      or count(distinct t.track_number) filter (where t.track_number > 0) < max(t.track_number)
              )
            order by b.id
            limit $4
            "#,
            after,
            of.user.0,
            of.is_admin,
            limit
        )?;
        let albums: Vec<Uuid> = issues.iter().map(|issue| issue.place.id).collect();
        for (album, disc, number) in self.missing_numbers(&albums).await? {
            let of = issues.iter_mut().find(|issue| issue.place.id == album);
            if let Some(issue) = of {
                issue.missing.push((disc, number));
            }
        }
        Ok(issues)
    }

    /// Disc and number of the places below the highest of each disc of albums that no track has, in order.
    async fn missing_numbers(&self, albums: &[Uuid]) -> Result<Vec<(Uuid, i32, i32)>, sqlx::Error> {
        sqlx::query!(
            r#"
            select d.album_id as "album_id!: Uuid", d.disc as "disc!", n.number as "number!"
            from (
                select t.album_id, coalesce(t.disc_number, 1) as disc, max(t.track_number) as last
                from tracks t
                where t.album_id = any($1)
                group by 1, 2
            ) as d
            cross join lateral (
                select n.number from generate_series(1, d.last) as n (number)
                where not exists (
                    select from tracks t
                    where t.album_id = d.album_id
                      and coalesce(t.disc_number, 1) = d.disc
                      and coalesce(t.track_number, 2147483647) = n.number
                )
                limit $2
            ) as n
            order by d.album_id, d.disc, n.number
            "#,
            albums,
            i64::from(MAX_MISSING)
        )
        .map(|row| (row.album_id, row.disc, row.number))
        .fetch_all(&self.pool)
        .await
    }

    async fn tracks_without_genre(&self, of: Manager, after: Uuid, limit: i64) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            r#"
            select '' as "key!", t.id as "id!: Uuid", array[t.id] as "things!"
            from tracks t
            where t.id > $1
              and t.status <> 'WITHDRAWN'
              and (t.owner_id = $2 or $3)
              and not exists (select from track_genres g where g.track_id = t.id)
            order by t.id
            limit $4
            "#,
            after,
            of.user.0,
            of.is_admin,
            limit
        )
    }

    async fn tracks_of_unknown(&self, of: Manager, after: Uuid, limit: i64) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            r#"
            select '' as "key!", t.id as "id!: Uuid", array[t.id] as "things!"
            from artists a
            join track_artists l on l.artist_id = a.id
            join tracks t on t.id = l.track_id
            where a.folded_name = $5
              and l.track_id > $1
              and t.status <> 'WITHDRAWN'
              and (t.owner_id = $2 or $3)
            order by t.id
            limit $4
            "#,
            after,
            of.user.0,
            of.is_admin,
            limit,
            names::identity(UNKNOWN)
        )
    }
}
