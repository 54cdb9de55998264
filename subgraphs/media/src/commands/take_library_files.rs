//! Makes uploads of files in a folder on the server, as if their owner had sent them, and notes what has become of others.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use polyphony_events::{
    JobId, UploadId, UserId,
    media::{TranscodeRequested, UploadReceived},
};
use polyphony_kit::{outbox, request_id::Origin};
use sqlx::PgConnection;
use uuid::Uuid;

use super::cancel_upload::give_up;
use crate::{
    app::App,
    domain::{
        library_folder::{FOLDER_LEASE, FoundFile, KnownFile, LibraryFile, LibraryFolder},
        upload::{NewUpload, Upload, UploadState},
    },
    store::{job, library_file, library_folder, upload},
};

/// What was found in one folder, and is to be written down.
#[derive(Debug, Default)]
pub struct Taken {
    /// Files that become uploads.
    pub new: Vec<FoundFile>,
    /// Files with other bytes than before, with what they were.
    pub changed: Vec<(FoundFile, KnownFile)>,
    /// Files that have the bytes which they had, with their stamp of now.
    pub returned: Vec<KnownFile>,
    /// Files that were elsewhere in the library (the path is given) and are here now, under this name.
    pub moved: Vec<(PathBuf, OsString)>,
    /// Files that are gone.
    pub vanished: Vec<KnownFile>,
}

impl Taken {
    /// How many files that is.
    pub fn len(&self) -> usize {
        self.new.len() + self.changed.len() + self.returned.len() + self.moved.len() + self.vanished.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Where it is written down.
#[derive(Clone, Copy, Debug)]
pub struct Destination<'a> {
    /// The folder on the server.
    pub folder: &'a LibraryFolder,
    /// Proves that it is ours to look after.
    pub token: Uuid,
    /// Whose its music is.
    pub owner: UserId,
}

/// Writes down what was found in the folder `parent` of a folder on the server, in one transaction. New and changed files
/// are uploads of `owner` from now on; a changed one takes the place of what it was, as a file does that is uploaded anew.
pub async fn take_library_files(
    app: &App,
    Destination { folder, token, owner }: Destination<'_>,
    parent: &Path,
    taken: Taken,
) -> anyhow::Result<()> {
    let (key, now) = (folder.key(), app.clock.now());
    let mut tx = app.store.begin().await?;
    // Of two workers, one of which was taken for dead, one alone writes.
    let is_ours = library_folder::is_held(&mut tx, key, token, FOLDER_LEASE).await?;
    anyhow::ensure!(is_ours, "another worker looks after the folder by now");
    let mut touched = Vec::new();
    let mut found_again = Vec::new();
    for (from, name) in &taken.moved {
        found_again.extend(library_file::move_file(&mut tx, key, (from, &parent.join(name))).await?);
    }
    for file in taken.returned {
        library_file::note(&mut tx, key, &parent.join(&file.name), file.stamp, file.upload).await?;
        found_again.extend(file.upload);
    }
    for id in found_again {
        if let Some(job) = library_file::found_again(&mut tx, id).await? {
            job::requeue(&mut tx, job, now).await?;
            outbox::push(&mut tx, &app.clock, &TranscodeRequested { upload_id: id, job_id: job }).await?;
        }
        touched.push(id);
    }
    let vanished: Vec<OsString> = taken.vanished.into_iter().map(|file| file.name).collect();
    if !vanished.is_empty() {
        let uploads = library_file::mark_missing(&mut tx, key, parent, Some(&vanished), now).await?;
        library_file::miss_uploads(&mut tx, &uploads, now).await?;
        touched.extend(uploads);
    }
    for (file, before) in taken.changed {
        if let Some(former) = before.upload {
            leave_former(app, &mut tx, former).await?;
            touched.push(former);
        }
        touched.push(take(app, &mut tx, folder, owner, parent, (file, before.upload)).await?);
    }
    for file in taken.new {
        touched.push(take(app, &mut tx, folder, owner, parent, (file, None)).await?);
    }
    tx.commit().await?;
    for id in touched {
        app.upload_changed(owner, id, None);
    }
    Ok(())
}

/// What a file was before it changed: nobody can read those bytes any more. What is not encoded yet is given up.
async fn leave_former(app: &App, tx: &mut PgConnection, former: UploadId) -> anyhow::Result<()> {
    // The job first, as everywhere.
    let job = job::lock_of(tx, former).await?;
    let Some(found) = upload::lock(tx, former).await? else { return Ok(()) };
    let is_underway = matches!(found.state, UploadState::Received | UploadState::Probing | UploadState::Transcoding);
    if is_underway && found.library.is_some() && !upload::is_divided(tx, former).await? {
        give_up(app, tx, &found, job.as_ref()).await?;
        return Ok(());
    }
    library_file::miss_uploads(tx, &[former], app.clock.now()).await?;
    Ok(())
}

/// Makes an upload of a file, with its job.
async fn take(
    app: &App,
    tx: &mut PgConnection,
    folder: &LibraryFolder,
    owner: UserId,
    parent: &Path,
    (file, replaces): (FoundFile, Option<UploadId>),
) -> anyhow::Result<UploadId> {
    let (id, job_id, now) = (UploadId::new(), JobId::new(), app.clock.now());
    let path = parent.join(&file.name);
    let filename = NewUpload::parse_filename(&file.name.to_string_lossy()).unwrap_or_else(|_| "audio".to_owned());
    let upload = Upload {
        id,
        owner,
        filename,
        size_bytes: file.stamp.size_bytes,
        sha256: None,
        for_track: None,
        catalog_from_tags: true,
        state: UploadState::Received,
        rejected_because: None,
        rejected_reason: None,
        is_duplicate: false,
        duplicate_of: None,
        track: None,
        multipart_id: None,
        part_size_bytes: file.stamp.size_bytes,
        created_at: now,
        expires_at: now,
        replaces,
        folder: NewUpload::parse_folder(&folder.path.join(parent).to_string_lossy()),
        trashed_at: None,
        cut: None,
        not_split_because: None,
        library: Some(LibraryFile { folder: folder.path.clone(), path: path.clone(), mode: folder.mode }),
        missing_since: None,
    };
    let sheet = file.cue_sheet.and_then(|sheet| NewUpload::parse_cue_sheet(&sheet).ok());
    if let Some(from) = &upload.library {
        library_file::insert_upload(tx, &upload, from, sheet.as_deref()).await?;
    }
    job::insert(tx, job_id, &upload, &Origin::fresh(), now).await?;
    library_file::note(tx, folder.key(), &path, file.stamp, Some(id)).await?;
    let event = UploadReceived {
        upload_id: id,
        job_id,
        owner_id: owner,
        filename: upload.filename,
        size_bytes: upload.size_bytes,
    };
    outbox::push(tx, &app.clock, &event).await?;
    Ok(id)
}
