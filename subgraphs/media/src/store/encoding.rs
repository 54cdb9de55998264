//! SQL of what attempts make, written as it grows by the worker. Reading it: `rendition.rs`.

use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, UploadId, UserId};
use sqlx::PgConnection;

use crate::pipeline::{Codec, Ladder, Look, Measured, Output, Rendition, Rung};
use polyphony_events::media::AudioQuality;

/// What begins an encoding.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Of which upload.
    pub upload: UploadId,
    /// Which attempt.
    pub attempt: i32,
    /// What the header claims.
    pub duration_ms: i64,
    /// Of the source.
    pub sample_rate_hz: i32,
    /// Of the source, by its content.
    pub content_type: String,
    /// From its tags.
    pub title: Option<String>,
    /// From its tags.
    pub artist: Option<String>,
    /// The sizes in which the cover was stored.
    pub covers: Vec<i32>,
    /// What the cover looks like.
    pub look: Option<Look>,
    /// How good the audio is, by what the file says.
    pub quality: AudioQuality,
}

/// Begins what an attempt makes, in place of what earlier attempts made.
pub async fn begin(tx: &mut PgConnection, begin: &Begin, ladder: &Ladder) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from encodings where upload_id = $1", begin.upload.0).execute(&mut *tx).await?;
    let look = begin.look.as_ref();
    sqlx::query!(
        r#"
        insert into encodings (
            upload_id, attempt, duration_ms, sample_rate_hz, total_samples, content_type, title, artist, has_cover,
            cover_sizes, cover_width, cover_height, cover_blurhash, cover_color, source_codec, source_lossless,
            source_channels, source_bitrate_kbps, source_bit_depth
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        "#,
        begin.upload.0,
        begin.attempt,
        begin.duration_ms,
        begin.sample_rate_hz,
        begin.duration_ms * i64::from(begin.sample_rate_hz) / 1000,
        begin.content_type,
        begin.title,
        begin.artist,
        !begin.covers.is_empty(),
        &begin.covers,
        look.map(|look| look.width as i32),
        look.map(|look| look.height as i32),
        look.map(|look| &*look.blurhash),
        look.map(|look| &*look.dominant_color),
        begin.quality.codec,
        begin.quality.lossless,
        begin.quality.channels,
        begin.quality.bitrate_kbps,
        begin.quality.bit_depth,
    )
    .execute(&mut *tx)
    .await?;
    begin_renditions(tx, (begin.upload, begin.attempt), ladder).await
}

/// Notes which renditions there are going to be. What is there of them stays.
pub async fn begin_renditions(
    tx: &mut PgConnection,
    (upload, attempt): (UploadId, i32),
    ladder: &Ladder,
) -> Result<(), sqlx::Error> {
    let names: Vec<String> = ladder.rungs.iter().map(|rung| rung.name.clone()).collect();
    sqlx::query!("delete from renditions where upload_id = $1 and name <> all($2)", upload.0, &names)
        .execute(&mut *tx)
        .await?;
    for (position, rung) in ladder.rungs.iter().enumerate() {
        begin_rendition(tx, (upload, attempt), position, rung).await?;
    }
    Ok(())
}

