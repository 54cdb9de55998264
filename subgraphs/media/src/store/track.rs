//! SQL of what we know of the catalog's tracks, and of what they play from.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{TrackId, UploadId, UserId};
use polyphony_kit::Viewer;
use sqlx::{PgConnection, types::Json};

use super::{Reader, Store, unknown};
use crate::domain::{
    encoding::{Encoding, Loudness, Mp3, Rendition, Source, SourceQuality, resampled},
    track::{TrackAudio, TrackStatus},
};

struct Row {
    id: TrackId,
    owner: UserId,
    status: String,
    is_hidden: bool,
    upload: Option<UploadId>,
    attempt: Option<i32>,
    finished: Option<bool>,
    is_measured: Option<bool>,
    is_awaited: Option<bool>,
    duration_ms: Option<i64>,
    playable_until_ms: Option<i64>,
    total_samples: Option<i64>,
    sample_rate_hz: Option<i32>,
    integrated_lufs: Option<f64>,
    true_peak_dbtp: Option<f64>,
    track_gain_db: Option<f64>,
    surround_lufs: Option<f64>,
    surround_peak_dbtp: Option<f64>,
    surround_gain_db: Option<f64>,
    mp3_attempt: Option<i32>,
    mp3_size_bytes: Option<i64>,
    mp3_bitrate_kbps: Option<i32>,
    mp3_sample_rate_hz: Option<i32>,
    mp3_channels: Option<i32>,
    mp3_encoder_delay: Option<i32>,
    mp3_padding: Option<i32>,
    renditions: Json<Vec<Rendition>>,
    source: Option<UploadId>,
    source_owner: Option<UserId>,
    filename: Option<String>,
    size_bytes: Option<i64>,
    content_type: Option<String>,
    source_codec: Option<String>,
    source_lossless: Option<bool>,
    source_channels: Option<i32>,
    source_bitrate_kbps: Option<i32>,
    source_bit_depth: Option<i32>,
    is_in_folder: Option<bool>,
    is_there: Option<bool>,
    title: Option<String>,
    artist: Option<String>,
}

impl Row {
    fn encoding(self) -> Option<Encoding> {
        let samples = (self.total_samples?, self.sample_rate_hz?);
        Some(Encoding {
            upload: self.upload?,
            attempt: self.attempt?,
            finished: self.finished?,
            is_measured: self.is_measured?,
            is_awaited: self.is_awaited?,
            duration_ms: self.duration_ms?,
            playable_until_ms: self.playable_until_ms?,
            total_samples: samples.0,
            sample_rate_hz: samples.1,
            loudness: loudness(self.integrated_lufs, self.true_peak_dbtp, self.track_gain_db),
            surround_loudness: loudness(self.surround_lufs, self.surround_peak_dbtp, self.surround_gain_db),
            mp3: self.mp3(samples),
            mp3_attempt: self.mp3_attempt?,
            source: self.source()?,
            renditions: self.renditions.0.into_iter().map(|one| one.or_estimated(samples)).collect(),
        })
    }

    fn mp3(&self, samples: (i64, i32)) -> Option<Mp3> {
        let sample_rate_hz = self.mp3_sample_rate_hz?;
        Some(Mp3 {
            size_bytes: self.mp3_size_bytes?,
            bitrate_kbps: self.mp3_bitrate_kbps?,
            sample_rate_hz,
            channels: self.mp3_channels?,
            encoder_delay: self.mp3_encoder_delay?,
            padding: self.mp3_padding?,
            total_samples: resampled(samples, sample_rate_hz),
        })
    }

    fn source(&self) -> Option<Source> {
        Some(Source {
            upload: self.source?,
            owner: self.source_owner?,
            filename: self.filename.clone()?,
            size_bytes: self.size_bytes?,
            content_type: self.content_type.clone()?,
            quality: self.quality(),
            is_in_folder: self.is_in_folder?,
            is_there: self.is_there?,
            title: self.title.clone(),
            artist: self.artist.clone(),
        })
    }

    fn quality(&self) -> Option<SourceQuality> {
        Some(SourceQuality {
            codec: self.source_codec.clone()?,
            lossless: self.source_lossless?,
            channels: self.source_channels?,
            bitrate_kbps: self.source_bitrate_kbps,
            bit_depth: self.source_bit_depth,
        })
    }
}

