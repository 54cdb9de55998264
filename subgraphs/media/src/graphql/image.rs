//! Pictures.

use async_graphql::{Context, ID, Object, SimpleObject};
use polyphony_events::ids::ImageId;
use polyphony_kit::{Result, scalar::Url};

use super::{app, load};
use crate::domain::image;

/// The size that `url` has.
const USUAL: i32 = 640;

/// A picture that can be shown: the cover of an album, what an artist, a playlist or a person looks like.
#[derive(Clone, Debug)]
pub struct Image(pub image::Image);

/// A picture that can be shown: the cover of an album, what an artist, a playlist or a person looks like. Everybody who has
/// its URL sees it. What it shows never changes under the same id, so it can be cached for good.
#[Object]
impl Image {
    /// The id of the picture.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Where it is, as a JPEG of at most 640 pixels each way. `sizes` has the others.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        url(ctx, self.0.id, USUAL)
    }

    /// The width of the largest size, in pixels; null for some that were stored by an older version.
    async fn width(&self) -> Option<i32> {
        self.0.dimensions.map(|(width, _)| width)
    }

    /// The height of the largest size, in pixels; null like `width`.
    async fn height(&self) -> Option<i32> {
        self.0.dimensions.map(|(_, height)| height)
    }

    /// What to show until it is there: a `BlurHash` of 28 characters (blurha.sh); null like `width`.
    async fn blurhash(&self) -> Option<&str> {
        self.0.blurhash.as_deref()
    }

    /// A vivid colour that takes much of it, as `#rrggbb`; null like `width`.
    async fn dominant_color(&self) -> Option<&str> {
        self.0.dominant_color.as_deref()
    }

    /// All sizes in which it is stored, from small to large: up to 320, 640 and 1280 pixels of the longer side, none larger
    /// than the picture itself.
    async fn sizes(&self, ctx: &Context<'_>) -> Vec<ImageSize> {
        let size = |size: &i32| {
            let (width, height) = self.0.dimensions_of(*size).unzip();
            ImageSize { url: url(ctx, self.0.id, *size), width, height }
        };
        self.0.sizes.iter().map(size).collect()
    }
}

/// A picture in one size: an entry of `srcset`.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct ImageSize {
    /// Where the JPEG is.
    url: Url,
    /// In pixels; null for some that were stored by an older version.
    width: Option<i32>,
    /// In pixels; null like `width`.
    height: Option<i32>,
}

fn url(ctx: &Context<'_>, id: ImageId, size: i32) -> Url {
    Url(format!("{}?size={size}", app(ctx).settings.image_url(id)))
}

#[derive(Default)]
pub(super) struct ImageQuery;

#[Object]
impl ImageQuery {
    /// A picture by its key.
    #[graphql(entity)]
    async fn find_image_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Image>> {
        let Some(id) = ImageId::parse(&id) else { return Ok(None) };
        Ok(load(ctx).load_one(id).await?.map(Image))
    }
}
