//! What was made of uploads, as players and clients read it: renditions with their playlists, covers, waveforms.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{TrackId, UploadId};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Reader, Store};
use crate::{
    domain::encoding::{Mp3, Rendition, resampled},
    pipeline::Bandwidth,
};
/// What a playlist needs to know of a rendition.
#[derive(Clone, Debug)]
pub struct Playlist {
    /// The attempt that made it.
    pub attempt: i32,
    /// Whether nothing more comes.
    pub finished: bool,
    /// Whether more comes: it is being made, or is as soon as somebody wants it.
    pub is_awaited: bool,
    /// How long the audio is.
    pub duration_ms: i64,
    /// The rendition's name.
    pub name: String,
    /// As RFC 6381 writes the codec.
    pub codecs: String,
    /// Highest bit rate of any segment.
    pub peak_bandwidth: i64,
    /// Over the whole rendition.
    pub average_bandwidth: i64,
    /// Seconds of each segment that is there.
    pub durations: Vec<f64>,
}

impl Playlist {
    /// As the playlist's text declares it.
    pub fn bandwidth(&self) -> Bandwidth {
        Bandwidth { peak: self.peak_bandwidth as u64, average: self.average_bandwidth as u64 }
    }
}

impl Store {
    /// The renditions of an upload that is being or has been encoded, from low to high; none when tracks played from it or
    /// its duplicates, and all of them were withdrawn or deleted.
    pub async fn playlists(&self, upload: UploadId) -> Result<Vec<Playlist>, sqlx::Error> {
        sqlx::query_as!(
            Playlist,
            r#"
            select
                r.attempt as "attempt!",
                e.finished as "finished!",
                e.measured_at is not null and not e.finished and exists (
                    select from jobs j where j.upload_id = e.upload_id and j.state in ('QUEUED', 'RUNNING')
                ) as "is_awaited!",
                e.duration_ms as "duration_ms!",
                r.name as "name!",
                r.codecs as "codecs!",
                r.peak_bandwidth as "peak_bandwidth!",
                r.average_bandwidth as "average_bandwidth!",
                r.durations as "durations!"
            from renditions r
            join encodings e using (upload_id)
            join uploads u on u.id = r.upload_id
            where r.upload_id = $1
            and (
                u.state not in ('REJECTED', 'EXPIRED')
                -- It was let go, and what was made of it stays for others.
                or exists (select from uploads d where d.duplicate_of = $1)
            )
            and coalesce((
                select bool_or(t.status in ('PUBLISHED', 'DRAFT') and not t.deleted)
                from track_media t
                join uploads d on d.id = t.upload_id
                where (d.id = $1 or d.duplicate_of = $1)
                and (d.owner_id = t.owner_id or d.catalog_from_tags or d.for_track_id = t.track_id)
            ), true)
            order by r.position
            "#,
            upload.0,
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// Finds the waveform of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WaveformOf(pub TrackId);

impl Loader<WaveformOf> for Reader {
    type Value = Arc<Vec<f32>>;
    type Error = Arc<sqlx::Error>;

    /// Whether the viewer may know of the track is decided before, where the track itself is loaded.
    async fn load(&self, keys: &[WaveformOf]) -> Result<HashMap<WaveformOf, Self::Value>, Self::Error> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select t.track_id as "track!: TrackId", e.waveform as "waveform!"
            from track_media t
            join uploads u on u.id = t.upload_id
            join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
            where t.track_id = any($1) and e.waveform is not null
            "#,
            &ids,
        );
        let rows = rows.fetch_all(&self.store.pool).await?;
        Ok(rows.into_iter().map(|row| (WaveformOf(row.track), Arc::new(row.waveform))).collect())
    }
}

/// Finds what was made of an upload, the MP3 last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RenditionsOf(pub UploadId);

/// The renditions of an upload: those of HLS, and the MP3.
pub type Renditions = (Vec<Rendition>, Option<Mp3>);

impl Loader<RenditionsOf> for Reader {
    type Value = Renditions;
    type Error = Arc<sqlx::Error>;

    /// Whether the viewer may know of the upload is decided before, where its job is loaded.
    async fn load(&self, keys: &[RenditionsOf]) -> Result<HashMap<RenditionsOf, Renditions>, Self::Error> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                u.id as "upload!: UploadId", e.total_samples, e.sample_rate_hz,
                e.mp3_size_bytes, e.mp3_bitrate_kbps, e.mp3_sample_rate_hz, e.mp3_channels, e.mp3_encoder_delay,
                e.mp3_padding,
                (
                    select coalesce(jsonb_agg(to_jsonb(r) - 'durations' order by r.position), '[]'::jsonb)
                    from renditions r
                    where r.upload_id = e.upload_id
                ) as "renditions!: Json<Vec<Rendition>>"
            from uploads u join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
            where u.id = any($1)
            "#,
            &ids,
        );
        let rows = rows.fetch_all(&self.store.pool).await?.into_iter().map(|row| {
            let (source, rate) = ((row.total_samples, row.sample_rate_hz), row.mp3_sample_rate_hz.unwrap_or_default());
            let mp3 = row.mp3_size_bytes.map(|size_bytes| Mp3 {
                size_bytes,
                bitrate_kbps: row.mp3_bitrate_kbps.unwrap_or_default(),
                sample_rate_hz: rate,
                channels: row.mp3_channels.unwrap_or_default(),
                encoder_delay: row.mp3_encoder_delay.unwrap_or_default(),
                padding: row.mp3_padding.unwrap_or_default(),
                total_samples: resampled(source, rate),
            });
            let hls = row.renditions.0.into_iter().map(|one| one.or_estimated(source)).collect();
            (RenditionsOf(row.upload), (hls, mp3))
        });
        Ok(rows.collect())
    }
}
