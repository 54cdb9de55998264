//! The way of one file: known already? its hash, its upload (or what is missing of it), and what became of it.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use cynic::{Id, MutationBuilder, QueryBuilder};
use futures::{StreamExt, TryStreamExt, stream};

use polyphony_folders::{Found, look_at};

use super::{
    Import, Stopped,
    follow::{Followed, follow},
    journal::{Entry, Outcome},
    parts::{Part, ToSend, plan, to_send},
    report::Bar,
    summary::Ending,
    transfer,
};
use crate::{
    api::{
        accepted,
        upload::{
            ById, Cancel, Complete, CompleteVariables, CompletedPart, Create, CreateUploadInput, CreateVariables,
            Missing, Unfinished, UploadPart, UploadState, UploadTarget,
        },
    },
    error::ApiError,
    retry::retrying,
};

/// How many parts of one file are sent at the same time.
const PARTS_AT_ONCE: usize = 3;

/// Imports one file.
pub(super) async fn import_file(import: &Import, file: &Found) -> Result<Ending, Stopped> {
    if let Some(ending) = import.known(file) {
        return Ok(ending);
    }
    let unfinished = import.journal.lock().entry(file).filter(|entry| entry.outcome.is_none()).cloned();
    let mut is_resumed = unfinished.is_some();
    let mut entry = if let Some(entry) = unfinished {
        entry
    } else {
        let _slot = import.slots.acquire().await;
        let sha256 = transfer::sha256(&file.path).await.map_err(ApiError::local)?;
        fresh(file, sha256, import.journal.lock().former_upload(&file.path))
    };
    // Of several files with the same bytes one is uploaded; the others wait for what becomes of it.
    let turn = import.turn_of(&entry.sha256);
    let _turn = turn.lock().await;
    if let Some(ending) = import.same_bytes(file, &entry).await? {
        return Ok(ending);
    }
    for _ in 0..2 {
        if !is_resumed {
            import.journal.lock().begin(&file.path, entry.clone()).map_err(ApiError::local)?;
        }
        match once(import, file, &entry, is_resumed).await {
            Err(Stopped::StartOver) => {
                abandon(import, file).await;
                (entry, is_resumed) = (fresh(file, entry.sha256, entry.replaces), false);
            }
            ended => return ended,
        }
    }
    Err(Stopped::Failed("the server lost its upload twice".to_owned()))
}

/// Tells the server that an upload will not be completed. It would find out by itself, a day later.
async fn abandon(import: &Import, file: &Found) {
    let upload = import.journal.lock().entry(file).and_then(|entry| entry.upload.clone());
    if let Some(id) = upload {
        let answer = import.client.run(Cancel::build(ById { id: Id::new(id) })).await;
        // One that is gone already is as good as cancelled.
        let _ = answer.and_then(|answer| accepted(answer.cancel_upload.user_errors));
    }
}

fn fresh(file: &Found, sha256: String, replaces: Option<String>) -> Entry {
    Entry {
        size: file.size,
        modified: file.modified,
        sha256,
        key: uuid::Uuid::now_v7().to_string(),
        upload: None,
        etags: BTreeMap::new(),
        completed: false,
        outcome: None,
        replaces,
    }
}

async fn once(import: &Import, file: &Found, entry: &Entry, is_resumed: bool) -> Result<Ending, Stopped> {
    let (upload, was_completed) = match &entry.upload {
        Some(upload) if entry.completed => (upload.clone(), true),
        _ => {
            let _slot = import.slots.acquire().await;
            let bar = import.report.upload(&file.label, file.size);
            (send(import, file, entry, &bar).await?, false)
        }
    };
    if import.no_wait {
        return Ok(Ending::Uploaded);
    }
    let bar = import.report.processing(&file.label);
    let Followed { outcome, not_split } = follow(import, &upload, &bar, is_resumed && was_completed).await?;
    import.journal.lock().finished(&file.path, &outcome).map_err(ApiError::local)?;
    Ok(match outcome {
        Outcome::Imported { track } => Ending::Imported { track, not_split: not_split.map(|why| file.not_split(&why)) },
        Outcome::Divided { tracks } => Ending::Divided { tracks },
        Outcome::Duplicate { track } => Ending::AlreadyThere { track },
        Outcome::Rejected { reason } => Ending::Rejected { reason },
    })
}

