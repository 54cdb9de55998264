//! Genres.

use async_graphql::{Context, ID, Object};
use polyphony_kit::{
    Error, Result,
    page::{Page, Window},
};
use polyphony_names as names;

use super::{
    album::{self, AlbumConnection},
    app,
    artist::{self, ArtistConnection},
    browse::{AlbumSort, ArtistSort, SortOrder, TrackSort},
    counted, int, loaders,
    track::{self, TrackConnection},
    wants_total,
};
use crate::{
    domain::{self, browse::Filter},
    store::{
        Wanted,
        browse::Drafts,
        genre::{FiguresOfGenre, GenreBySlug, GenreFigures, place},
    },
};

/// A genre.
#[derive(Clone)]
pub struct Genre(pub domain::Genre);

polyphony_kit::connection!(
    /// A list of genres.
    GenreConnection,
    GenreEdge,
    Option<Genre>
);

/// A name that albums and tracks are filed under.
#[Object]
impl Genre {
    /// The id of the genre, `gen_` and its slug.
    pub async fn id(&self) -> ID {
        self.0.id().into()
    }

    /// The genre's name in addresses and arguments, `drum-bass`.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The genre's name, `Drum & Bass`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How many published albums are filed under it.
    async fn album_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(self.figures(ctx).await?.album_count))
    }

    /// How many published tracks are filed under it.
    async fn track_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(self.figures(ctx).await?.track_count))
    }

    /// The published albums that are filed under it, the newest first unless `sort` or `order` says otherwise.
    async fn albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they are sorted by; NEWEST when absent.")] sort: Option<AlbumSort>,
        #[graphql(desc = "Which way; as `sort` says when absent.")] order: Option<SortOrder>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<AlbumConnection> {
        let window = Window::parse(first, after, offset, 20)?;
        let sorted = domain::browse::AlbumSort::from(sort.unwrap_or(AlbumSort::Newest)).sorted(order.map(Into::into));
        album::connection(ctx, sorted, Some(self.filter()), Drafts::None, window).await
    }

    /// The published tracks that are filed under it, the most played first unless `sort` or `order` says otherwise.
    async fn tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they are sorted by; POPULAR when absent.")] sort: Option<TrackSort>,
        #[graphql(desc = "Which way; as `sort` says when absent.")] order: Option<SortOrder>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<TrackConnection> {
        let window = Window::parse(first, after, offset, 20)?;
        let sorted = domain::browse::TrackSort::from(sort.unwrap_or(TrackSort::Popular)).sorted(order.map(Into::into));
        track::connection(ctx, sorted, Some(self.filter()), Drafts::None, window).await
    }

    /// Artists who have a published track that is filed under it, the most played first unless `sort` or `order` says
    /// otherwise.
    async fn artists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they are sorted by; POPULAR when absent.")] sort: Option<ArtistSort>,
        #[graphql(desc = "Which way; as `sort` says when absent.")] order: Option<SortOrder>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<ArtistConnection> {
        let window = Window::parse(first, after, offset, 20)?;
        let sorted =
            domain::browse::ArtistSort::from(sort.unwrap_or(ArtistSort::Popular)).sorted(order.map(Into::into));
        artist::connection(ctx, sorted, self.filter(), window).await
    }
}

impl Genre {
    fn filter(&self) -> Filter {
        Filter::genre(self.0.slug.clone())
    }

    async fn figures(&self, ctx: &Context<'_>) -> Result<GenreFigures> {
        Ok(loaders(ctx).load_one(FiguresOfGenre(self.0.slug.clone())).await?.unwrap_or_default())
    }
}

#[derive(Default)]
pub struct GenreQuery;

#[Object]
impl GenreQuery {
    /// The genre of this slug or of this id; null when there is none. Exactly one of them is needed.
    async fn genre(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its name in addresses; other spellings of the name do, too.")] slug: Option<String>,
        #[graphql(desc = "Its id.")] id: Option<ID>,
    ) -> Result<Option<Genre>> {
        match (slug, id) {
            (Some(slug), None) => by_slug(ctx, names::slug(&slug)).await,
            (None, Some(id)) => find(ctx, &id).await,
            _ => Err(Error::bad_input("exactly one of slug and id is needed")),
        }
    }

    /// The genres that something published is filed under, by name; the first 1,000.
    #[graphql(deprecation = "Use genresConnection, which has pages.")]
    async fn genres(&self, ctx: &Context<'_>) -> Result<Option<Vec<Genre>>> {
        let wanted = Wanted { page: Page { first: 999, after: None }, total: false };
        Ok(Some(app(ctx).store.genres(wanted).await?.0.into_iter().map(Genre).collect()))
    }

    /// The genres that something published is filed under, by name.
    async fn genres_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<Option<GenreConnection>> {
        let (page, store) = (Page::parse(first, after, 20)?, &app(ctx).store);
        let wanted = Wanted { page: page.clone(), total: wants_total(ctx) };
        let (genres, total) = counted(wanted, |wanted| store.genres(wanted)).await?;
        Ok(Some(GenreConnection::new(page.cut(genres, place), total, |genre| Some(Genre(genre)))))
    }

    /// The genre of this key.
    #[graphql(entity)]
    async fn find_genre_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Genre>> {
        find(ctx, &id).await
    }
}

/// The genre of this id; none when it is malformed or there is none.
pub(super) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Genre>> {
    match domain::Genre::slug_of(id) {
        Some(slug) => by_slug(ctx, slug.to_owned()).await,
        None => Ok(None),
    }
}

async fn by_slug(ctx: &Context<'_>, slug: String) -> Result<Option<Genre>> {
    Ok(loaders(ctx).load_one(GenreBySlug(slug)).await?.map(Genre))
}
