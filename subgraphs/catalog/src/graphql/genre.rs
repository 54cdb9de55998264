//! Genres.

use async_graphql::{Context, Object};
use polyphony_kit::Result;

use super::app;
use crate::domain::{self, folding};

/// A genre.
pub struct Genre(pub domain::Genre);

/// A name that albums and tracks are filed under.
#[Object]
impl Genre {
    /// The genre's name in addresses and arguments, `drum-bass`.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The genre's name, `Drum & Bass`.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

#[derive(Default)]
pub struct GenreQuery;

#[Object]
impl GenreQuery {
    /// The genre of this slug.
    async fn genre(&self, ctx: &Context<'_>, slug: String) -> Result<Option<Genre>> {
        Ok(app(ctx).store.genre(&folding::slug(&slug)).await?.map(Genre))
    }

    /// The genres that something published is filed under, by name.
    async fn genres(&self, ctx: &Context<'_>) -> Result<Option<Vec<Genre>>> {
        Ok(Some(app(ctx).store.genres().await?.into_iter().map(Genre).collect()))
    }
}
