//! SQL of uploads.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, UploadId, UserId, media::MediaReady};
use polyphony_kit::{Viewer, page::Page};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{Reader, Store, library_file, unknown};
use crate::domain::{
    cut::Cut,
    refusal::{Refusal, RefusalCode},
    upload::{NewUpload, Upload, UploadState},
};

struct Row {
    id: UploadId,
    owner: UserId,
    filename: String,
    size_bytes: i64,
    sha256: Option<String>,
    for_track: Option<TrackId>,
    catalog_from_tags: bool,
    state: String,
    rejected_because: Option<String>,
    rejected_reason: Option<String>,
    is_duplicate: bool,
    duplicate_of: Option<TrackId>,
    track: Option<TrackId>,
    multipart_id: Option<String>,
    part_size_bytes: i64,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    replaces: Option<UploadId>,
    folder: Option<String>,
    trashed_at: Option<DateTime<Utc>>,
    cut_of: Option<UploadId>,
    cut_number: Option<i32>,
    cut_start: Option<i64>,
    cut_end: Option<i64>,
    not_split_because: Option<String>,
    library_folder: Option<String>,
    library_path: Option<Vec<u8>>,
    library_mode: Option<String>,
    missing_since: Option<DateTime<Utc>>,
}

impl Row {
    fn cut(&self) -> Option<Cut> {
        Some(Cut { of: self.cut_of?, number: self.cut_number?, start: self.cut_start?, end: self.cut_end })
    }
}

impl TryFrom<Row> for Upload {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            cut: row.cut(),
            id: row.id,
            owner: row.owner,
            filename: row.filename,
            size_bytes: row.size_bytes,
            sha256: row.sha256,
            for_track: row.for_track,
            catalog_from_tags: row.catalog_from_tags,
            state: UploadState::parse(&row.state).ok_or_else(|| unknown("state", &row.state))?,
            rejected_because: row.rejected_because.as_deref().and_then(RefusalCode::parse),
            rejected_reason: row.rejected_reason,
            is_duplicate: row.is_duplicate,
            duplicate_of: row.duplicate_of,
            track: row.track,
            multipart_id: row.multipart_id,
            part_size_bytes: row.part_size_bytes,
            created_at: row.created_at,
            expires_at: row.expires_at,
            replaces: row.replaces,
            folder: row.folder,
            trashed_at: row.trashed_at,
            not_split_because: row.not_split_because,
            library: library_file::file(row.library_folder, row.library_path, row.library_mode.as_deref()),
            missing_since: row.missing_since,
        })
    }
}

/// `select` of [`Row`] with this rest of the statement.
macro_rules! select_uploads {
    ($rest:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                u.id as "id: UploadId",
                u.owner_id as "owner: UserId",
                u.filename,
                u.size_bytes,
                u.sha256,
                u.for_track_id as "for_track: TrackId",
                u.catalog_from_tags,
                u.state,
                u.rejected_because,
                u.rejected_reason,
                u.duplicate_of is not null as "is_duplicate!",
                (
                    select t.track_id
                    from uploads o join track_media t on t.track_id = o.track_id
                    where o.id = u.duplicate_of and (t.status = 'PUBLISHED' or t.owner_id = u.owner_id)
                ) as "duplicate_of: TrackId",
                coalesce(u.track_id, u.for_track_id) as "track: TrackId",
                u.multipart_id,
                u.part_size_bytes,
                u.created_at,
                u.expires_at,
                u.replaces as "replaces: UploadId",
                u.folder,
                u.unused_since as trashed_at,
                u.cut_of as "cut_of: UploadId",
                u.cut_number,
                u.cut_start,
                u.cut_end,
                u.not_split_because,
                u.library_folder,
                u.library_path,
                u.library_mode,
                u.missing_since
            from uploads u
            "# + $rest,
            $($argument),*
        )
    };
}

fn read(rows: Vec<Row>) -> Result<Vec<Upload>, sqlx::Error> {
    rows.into_iter().map(Upload::try_from).collect()
}

impl Store {
    /// Those of the uploads that `viewer` may see.
    pub async fn visible_uploads(&self, viewer: Option<&Viewer>, ids: &[UploadId]) -> Result<Vec<Upload>, sqlx::Error> {
        let Some(viewer) = viewer else { return Ok(Vec::new()) };
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = select_uploads!("where u.id = any($1)", &ids).fetch_all(&self.pool).await?;
        Ok(read(rows)?.into_iter().filter(|upload| upload.is_visible_to(viewer)).collect())
    }

