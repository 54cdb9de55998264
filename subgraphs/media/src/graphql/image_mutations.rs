//! Mutations of pictures.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use polyphony_events::ids::ImageId;
use polyphony_kit::{Result, idempotency::Key, rate_limit::RateLimit, viewer::require_viewer};

use super::{
    app,
    errors::{AckPayload, UserError, nothing, outcome},
    image::Image,
    upload_mutations::CompletedPartInput,
    upload_target::UploadTarget,
};
use crate::{
    commands::{
        complete_image_upload::complete_image_upload, create_image_upload::create_image_upload,
        delete_image::delete_image,
    },
    domain::image::ImageUpload,
};

/// A picture to upload.
#[derive(InputObject)]
struct CreateImageUploadInput {
    /// The size of the file: a whole number of bytes, 1 to 16 MiB.
    size_bytes: f64,
}

/// The answer of `createImageUpload`.
#[derive(SimpleObject)]
struct CreateImageUploadPayload {
    /// The id that the picture will have; there is no `Image` of it until `completeImageUpload`.
    image_id: Option<ID>,
    /// Where the bytes go, in one part. Null when they have arrived already.
    target: Option<UploadTarget>,
    /// Why it was not done: `MEDIA_TOO_LARGE`, `INVALID_INPUT`, `QUOTA_EXCEEDED` (2,000 pictures of a person, 50 on their way),
    /// `IDEMPOTENCY_KEY_REUSED`.
    user_errors: Vec<UserError>,
}

/// The answer of `completeImageUpload`.
#[derive(SimpleObject)]
struct ImagePayload {
    /// The picture.
    image: Option<Image>,
    /// Why there is none.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct ImageMutation;

#[Object]
impl ImageMutation {
    /// Announces a picture: answers where its bytes go. They must have arrived within an hour. Then call
    /// `completeImageUpload`, and give the id to whatever is to show it, such as `setAlbumCover`.
    #[graphql(directive = RateLimit::apply("create_upload".into(), "CALLER".into()))]
    async fn create_image_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The picture.")] input: CreateImageUploadInput,
        #[graphql(desc = "The same key with the same input answers the first result again, for 24 hours.")]
        idempotency_key: Option<String>,
    ) -> Result<CreateImageUploadPayload> {
        let viewer = require_viewer(ctx)?;
        let key = |key: String| Key::new(viewer.user, &key, "createImageUpload", &input.size_bytes);
        let key = idempotency_key.map(key).transpose()?;
        let created = match ImageUpload::parse_size(input.size_bytes) {
            Ok(size) => outcome(create_image_upload(app(ctx), viewer, size, key).await)?,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match created {
            Ok(upload) => CreateImageUploadPayload {
                image_id: Some(upload.id.to_string().into()),
                target: UploadTarget::of_image(app(ctx), &upload).await?,
                user_errors: Vec::new(),
            },
            Err(error) => CreateImageUploadPayload { image_id: None, target: None, user_errors: vec![error] },
        })
    }

    /// Says that the bytes of a picture have arrived; answers when it can be shown, after a second or so. The file must be a
    /// JPEG, PNG, WebP, GIF or BMP of at most 50 megapixels, by its content, whatever its name; of an animation the first
    /// picture counts. It is stored anew without its metadata (place and camera are gone). Calling it again changes nothing.
    ///
    /// Refused with `UNSUPPORTED_MEDIA` or `MEDIA_TOO_LARGE` for good, with `UPLOAD_INCOMPLETE` until the bytes are there.
    #[graphql(directive = RateLimit::apply("create_upload".into(), "CALLER".into()))]
    async fn complete_image_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The picture's id.")] image_id: ID,
        #[graphql(desc = "The part with what the object store answered.")] parts: Vec<CompletedPartInput>,
    ) -> Result<ImagePayload> {
        let viewer = require_viewer(ctx)?;
        let parts: Vec<_> = parts.into_iter().map(Into::into).collect();
        let completed = match ImageId::parse(&image_id) {
            Some(id) => outcome(complete_image_upload(app(ctx), viewer, id, &parts).await)?,
            None => Err(nothing("picture", "imageId")),
        };
        Ok(match completed {
            Ok(image) => ImagePayload { image: Some(Image(image)), user_errors: Vec::new() },
            Err(error) => ImagePayload { image: None, user_errors: vec![error] },
        })
    }

    /// Deletes a picture that the viewer has uploaded. Whatever shows it shows none from then on.
    async fn delete_image(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The picture's id.")] image_id: ID,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        Ok(match ImageId::parse(&image_id) {
            Some(id) => outcome(delete_image(app(ctx), viewer, id).await)?.into(),
            None => Err(nothing("picture", "imageId")).into(),
        })
    }
}
