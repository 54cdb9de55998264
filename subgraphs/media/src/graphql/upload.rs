//! Uploads.

use async_graphql::{Context, Enum, ID, Interface, Object, SelectionField};
use chrono::{DateTime, Utc};
use polyphony_events::UploadId;
use polyphony_kit::{Error, Result, connection, viewer::require_viewer};

use super::{
    errors::UserErrorCode,
    external::Track,
    job::TranscodeJob,
    load,
    playback::{self, ClientProfileInput, PlaybackPlan},
    upload_target::UploadTarget,
};
use crate::{
    domain::{self, job, upload},
    store::{cut::CutsOf, job::JobOfUpload, track::AudioOf},
};

/// Something that has an id of its own, by which `node` finds it.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id, unique among all things."))]
pub enum Node {
    /// An upload.
    Upload(Upload),
    /// A transcoding job.
    TranscodeJob(TranscodeJob),
}

/// What has become of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "upload::UploadState")]
pub enum UploadState {
    /// The parts are on their way to the object store.
    AwaitingBytes,
    /// All bytes are there and wait for a worker.
    Received,
    /// A worker finds out what the file is.
    Probing,
    /// A worker decodes it: how long, how loud and which audio it is.
    Transcoding,
    /// It can be played.
    Ready,
    /// The file cannot become a track; `rejectedBecause` says why.
    Rejected,
    /// Given up: cancelled, the bytes never came, or it was in the trash for long enough.
    Expired,
}

/// Whether the cuts' own cuts are asked for, by whatever way: such queries multiply.
fn has_cuts_within(field: SelectionField<'_>) -> bool {
    field.selection_set().any(|within| within.name() == "cuts" || has_cuts_within(within))
}

/// A file that somebody uploads.
#[derive(Clone, Debug)]
pub struct Upload {
    of: Box<upload::Upload>,
    job: UploadJob,
}

/// What is known of an upload's job.
#[derive(Clone, Debug)]
enum UploadJob {
    /// It is read when it is asked for.
    Unread,
    /// It was read with the upload.
    Read(Option<Box<job::Job>>),
}

impl Upload {
    /// An upload whose job is read when it is asked for.
    pub fn new(of: upload::Upload) -> Self {
        Self { of: Box::new(of), job: UploadJob::Unread }
    }

    /// An upload whose job was read with it.
    pub fn with_job(of: upload::Upload, job: Option<job::Job>) -> Self {
        Self { of: Box::new(of), job: UploadJob::Read(job.map(Box::new)) }
    }
}

/// A file that somebody uploads, and what becomes of it. Its owner and admins see it.
#[Object]
impl Upload {
    /// The id of the upload.
    pub async fn id(&self) -> ID {
        self.of.id.to_string().into()
    }

    /// The file's name as it was given.
    async fn filename(&self) -> &str {
        &self.of.filename
    }

    /// The size that was announced, in bytes; of a cut about its share of the file.
    async fn size_bytes(&self) -> f64 {
        self.of.size_bytes as f64
    }

    /// What has become of it.
    async fn state(&self) -> UploadState {
        self.of.state.into()
    }

    /// Why it was rejected, if it was (the job's `failedBecause` says it in words), or why it expired by itself.
    async fn rejected_because(&self) -> Option<UserErrorCode> {
        self.of.rejected_because.map(Into::into)
    }

    /// Why it was rejected or expired, in an English sentence that can be shown; null when it was not.
    async fn rejected_reason(&self) -> Option<&str> {
        self.of.rejected_reason.as_deref()
    }

    /// A track that had the same audio before, if there is one that the viewer may know of. The upload has a `track` all the
    /// same: this one, or one of its own at the place that its tags name.
    async fn duplicate_of(&self) -> Option<Track> {
        self.of.duplicate_of.map(Track::new)
    }

    /// The job that makes it playable, once all bytes are there.
    async fn job(&self, ctx: &Context<'_>) -> Result<Option<TranscodeJob>> {
        let job = match &self.job {
            UploadJob::Read(job) => job.as_deref().cloned(),
            UploadJob::Unread => load(ctx).load_one(JobOfUpload(self.of.id)).await?,
        };
        Ok(job.map(TranscodeJob))
    }