    /// The cuts of these uploads that `viewer` may see, in order.
    pub async fn visible_cuts(&self, viewer: Option<&Viewer>, of: &[UploadId]) -> Result<Vec<Upload>, sqlx::Error> {
        let Some(viewer) = viewer else { return Ok(Vec::new()) };
        let ids: Vec<Uuid> = of.iter().map(|id| id.0).collect();
        let rows =
            select_uploads!("where u.cut_of = any($1) order by u.cut_number", &ids).fetch_all(&self.pool).await?;
        Ok(read(rows)?.into_iter().filter(|upload| upload.is_visible_to(viewer)).collect())
    }

    /// An upload by its id, for our own work.
    pub async fn upload(&self, id: UploadId) -> Result<Option<Upload>, sqlx::Error> {
        select_uploads!("where u.id = $1", id.0).fetch_optional(&self.pool).await?.map(Upload::try_from).transpose()
    }

    /// A page of the uploads of a person, newest first, and how many there are. The sort key is time and id.
    pub async fn uploads_of(
        &self,
        owner: UserId,
        page: &Page<(DateTime<Utc>, Uuid)>,
    ) -> Result<(Vec<Upload>, i64), sqlx::Error> {
        let (at, id) = page.after.unzip();
        let rows = select_uploads!(
            r"
            where u.owner_id = $1 and ($2::timestamptz is null or (u.created_at, u.id) < ($2, $3))
            order by u.created_at desc, u.id desc
            limit $4
            ",
            owner.0,
            at,
            id,
            page.limit(),
        );
        let rows = read(rows.fetch_all(&self.pool).await?)?;
        let total = sqlx::query_scalar!(r#"select count(*) as "count!" from uploads where owner_id = $1"#, owner.0);
        Ok((rows, total.fetch_one(&self.pool).await?))
    }

    /// A page of the trash of a person, last thrown away first, and how much there is. The sort key is time and id.
    pub async fn trash_of(
        &self,
        owner: UserId,
        page: &Page<(DateTime<Utc>, Uuid)>,
    ) -> Result<(Vec<Upload>, i64), sqlx::Error> {
        let (at, id) = page.after.unzip();
        let rows = select_uploads!(
            r"
            where u.owner_id = $1 and u.unused_since is not null and u.state = 'READY'
            and ($2::timestamptz is null or (u.unused_since, u.id) < ($2, $3))
            order by u.unused_since desc, u.id desc
            limit $4
            ",
            owner.0,
            at,
            id,
            page.limit(),
        );
        let rows = read(rows.fetch_all(&self.pool).await?)?;
        let total = sqlx::query_scalar!(
            r#"
            select count(*) as "count!" from uploads
            where owner_id = $1 and unused_since is not null and state = 'READY'
            "#,
            owner.0,
        );
        Ok((rows, total.fetch_one(&self.pool).await?))
    }

    /// Uploads whose bytes did not come in time.
    pub async fn overdue_uploads(&self, now: DateTime<Utc>) -> Result<Vec<UploadId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select id as "id: UploadId" from uploads
            where state = 'AWAITING_BYTES' and expires_at <= $1
            order by expires_at limit 100
            "#,
            now,
        )
        .fetch_all(&self.pool)
        .await
    }
}

impl Loader<UploadId> for Reader {
    type Value = Upload;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, ids: &[UploadId]) -> Result<HashMap<UploadId, Upload>, Self::Error> {
        let uploads = self.store.visible_uploads(self.viewer.as_ref(), ids).await?;
        Ok(uploads.into_iter().map(|upload| (upload.id, upload)).collect())
    }
}

/// An upload, held until the transaction ends.
pub async fn lock(tx: &mut PgConnection, id: UploadId) -> Result<Option<Upload>, sqlx::Error> {
    let row = select_uploads!("where u.id = $1 for update of u", id.0).fetch_optional(tx).await?;
    row.map(Upload::try_from).transpose()
}

