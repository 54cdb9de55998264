//! Artists.

use async_graphql::{Context, ID, Object};
use futures::TryFutureExt;
use polyphony_events::ArtistId;
use polyphony_kit::{
    Result,
    page::{Page, Window},
    scalar::Url,
};

use super::{
    album::{self, Album, AlbumConnection, AlbumKind},
    app,
    browse::{self, AlbumSort, ArtistFilter, ArtistSort, SortOrder, TrackSort},
    chart::how_many,
    counted,
    external::Image,
    int, loaders,
    track::{self, Track, TrackConnection},
    wants_total,
};
use crate::{
    domain::{
        self,
        browse::{ByArtist, Filter, Sorted},
        picture,
    },
    store::{
        Wanted,
        album_list::{AlbumsOfArtist, ReleasePlace, release_place},
        artist::{ArtistById, ArtistFigures, FiguresOfArtist},
        browse::{Drafts, Place},
        recommendation::ArtistsLike,
        track_list::TopTracksOfArtist,
    },
};

/// An artist.
#[derive(Clone)]
pub struct Artist(pub domain::Artist);

polyphony_kit::connection!(
    /// A list of artists.
    ArtistConnection,
    ArtistEdge,
    Option<Artist>
);

/// Somebody, or a band, who makes music.
#[Object]
impl Artist {
    /// The id of the artist.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The name that lists are sorted by, `Beatles, The`.
    async fn sort_name(&self) -> &str {
        &self.0.sort_name
    }

    /// About the artist.
    async fn bio(&self) -> Option<&str> {
        self.0.bio.as_deref()
    }

    /// A picture, in its usual size; `image` has the others.
    async fn image_url(&self, ctx: &Context<'_>) -> Option<Url> {
        self.0.image_url.as_deref().map(|image| Url(app(ctx).media.url(image)))
    }

    /// The picture with its sizes; null when there is none, and when `imageUrl` leads to somebody else's server.
    async fn image(&self) -> Option<Image> {
        self.0.image_url.as_deref().and_then(picture::image_id).map(Image)
    }

    /// The artist's id in MusicBrainz.
    async fn musicbrainz_id(&self) -> Option<&str> {
        self.0.musicbrainz_id.as_deref()
    }

    /// Grows with each change of the artist: what `baseVersion` of an edit is compared with.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// How many albums name the artist, as the viewer sees it.
    async fn album_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(self.figures(ctx).await?.album_count))
    }

    /// How many tracks name the artist, as the viewer sees it.
    async fn track_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(self.figures(ctx).await?.track_count))
    }

    /// The artist's albums, the newest release first unless `sort` or `order` says otherwise.
    #[expect(clippy::too_many_arguments, reason = "arguments of a field")]
    async fn albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of these kinds only: a discography by kind.")] kinds: Option<Vec<AlbumKind>>,
        #[graphql(desc = "What they are sorted by; RELEASED when absent.")] sort: Option<AlbumSort>,
        #[graphql(desc = "Which way; as `sort` says when absent.")] order: Option<SortOrder>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<AlbumConnection> {
        if kinds.is_none() && sort.is_none() && order.is_none() && offset.is_none() {
            return self.releases(ctx, Page::parse(first, after, 20)?).await;
        }
        let window = Window::parse(first, after, offset, 20)?;
        let sorted = domain::browse::AlbumSort::from(sort.unwrap_or(AlbumSort::Released)).sorted(order.map(Into::into));
        let kinds = kinds.unwrap_or_default().into_iter().map(Into::into).collect();
        let filter = Filter { kinds, artist: Some(ByArtist::Made(self.0.id)), ..Filter::default() };
        album::connection(ctx, sorted, Some(filter), Drafts::Own, window).await
    }

    /// Albums of others on which the artist has a published track, the newest release first.
    async fn appears_on(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<AlbumConnection> {
        let window = Window::parse(first, after, offset, 20)?;
        let filter = Filter { artist: Some(ByArtist::AppearsOn(self.0.id)), ..Filter::default() };
        let sorted = domain::browse::AlbumSort::Released.sorted(None);
        album::connection(ctx, sorted, Some(filter), Drafts::None, window).await
    }

    /// The tracks that name the artist, the most played first unless `sort` or `order` says otherwise.
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
        let filter = Filter { artist: Some(ByArtist::Made(self.0.id)), ..Filter::default() };
        track::connection(ctx, sorted, Some(filter), Drafts::Own, window).await
    }

    /// The tracks that are played most, and then the newest.
    async fn top_tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(10)", desc = "How many, 1 to 100.")] first: Option<i32>,
    ) -> Result<Vec<Track>> {
        let key = TopTracksOfArtist { artist: self.0.id, first: how_many(first, 10)? };
        Ok(loaders(ctx).load_one(key).await?.unwrap_or_default().into_iter().map(Track).collect())
    }

    /// Artists who are heard together with this one, then those of the same genres.
    async fn similar(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(10)", desc = "How many, 1 to 100.")] first: Option<i32>,
    ) -> Result<Vec<Artist>> {
        let key = ArtistsLike { artist: self.0.id, first: how_many(first, 10)? };
        let ids: Vec<_> = loaders(ctx).load_one(key).await?.unwrap_or_default().into_iter().map(ArtistById).collect();
        let mut artists = loaders(ctx).load_many(ids.iter().copied()).await?;
        Ok(ids.iter().filter_map(|id| artists.remove(id).map(Artist)).collect())
    }
}

