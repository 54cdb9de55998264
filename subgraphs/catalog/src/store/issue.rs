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

/// Whose issues are asked for, behind which, and how many.
struct Wanted {
    of: Manager,
    after: IssuePlace,
    limit: i64,
}

/// Reads issues: `issues!(store, wanted, "select key, id, part and things …", arguments)`. `$1` is the person, `$2` whether they
/// see everything, and `$3` how many there are to be; arguments are `$4` and on.
macro_rules! issues {
    ($store:expr, $wanted:expr, $sql:literal $(+ $more:literal)* $(, $argument:expr)* $(,)?) => {
        sqlx::query!($sql $(+ $more)*, $wanted.of.user.0, $wanted.of.is_admin, $wanted.limit $(, $argument)*)
            .map(|row| Issue {
                place: IssuePlace { key: row.key, id: row.id, part: row.part },
                things: row.things,
                missing: Vec::new(),
            })
            .fetch_all(&$store.pool)
            .await
    };
}

/// Reads what is wrong with one thing each: `flaws!(store, wanted, "from things thing where …", arguments)`; arguments are `$5`
/// and on.
macro_rules! flaws {
    ($store:expr, $wanted:expr, $of:literal $(, $argument:expr)* $(,)?) => {
        issues!(
            $store,
            $wanted,
            r#"select '' as "key!", thing.id as "id!: Uuid", 0 as "part!", array[thing.id] as "things!" "#
                + $of
                + " and thing.id > $4 and (thing.owner_id = $1 or $2) order by thing.id limit $3",
            $wanted.after.id
            $(, $argument)*
        )
    };
}

impl Store {
    /// Up to `limit` issues of a kind behind `after`: of what the person owns, of everything for an admin.
    pub async fn issues(
        &self,
        of: Manager,
        kind: IssueKind,
        (after, limit): (IssuePlace, i64),
    ) -> Result<Vec<Issue>, sqlx::Error> {
        let wanted = Wanted { of, after, limit };
        match kind {
            IssueKind::DuplicateArtists => self.duplicate_artists(&wanted).await,
            IssueKind::DuplicateAlbums => self.duplicate_albums(&wanted).await,
            IssueKind::DuplicateTracks => self.duplicate_tracks(&wanted).await,
            IssueKind::DuplicateRecordings => self.duplicate_recordings(&wanted).await,
            IssueKind::ArtistWithoutImage => {
                flaws!(self, wanted, "from artists thing where thing.image_url is null")
            }
            IssueKind::AlbumWithoutCover => {
                flaws!(self, wanted, "from albums thing where thing.cover_url is null and thing.status <> 'WITHDRAWN'")
            }
            IssueKind::AlbumWithoutYear => self.undated_albums(&wanted).await,
            IssueKind::AlbumWithGaps => self.albums_with_gaps(&wanted).await,
            IssueKind::TrackWithoutGenre => self.tracks_without_genre(&wanted).await,
            IssueKind::TrackOfUnknownArtist => self.tracks_of_unknown(&wanted).await,
        }
    }

