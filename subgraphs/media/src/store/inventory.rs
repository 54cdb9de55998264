//! SQL of what the object store should hold.

use polyphony_events::UploadId;
use uuid::Uuid;

use super::{Store, unknown};
use crate::domain::{
    inventory::{Finished, Known, Unfinished},
    upload::UploadState,
};

impl Store {
    /// What is known of these uploads.
    pub async fn known_uploads(&self, ids: &[UploadId]) -> Result<Vec<Known>, sqlx::Error> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                u.id as "id!: UploadId",
                u.state as "state!",
                u.duplicate_of is not null as "is_duplicate!",
                exists (select from uploads d where d.duplicate_of = u.id) as "has_duplicates!",
                array_remove(
                    array[e.attempt, e.mp3_attempt] || array(select r.attempt from renditions r where r.upload_id = u.id), null
                ) as "encoded_by!",
                j.attempt as "running?"
            from uploads u
            left join encodings e on e.upload_id = u.id
            left join jobs j on j.upload_id = u.id and j.state = 'RUNNING'
            where u.id = any($1)
            "#,
            &ids,
        );
        let known = rows.fetch_all(&self.pool).await?.into_iter().map(|row| {
            Ok(Known {
                id: row.id,
                state: UploadState::parse(&row.state).ok_or_else(|| unknown("state", &row.state))?,
                is_duplicate: row.is_duplicate,
                has_duplicates: row.has_duplicates,
                encoded_by: row.encoded_by,
                running: row.running,
            })
        });
        known.collect()
    }

    /// A page of the finished encodings behind this upload, in the order of ids.
    pub async fn finished_encodings(&self, after: Option<UploadId>) -> Result<Vec<Finished>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            select
                e.upload_id as "id!: UploadId",
                coalesce(u.cut_of, u.id) as "source!: UploadId",
                coalesce(w.library_mode, u.library_mode) is not distinct from 'REFERENCE' as "is_elsewhere!",
                e.attempt as "attempt!",
                coalesce(e.mp3_attempt, e.attempt) as "mp3_attempt!",
                e.cover_sizes as "cover_sizes!",
                array_agg(r.name order by r.position) as "names!",
                array_agg(r.attempt order by r.position) as "attempts!",
                array_agg(cardinality(r.durations) order by r.position) as "counts!"
            from encodings e
            join uploads u on u.id = e.upload_id
                and (u.state = 'READY' or exists (select from uploads d where d.duplicate_of = u.id))
            left join uploads w on w.id = u.cut_of
            join renditions r on r.upload_id = e.upload_id
            where e.finished and ($1::uuid is null or e.upload_id > $1)
            group by e.upload_id, u.id, w.id
            order by e.upload_id limit 100
            "#,
            after.map(|id| id.0) as Option<Uuid>,
        );
        let page = rows.fetch_all(&self.pool).await?.into_iter().map(|row| Finished {
            id: row.id,
            source: row.source,
            is_elsewhere: row.is_elsewhere,
            attempt: row.attempt,
            mp3_attempt: row.mp3_attempt,
            covers: row.cover_sizes,
            renditions: std::iter::zip(row.names, std::iter::zip(row.attempts, row.counts))
                .map(|(name, (attempt, count)): (String, (i32, i32))| (name, attempt, count as u32))
                .collect(),
        });
        Ok(page.collect())
    }
    /// Those of these multipart uploads that bytes are awaited for or whose parts a worker is to join.
    pub async fn needed_multiparts(&self, ids: &[String]) -> Result<Vec<String>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select multipart_id as "multipart_id!"
            from uploads
            where multipart_id = any($1) and state in ('AWAITING_BYTES', 'RECEIVED', 'PROBING')
            union all
            select multipart_id from images where multipart_id = any($1)
            "#,
            ids,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// A page of the uploads of which something is still to be made, behind this one, in the order of ids.
    pub async fn unfinished_uploads(&self, after: Option<UploadId>) -> Result<Vec<Unfinished>, sqlx::Error> {
        sqlx::query_as!(
            Unfinished,
            r#"
            select
                u.id as "id: UploadId",
                coalesce(u.cut_of, u.id) as "source!: UploadId",
                u.multipart_id,
                coalesce(w.library_mode, u.library_mode) is not null as "is_elsewhere!"
            from uploads u left join uploads w on w.id = u.cut_of
            where ($1::uuid is null or u.id > $1) and (
                u.state in ('RECEIVED', 'PROBING', 'TRANSCODING')
                or u.state = 'READY' and exists (select from encodings e where e.upload_id = u.id and not e.finished)
            )
            order by u.id limit 100
            "#,
            after.map(|id| id.0) as Option<Uuid>,
        )
        .fetch_all(&self.pool)
        .await
    }
}
