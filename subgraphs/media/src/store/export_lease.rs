//! SQL of exports as workers see them: taking one whose parts are all there, reading what goes into it, ending it.
//!
//! Invariant: only who knows the lease token of an export ends it; a worker that was too slow finds its token gone.

use std::time::Duration;

use chrono::{DateTime, Utc};
use polyphony_events::{DataExportId, ListeningSessionId, TrackId, UploadId, UserId, data_export::ExportRecord};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::Store;

/// How many rows of the person's own are read at once.
pub const PAGE_ROWS: usize = 200;

/// An export that a worker took.
#[derive(Clone, Copy, Debug)]
pub struct ClaimedExport {
    /// The export.
    pub id: DataExportId,
    /// The person whose data it is.
    pub user: UserId,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The attempt, from 1.
    pub attempt: i32,
    /// Proves that it is ours.
    pub token: Uuid,
}

/// A part as it is packed.
#[derive(Clone, Debug)]
pub struct KeptPart {
    /// Who contributed it.
    pub source: String,
    /// Its number among theirs.
    pub number: i32,
    /// What it holds.
    pub records: Json<Vec<ExportRecord>>,
}

/// An upload as it is exported.
#[derive(Clone, Debug)]
pub struct ExportedUpload {
    /// The upload.
    pub id: UploadId,
    /// The file's name as the client gave it.
    pub filename: String,
    /// Its size.
    pub size_bytes: i64,
    /// Its SHA-256, if the client said it.
    pub sha256: Option<String>,
    /// What has become of it.
    pub state: String,
    /// Why it was rejected.
    pub rejected_reason: Option<String>,
    /// The track that plays from it.
    pub track: Option<TrackId>,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// What the file is.
    pub content_type: Option<String>,
    /// How long it plays.
    pub duration_ms: Option<i64>,
    /// Samples per second.
    pub sample_rate_hz: Option<i32>,
    /// The title in its tags.
    pub title: Option<String>,
    /// The artist in its tags.
    pub artist: Option<String>,
    /// Its integrated loudness, LUFS.
    pub integrated_lufs: Option<f64>,
    /// SHA-256 of its decoded samples.
    pub audio_hash: Option<Vec<u8>>,
}

/// A listening session as it is exported.
#[derive(Clone, Debug)]
pub struct ExportedSession {
    /// The session.
    pub id: ListeningSessionId,
    /// Whether the person is its host.
    pub is_host: bool,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Takes an export whose parts are all there and that nobody is at; it is nobody else's for `lease`.
    pub async fn claim_export(&self, lease: Duration) -> Result<Option<ClaimedExport>, sqlx::Error> {
        sqlx::query_as!(
            ClaimedExport,
            r#"
            update data_exports
            set attempt = attempt + 1, lease_token = gen_random_uuid(), lease_until = now() + make_interval(secs => $1)
            where id = (
                select e.id
                from data_exports e
                where e.state = 'PENDING' and e.run_after <= now() and (e.lease_until is null or e.lease_until <= now())
                and 2 = (
                    select count(*)
                    from data_export_parts p
                    where p.export_id = e.id and p.is_last and p.number = (
                        select count(*) from data_export_parts q where q.export_id = e.id and q.source = p.source
                    )
                )
                order by e.requested_at
                limit 1
                for update skip locked
            )
            returning
                id as "id: DataExportId",
                user_id as "user: UserId",
                requested_at,
                attempt,
                lease_token as "token!"
            "#,
            lease.as_secs_f64(),
        )
        .fetch_optional(&self.pool)
        .await
    }

    /// The part behind this one, of the same source or the next.
    pub async fn next_export_part(
        &self,
        id: DataExportId,
        after: Option<&KeptPart>,
    ) -> Result<Option<KeptPart>, sqlx::Error> {
        sqlx::query_as!(
            KeptPart,
            r#"
            select source, number, records as "records: Json<Vec<ExportRecord>>"
            from data_export_parts
            where export_id = $1 and (source, number) > ($2, $3)
            order by source, number
            limit 1
            "#,
            id.0,
            after.map_or("", |part| &part.source),
            after.map_or(0, |part| part.number),
        )
        .fetch_optional(&self.pool)
        .await
    }

    /// A page of the uploads of a person behind this one, the oldest first, with what is known of their audio.
    pub async fn exported_uploads(
        &self,
        user: UserId,
        after: Option<UploadId>,
    ) -> Result<Vec<ExportedUpload>, sqlx::Error> {
        sqlx::query_as!(
            ExportedUpload,
            r#"
            select
                u.id as "id!: UploadId",
                u.filename as "filename!",
                u.size_bytes as "size_bytes!",
                u.sha256,
                u.state as "state!",
                u.rejected_reason,
                u.track_id as "track: TrackId",
                u.created_at as "created_at!",
                e.content_type as "content_type?",
                e.duration_ms as "duration_ms?",
                e.sample_rate_hz as "sample_rate_hz?",
                e.title,
                e.artist,
                e.integrated_lufs,
                e.audio_hash
            from uploads u
            left join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id) and e.measured_at is not null
            where u.owner_id = $1 and ($2::uuid is null or u.id > $2)
            order by u.id
            limit $3
            "#,
            user.0,
            after.map(|id| id.0) as Option<Uuid>,
            PAGE_ROWS as i64,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// A page of the listening sessions that a person hosts or takes part in, behind this one, the oldest first.
    pub async fn exported_sessions(
        &self,
        user: UserId,
        after: Option<ListeningSessionId>,
    ) -> Result<Vec<ExportedSession>, sqlx::Error> {
        sqlx::query_as!(
            ExportedSession,
            r#"
            select id as "id: ListeningSessionId", host_id = $1 as "is_host!", started_at, ended_at
            from listening_sessions s
            where (host_id = $1 or exists (select from participants p where p.session_id = s.id and p.user_id = $1))
            and ($2::uuid is null or id > $2)
            order by id
            limit $3
            "#,
            user.0,
            after.map(|id| id.0) as Option<Uuid>,
            PAGE_ROWS as i64,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Gives an export back, to be taken again after a while.
    pub async fn release_export(&self, claimed: &ClaimedExport, after: Duration) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"
            update data_exports
            set lease_token = null, lease_until = null, run_after = now() + make_interval(secs => $3)
            where id = $1 and lease_token = $2
            "#,
            claimed.id.0,
            claimed.token,
            after.as_secs_f64(),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// Writes that the archive is there; false when the export is not ours any more.
pub async fn finish(
    tx: &mut PgConnection,
    claimed: &ClaimedExport,
    size_bytes: i64,
    expires_at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let finished = sqlx::query!(
        r#"
        update data_exports
        set state = 'READY', size_bytes = $3, expires_at = $4, lease_token = null, lease_until = null
        where id = $1 and lease_token = $2 and state = 'PENDING'
        "#,
        claimed.id.0,
        claimed.token,
        size_bytes,
        expires_at,
    );
    Ok(finished.execute(tx).await?.rows_affected() == 1)
}