fn loudness(integrated: Option<f64>, peak: Option<f64>, gain: Option<f64>) -> Option<Loudness> {
    Some(Loudness { integrated_lufs: integrated?, true_peak_dbtp: peak?, track_gain_db: gain? })
}

impl TryFrom<Row> for TrackAudio {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let status = TrackStatus::parse(&row.status).ok_or_else(|| unknown("status", &row.status))?;
        Ok(Self { id: row.id, owner: row.owner, status, is_hidden: row.is_hidden, encoding: row.encoding() })
    }
}

impl Store {
    /// Those of the tracks that `viewer` may know of, with what they play from, in one statement.
    pub async fn visible_tracks(
        &self,
        viewer: Option<&Viewer>,
        ids: &[TrackId],
    ) -> Result<Vec<TrackAudio>, sqlx::Error> {
        self.audio(viewer, ids, &[]).await
    }

    /// The tracks of [`Store::visible_tracks`], and uploads as the drafts that they become: their ids are the uploads'.
    async fn audio(
        &self,
        viewer: Option<&Viewer>,
        ids: &[TrackId],
        uploads: &[UploadId],
    ) -> Result<Vec<TrackAudio>, sqlx::Error> {
        let rows = self.audio_rows(viewer, ids, uploads).await?;
        let tracks: Vec<_> = rows.into_iter().map(TrackAudio::try_from).collect::<Result<_, _>>()?;
        Ok(tracks.into_iter().filter(|track| track.is_visible_to(viewer)).collect())
    }

    async fn audio_rows(
        &self,
        viewer: Option<&Viewer>,
        ids: &[TrackId],
        uploads: &[UploadId],
    ) -> Result<Vec<Row>, sqlx::Error> {
        sqlx::query_as!(
            Row,
            r#"
            select
                t.track_id as "id!: TrackId", t.owner_id as "owner!: UserId", t.status as "status!",
                (t.explicit and not coalesce((select explicit_content from listeners where user_id = $2), true)) as "is_hidden!",
                e.upload_id as "upload?: UploadId",
                e.attempt as "attempt?", e.finished as "finished?", e.measured_at is not null as "is_measured?",
                e.measured_at is not null and not e.finished and exists (
                    select from jobs j where j.upload_id = e.upload_id and j.state in ('QUEUED', 'RUNNING')
                ) as "is_awaited?",
                e.duration_ms as "duration_ms?", e.playable_until_ms as "playable_until_ms?",
                e.total_samples as "total_samples?", e.sample_rate_hz as "sample_rate_hz?",
                e.integrated_lufs as "integrated_lufs?", e.true_peak_dbtp as "true_peak_dbtp?", e.track_gain_db as "track_gain_db?",
                e.surround_lufs as "surround_lufs?", e.surround_peak_dbtp as "surround_peak_dbtp?", e.surround_gain_db as "surround_gain_db?",
                coalesce(e.mp3_attempt, e.attempt) as "mp3_attempt?", e.mp3_size_bytes as "mp3_size_bytes?", e.mp3_bitrate_kbps as "mp3_bitrate_kbps?",
                e.mp3_sample_rate_hz as "mp3_sample_rate_hz?", e.mp3_channels as "mp3_channels?",
                e.mp3_encoder_delay as "mp3_encoder_delay?", e.mp3_padding as "mp3_padding?",
                coalesce(r.list, '[]'::jsonb) as "renditions!: Json<Vec<Rendition>>",
                coalesce(s.cut_of, s.id) as "source?: UploadId", s.owner_id as "source_owner?: UserId",
                coalesce(w.filename, s.filename) as "filename?", coalesce(w.size_bytes, s.size_bytes) as "size_bytes?",
                e.content_type as "content_type?", e.title as "title?", e.artist as "artist?",
                e.source_codec as "source_codec?", e.source_lossless as "source_lossless?",
                e.source_channels as "source_channels?", e.source_bitrate_kbps as "source_bitrate_kbps?",
                e.source_bit_depth as "source_bit_depth?",
                coalesce(w.library_mode, s.library_mode) is not distinct from 'REFERENCE' as "is_in_folder?",
                coalesce(w.missing_since, s.missing_since) is null as "is_there?"
            from (
                select track_id, owner_id, status, explicit, upload_id from track_media where track_id = any($1) and not deleted
                union all
                select id, owner_id, 'DRAFT', false, id from uploads where id = any($3)
            ) t
            left join uploads u on u.state not in ('REJECTED', 'EXPIRED') and u.id = coalesce(t.upload_id, (
                -- While it is encoded, and a moment longer, the catalog does not know of it.
                select f.id from uploads f
                where f.for_track_id = t.track_id and f.owner_id = t.owner_id
                and (f.state = 'TRANSCODING' or f.state = 'READY' and f.track_id is null)
                order by f.created_at desc limit 1
            ))
                and (u.owner_id = t.owner_id or u.catalog_from_tags or u.for_track_id = t.track_id)
            left join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
            left join uploads s on s.id = e.upload_id left join uploads w on w.id = s.cut_of
            left join lateral (
                select jsonb_agg(to_jsonb(r) - 'durations' order by r.position) as list
                from renditions r where r.upload_id = e.upload_id
            ) r on true
            "#,
            ids as &[TrackId],
            viewer.map(|viewer| viewer.user.0),
            uploads as &[UploadId],
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Who manages a track, if we have heard of it.
    pub async fn track_owner(&self, id: TrackId) -> Result<Option<UserId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"select owner_id as "owner: UserId" from track_media where track_id = $1 and not deleted"#,
            id.0,
        )
        .fetch_optional(&self.pool)
        .await
    }
}