    /// When it came into its owner's trash, because no track keeps it any more; null while one does.
    async fn trashed_at(&self) -> Option<DateTime<Utc>> {
        self.of.trashed_at
    }

    /// When it goes for good if nobody takes it out of the trash; null while it is not in it.
    async fn trashed_until(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        self.of.trashed_at.map(|at| at + super::app(ctx).settings.trash_retention)
    }

    /// The track that keeps it: it plays from it, or has it as another source (`Track.sources`). Null while the catalog has not
    /// made it yet, and when it is in the trash.
    async fn track(&self) -> Option<Track> {
        self.of.track.map(Track::new)
    }

    /// How this client plays it, whether there is a track of it or not: from its first segment on, while it is being encoded. For
    /// whoever uploaded it and ADMIN; null for others, and when nothing can be played yet, or any more.
    async fn playback_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the client can play; anything when absent.")] client: Option<ClientProfileInput>,
    ) -> Result<Option<PlaybackPlan>> {
        match load(ctx).load_one(AudioOf(self.of.id)).await? {
            Some(audio) => playback::plan_of(ctx, &audio, client).await,
            None => Ok(None),
        }
    }

    /// The tracks that its cue sheet names, in order, when it was divided into them: each is an upload of its own, a part of the same
    /// bytes. This one has no track then; it is READY when they are, and its bytes live as long as one of them. None for a file that is
    /// one track. At most 99; `BAD_USER_INPUT` for `cuts` within `cuts`.
    async fn cuts(&self, ctx: &Context<'_>) -> Result<Vec<Upload>> {
        if has_cuts_within(ctx.field()) {
            return Err(Error::bad_input("cuts cannot be asked for within cuts"));
        }
        let cuts = load(ctx).load_one(CutsOf(self.of.id)).await?;
        Ok(cuts.unwrap_or_default().into_iter().map(Upload::new).collect())
    }

    /// The upload of the whole file, when this one is a track of it.
    async fn cut_of(&self, ctx: &Context<'_>) -> Result<Option<Upload>> {
        let Some(cut) = self.of.cut else { return Ok(None) };
        Ok(load(ctx).load_one(cut.of).await?.map(Upload::new))
    }

    /// Why its cue sheet was not followed, in an English sentence that can be shown; the file is one track then. Null when it has
    /// none, or when it was.
    async fn not_split_because(&self) -> Option<&str> {
        self.of.not_split_because.as_deref()
    }

    /// Since when the file on the server that it was made of is gone, or has other bytes; null while it is there, and for what was
    /// uploaded. What was made of it plays all the same.
    async fn missing_since(&self) -> Option<DateTime<Utc>> {
        self.of.missing_since
    }

    /// When it was announced.
    async fn created_at(&self) -> DateTime<Utc> {
        self.of.created_at
    }

    /// The parts that have not arrived yet, with fresh URLs: how to go on with an upload that was interrupted. None when
    /// no bytes are awaited.
    async fn missing_parts(&self, ctx: &Context<'_>) -> Result<Option<UploadTarget>> {
        UploadTarget::of_missing(super::app(ctx), &self.of).await
    }
}

connection!(
    /// A list of uploads.
    UploadConnection,
    UploadEdge,
    Upload
);

/// The upload of this id, if the viewer may see it.
pub(super) async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Upload>> {
    let Some(id) = UploadId::parse(id) else { return Ok(None) };
    Ok(load(ctx).load_one(id).await?.map(Upload::new))
}

#[derive(Default)]
pub(super) struct UploadQuery;

#[Object]
impl UploadQuery {
    /// An upload of the viewer's; an admin finds any.
    async fn upload(&self, ctx: &Context<'_>, #[graphql(desc = "The upload's id.")] id: ID) -> Result<Option<Upload>> {
        require_viewer(ctx)?;
        find(ctx, &id).await
    }

    /// An upload by its key.
    #[graphql(entity)]
    async fn find_upload_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Upload>> {
        find(ctx, &id).await
    }
}

impl From<domain::upload::Upload> for Upload {
    fn from(upload: domain::upload::Upload) -> Self {
        Self::new(upload)
    }
}