async fn begin_rendition(
    tx: &mut PgConnection,
    (upload, attempt): (UploadId, i32),
    position: usize,
    rung: &Rung,
) -> Result<(), sqlx::Error> {
    let bandwidth = rung.expected_bandwidth();
    let (codec, kbps, bits, delay) = match rung.codec {
        Codec::Aac { kbps } => ("AAC", Some(kbps as i32), None, AAC_DELAY),
        Codec::Flac { bits } => ("FLAC", None, Some(i32::from(bits)), 0),
    };
    sqlx::query!(
        r#"
            insert into renditions (
                upload_id, name, position, codec, bitrate_kbps, sample_rate_hz, channels, lossless, codecs,
                peak_bandwidth, average_bandwidth, encoder_delay, bit_depth, attempt
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            on conflict do nothing
            "#,
        upload.0,
        rung.name,
        position as i32,
        codec,
        kbps,
        rung.sample_rate as i32,
        i32::from(rung.channels),
        rung.is_lossless(),
        rung.codecs(),
        bandwidth.peak as i64,
        bandwidth.average as i64,
        delay,
        bits,
        attempt,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What FFmpeg's AAC encoder puts before the audio; the measured figure takes its place at the end.
const AAC_DELAY: i32 = 1024;

/// Notes the segments of a rendition that have arrived in the object store. What an earlier attempt made is replaced once there
/// are no fewer: whoever listens sees the playlist grow, never shrink.
pub async fn store_segments(
    tx: &mut PgConnection,
    (upload, attempt): (UploadId, i32),
    rendition: &str,
    durations: &[f64],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update renditions r set durations = $4, attempt = $2
        from encodings e
        where r.upload_id = $1 and r.name = $3 and e.upload_id = $1 and not e.finished
        and (r.attempt = $2 or cardinality(r.durations) <= cardinality($4::float8[]))
        "#,
        upload.0,
        attempt,
        rendition,
        durations,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes up to where the renditions of an upload can be played; it never falls.
pub async fn set_playable(tx: &mut PgConnection, upload: UploadId, until_ms: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update encodings set playable_until_ms = greatest(playable_until_ms, $2) where upload_id = $1 and not finished",
        upload.0,
        until_ms,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A finished upload with the same audio, which was there before and whose figures the owner of `upload` may know: it is theirs,
/// or a published track keeps it, or the catalog is about to make one of an upload that ended after `since`. It stays until the
/// transaction ends. With it comes the track that the owner may be shown.
pub async fn same_audio(
    tx: &mut PgConnection,
    upload: UploadId,
    hash: &[u8],
    since: DateTime<Utc>,
) -> Result<Option<(UploadId, Option<TrackId>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select e.upload_id as "upload!: UploadId", t.track_id as "track?: TrackId"
        from encodings e
        join uploads u on u.id = e.upload_id and u.state = 'READY' and u.duplicate_of is null
        join uploads mine on mine.id = $1
        left join lateral (
            select t.track_id from track_sources s join track_media t on t.track_id = s.track_id and not t.deleted
            where s.upload_id = u.id and (t.status = 'PUBLISHED' or t.owner_id = mine.owner_id)
        ) t on true
        where e.audio_hash = $2 and e.measured_at is not null and e.upload_id <> $1
        -- Nobody's bytes go for what may never be encoded.
        and (
            e.finished
            or exists (select from jobs j where j.upload_id = u.id and j.state in ('QUEUED', 'RUNNING'))
            and not exists (select from uploads f where f.id in (u.id, u.cut_of) and f.missing_since is not null)
        )
        -- What lies in a folder on the server goes when its owner takes it from there: nobody gives their own bytes up for it.
        and (
            mine.library_mode is not distinct from 'REFERENCE'
            or not exists (select from uploads f where f.id in (u.id, u.cut_of) and f.library_mode = 'REFERENCE')
        )
        and (
            u.owner_id = mine.owner_id
            or t.track_id is not null
            or u.track_id is null and u.catalog_from_tags and e.measured_at > $3
        )
        order by u.created_at limit 1
        for update of u
        "#,
        upload.0,
        hash,
        since,
    );
    Ok(row.fetch_optional(tx).await?.map(|row| (row.upload, row.track)))
}

/// Whether an upload of this person has this audio.
pub async fn has_audio(
    tx: &mut PgConnection,
    upload: UploadId,
    owner: UserId,
    hash: &[u8],
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select from uploads u join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
            where u.id = $1 and u.owner_id = $2 and e.measured_at is not null and e.audio_hash = $3
        ) as "has!"
        "#,
        upload.0,
        owner.0,
        hash,
    )
    .fetch_one(tx)
    .await
}

/// Whether a cover was found in an upload.
pub async fn has_cover(tx: &mut PgConnection, upload: UploadId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from encodings where upload_id = $1 and has_cover) as "has!""#,
        upload.0,
    )
    .fetch_one(tx)
    .await
}

/// Keeps what was measured of an upload by the attempt that began its encoding; false when that is not there.
pub async fn measure(
    tx: &mut PgConnection,
    (upload, attempt): (UploadId, i32),
    measured: &Measured,
    quality: &AudioQuality,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let surround = measured.surround_loudness;
    let written = sqlx::query!(
        r#"
        update encodings
        set measured_at = $3, duration_ms = $4, sample_rate_hz = $5, total_samples = $6, integrated_lufs = $7,
            true_peak_dbtp = $8, track_gain_db = $9, waveform = $10, audio_hash = $11, loudness_histogram = $12,
            surround_lufs = $13, surround_peak_dbtp = $14, surround_gain_db = $15, source_codec = $16,
            source_lossless = $17, source_channels = $18, source_bitrate_kbps = $19, source_bit_depth = $20
        where upload_id = $1 and attempt = $2
        "#,
        upload.0,
        attempt,
        now,
        measured.duration_ms as i64,
        measured.sample_rate as i32,
        measured.total_samples as i64,
        measured.loudness.integrated_lufs,
        measured.loudness.true_peak_dbtp,
        measured.loudness.track_gain_db,
        &measured.waveform,
        &measured.audio_hash.0[..],
        &measured.loudness_histogram.counts(),
        surround.map(|loudness| loudness.integrated_lufs),
        surround.map(|loudness| loudness.true_peak_dbtp),
        surround.map(|loudness| loudness.track_gain_db),
        quality.codec,
        quality.lossless,
        quality.channels,
        quality.bitrate_kbps,
        quality.bit_depth,
    );
    Ok(written.execute(tx).await?.rows_affected() == 1)
}