impl Loader<TrackId> for Reader {
    type Value = Arc<TrackAudio>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, ids: &[TrackId]) -> Result<HashMap<TrackId, Arc<TrackAudio>>, Self::Error> {
        let tracks = self.store.visible_tracks(self.viewer.as_ref(), ids).await?;
        Ok(tracks.into_iter().map(|track| (track.id, Arc::new(track))).collect())
    }
}

/// Finds what was made of an upload, for its owner and admins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioOf(pub UploadId);

impl Loader<AudioOf> for Reader {
    type Value = Arc<TrackAudio>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[AudioOf]) -> Result<HashMap<AudioOf, Arc<TrackAudio>>, Self::Error> {
        let ids: Vec<UploadId> = keys.iter().map(|key| key.0).collect();
        let found = self.store.audio(self.viewer.as_ref(), &[], &ids).await?;
        Ok(found.into_iter().map(|audio| (AudioOf(UploadId(audio.id.0)), Arc::new(audio))).collect())
    }
}

/// The upload that a track plays from as far as is known, held until the transaction ends.
pub async fn plays_from(tx: &mut PgConnection, id: TrackId) -> Result<Option<UploadId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select upload_id as "upload: UploadId" from track_media where track_id = $1 for update"#,
        id.0,
    );
    Ok(found.fetch_optional(tx).await?.flatten())
}

/// Keeps what the catalog says of a track, unless something newer is known; tells whether it did.
pub async fn upsert(
    tx: &mut PgConnection,
    id: TrackId,
    upload: Option<UploadId>,
    owner: UserId,
    (status, explicit): (TrackStatus, bool),
    version: i64,
) -> Result<bool, sqlx::Error> {
    let written = sqlx::query!(
        r#"
        insert into track_media (track_id, upload_id, owner_id, status, version, explicit) values ($1, $2, $3, $4, $5, $6)
        on conflict (track_id) do update
        set upload_id = excluded.upload_id, owner_id = excluded.owner_id, status = excluded.status,
            version = excluded.version, explicit = excluded.explicit
        where track_media.version < excluded.version and not track_media.deleted
        "#,
        id.0,
        upload.map(|upload| upload.0),
        owner.0,
        status.as_str(),
        version,
        explicit,
    );
    Ok(written.execute(tx).await?.rows_affected() > 0)
}

/// Keeps that a track is gone, for good.
pub async fn delete(tx: &mut PgConnection, id: TrackId, version: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into track_media (track_id, owner_id, status, deleted, version)
        values ($1, '00000000-0000-0000-0000-000000000000', 'WITHDRAWN', true, $2)
        on conflict (track_id) do update set deleted = true, version = excluded.version
        "#,
        id.0,
        version,
    )
    .execute(tx)
    .await?;
    Ok(())
}
