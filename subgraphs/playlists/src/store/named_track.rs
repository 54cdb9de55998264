//! What tracks are called, for people and for files of playlists: only of those that the viewer may see.

use std::collections::HashMap;

use polyphony_events::{AlbumId, TrackId};
use polyphony_kit::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::playlist_file::{Entry, Line},
    store::Store,
};

/// Lengths that differ by more than this are of other recordings, ms.
const SAME_LENGTH: i64 = 15_000;
/// Where nothing says who made a track, lengths may differ by so much, ms.
const SURE_LENGTH: i64 = 2_000;
/// Stands between the names of a list; in no name, as those are folded.
const BETWEEN: &str = "\u{1f}";

impl Store {
    /// What these tracks are called, in this order and as often as they come. What is deleted or somebody else's draft has only
    /// its id.
    pub async fn lines(&self, viewer: Option<UserId>, tracks: &[TrackId]) -> Result<Vec<Line>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            select id as "id: TrackId", name as "name!", credit, album, duration_ms, isrc, musicbrainz_id
            from tracks
            where id = any($1)
              and name is not null
              and (status in ('PUBLISHED', 'WITHDRAWN') or (status = 'DRAFT' and owner_id = $2))
            "#,
            tracks as &[TrackId],
            viewer.map(|user| user.0)
        );
        let rows = rows.fetch_all(&self.pool).await?.into_iter();
        let known: HashMap<_, _> = rows.map(|row| (row.id, row)).collect();
        let line = |track: &TrackId| {
            let row = known.get(track);
            Line {
                track: *track,
                title: row.map(|row| row.name.clone()),
                artists: row.map(|row| row.credit.clone()).unwrap_or_default(),
                album: row.and_then(|row| row.album.clone()),
                duration_ms: row.map(|row| row.duration_ms).filter(|ms| *ms > 0),
                isrc: row.and_then(|row| row.isrc.clone()),
                musicbrainz_id: row.and_then(|row| row.musicbrainz_id.clone()),
            }
        };
        Ok(tracks.iter().map(line).collect())
    }
}

/// The tracks of an album that somebody may see, in its order. What has no number comes behind what has one, by title.
pub async fn of_album(tx: &mut PgConnection, viewer: UserId, album: AlbumId) -> Result<Vec<TrackId>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        select id as "id: TrackId"
        from tracks
        where album_id = $1 and (status = 'PUBLISHED' or (status = 'DRAFT' and owner_id = $2))
        order by coalesce(disc_number, 1), track_number nulls last, title, id
        "#,
        album.0,
        viewer.0
    );
    sql.fetch_all(tx).await
}

/// The tracks that entries of a file mean, one for each entry: by our id, else by the ids of others, else by title, artist and
/// length. Among several the one that comes closest in album and length is taken.
pub async fn matching(
    tx: &mut PgConnection,
    viewer: UserId,
    entries: &[Entry],
) -> Result<Vec<Option<TrackId>>, sqlx::Error> {
    let mut found = by_ids(tx, viewer, entries).await?;
    let is_open = |n: &usize| found[*n].is_none();
    let open: Vec<usize> = (0..entries.len()).filter(is_open).collect();
    for (n, track) in by_names(tx, viewer, entries, &open).await? {
        found[n] = found[n].or(Some(track));
    }
    Ok(found)
}

async fn by_ids(tx: &mut PgConnection, viewer: UserId, entries: &[Entry]) -> Result<Vec<Option<TrackId>>, sqlx::Error> {
    let ours: Vec<Option<Uuid>> = entries.iter().map(|entry| entry.track.map(|track| track.0)).collect();
    let isrcs: Vec<Option<String>> = entries.iter().map(|entry| entry.isrc.clone()).collect();
    let recordings: Vec<Option<String>> = entries.iter().map(|entry| entry.musicbrainz_id.clone()).collect();
    let lengths: Vec<Option<i64>> = entries.iter().map(|entry| entry.duration_ms).collect();
    let rows = sqlx::query!(
        r#"
        select k.n as "n!", m.id as "id!: TrackId"
        from unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[]) with ordinality as k (
            track_id, isrc, recording, duration_ms, n
        )
        cross join lateral (
            select t.id
            from (
                select id, 1 as kind from tracks where id = k.track_id
                union all
                select id, 2 from tracks where musicbrainz_id = k.recording
                union all
                select id, 2 from tracks where isrc = k.isrc
            ) c
            join tracks t on t.id = c.id
            where t.status = 'PUBLISHED'
                or (t.status = 'DRAFT' and t.owner_id = $5)
                or (t.status = 'WITHDRAWN' and c.kind = 1)
            order by c.kind, abs(t.duration_ms - k.duration_ms) nulls last, t.id
            limit 1
        ) m
        "#,
        &ours as &[Option<Uuid>],
        &isrcs as &[Option<String>],
        &recordings as &[Option<String>],
        &lengths as &[Option<i64>],
        viewer.0
    );
    let mut found = vec![None; entries.len()];
    for row in rows.fetch_all(tx).await? {
        found[row.n as usize - 1] = Some(row.id);
    }
    Ok(found)
}

/// Finds the first reading of each of these entries that somebody's tracks fit; gives the number of the entry with the track.
async fn by_names(
    tx: &mut PgConnection,
    viewer: UserId,
    entries: &[Entry],
    open: &[usize],
) -> Result<Vec<(usize, TrackId)>, sqlx::Error> {
    let (mut numbers, mut titles, mut artists, mut albums, mut lengths) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for n in open {
        for reading in &entries[*n].readings {
            numbers.push(*n as i64);
            titles.push(reading.title.clone());
            artists.push((!reading.artists.is_empty()).then(|| reading.artists.join(BETWEEN)));
            albums.push(entries[*n].album.clone());
            lengths.push(entries[*n].duration_ms);
        }
    }
    let rows = sqlx::query!(
        r#"
        select distinct on (k.entry) k.entry as "entry!", m.id as "id!: TrackId"
        from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[]) with ordinality as k (
            entry, title, artists, album, duration_ms, n
        )
        cross join lateral (
            select t.id
            from tracks t
            where t.title = k.title
              and (t.status = 'PUBLISHED' or (t.status = 'DRAFT' and t.owner_id = $6))
              and (
                (
                    t.artists && string_to_array(k.artists, $7)
                    and (k.duration_ms is null or t.duration_ms = 0 or abs(t.duration_ms - k.duration_ms) <= $8)
                )
                or (k.artists is null and t.duration_ms > 0 and abs(t.duration_ms - k.duration_ms) <= $9)
              )
            order by (lower(t.album) = lower(k.album)) desc nulls last, abs(t.duration_ms - k.duration_ms) nulls last, t.id
            limit 1
        ) m
        order by k.entry, k.n
        "#,
        &numbers,
        &titles,
        &artists as &[Option<String>],
        &albums as &[Option<String>],
        &lengths as &[Option<i64>],
        viewer.0,
        BETWEEN,
        SAME_LENGTH,
        SURE_LENGTH
    );
    Ok(rows.fetch_all(tx).await?.into_iter().map(|row| (row.entry as usize, row.id)).collect())
}