/// Completes an encoding with what an attempt has made; false when it is not there.
pub async fn finish(
    tx: &mut PgConnection,
    (upload, attempt): (UploadId, i32),
    output: &Output,
    (delay, padding): (i32, i32),
) -> Result<bool, sqlx::Error> {
    let written = sqlx::query!(
        r#"
        update encodings
        set finished = true, playable_until_ms = duration_ms, mp3_attempt = $2, mp3_size_bytes = $3,
            mp3_bitrate_kbps = $4, mp3_sample_rate_hz = $5, mp3_channels = $6, mp3_encoder_delay = $7, mp3_padding = $8
        where upload_id = $1 and measured_at is not null
        "#,
        upload.0,
        attempt,
        output.mp3.bytes as i64,
        output.mp3.bitrate_kbps as i32,
        output.mp3.sample_rate as i32,
        i32::from(output.mp3.channels),
        delay,
        padding,
    )
    .execute(&mut *tx)
    .await?;
    for rendition in &output.renditions {
        finish_rendition(tx, (upload, attempt), rendition).await?;
    }
    Ok(written.rows_affected() == 1)
}

async fn finish_rendition(
    tx: &mut PgConnection,
    (upload, attempt): (UploadId, i32),
    rendition: &Rendition,
) -> Result<(), sqlx::Error> {
    let durations: Vec<f64> = rendition.segments.iter().map(|segment| segment.duration_s).collect();
    sqlx::query!(
        r#"
            update renditions
            set bitrate_kbps = $3, peak_bandwidth = $4, average_bandwidth = $5, encoder_delay = $6, padding = $7,
                total_samples = $8, size_bytes = $9, durations = $10, attempt = $11
            where upload_id = $1 and name = $2
            "#,
        upload.0,
        rendition.rung.name,
        rendition.bitrate_kbps as i32,
        rendition.bandwidth.peak as i64,
        rendition.bandwidth.average as i64,
        rendition.gapless.encoder_delay as i32,
        rendition.gapless.padding as i32,
        rendition.gapless.total_samples as i64,
        rendition.bytes as i64,
        &durations,
        attempt,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// How far the encoding of an upload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The attempt that began it, and has its cover.
    pub attempt: i32,
    /// Whether it is known what the audio is: it plays, whatever becomes of the renditions.
    pub is_measured: bool,
    /// How long it plays, as far as is known.
    pub duration_ms: i64,
    /// Whether all renditions are there. They stay until others have been made.
    pub is_finished: bool,
    /// The attempts that made something of it.
    pub attempts: Vec<i32>,
}

/// How far the encoding of an upload is, if it was begun.
pub async fn standing(tx: &mut PgConnection, upload: UploadId) -> Result<Option<Standing>, sqlx::Error> {
    sqlx::query_as!(
        Standing,
        r#"
        select
            e.attempt, e.measured_at is not null as "is_measured!", e.finished as is_finished, e.duration_ms,
            array_remove(
                array[e.attempt, e.mp3_attempt] || array(select r.attempt from renditions r where r.upload_id = $1), null
            ) as "attempts!"
        from encodings e where e.upload_id = $1
        "#,
        upload.0,
    )
    .fetch_optional(tx)
    .await
}

/// Removes what an attempt began without finding out what the audio is.
pub async fn remove_unmeasured(tx: &mut PgConnection, upload: UploadId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from encodings where upload_id = $1 and measured_at is null", upload.0).execute(tx).await?;
    Ok(())
}

/// Removes what was made of an upload: it plays from elsewhere, or not at all.
pub async fn remove(tx: &mut PgConnection, upload: UploadId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from encodings where upload_id = $1", upload.0).execute(tx).await?;
    Ok(())
}