/// Sends what is missing of a file, and gives the id of its upload.
async fn send(import: &Import, file: &Found, entry: &Entry, bar: &Bar) -> Result<String, Stopped> {
    let (id, created) = create(import, file, entry).await?;
    let (mut etags, mut missing) = (BTreeMap::new(), None);
    if entry.upload.as_ref() == Some(&id) {
        let upload = unfinished(import, &id).await?;
        match upload.state {
            UploadState::AwaitingBytes => {}
            UploadState::Expired => return Err(Stopped::StartOver),
            // An earlier import completed it, and was interrupted before it could note so.
            _ => return completed(import, file, id),
        }
        etags.clone_from(&entry.etags);
        missing = upload.missing_parts;
    } else {
        import.journal.lock().created(&file.path, &id).map_err(ApiError::local)?;
    }
    let created = created.or_else(|| missing.clone()).ok_or(Stopped::StartOver)?;
    let plan = plan(file.size, created.part_size_bytes.max(1) as u64);
    let ToSend::Parts(parts) = to_send(&plan, &etags, &created, missing.as_ref()) else {
        return Err(Stopped::StartOver);
    };
    bar.add(file.size - parts.iter().map(|(part, _)| part.length).sum::<u64>());
    let sent: Vec<(i32, String)> = stream::iter(parts)
        .map(|(part, place)| send_part(import, file, &id, part, place, bar))
        .buffer_unordered(PARTS_AT_ONCE)
        .try_collect()
        .await?;
    etags.extend(sent);
    if look_at(&file.path).ok() != Some((file.size, file.modified)) {
        return Err(Stopped::Failed("it was changed while it was uploaded".to_owned()));
    }
    complete(import, &id, &etags).await?;
    completed(import, file, id)
}

fn completed(import: &Import, file: &Found, id: String) -> Result<String, Stopped> {
    import.journal.lock().completed(&file.path).map_err(ApiError::local)?;
    Ok(id)
}

/// Creates the upload; with the key of an earlier attempt that is the same one.
async fn create(import: &Import, file: &Found, entry: &Entry) -> Result<(String, Option<UploadTarget>), Stopped> {
    let filename = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let input = CreateUploadInput {
        filename,
        size_bytes: file.size as f64,
        sha256: Some(entry.sha256.clone()),
        catalog_from_tags: Some(true),
        folder: file.path.parent().map(|folder| folder.to_string_lossy().into_owned()),
        replaces: entry.replaces.clone().map(Id::new),
        cue_sheet: file.sheet.as_ref().map(|sheet| sheet.text.clone()),
    };
    let variables = CreateVariables { input, key: entry.key.clone() };
    let answer = retrying(import.patience, || import.client.run(Create::build(variables.clone()))).await?.create_upload;
    match accepted(answer.user_errors) {
        Err(ApiError::Refused { code, .. }) if code == "IDEMPOTENCY_KEY_REUSED" => return Err(Stopped::StartOver),
        refused => refused?,
    }
    let upload = answer.upload.ok_or_else(|| Stopped::Failed("the server did not create the upload".to_owned()))?;
    Ok((upload.id.into_inner(), answer.target))
}

async fn unfinished(import: &Import, id: &str) -> Result<Unfinished, Stopped> {
    let look = || import.client.run(Missing::build(ById { id: Id::new(id) }));
    retrying(import.patience, look).await?.upload.ok_or(Stopped::StartOver)
}

async fn send_part(
    import: &Import,
    file: &Found,
    id: &str,
    part: Part,
    mut place: UploadPart,
    bar: &Bar,
) -> Result<(i32, String), Stopped> {
    let http = &import.client.endpoint.http;
    let mut has_fresh_place = false;
    let etag = loop {
        match retrying(import.patience, || transfer::put(http, &file.path, part, &place, bar)).await {
            // The place was signed too long ago.
            Err(ApiError::Status { status: 403, .. }) if !has_fresh_place => {
                has_fresh_place = true;
                let missing =
                    unfinished(import, id).await?.missing_parts.map(|target| target.parts).unwrap_or_default();
                let fresh = missing.into_iter().find(|fresh| fresh.number == part.number);
                place = fresh.ok_or(Stopped::StartOver)?;
            }
            // The object store has forgotten the upload.
            Err(ApiError::Status { status: 404, .. }) => return Err(Stopped::StartOver),
            outcome => break outcome?,
        }
    };
    import.journal.lock().part(&file.path, part.number, &etag).map_err(ApiError::local)?;
    import.sent.fetch_add(part.length, Ordering::Relaxed);
    Ok((part.number, etag))
}

async fn complete(import: &Import, id: &str, etags: &BTreeMap<i32, String>) -> Result<(), Stopped> {
    let parts: Vec<_> =
        etags.iter().map(|(number, etag)| CompletedPart { number: *number, etag: etag.clone() }).collect();
    let variables = CompleteVariables { id: Id::new(id), parts };
    let answer =
        retrying(import.patience, || import.client.run(Complete::build(variables.clone()))).await?.complete_upload;
    match accepted(answer.user_errors) {
        Err(ApiError::Refused { code, .. }) if code == "UPLOAD_INCOMPLETE" || code == "NOT_FOUND" => {
            Err(Stopped::StartOver)
        }
        refused => Ok(refused?),
    }
}
