//! SQL of files in folders on the server.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use polyphony_events::{JobId, UploadId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;
use crate::domain::{
    library_folder::{FolderMode, KnownFile, LibraryFile, Stamp},
    upload::Upload,
};

/// A path as it is kept.
fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// A file of an upload by its columns.
pub(super) fn file(folder: Option<String>, path: Option<Vec<u8>>, mode: Option<&str>) -> Option<LibraryFile> {
    let path = PathBuf::from(OsString::from_vec(path?));
    Some(LibraryFile { folder: folder?.into(), path, mode: FolderMode::parse(mode?)? })
}

impl Store {
    /// The files that were seen in one folder, without those in folders in it. A job that failed before `tried` is stranded: a worker
    /// could not read the file, say.
    pub async fn known_files(
        &self,
        folder: &str,
        parent: &Path,
        tried: DateTime<Utc>,
    ) -> Result<Vec<KnownFile>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            select
                f.name,
                f.size_bytes,
                f.modified_ns,
                f.upload_id as "upload: UploadId",
                u.sha256 as "sha256?",
                f.missing_since is not null as "is_missing!",
                exists (
                    select from jobs j
                    where j.upload_id = u.id and j.state = 'FAILED' and j.finished_at < $3 and (
                        u.state = 'RECEIVED'
                        or u.state = 'READY' and exists (select from encodings e where e.upload_id = u.id and not e.finished)
                    )
                ) as "is_stranded!"
            from library_files f left join uploads u on u.id = f.upload_id
            where f.folder = $1 and f.parent = $2
            "#,
            folder,
            bytes(parent),
            tried,
        );
        let known = rows.fetch_all(&self.pool).await?.into_iter().map(|row| KnownFile {
            name: OsString::from_vec(row.name),
            stamp: Stamp { size_bytes: row.size_bytes, modified_ns: row.modified_ns },
            upload: row.upload,
            sha256: row.sha256,
            is_missing: row.is_missing,
            is_stranded: row.is_stranded,
        });
        Ok(known.collect())
    }

    /// Files that were seen with this stamp elsewhere in the folder, with the SHA-256 of their bytes as far as somebody has read
    /// them: one of them may have been moved.
    pub async fn files_with_stamp(
        &self,
        folder: &str,
        stamp: Stamp,
    ) -> Result<Vec<(PathBuf, Option<String>)>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            select f.parent, f.name, u.sha256 from library_files f join uploads u on u.id = f.upload_id
            where f.folder = $1 and f.modified_ns = $2 and f.size_bytes = $3
            limit 100
            "#,
            folder,
            stamp.modified_ns,
            stamp.size_bytes,
        );
        let path = |parent, name| Path::new(&OsString::from_vec(parent)).join(OsString::from_vec(name));
        let rows = rows.fetch_all(&self.pool).await?.into_iter();
        Ok(rows.map(|row| (path(row.parent, row.name), row.sha256)).collect())
    }

    /// How the file of an upload was when it was seen last, and its media type once somebody has looked into it; none when the file
    /// has become another.
    pub async fn file_of(&self, upload: UploadId) -> Result<Option<(Stamp, Option<String>)>, sqlx::Error> {
        let row = sqlx::query!(
            r#"
            select f.size_bytes, f.modified_ns, e.content_type as "content_type?"
            from library_files f left join encodings e on e.upload_id = f.upload_id
            where f.upload_id = $1
            "#,
            upload.0,
        );
        let row = row.fetch_optional(&self.pool).await?;
        Ok(row.map(|row| (Stamp { size_bytes: row.size_bytes, modified_ns: row.modified_ns }, row.content_type)))
    }

    /// A page of the folders in which files were seen that are not known to be gone, behind this one.
    pub async fn known_parents(&self, folder: &str, after: Option<&Path>) -> Result<Vec<PathBuf>, sqlx::Error> {
        let parents = sqlx::query_scalar!(
            r#"
            select distinct parent from library_files
            where folder = $1 and missing_since is null and ($2::bytea is null or parent > $2)
            order by parent limit 500
            "#,
            folder,
            after.map(bytes),
        );
        Ok(parents.fetch_all(&self.pool).await?.into_iter().map(|parent| OsString::from_vec(parent).into()).collect())
    }

    /// Notes what the bytes of an upload hash to, where nobody has said so.
    pub async fn note_sha256(&self, id: UploadId, sha256: &str) -> Result<(), sqlx::Error> {
        sqlx::query!("update uploads set sha256 = $2 where id = $1 and sha256 is null", id.0, sha256)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Writes an upload whose bytes lie in a folder on the server.
pub async fn insert_upload(
    tx: &mut PgConnection,
    upload: &Upload,
    file: &LibraryFile,
    cue_sheet: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into uploads (
            id, owner_id, filename, size_bytes, catalog_from_tags, state, part_size_bytes, created_at, expires_at, folder,
            replaces, cue_sheet, library_folder, library_path, library_mode
        )
        values ($1, $2, $3, $4, true, 'RECEIVED', $4, $5, $5, $6, $7, $8, $9, $10, $11)
        "#,
        upload.id.0,
        upload.owner.0,
        upload.filename,
        upload.size_bytes,
        upload.created_at,
        upload.folder,
        upload.replaces.map(|replaced| replaced.0),
        cue_sheet,
        file.folder.to_str().unwrap_or_default(),
        bytes(&file.path),
        file.mode.as_str(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes how a file is now, and what it is.
pub async fn note(
    tx: &mut PgConnection,
    folder: &str,
    path: &Path,
    stamp: Stamp,
    upload: Option<UploadId>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into library_files (folder, parent, name, size_bytes, modified_ns, upload_id) values ($1, $2, $3, $4, $5, $6)
        on conflict (folder, parent, name) do update
        set size_bytes = $4, modified_ns = $5, upload_id = $6, missing_since = null
        "#,
        folder,
        bytes(path.parent().unwrap_or(Path::new(""))),
        path.file_name().unwrap_or_default().as_bytes(),
        stamp.size_bytes,
        stamp.modified_ns,
        upload.map(|upload| upload.0),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that a file is elsewhere in its folder now; gives its upload.
pub async fn move_file(
    tx: &mut PgConnection,
    folder: &str,
    (from, to): (&Path, &Path),
) -> Result<Option<UploadId>, sqlx::Error> {
    let upload = sqlx::query_scalar!(
        r#"
        update library_files set parent = $4, name = $5, missing_since = null
        where folder = $1 and parent = $2 and name = $3
        returning upload_id as "upload: UploadId"
        "#,
        folder,
        bytes(from.parent().unwrap_or(Path::new(""))),
        from.file_name().unwrap_or_default().as_bytes(),
        bytes(to.parent().unwrap_or(Path::new(""))),
        to.file_name().unwrap_or_default().as_bytes(),
    );
    let Some(upload) = upload.fetch_optional(&mut *tx).await?.flatten() else { return Ok(None) };
    sqlx::query!("update uploads set library_path = $2 where id = $1", upload.0, bytes(to)).execute(tx).await?;
    Ok(Some(upload))
}

/// Notes that files are gone: these of one folder, or all of it.
pub async fn mark_missing(
    tx: &mut PgConnection,
    folder: &str,
    parent: &Path,
    names: Option<&[OsString]>,
    now: DateTime<Utc>,
) -> Result<Vec<UploadId>, sqlx::Error> {
    let names: Option<Vec<Vec<u8>>> = names.map(|names| names.iter().map(|name| name.as_bytes().to_vec()).collect());
    let uploads = sqlx::query_scalar!(
        r#"
        update library_files set missing_since = $4
        where folder = $1 and parent = $2 and missing_since is null and ($3::bytea[] is null or name = any($3))
        returning upload_id as "upload: UploadId"
        "#,
        folder,
        bytes(parent),
        names.as_deref() as Option<&[Vec<u8>]>,
        now,
    );
    Ok(uploads.fetch_all(tx).await?.into_iter().flatten().collect())
}

/// Notes for uploads that the bytes which they need are gone. What was copied needs them no more once it was.
pub async fn miss_uploads(tx: &mut PgConnection, ids: &[UploadId], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        update uploads set missing_since = $2
        where id = any($1) and missing_since is null and (library_mode = 'REFERENCE' or state <> 'READY')
        "#,
        &ids,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that the bytes of an upload are there again. Gives its job, if that failed meanwhile and can be asked for again.
pub async fn found_again(tx: &mut PgConnection, id: UploadId) -> Result<Option<JobId>, sqlx::Error> {
    sqlx::query!("update uploads set missing_since = null where id = $1", id.0).execute(&mut *tx).await?;
    sqlx::query_scalar!(
        r#"
        select j.id as "job: JobId" from jobs j join uploads u on u.id = j.upload_id
        where u.id = $1 and j.state = 'FAILED' and (
            u.state = 'RECEIVED'
            or u.state = 'READY' and exists (select from encodings e where e.upload_id = u.id and not e.finished)
        )
        for update of j
        "#,
        id.0,
    )
    .fetch_optional(tx)
    .await
}
