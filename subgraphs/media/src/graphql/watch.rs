//! Live views of uploads and jobs. A frame is a full state; signals say when to look again, and a look now and then makes
//! up for those that were lost.

use std::{future::Future, time::Duration};

use async_graphql::{Context, ID, Subscription};
use futures::{Stream, StreamExt, stream};
use polyphony_events::{JobId, UploadId};
use polyphony_kit::{Error, Result, Viewer, viewer::require_viewer};
use tokio::sync::watch;

use super::{app, job::TranscodeJob, upload::Upload};
use crate::{
    app::App,
    domain::{
        job::{Job, JobState},
        upload::{self, UploadState},
    },
};

/// A running job is looked at this often at least, so that its frames, the looks included, are no second apart.
const EVERY: Duration = Duration::from_millis(700);

#[derive(Default)]
pub(super) struct WatchSubscription;

#[Subscription]
impl WatchSubscription {
    /// A job as it proceeds: first as it stands, then at least once a second while it runs. Ends after READY, FAILED or
    /// CANCELLED.
    async fn transcode_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's id.")] job_id: ID,
    ) -> Result<impl Stream<Item = TranscodeJob> + use<>> {
        let (app, viewer) = (app(ctx).clone(), require_viewer(ctx)?.clone());
        let id = JobId::parse(&job_id).ok_or_else(|| unseen("job"))?;
        let changes = app.signals.listen(&id.to_string());
        let first = job(&app, &viewer, id).await?.ok_or_else(|| unseen("job"))?;
        let frames = follow(first, changes, move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { job(&app, &viewer, id).await }
        });
        Ok(frames.map(TranscodeJob))
    }

    /// An upload as it changes: first as it stands. Ends when nothing more happens to it.
    async fn upload_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The upload's id.")] upload_id: ID,
    ) -> Result<impl Stream<Item = Upload> + use<>> {
        let (app, viewer) = (app(ctx).clone(), require_viewer(ctx)?.clone());
        let id = UploadId::parse(&upload_id).ok_or_else(|| unseen("upload"))?;
        let changes = app.signals.listen(&id.to_string());
        let first = upload(&app, &viewer, id).await?.ok_or_else(|| unseen("upload"))?;
        let frames = follow(first, changes, move || {
            let (app, viewer) = (app.clone(), viewer.clone());
            async move { upload(&app, &viewer, id).await }
        });
        Ok(frames.map(|watched| Upload::new(watched.upload)))
    }
}

fn unseen(what: &str) -> Error {
    Error::forbidden(format!("there is no such {what}, or it is not yours"))
}

async fn job(app: &App, viewer: &Viewer, id: JobId) -> Result<Option<Job>> {
    Ok(app.store.visible_jobs(Some(viewer), &[id]).await?.pop())
}

/// An upload with what its end depends on.
#[derive(Clone, Debug, PartialEq)]
struct WatchedUpload {
    upload: upload::Upload,
    job: Option<Job>,
}

async fn upload(app: &App, viewer: &Viewer, id: UploadId) -> Result<Option<WatchedUpload>> {
    let Some(upload) = app.store.visible_uploads(Some(viewer), &[id]).await?.pop() else { return Ok(None) };
    let job = app.store.visible_jobs_of(Some(viewer), &[id]).await?.pop();
    Ok(Some(WatchedUpload { upload, job }))
}

/// Something that changes and comes to an end.
trait Watched: Clone + PartialEq {
    /// Whether it is shown again though nothing changed.
    fn is_lively(&self) -> bool;
    /// Whether nothing more happens to it.
    fn is_over(&self) -> bool;
}

impl Watched for Job {
    fn is_lively(&self) -> bool {
        self.state == JobState::Running
    }

    fn is_over(&self) -> bool {
        self.state.is_final()
    }
}

impl Watched for WatchedUpload {
    fn is_lively(&self) -> bool {
        false
    }

    fn is_over(&self) -> bool {
        let Self { upload, job } = self;
        match upload.state {
            UploadState::Rejected | UploadState::Expired => true,
            // The catalog makes its track a moment later.
            UploadState::Ready => !upload.catalog_from_tags || upload.track.is_some(),
            // A job that failed or was cancelled leaves its upload waiting for another try.
            _ => job.as_ref().is_some_and(|job| job.state.is_final()),
        }
    }
}

/// What is being followed.
struct Following<T, F> {
    shown: T,
    changes: watch::Receiver<u64>,
    look: F,
    is_first: bool,
}

/// Shows `first`, then every change, until it is over or gone.
fn follow<T, F, Fut>(first: T, changes: watch::Receiver<u64>, look: F) -> impl Stream<Item = T> + use<T, F, Fut>
where
    T: Watched + Send,
    F: Fn() -> Fut + Send,
    Fut: Future<Output = Result<Option<T>>> + Send,
{
    let following = Following { shown: first, changes, look, is_first: true };
    stream::unfold(Some(following), |following| async {
        let mut following = following?;
        following.next().await.map(|frame| (frame, Some(following)))
    })
}

impl<T, F, Fut> Following<T, F>
where
    T: Watched,
    F: Fn() -> Fut,
    Fut: Future<Output = Result<Option<T>>>,
{
    async fn next(&mut self) -> Option<T> {
        if std::mem::take(&mut self.is_first) {
            return Some(self.shown.clone());
        }
        if self.shown.is_over() {
            return None;
        }
        loop {
            tokio::select! {
                changed = self.changes.changed() => if changed.is_err() { return None },
                () = tokio::time::sleep(EVERY) => {}
            }
            let seen = match (self.look)().await {
                Ok(seen) => seen?,
                // The database may be away for a moment; the next look tells.
                Err(error) => {
                    tracing::warn!(?error, "a live view could not look");
                    continue;
                }
            };
            if seen != self.shown || seen.is_lively() {
                self.shown = seen;
                return Some(self.shown.clone());
            }
        }
    }
}
