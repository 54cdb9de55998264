//! SQL of cuts: the tracks of an album that was uploaded as one file.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{JobId, UploadId};
use polyphony_kit::request_id::Origin;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reader, Store, unknown};
use crate::domain::{
    cut::{NewCut, Standing, name},
    job::JobState,
    upload::{Upload, UploadState},
};

impl Store {
    /// The sheet that came with an upload.
    pub async fn cue_sheet(&self, id: UploadId) -> Result<Option<String>, sqlx::Error> {
        let sheet = sqlx::query_scalar!("select cue_sheet from uploads where id = $1", id.0);
        Ok(sheet.fetch_optional(&self.pool).await?.flatten())
    }

    /// The upload that this one is cut from.
    pub async fn cut_of(&self, id: UploadId) -> Result<Option<UploadId>, sqlx::Error> {
        let of = sqlx::query_scalar!(r#"select cut_of as "of: UploadId" from uploads where id = $1"#, id.0);
        Ok(of.fetch_optional(&self.pool).await?.flatten())
    }

    /// The cuts of an upload, in order.
    pub async fn cut_ids(&self, of: UploadId) -> Result<Vec<UploadId>, sqlx::Error> {
        let ids = sqlx::query_scalar!(
            r#"select id as "id: UploadId" from uploads where cut_of = $1 order by cut_number"#,
            of.0,
        );
        ids.fetch_all(&self.pool).await
    }

    /// Whether the upload was divided into cuts.
    pub async fn is_divided(&self, id: UploadId) -> Result<bool, sqlx::Error> {
        Ok(!self.cut_ids(id).await?.is_empty())
    }

    /// Uploads that are there though nothing is left of their cuts and nobody plays from those: whoever let the last of them go
    /// could not say so.
    pub async fn emptied_uploads(&self) -> Result<Vec<UploadId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select u.id as "id: UploadId" from uploads u
            where u.state = 'READY' and exists (select from uploads c where c.cut_of = u.id)
            and not exists (
                select from uploads c
                where c.cut_of = u.id and (
                    c.state not in ('EXPIRED', 'REJECTED') or exists (select from uploads d where d.duplicate_of = c.id)
                )
            )
            limit 100
            "#
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Uploads that wait for cuts none of which is worked on: whoever ended the last of them could not say so.
    pub async fn unsettled_uploads(&self) -> Result<Vec<UploadId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select j.upload_id as "id: UploadId" from jobs j
            where j.state = 'RUNNING' and j.lease_token is null
            and not exists (
                select from uploads c join jobs d on d.upload_id = c.id
                where c.cut_of = j.upload_id and d.state in ('QUEUED', 'RUNNING')
            )
            limit 100
            "#
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// Finds the cuts of an upload, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CutsOf(pub UploadId);

impl Loader<CutsOf> for Reader {
    type Value = Vec<Upload>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[CutsOf]) -> Result<HashMap<CutsOf, Vec<Upload>>, Self::Error> {
        let wholes: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut found = HashMap::<_, Vec<Upload>>::new();
        for upload in self.store.visible_cuts(self.viewer.as_ref(), &wholes).await? {
            if let Some(cut) = upload.cut {
                found.entry(CutsOf(cut.of)).or_default().push(upload);
            }
        }
        Ok(found)
    }
}

/// Writes the cuts of an upload and their jobs, which wait for workers. One takes the place of that of the same number in the upload
/// that an earlier state of the file was. Gives their ids with their jobs'.
pub async fn insert(
    tx: &mut PgConnection,
    whole: &Upload,
    cuts: &[NewCut],
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Vec<(UploadId, JobId)>, sqlx::Error> {
    let mut made = Vec::new();
    for (cut, number) in cuts.iter().zip(1..) {
        let (id, job, size) = (UploadId::new(), JobId::new(), cut.size_bytes(whole.size_bytes));
        sqlx::query!(
            r#"
            insert into uploads (
                id, owner_id, filename, size_bytes, catalog_from_tags, state, part_size_bytes, created_at, expires_at, folder,
                replaces, cut_of, cut_number, cut_start, cut_end
            )
            values (
                $1, $2, $3, $4, true, 'RECEIVED', $4, $5, $5, $6,
                (select id from uploads where cut_of = $7 and cut_number = $9), $8, $9, $10, $11
            )
            "#,
            id.0,
            whole.owner.0,
            name(&whole.filename, number),
            size,
            now,
            whole.folder,
            whole.replaces.map(|replaced| replaced.0) as Option<Uuid>,
            whole.id.0,
            number,
            cut.start,
            cut.end,
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            r#"
            insert into jobs (id, upload_id, owner_id, size_bytes, state, request_id, traceparent, queued_at)
            values ($1, $2, $3, $4, 'QUEUED', $5, $6, $7)
            "#,
            job.0,
            id.0,
            whole.owner.0,
            // All of the file is read for it.
            whole.size_bytes,
            origin.request_id,
            origin.traceparent,
            now,
        )
        .execute(&mut *tx)
        .await?;
        made.push((id, job));
    }
    Ok(made)
}

/// The jobs of an upload's cuts that failed or were stopped and can be asked for again.
pub async fn failed(tx: &mut PgConnection, of: UploadId) -> Result<Vec<(UploadId, JobId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select c.id as "id: UploadId", j.id as "job: JobId"
        from uploads c join jobs j on j.upload_id = c.id
        where c.cut_of = $1 and c.state = 'RECEIVED' and j.state in ('FAILED', 'CANCELLED')
        order by c.cut_number
        for update of j
        "#,
        of.0,
    );
    Ok(rows.fetch_all(tx).await?.into_iter().map(|row| (row.id, row.job)).collect())
}

/// What has become of the cuts of an upload. One that others play from is there, whatever its owner did with it. With it comes how
/// long those last that can be played, in ms.
pub async fn standings(tx: &mut PgConnection, of: UploadId) -> Result<(Vec<Standing>, i64), sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select
            case when exists (select from uploads d where d.duplicate_of = c.id) then 'READY' else c.state end as "state!",
            j.state as job,
            coalesce(c.rejected_reason, j.failed_because) as reason,
            coalesce(e.duration_ms, 0) as "duration_ms!"
        from uploads c join jobs j on j.upload_id = c.id
        left join encodings e on e.upload_id = coalesce(c.duplicate_of, c.id) and e.measured_at is not null
        where c.cut_of = $1
        order by c.cut_number
        "#,
        of.0,
    );
    let rows = rows.fetch_all(tx).await?;
    let length = rows.iter().map(|row| row.duration_ms).sum();
    let standings = rows.into_iter().map(|row| {
        Ok(Standing {
            state: UploadState::parse(&row.state).ok_or_else(|| unknown("state", &row.state))?,
            job: JobState::parse(&row.job).ok_or_else(|| unknown("state", &row.job))?,
            reason: row.reason,
        })
    });
    Ok((standings.collect::<Result<_, sqlx::Error>>()?, length))
}

