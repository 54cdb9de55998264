//! Mutations of uploads.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use polyphony_events::{TrackId, UploadId};
use polyphony_kit::{Result, idempotency::Key, rate_limit::RateLimit, viewer::require_viewer};

use super::{
    app,
    errors::{AckPayload, UserError, nothing, outcome},
    upload::Upload,
    upload_target::UploadTarget,
};
use crate::{
    commands::{
        cancel_upload::cancel_upload,
        complete_upload::{CompletedPart, complete_upload},
        create_upload::create_upload,
        empty_trash::empty_trash,
        restore_upload::restore_upload,
    },
    domain::{
        refusal::{Refusal, RefusalCode},
        upload::NewUpload,
    },
};

/// A file to upload. With `catalogFromTags`, once the file is ready the catalog creates (or matches) artist, album and track
/// from its tags and publishes them.
#[derive(InputObject)]
struct CreateUploadInput {
    /// The file's name, 1 to 255 characters; it is only shown.
    filename: String,
    /// The file's size, 1 byte to 5 GiB.
    size_bytes: f64,
    /// SHA-256 of the file in hexadecimal; when given, other bytes are rejected with `CHECKSUM_MISMATCH`.
    sha256: Option<String>,
    /// The track that the file is for.
    track_id: Option<ID>,
    /// The folder that the file is in, such as `Music/Röyksopp/Melody A.M.`: files of one folder are of one release. It is compared
    /// and never shown to others; of more than 1,000 characters the end is kept.
    folder: Option<String>,
    /// The viewer's upload that this very file was before its tags were changed. With the same audio its track takes the new tags and
    /// stays the track that it is; otherwise it says nothing.
    replaces: Option<ID>,
    /// The text of the cue sheet beside the file, at most 64 KiB. With `catalogFromTags` a file of several tracks is divided into them
    /// (`Upload.cuts`); one track takes from it what its tags do not say. It names files, and that of this name (whatever its
    /// ending), or else the only one, is meant. Without it the sheet inside the file is followed, if there is one.
    cue_sheet: Option<String>,
    /// Whether the catalog makes artist, album and track from the file's tags, and publishes them.
    #[graphql(default_with = "Some(false)")]
    catalog_from_tags: Option<bool>,
}

impl CreateUploadInput {
    fn parse(&self) -> Result<NewUpload, Refusal> {
        let track = self.track_id.as_ref().map(|id| {
            let unknown = || Refusal::new(RefusalCode::NotFound, "There is no such track.");
            TrackId::parse(id).ok_or_else(|| unknown().at(&["input", "trackId"]))
        });
        Ok(NewUpload {
            filename: NewUpload::parse_filename(&self.filename)?,
            size_bytes: NewUpload::parse_size(self.size_bytes)?,
            sha256: self.sha256.as_deref().map(NewUpload::parse_sha256).transpose()?,
            track: track.transpose()?,
            catalog_from_tags: self.catalog_from_tags.unwrap_or_default(),
            folder: self.folder.as_deref().and_then(NewUpload::parse_folder),
            replaces: self.replaces.as_ref().and_then(|id| UploadId::parse(id)),
            cue_sheet: self.cue_sheet.as_deref().map(NewUpload::parse_cue_sheet).transpose()?,
        })
    }

    fn key(&self, user: polyphony_kit::UserId, key: &str) -> Result<Key> {
        let track = self.track_id.as_deref();
        let input = (&self.filename, self.size_bytes, &self.sha256, track, self.catalog_from_tags);
        // A call of a client that says nothing of these has the key that it always had.
        match (&self.folder, self.replaces.as_deref(), &self.cue_sheet) {
            (None, None, None) => Key::new(user, key, "createUpload", &input),
            (folder, replaces, None) => Key::new(user, key, "createUpload", &(input, (folder, replaces))),
            told => Key::new(user, key, "createUpload", &(input, told)),
        }
    }
}

/// A part that has arrived.
#[derive(InputObject)]
pub(super) struct CompletedPartInput {
    /// Its number, from 1.
    number: i32,
    /// The `ETag` that the object store answered.
    etag: String,
}

