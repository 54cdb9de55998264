//! SQL of how loud whole albums are, as the tracks of which something was measured make them.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use polyphony_events::{TrackId, ids::AlbumId};
use std::sync::Arc;
use uuid::Uuid;

use super::Reader;
use crate::pipeline::{Histogram, Loudness};

/// Finds how loud the album of a track is; nothing where it is on none, or nothing of it was measured.
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
            select f.album_id as "album!: AlbumId", f.track_id as "track!: TrackId", e.loudness_histogram,
                e.true_peak_dbtp as "true_peak_dbtp!"
            from track_facts f
            join track_media t on t.track_id = f.track_id and not t.deleted and t.status <> 'WITHDRAWN'
            join uploads u on u.id = t.upload_id
            join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id) and e.true_peak_dbtp is not null
            where f.album_id in (select album_id from track_facts where track_id = any($1))
            "#,
            &ids,
        );
        let mut albums: HashMap<AlbumId, (Histogram, f64)> = HashMap::new();
        let mut album_of: HashMap<TrackId, AlbumId> = HashMap::new();
        for row in rows.fetch_all(&self.store.pool).await? {
            let (histogram, peak) = albums.entry(row.album).or_insert_with(|| (Histogram::default(), f64::MIN));
            histogram.add(&Histogram::from_counts(&row.loudness_histogram));
            *peak = peak.max(row.true_peak_dbtp);
            album_of.insert(row.track, row.album);
        }
        let loudness = |key: &AlbumLoudnessOf| {
            let (histogram, peak) = albums.get(album_of.get(&key.0)?)?;
            Some((*key, histogram.loudness(*peak)?))
        };
        Ok(keys.iter().filter_map(loudness).collect())
    }
}
