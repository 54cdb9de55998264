//! Takes the bytes of an upload as complete, and queues the job that has them joined and looks at them. The parts are only
//! compared here: a store may take minutes to join them, and nobody waits for that.

use std::collections::HashMap;

use anyhow::Context;
use polyphony_events::{JobId, UploadId, media::UploadReceived};
use polyphony_kit::{Viewer, outbox, request_id};

use super::{CommandError, CommandResult};
use crate::{
    app::App,
    domain::{
        keys,
        refusal::{Refusal, RefusalCode},
        upload::{Upload, UploadState},
    },
    store::{job, upload},
};

/// A part as the client says that it arrived.
#[derive(Clone, Debug)]
pub struct CompletedPart {
    /// Its number, from 1.
    pub number: i32,
    /// What the object store answered.
    pub etag: String,
}

/// Completes an upload whose parts are all there. Calling it again changes nothing.
pub async fn complete_upload(
    app: &App,
    viewer: &Viewer,
    id: UploadId,
    parts: &[CompletedPart],
) -> CommandResult<Upload> {
    let upload = app.store.upload(id).await?.filter(|upload| upload.owner == viewer.user).ok_or_else(not_found)?;
    if awaits_bytes(&upload)? {
        // No transaction waits for the object store.
        let (source, multipart) = (keys::source(id), upload.multipart_id.as_ref());
        let multipart = multipart.with_context(|| format!("the upload {id} has no multipart upload"))?;
        match app.blobs.list_parts(&source, multipart).await? {
            Some(arrived) => check_parts(&upload, parts, &arrived)?,
            // Joined, and whoever did that could not write it down.
            None if app.blobs.head(&source).await? == Some(upload.size_bytes as u64) => {}
            None => check_parts(&upload, parts, &[])?,
        }
    }
    let mut tx = app.store.begin().await?;
    let mut upload = upload::lock(&mut tx, id).await?.ok_or_else(not_found)?;
    if !awaits_bytes(&upload)? {
        return Ok(upload);
    }
    let now = app.clock.now();
    let (job_id, origin) = (JobId::new(), request_id::origin().unwrap_or_else(request_id::Origin::fresh));
    upload::set_state(&mut tx, id, UploadState::Received).await?;
    job::insert(&mut tx, job_id, &upload, &origin, now).await?;
    let event = UploadReceived {
        upload_id: id,
        job_id,
        owner_id: upload.owner,
        filename: upload.filename.clone(),
        size_bytes: upload.size_bytes,
    };
    outbox::push(&mut tx, &app.clock, &event).await?;
    tx.commit().await?;
    app.upload_changed(upload.owner, id, Some(job_id));
    upload.state = UploadState::Received;
    Ok(upload)
}

/// Whether an upload is still to be completed; refuses what was given up.
fn awaits_bytes(upload: &Upload) -> Result<bool, Refusal> {
    match upload.state {
        UploadState::Expired => Err(Refusal::new(RefusalCode::Conflict, "The upload was cancelled or came too late.")),
        state => Ok(state == UploadState::AwaitingBytes),
    }
}

/// Checks the client's list against what arrived.
fn check_parts(upload: &Upload, claimed: &[CompletedPart], arrived: &[(i32, String, u64)]) -> Result<(), Refusal> {
    let path: &'static [&'static str] = &["parts"];
    let arrived: HashMap<_, _> = arrived.iter().map(|(number, etag, size)| (*number, (etag, *size))).collect();
    let claimed: HashMap<_, _> = claimed.iter().map(|part| (part.number, part.etag.as_str())).collect();
    let expected = upload.parts();
    let missing = |number: i32| {
        let tag = |etag: &str| etag.trim_matches('"').to_ascii_lowercase();
        arrived.get(&number).is_none_or(|(etag, _)| claimed.get(&number).is_none_or(|said| tag(said) != tag(etag)))
    };
    let absent: Vec<_> = expected.iter().filter(|(n, _)| missing(*n)).map(|(n, _)| n.to_string()).collect();
    if !absent.is_empty() {
        let shown = absent.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
        let message = format!("{} of {} parts are missing or changed: {shown}.", absent.len(), expected.len());
        return Err(Refusal::new(RefusalCode::UploadIncomplete, message).at(path));
    }
    if arrived.len() > expected.len() || claimed.len() > expected.len() {
        let message = format!("The file was announced with {} parts, and there are more.", expected.len());
        return Err(Refusal::new(RefusalCode::UploadIncomplete, message).at(path));
    }
    let wrong = expected.iter().find(|(number, size)| arrived[number].1 != *size as u64);
    if let Some((number, size)) = wrong {
        let message = format!("Part {number} has {} bytes, not {size}.", arrived[number].1);
        return Err(Refusal::new(RefusalCode::UploadIncomplete, message).at(path));
    }
    Ok(())
}

fn not_found() -> CommandError {
    Refusal::new(RefusalCode::NotFound, "There is no such upload.").at(&["uploadId"]).into()
}
