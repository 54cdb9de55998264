//! Changes of pictures.

use async_graphql::{Context, ID, Object};
use polyphony_events::{AlbumId, ArtistId, ids::ImageId};
use polyphony_kit::Result;

use super::{
    app, manager,
    payload::{AlbumPayload, ArtistPayload},
};
use crate::{commands, domain::Refusal};

#[derive(Default)]
pub struct PictureMutation;

fn image(id: Option<ID>) -> std::result::Result<Option<ImageId>, Refusal> {
    let unknown = Refusal::Invalid("imageId", "there is no such picture".to_owned());
    id.map(|id| ImageId::parse(&id).ok_or(unknown)).transpose()
}

#[Object]
impl PictureMutation {
    /// Sets the cover of an album to a picture that `completeImageUpload` has answered. Its owner and ADMIN.
    async fn set_album_cover(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The album.")] album_id: ID,
        #[graphql(desc = "The picture, `img_…`; null takes the cover away.")] image_id: Option<ID>,
    ) -> Result<AlbumPayload> {
        let manager = manager(ctx)?;
        let unknown = Refusal::NotFound("there is no such album");
        let Some(id) = AlbumId::parse(&album_id) else { return AlbumPayload::of(Err(unknown.into())) };
        match image(image_id) {
            Ok(image) => AlbumPayload::of(commands::set_album_cover(app(ctx), manager, id, image).await),
            Err(refusal) => AlbumPayload::of(Err(refusal.into())),
        }
    }

    /// Sets the picture of an artist to one that `completeImageUpload` has answered. Its owner and ADMIN.
    async fn set_artist_image(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The artist.")] artist_id: ID,
        #[graphql(desc = "The picture, `img_…`; null takes it away.")] image_id: Option<ID>,
    ) -> Result<ArtistPayload> {
        let manager = manager(ctx)?;
        let unknown = Refusal::NotFound("there is no such artist");
        let Some(id) = ArtistId::parse(&artist_id) else { return ArtistPayload::of(Err(unknown.into())) };
        match image(image_id) {
            Ok(image) => ArtistPayload::of(commands::set_artist_image(app(ctx), manager, id, image).await),
            Err(refusal) => ArtistPayload::of(Err(refusal.into())),
        }
    }
}
