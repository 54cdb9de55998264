//! One live view of all uploads of a person.

use async_graphql::{Context, SimpleObject, Subscription};
use futures::{Stream, stream};
use polyphony_kit::{Result, cursor, viewer::require_viewer};

use super::{app, upload::Upload};
use crate::live::{UploadFollower, UploadFrame, uploads_signal};

/// Uploads that have changed, each as it stands now.
#[derive(SimpleObject)]
pub(super) struct UploadChanges {
    /// The uploads, at most 100, the one that changed last comes last. Each is a whole state, whatever happened to it before.
    uploads: Vec<Upload>,
    /// Give it as `after` to go on behind this frame.
    cursor: String,
}

impl From<UploadFrame> for UploadChanges {
    fn from(frame: UploadFrame) -> Self {
        let uploads = frame.uploads.into_iter().map(|(upload, job)| Upload::with_job(upload, job)).collect();
        Self { uploads, cursor: cursor::encode(&frame.position) }
    }
}

#[derive(Default)]
pub(super) struct UploadChangesSubscription;

#[Subscription]
impl UploadChangesSubscription {
    /// All uploads of the viewer as they and their jobs change: state, percent, `playableUntilMs`, why one was rejected, and
    /// the track once it is known. One subscription is enough however many files there are: at most four frames a second, each
    /// with every upload that has changed since the one before.
    ///
    /// The first frame has what is under way (the newest 100) or, behind `after`, what has changed since, in order; a cursor
    /// never becomes too old. Subscribe before you read `viewer.uploads`, and nothing is missed between the two. Frames bear
    /// whole states, so a client replaces what it knows of an upload; one that changed in the moment of its cursor may come
    /// once more after `after`.
    async fn viewer_uploads_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last frame that was seen; one that is unknown is as none.")] after: Option<
            String,
        >,
    ) -> Result<impl Stream<Item = UploadChanges> + use<>> {
        let (app, viewer) = (app(ctx), require_viewer(ctx)?);
        let changed = app.signals.listen(&uploads_signal(viewer.user));
        let after = after.and_then(|after| cursor::decode(&after));
        let follower = UploadFollower::new(&app.store, viewer, changed, after).await?;
        Ok(stream::unfold(follower, |mut follower| async { Some((follower.next().await.into(), follower)) }))
    }
}
