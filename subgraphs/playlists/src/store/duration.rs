//! How long playlists play, as each process keeps it: a page of playlists would add up thousands of entries anew each time.
//!
//! Invariant: a sum is used while the playlist has the version that it was made of, and no track has changed since before it was
//! made. So it is kept only where a statement before it has seen the tracks in the state that it sees itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_graphql::dataloader::Loader;
use polyphony_events::PlaylistId;

use super::{ReadError, Reader};

/// So many sums are kept; all go when there are more.
const MAX_KEPT: usize = 50_000;
/// Should news of a track be lost, it is noticed after this.
const TTL: Duration = Duration::from_mins(10);

/// The sums that a process keeps.
#[derive(Clone, Debug, Default)]
pub struct Durations(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// The state of the tracks, which grows when one changes, as it was seen last.
    tracks: i64,
    /// The version of each playlist, how long it plays in that, and when that was added up.
    sums: HashMap<PlaylistId, (i64, i64, Instant)>,
}

impl Kept {
    /// The state of the tracks, and what is kept of these playlists: a version that there is none of where nothing is.
    fn of(&self, ids: &[PlaylistId]) -> (i64, Vec<i64>, Vec<i64>) {
        let fresh = |id| self.sums.get(id).filter(|(.., since)| since.elapsed() < TTL);
        let (versions, sums) =
            ids.iter().map(|id| fresh(id).map_or((-1, 0), |(version, sum, _)| (*version, *sum))).unzip();
        (self.tracks, versions, sums)
    }

    /// Keeps sums that a statement made, before which the tracks were seen in this state.
    fn keep(&mut self, seen: i64, rows: &[Row]) {
        let tracks = rows.iter().map(|row| row.tracks).max().unwrap_or(seen);
        if self.tracks < tracks || self.sums.len() + rows.len() > MAX_KEPT {
            self.sums.clear();
        }
        self.tracks = self.tracks.max(tracks);
        if (seen, self.tracks) == (tracks, tracks) {
            let summed = rows.iter().filter(|row| !row.is_kept);
            self.sums.extend(summed.map(|row| (row.id, (row.version, row.duration_ms, Instant::now()))));
        }
    }
}

impl Durations {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Row {
    id: PlaylistId,
    version: i64,
    duration_ms: i64,
    is_kept: bool,
    tracks: i64,
}

/// How long the tracks of a playlist play together, of those that catalog has told of.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DurationOf {
    /// Of which playlist.
    pub playlist: PlaylistId,
    /// In which of its versions; none for how it stands now.
    pub version: Option<i64>,
}

impl Loader<DurationOf> for Reader {
    type Value = i64;
    type Error = ReadError;

    async fn load(&self, keys: &[DurationOf]) -> Result<HashMap<DurationOf, i64>, ReadError> {
        let ids: Vec<_> = keys.iter().filter(|key| key.version.is_none()).map(|key| key.playlist).collect();
        let mut found = HashMap::new();
        if !ids.is_empty() {
            let durations = current(self, &ids).await?;
            found.extend(
                durations.into_iter().map(|row| (DurationOf { playlist: row.id, version: None }, row.duration_ms)),
            );
        }
        for key in keys {
            if let Some(version) = key.version {
                found.insert(*key, past_duration(self, key.playlist, version).await?);
            }
        }
        Ok(found)
    }
}

async fn current(reader: &Reader, ids: &[PlaylistId]) -> Result<Vec<Row>, sqlx::Error> {
    let (tracks, versions, sums) = reader.store.durations.lock().of(ids);
    let rows = sqlx::query_as!(
        Row,
        r#"
        select
            p.id as "id!: PlaylistId",
            p.version as "version!",
            s.tracks as "tracks!",
            k.is_kept as "is_kept!",
            -- One after the other: of a few playlists in a large library, all tracks would be read for one join.
            case when k.is_kept then k.sum else coalesce((
                select sum(t.duration_ms)
                from playlist_items i
                join tracks t on t.id = i.track_id
                where i.playlist_id = p.id
            ), 0)::bigint end as "duration_ms!"
        from (select last_value as tracks from track_changes) as s
        cross join unnest($1::uuid[], $2::bigint[], $3::bigint[]) as w (id, version, sum)
        join playlists p on p.id = w.id
        cross join lateral (select w.version = p.version and s.tracks = $4 as is_kept, w.sum) as k
        "#,
        ids as &[PlaylistId],
        &versions,
        &sums,
        tracks
    );
    let rows = rows.fetch_all(&reader.store.pool).await?;
    reader.store.durations.lock().keep(tracks, &rows);
    Ok(rows)
}

async fn past_duration(reader: &Reader, playlist: PlaylistId, version: i64) -> Result<i64, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        select coalesce(sum(t.duration_ms), 0)::bigint as "duration_ms!"
        from (
            select track_id from playlist_items where playlist_id = $1 and since <= $2
            union all
            select track_id from playlist_items_past where playlist_id = $1 and since <= $2 and until > $2
        ) i
        join tracks t on t.id = i.track_id
        "#,
        playlist.0,
        version
    );
    sql.fetch_one(&reader.store.pool).await
}