/// Whether it was divided into cuts, by whoever holds it.
pub async fn is_divided(tx: &mut PgConnection, id: UploadId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from uploads where cut_of = $1) as "is!""#, id.0).fetch_one(tx).await
}

/// What a person has uploaded: bytes that count, and uploads that are open.
pub async fn usage(tx: &mut PgConnection, owner: UserId) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select
            coalesce(sum(size_bytes) filter (where counts), 0)::bigint as "bytes!",
            count(*) filter (where state = 'AWAITING_BYTES') as "open!"
        from (
            select
                u.size_bytes,
                u.state,
                -- What lies in a folder on the server is the operator's choice. A divided file counts while one of its tracks
                -- needs its bytes and is still its owner's.
                u.duplicate_of is null and u.cut_of is null and u.library_folder is null and (
                    not exists (select from uploads c where c.cut_of = u.id)
                    or exists (
                        select from uploads c
                        where c.cut_of = u.id and c.state not in ('REJECTED', 'EXPIRED') and c.duplicate_of is null
                    )
                ) as counts
            from uploads u
            where u.owner_id = $1 and u.state not in ('REJECTED', 'EXPIRED')
        ) u
        "#,
        owner.0,
    )
    .fetch_one(tx)
    .await?;
    Ok((row.bytes, row.open))
}

/// Writes a new upload that awaits its bytes.
pub async fn insert(
    tx: &mut PgConnection,
    id: UploadId,
    owner: UserId,
    new: &NewUpload,
    multipart_id: &str,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into uploads (
            id, owner_id, filename, size_bytes, sha256, for_track_id, catalog_from_tags, state, multipart_id,
            part_size_bytes, created_at, expires_at, folder, replaces, cue_sheet
        )
        values ($1, $2, $3, $4, $5, $6, $7, 'AWAITING_BYTES', $8, $9, $10, $11, $12, $13, $14)
        "#,
        id.0,
        owner.0,
        new.filename,
        new.size_bytes,
        new.sha256,
        new.track.map(|track| track.0),
        new.catalog_from_tags,
        multipart_id,
        new.part_size_bytes(),
        now,
        expires_at,
        new.folder,
        new.replaces.map(|upload| upload.0),
        new.cue_sheet,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Moves an upload to another state. Once its parts are joined or given up there is no multipart upload any more.
pub async fn set_state(tx: &mut PgConnection, id: UploadId, state: UploadState) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update uploads set state = $2, multipart_id = case when $2 in ('RECEIVED', 'PROBING') then multipart_id end
        where id = $1
        "#,
        id.0,
        state.as_str(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets a track that is gone.
pub async fn forget_track(tx: &mut PgConnection, track: TrackId) -> Result<(), sqlx::Error> {
    sqlx::query!("update uploads set track_id = null where track_id = $1", track.0).execute(tx).await?;
    Ok(())
}

/// Notes why the file cannot become a track.
pub async fn reject(tx: &mut PgConnection, id: UploadId, refusal: &Refusal) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update uploads
        set state = 'REJECTED', multipart_id = null, rejected_because = $2, rejected_reason = $3
        where id = $1
        "#,
        id.0,
        refusal.code.as_str(),
        refusal.message,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that the bytes of an upload did not come in time.
pub async fn expire(tx: &mut PgConnection, id: UploadId, refusal: &Refusal) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update uploads
        set state = 'EXPIRED', multipart_id = null, rejected_because = $2, rejected_reason = $3
        where id = $1
        "#,
        id.0,
        refusal.code.as_str(),
        refusal.message,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that an upload is ready, whose audio it plays if that was there already, and what the catalog is told of it.
pub async fn finish(
    tx: &mut PgConnection,
    id: UploadId,
    duplicate_of: Option<UploadId>,
    announced: Option<&MediaReady>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update uploads set state = 'READY', duplicate_of = $2, announced = coalesce($3, announced) where id = $1",
        id.0,
        duplicate_of.map(|original| original.0),
        announced.map(Json) as Option<Json<&MediaReady>>,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes an upload out of the trash. From now on the catalog makes its track from its tags.
pub async fn restore(tx: &mut PgConnection, id: UploadId) -> Result<(), sqlx::Error> {
    sqlx::query!("update uploads set unused_since = null, catalog_from_tags = true where id = $1", id.0)
        .execute(tx)
        .await?;
    Ok(())
}
