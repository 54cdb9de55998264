//! What has to be done now and then: the bucket made, abandoned uploads given up, needless objects deleted.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    commands::{
        end_export::{expire_export, fail_export},
        expire_image::expire_image,
        expire_upload::expire_upload,
        retire_upload::retire_upload,
        settle_cuts::settle_cuts,
    },
    domain::data_export::{EXPORT_RETENTION, EXPORT_TIMEOUT},
    store::garbage::Garbage,
};

/// How often to look.
const EVERY: Duration = Duration::from_secs(5);
/// What reads much and finds next to nothing is done in one of so many rounds.
const ROUNDS: u64 = 12;

/// Keeps house until `stop`. Any number of processes may do so at once.
pub async fn run(app: App, stop: CancellationToken) {
    let mut has_bucket = false;
    for round in 0_u64.. {
        let done = async {
            once(&app, &mut has_bucket).await?;
            if round.is_multiple_of(ROUNDS) { settle_emptied(&app).await } else { Ok(()) }
        };
        if let Err(error) = done.await {
            tracing::warn!(error = format!("{error:#}"), "housekeeping is put off");
        }
        let wait = if has_bucket { EVERY } else { Duration::from_secs(1) };
        tokio::select! { () = tokio::time::sleep(wait) => {} () = stop.cancelled() => return }
    }
}

async fn once(app: &App, has_bucket: &mut bool) -> anyhow::Result<()> {
    if !*has_bucket {
        app.blobs.ensure_bucket().await?;
        if let Err(error) = app.blobs.allow_browsers().await {
            // Some operators give no right to it; the rules may be there already.
            tracing::warn!(error = format!("{error:#}"), "the bucket's rules for browsers are left as they are");
        }
        *has_bucket = true;
    }
    expire_overdue(app).await?;
    expire_images(app).await?;
    retire_unused(app).await?;
    settle_divided(app).await?;
    end_exports(app).await?;
    collect_garbage(app).await
}

/// Gives up the uploads whose bytes did not come in time.
pub async fn expire_overdue(app: &App) -> anyhow::Result<()> {
    for id in app.store.overdue_uploads(app.clock.now()).await? {
        expire_upload(app, id).await?;
        tracing::info!(upload.id = %id, "an upload was abandoned");
    }
    Ok(())
}

/// Forgets pictures whose bytes did not come in time.
pub async fn expire_images(app: &App) -> anyhow::Result<()> {
    for id in app.store.overdue_images(app.clock.now()).await? {
        expire_image(app, id).await?;
    }
    Ok(())
}

/// Lets go of the uploads that have been in the trash for long enough.
pub async fn retire_unused(app: &App) -> anyhow::Result<()> {
    let since = app.clock.now() - app.settings.trash_retention;
    for id in app.store.unused_uploads(since).await? {
        retire_upload(app, id, since).await?;
        tracing::info!(upload.id = %id, "an upload that was in the trash for long enough is let go");
    }
    Ok(())
}

/// Says of files that were divided how they stand, where whoever ended their last cut could not.
pub async fn settle_divided(app: &App) -> anyhow::Result<()> {
    for id in app.store.unsettled_uploads().await? {
        settle_cuts(app, id).await?;
    }
    Ok(())
}

/// Lets go of files that were divided and of which nothing is left, where whoever let the last of it go could not.
pub async fn settle_emptied(app: &App) -> anyhow::Result<()> {
    for id in app.store.emptied_uploads().await? {
        settle_cuts(app, id).await?;
    }
    Ok(())
}

/// Gives up the exports of people's data whose parts did not come in time, and has archives deleted that are old enough.
pub async fn end_exports(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    for export in app.store.overdue_exports(now - EXPORT_TIMEOUT).await? {
        fail_export(app, &export, "Parts of the server did not answer in time. Please try again.").await?;
    }
    for export in app.store.expired_exports(now).await? {
        expire_export(app, &export).await?;
        tracing::info!(export.id = %export.id, "an export of somebody's data has expired");
    }
    Ok(app.store.prune_exports(now - EXPORT_RETENTION, now - EXPORT_TIMEOUT).await?)
}

/// Deletes the objects that nothing refers to any more and that are due.
pub async fn collect_garbage(app: &App) -> anyhow::Result<()> {
    loop {
        let due = app.store.take_garbage().await?;
        if due.is_empty() {
            return Ok(());
        }
        for garbage in due {
            match delete(app, &garbage).await {
                Ok(()) => app.store.forget_garbage(garbage.id).await?,
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::warn!(prefix = garbage.prefix, error, "objects could not be deleted yet");
                }
            }
        }
    }
}

async fn delete(app: &App, garbage: &Garbage) -> anyhow::Result<()> {
    if let Some(id) = &garbage.multipart_id {
        app.blobs.abort_multipart(&garbage.prefix, id).await?;
    }
    app.blobs.delete_prefix(&garbage.prefix).await?;
    Ok(())
}