/// Whether the bytes of an upload are needed for one of its cuts: one that is, or may come to be, played from them.
pub async fn needs_bytes(tx: &mut PgConnection, of: UploadId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select from uploads c
            where c.cut_of = $1 and (
                c.state not in ('EXPIRED', 'REJECTED') and c.duplicate_of is null
                or exists (select from uploads d where d.duplicate_of = c.id)
            )
        ) as "is!"
        "#,
        of.0,
    )
    .fetch_one(tx)
    .await
}

/// Whether a job is at nobody's hands: neither waits for a worker nor has one.
pub async fn is_unattended(tx: &mut PgConnection, job: JobId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select lease_token is null and state <> 'QUEUED' as "is!" from jobs where id = $1"#, job.0,)
        .fetch_one(tx)
        .await
}

/// Lets a job run on without its worker, as long as cuts are worked on.
pub async fn wait_for(tx: &mut PgConnection, job: JobId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update jobs
        set state = 'RUNNING', eta_ms = null, failed_because = null, lease_token = null, lease_until = null, finished_at = null
        where id = $1
        "#,
        job.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes why a sheet was not followed.
pub async fn note_not_split(tx: &mut PgConnection, id: UploadId, because: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update uploads set not_split_because = $2 where id = $1", id.0, because).execute(tx).await?;
    Ok(())
}