    async fn duplicate_artists(&self, wanted: &Wanted) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            wanted,
            r#"
            select
                likeness(a.folded_name) collate "C" as "key!",
                '00000000-0000-0000-0000-000000000000'::uuid as "id!: Uuid",
                0 as "part!",
                array_agg(a.id order by a.created_at, a.id) as "things!"
            from artists a
            where likeness(a.folded_name) collate "C" > $4 and (a.owner_id = $1 or $2)
            group by likeness(a.folded_name) collate "C"
            having count(*) > 1
            order by likeness(a.folded_name) collate "C"
            limit $3
            "#,
            wanted.after.key
        )
    }

    async fn duplicate_albums(&self, wanted: &Wanted) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            wanted,
            r#"
            select
                likeness(b.edition_key) collate "C" as "key!",
                l.artist_id as "id!: Uuid",
                0 as "part!",
                array_agg(b.id order by b.created_at, b.id) as "things!"
            from albums b
            join album_artists l on l.album_id = b.id and l.position = 1
            where likeness(b.edition_key) collate "C" >= $4
              and (likeness(b.edition_key) collate "C", l.artist_id) > ($4, $5)
              and b.status <> 'WITHDRAWN'
              and (b.owner_id = $1 or $2)
            group by likeness(b.edition_key) collate "C", l.artist_id
            having count(*) > 1
            order by likeness(b.edition_key) collate "C", l.artist_id
            limit $3
            "#,
            wanted.after.key,
            wanted.after.id
        )
    }

    /// Takes of one title are parted where the next longer one is longer by more than two seconds.
    async fn duplicate_tracks(&self, wanted: &Wanted) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            wanted,
            r#"
            select title as "key!", album_id as "id!: Uuid", part as "part!", things as "things!"
            from (
                select album_id, title, min(duration_ms) as part, array_agg(id order by created_at, id) as things
                from (
                    select take.*, count(*) filter (where is_longer) over titles as length
                    from (
                        select
                            t.album_id,
                            likeness(t.folded_title) as title,
                            t.duration_ms,
                            t.id,
                            t.created_at,
                            t.duration_ms - lag(t.duration_ms) over titles > 2000 as is_longer
                        from tracks t
                        where t.album_id >= $5
                          and (t.album_id, likeness(t.folded_title)) >= ($5, $4)
                          and t.status <> 'WITHDRAWN'
                          and (t.owner_id = $1 or $2)
                        window titles as (
                            partition by t.album_id, likeness(t.folded_title) order by t.duration_ms, t.id
                        )
                    ) as take
                    window titles as (partition by album_id, title order by duration_ms, id)
                ) as take
                group by album_id, title, length
                having count(*) > 1
            ) as takes
            where (album_id, title, part) > ($5, $4, $6)
            order by album_id, title, part
            limit $3
            "#,
            wanted.after.key,
            wanted.after.id,
            wanted.after.part
        )
    }

    async fn duplicate_recordings(&self, wanted: &Wanted) -> Result<Vec<Issue>, sqlx::Error> {
        issues!(
            self,
            wanted,
            r#"
            select
                s.recording as "key!",
                t.album_id as "id!: Uuid",
                0 as "part!",
                array_agg(distinct t.id) as "things!"
            from track_sources s
            join tracks t on t.id = s.track_id
            where s.recording >= $4
              and (s.recording, t.album_id) > ($4, $5)
              -- Of two places in comparison only the first need be known.
              and t.album_id is not null
              and t.status <> 'WITHDRAWN'
              and (t.owner_id = $1 or $2)
            group by s.recording, t.album_id
            having count(distinct t.id) > 1
            order by s.recording, t.album_id
            limit $3
            "#,
            wanted.after.key,
            wanted.after.id
        )
    }

    async fn undated_albums(&self, wanted: &Wanted) -> Result<Vec<Issue>, sqlx::Error> {
        flaws!(
            self,
            wanted,
            r#"
            from albums thing
            where thing.released_on is null
              and thing.original_released_on is null
              and thing.status <> 'WITHDRAWN'
            "#
        )
    }

    async fn albums_with_gaps(&self, wanted: &Wanted) -> Result<Vec<Issue>, sqlx::Error> {
        let mut issues = flaws!(
            self,
            wanted,
            r#"
            from albums thing
            where thing.status <> 'WITHDRAWN'
              and exists (
                  select from tracks t
                  where t.album_id = thing.id
                  group by coalesce(t.disc_number, 1)
                  having bool_or(t.track_number is null)
                      or count(distinct t.track_number) filter (where t.track_number > 0) < max(t.track_number)
              )
            "#
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

    async fn tracks_without_genre(&self, wanted: &Wanted) -> Result<Vec<Issue>, sqlx::Error> {
        flaws!(
            self,
            wanted,
            r#"
            from tracks thing
            where thing.status <> 'WITHDRAWN'
              and not exists (select from track_genres g where g.track_id = thing.id)
            "#
        )
    }

    async fn tracks_of_unknown(&self, wanted: &Wanted) -> Result<Vec<Issue>, sqlx::Error> {
        flaws!(
            self,
            wanted,
            r#"
            from artists a
            join track_artists l on l.artist_id = a.id
            join tracks thing on thing.id = l.track_id
            where a.folded_name = $5 and l.track_id > $4 and thing.status <> 'WITHDRAWN'
            "#,
            names::identity(UNKNOWN)
        )
    }
}
