//! SQL of how loud whole albums are, as the tracks of which something was measured make them.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use polyphony_events::{TrackId, ids::AlbumId};
use std::sync::Arc;
use uuid::Uuid;

use super::Reader;
use crate::pipeline::{Histogram, Loudness};

/// Tracks of one album that are measured together; of more there is no album gain, so that a play costs no more than this.
const MAX_TRACKS: i64 = 500;

/// Finds how loud the album of a track is; nothing where it is on none, while some of its tracks were not measured, or where it
/// has more than [`MAX_TRACKS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlbumLoudnessOf(pub TrackId);

impl Loader<AlbumLoudnessOf> for Reader {
    type Value = Loudness;
    type Error = Arc<sqlx::Error>;

    /// Whether the viewer may know of the track is decided before, where the track itself is loaded.
    async fn load(&self, keys: &[AlbumLoudnessOf]) -> Result<HashMap<AlbumLoudnessOf, Loudness>, Self::Error> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            with tracks as (
                select f.album_id, f.track_id, t.upload_id, count(*) over (partition by f.album_id) as size
                from track_facts f
                join track_media t on t.track_id = f.track_id and not t.deleted and t.status <> 'WITHDRAWN'
                where f.album_id in (select album_id from track_facts where track_id = any($1))
            )
            select t.album_id as "album!: AlbumId", t.track_id as "track!: TrackId",
                e.loudness_histogram as "histogram?", e.true_peak_dbtp as "true_peak_dbtp?"
            from tracks t
            left join uploads u on u.id = t.upload_id
            left join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
            where t.size <= $2
            "#,
            &ids,
            MAX_TRACKS,
        );
        let mut albums: HashMap<AlbumId, Option<(Histogram, f64)>> = HashMap::new();
        let mut album_of: HashMap<TrackId, AlbumId> = HashMap::new();
        for row in rows.fetch_all(&self.store.pool).await? {
            album_of.insert(row.track, row.album);
            let album = albums.entry(row.album).or_insert_with(|| Some((Histogram::default(), f64::MIN)));
            let (Some((all, peak)), Some(counts), Some(found)) = (&mut *album, row.histogram, row.true_peak_dbtp)
            else {
                *album = None;
                continue;
            };
            all.add(&Histogram::from_counts(&counts));
            *peak = peak.max(found);
        }
        let loudness = |key: &AlbumLoudnessOf| {
            let (histogram, peak) = albums.get(album_of.get(&key.0)?)?.as_ref()?;
            Some((*key, histogram.loudness(*peak)?))
        };
        Ok(keys.iter().filter_map(loudness).collect())
    }
}
