//! Pictures of people that were uploaded here.

use async_graphql::{Context, ID, Object};
use polyphony_events::ids::ImageId;
use polyphony_kit::{Result, viewer::require_viewer};

use super::{app, refusals::split_one, viewer::ViewerPayload};
use crate::{commands, domain::Refusal};

/// A picture of media.
pub struct Image(pub ImageId);

/// A picture that can be shown.
#[Object(unresolvable = "id")]
impl Image {
    /// The id of the picture.
    pub async fn id(&self) -> ID {
        self.0.to_string().into()
    }
}

#[derive(Default)]
pub struct PictureMutation;

#[Object]
impl PictureMutation {
    /// Shows the viewer by a picture that was uploaded with `createImageUpload`; null takes it away. A picture that is not there shows as
    /// none. The picture by its address, `avatarUrl`, stays as it is.
    #[graphql(requires_scopes = "write")]
    async fn set_profile_picture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The picture's id; null takes the picture away.")] image_id: Option<ID>,
    ) -> Result<ViewerPayload> {
        let viewer = require_viewer(ctx)?;
        let image = image_id.map(|id| ImageId::parse(&id).ok_or(Refusal::ImageNotFound)).transpose();
        let changed = match image {
            Ok(image) => commands::set_profile_picture(app(ctx), viewer, image).await?,
            Err(refusal) => Err(refusal),
        };
        Ok(ViewerPayload::new(split_one(changed), viewer.session))
    }
}