impl Artist {
    async fn figures(&self, ctx: &Context<'_>) -> Result<ArtistFigures> {
        Ok(loaders(ctx).load_one(FiguresOfArtist(self.0.id)).await?.unwrap_or_default())
    }

    /// The albums in their usual order, of many artists in one short statement.
    async fn releases(&self, ctx: &Context<'_>, page: Page<ReleasePlace>) -> Result<AlbumConnection> {
        let (artist, wanted) = (self.0.id, Wanted { page: page.clone(), total: wants_total(ctx) });
        let load = |wanted| loaders(ctx).load_one(AlbumsOfArtist { artist, wanted }).map_ok(Option::unwrap_or_default);
        let (albums, total) = counted(wanted, load).await?;
        Ok(AlbumConnection::new(page.cut(albums, release_place), total, |album| Some(Album(album))))
    }
}

#[derive(Default)]
pub struct ArtistQuery;

#[Object]
impl ArtistQuery {
    /// The artist of this id.
    async fn artist(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Artist>> {
        find(ctx, &id).await
    }

    /// All artists, by sort name unless `sort` says otherwise.
    #[expect(clippy::too_many_arguments, reason = "arguments of a field")]
    async fn artists(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which artists; all when absent.")] filter: Option<ArtistFilter>,
        #[graphql(default_with = "Some(ArtistSort::Name)", desc = "What they are sorted by.")] sort: Option<ArtistSort>,
        #[graphql(desc = "Which way; as `sort` says when absent.")] order: Option<SortOrder>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<Option<ArtistConnection>> {
        let window = Window::parse(first, after, offset, 20)?;
        let sorted = domain::browse::ArtistSort::from(sort.unwrap_or(ArtistSort::Name)).sorted(order.map(Into::into));
        let filter = filter.unwrap_or_default().read()?;
        Ok(Some(connection(ctx, sorted, filter, window).await?))
    }

    /// The artist of this key.
    #[graphql(entity)]
    async fn find_artist_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Artist>> {
        find(ctx, &id).await
    }
}

async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Artist>> {
    let Some(id) = ArtistId::parse(id) else { return Ok(None) };
    Ok(loaders(ctx).load_one(ArtistById(id)).await?.map(Artist))
}

/// A page of artists.
pub(super) async fn connection(
    ctx: &Context<'_>,
    sorted: Sorted<domain::browse::ArtistSort>,
    filter: Filter,
    window: Window<Place>,
) -> Result<ArtistConnection> {
    let listed = browse::list(ctx, sorted, Some(filter), Drafts::None, window.clone()).await?;
    let page = window.cut(listed.rows, |(place, _)| place.clone());
    Ok(ArtistConnection::new(page, listed.total, |(_, artist)| Some(Artist(artist))))
}