impl From<CompletedPartInput> for CompletedPart {
    fn from(part: CompletedPartInput) -> Self {
        Self { number: part.number, etag: part.etag }
    }
}

/// The answer of `createUpload`.
#[derive(SimpleObject)]
struct CreateUploadPayload {
    /// The upload.
    upload: Option<Upload>,
    /// Where its bytes go.
    target: Option<UploadTarget>,
    /// Why there is none.
    user_errors: Vec<UserError>,
}

/// The answer of a mutation of an upload.
#[derive(SimpleObject)]
struct UploadPayload {
    /// The upload as it stands now.
    upload: Option<Upload>,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct UploadMutation;

#[Object]
impl UploadMutation {
    /// Announces a file: answers where its bytes go. CREATOR and up.
    #[graphql(directive = RateLimit::apply("create_upload".into(), "CALLER".into()))]
    async fn create_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file.")] input: CreateUploadInput,
        #[graphql(desc = "The same key with the same input answers the first result again, for 24 hours.")]
        idempotency_key: Option<String>,
    ) -> Result<CreateUploadPayload> {
        let viewer = require_viewer(ctx)?;
        viewer.require(polyphony_kit::Role::Creator)?;
        let key = idempotency_key.map(|key| input.key(viewer.user, &key)).transpose()?;
        let created = match input.parse() {
            Ok(new) => outcome(create_upload(app(ctx), viewer, new, key).await)?,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match created {
            Ok(upload) => {
                let target = UploadTarget::of(app(ctx), &upload).await?;
                CreateUploadPayload { upload: Some(Upload::new(upload)), target, user_errors: Vec::new() }
            }
            Err(error) => CreateUploadPayload { upload: None, target: None, user_errors: vec![error] },
        })
    }

    /// Says that all parts have arrived; the file is then looked at. Calling it again changes nothing.
    async fn complete_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The upload's id.")] upload_id: ID,
        #[graphql(desc = "Every part with what the object store answered.")] parts: Vec<CompletedPartInput>,
    ) -> Result<UploadPayload> {
        let viewer = require_viewer(ctx)?;
        let parts: Vec<_> = parts.into_iter().map(CompletedPart::from).collect();
        let completed = match UploadId::parse(&upload_id) {
            Some(id) => outcome(complete_upload(app(ctx), viewer, id, &parts).await)?,
            None => Err(nothing("upload", "uploadId")),
        };
        Ok(match completed {
            Ok(upload) => UploadPayload { upload: Some(Upload::new(upload)), user_errors: Vec::new() },
            Err(error) => UploadPayload { upload: None, user_errors: vec![error] },
        })
    }

    /// Takes an upload out of the trash: the catalog finds or makes its track from its tags, as when it was ready. One that is not in
    /// the trash stays as it is; one that is gone is refused with CONFLICT.
    async fn restore_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The upload's id.")] upload_id: ID,
    ) -> Result<UploadPayload> {
        let viewer = require_viewer(ctx)?;
        let restored = match UploadId::parse(&upload_id) {
            Some(id) => outcome(restore_upload(app(ctx), viewer, id).await)?,
            None => Err(nothing("upload", "uploadId")),
        };
        Ok(match restored {
            Ok(upload) => UploadPayload { upload: Some(Upload::new(upload)), user_errors: Vec::new() },
            Err(error) => UploadPayload { upload: None, user_errors: vec![error] },
        })
    }

    /// Lets go of what is in the viewer's trash, for good. Uploads that others have too stay theirs.
    async fn empty_trash(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which uploads; those that are not in the trash are left alone. All when absent.")] upload_ids: Option<
            Vec<ID>,
        >,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let of: Option<Vec<_>> = upload_ids.map(|ids| ids.iter().filter_map(|id| UploadId::parse(id)).collect());
        Ok(outcome(empty_trash(app(ctx), viewer, of.as_deref()).await)?.into())
    }

    /// Gives up an upload that is not ready; its bytes are deleted.
    async fn cancel_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The upload's id.")] upload_id: ID,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        Ok(match UploadId::parse(&upload_id) {
            Some(id) => outcome(cancel_upload(app(ctx), viewer, id).await)?.into(),
            None => Err(nothing("upload", "uploadId")).into(),
        })
    }
}
