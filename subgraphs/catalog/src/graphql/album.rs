//! Albums.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_events::AlbumId;
use polyphony_kit::{
    Result,
    page::{Page, Window},
    scalar::Url,
};

use super::{
    app,
    artist::Artist,
    browse::{self, AlbumFilter, AlbumSort, SortOrder},
    detail::joined,
    external::Image,
    genre::Genre,
    int, loaders,
    track::{Track, TrackConnection},
    wants_total,
};
use crate::{
    domain::{
        self,
        browse::{Filter, Sorted},
        picture,
    },
    store::{
        album::{AlbumById, Figures, FiguresOfAlbum},
        artist::ArtistsOfAlbum,
        browse::{Drafts, Place},
        detail::{AlbumDetails, DetailsOfAlbum},
        edition::EditionsOfAlbum,
        genre::GenresOfAlbum,
        track_list::{AlbumPlaceOfTrack, Disc, DiscsOfAlbum, TracksOfAlbum, album_place},
    },
};

/// An album.
#[derive(Clone)]
pub struct Album(pub domain::Album);

polyphony_kit::connection!(
    /// A list of albums.
    AlbumConnection,
    AlbumEdge,
    Option<Album>
);

/// What kind of release an album is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::AlbumKind")]
pub enum AlbumKind {
    /// A full album.
    Album,
    /// An extended play.
    Ep,
    /// A single.
    Single,
    /// Tracks of several artists.
    Compilation,
}

/// Whether a thing can be found and played.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::PublicationStatus")]
pub enum PublicationStatus {
    /// Seen by its owner and by ADMIN.
    Draft,
    /// Seen by all.
    Published,
    /// Was published: it keeps its place in lists, is not found, and does not play.
    Withdrawn,
}

/// Tracks that were released together.
#[Object]
impl Album {
    /// The id of the album.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What kind of release it is.
    async fn kind(&self) -> AlbumKind {
        self.0.kind.into()
    }

    /// When it was released, as exactly as it is known: `2019`, `2019-05` or `2019-05-31`.
    async fn released_on(&self) -> Option<&str> {
        self.0.released_on.as_deref()
    }

    /// When its music was first released, as its files say: of a reissue before `releasedOn`. As exact as that; null when no file
    /// says so.
    async fn original_released_on(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.details(ctx).await?.original_released_on)
    }

    /// Who released it, as its files say; several are separated by commas.
    async fn label(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(joined(&self.details(ctx).await?.details.labels))
    }

    /// What its label numbered it, as its files say; several are separated by commas.
    async fn catalog_number(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(joined(&self.details(ctx).await?.details.catalog_numbers))
    }

    /// Its bar code, as its files say.
    async fn barcode(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(self.details(ctx).await?.details.barcode)
    }

    /// Grows with each change of the album, its tracks' places and its artists' names: what `baseVersion` of an edit is
    /// compared with.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// When it came into the catalog.
    async fn added_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The cover, in its usual size; `cover` has the others.
    async fn cover_url(&self, ctx: &Context<'_>) -> Option<Url> {
        self.0.cover_url.as_deref().map(|cover| Url(app(ctx).media.url(cover)))
    }

    /// The cover with its sizes; null when there is none, and when `coverUrl` leads to somebody else's server.
    async fn cover(&self) -> Option<Image> {
        self.0.cover_url.as_deref().and_then(picture::image_id).map(Image)
    }

    /// Who made it, in order.
    async fn artists(&self, ctx: &Context<'_>) -> Result<Vec<Artist>> {
        let artists = loaders(ctx).load_one(ArtistsOfAlbum(self.0.id)).await?;
        Ok(artists.unwrap_or_default().into_iter().map(Artist).collect())
    }

    /// What it is filed under.
    async fn genres(&self, ctx: &Context<'_>) -> Result<Vec<Genre>> {
        let genres = loaders(ctx).load_one(GenresOfAlbum(self.0.id)).await?;
        Ok(genres.unwrap_or_default().into_iter().map(Genre).collect())
    }

    /// Other editions of it that the viewer may see, oldest release first, at most 50: releases of its MusicBrainz release
    /// group, and those by the same artists whose title differs in the words for an edition alone (`Deluxe`, `2009 Remaster`).
    async fn editions(&self, ctx: &Context<'_>) -> Result<Vec<Album>> {
        let editions = loaders(ctx).load_one(EditionsOfAlbum(self.0.id)).await?;
        Ok(editions.unwrap_or_default().into_iter().map(Album).collect())
    }

    /// Whether it can be found.
    async fn status(&self) -> PublicationStatus {
        self.0.status.into()
    }

    /// How many tracks it has, as the viewer sees it.
    async fn track_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(i32::try_from(self.figures(ctx).await?.track_count).unwrap_or(i32::MAX))
    }

    /// How long its tracks play together.
    async fn duration_ms(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(i32::try_from(self.figures(ctx).await?.duration_ms).unwrap_or(i32::MAX))
    }

    /// Its discs, in order; one for an album that names none, none for an album without tracks.
    async fn discs(&self, ctx: &Context<'_>) -> Result<Vec<AlbumDisc>> {
        let discs = loaders(ctx).load_one(DiscsOfAlbum(self.0.id)).await?.unwrap_or_default();
        Ok(discs.into_iter().map(|disc| AlbumDisc { album: self.0.id, disc }).collect())
    }

    /// Its tracks, in the album's order.
    async fn tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(50)", desc = "How many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<TrackConnection> {
        let page = Page::parse(first, after, 50)?;
        let key = TracksOfAlbum { album: self.0.id, limit: page.limit(), after: page.after };
        // Asked for together, the figures are read once for all fields that show them.
        let tracks = async { Ok(loaders(ctx).load_one(key).await?.unwrap_or_default()) };
        let figures = async { if wants_total(ctx) { self.figures(ctx).await } else { Ok(Figures::default()) } };
        let (tracks, figures) = futures::try_join!(tracks, figures)?;
        Ok(TrackConnection::new(page.cut(tracks, album_place), figures.track_count, |track| Some(Track(track))))
    }
}

/// One disc of an album.
pub struct AlbumDisc {
    album: AlbumId,
    disc: Disc,
}

/// One disc of an album.
#[Object]
impl AlbumDisc {
    /// The disc's number, from 1 on. What says nothing of a disc is on the first.
    async fn number(&self) -> i32 {
        self.disc.number
    }

    /// What it is called, as its files say.
    async fn subtitle(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let details = loaders(ctx).load_one(DetailsOfAlbum(self.album)).await?.unwrap_or_default();
        Ok(details.subtitles.get(&self.disc.number).cloned())
    }

    /// How many tracks it has, as the viewer sees it.
    async fn track_count(&self) -> i32 {
        int(self.disc.track_count)
    }

    /// How long its tracks play together, in milliseconds.
    async fn duration_ms(&self) -> i32 {
        int(self.disc.duration_ms)
    }

    /// Its tracks, in order.
    async fn tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(50)", desc = "How many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<TrackConnection> {
        let page: Page<AlbumPlaceOfTrack> = Page::parse(first, after, 50)?;
        let key = TracksOfAlbum { album: self.album, limit: page.limit(), after: Some(self.disc.behind(page.after)) };
        let mut tracks = loaders(ctx).load_one(key).await?.unwrap_or_default();
        tracks.retain(|track| track.place().0 == self.disc.number);
        let page = page.cut(tracks, album_place);
        Ok(TrackConnection::new(page, self.disc.track_count, |track| Some(Track(track))))
    }
}

impl Album {
    async fn details(&self, ctx: &Context<'_>) -> Result<AlbumDetails> {
        Ok(loaders(ctx).load_one(DetailsOfAlbum(self.0.id)).await?.unwrap_or_default())
    }

    async fn figures(&self, ctx: &Context<'_>) -> Result<Figures> {
        Ok(loaders(ctx).load_one(FiguresOfAlbum(self.0.id)).await?.unwrap_or_default())
    }
}

#[derive(Default)]
pub struct AlbumQuery;

#[Object]
impl AlbumQuery {
    /// The album of this id; null when there is none, or not for the viewer.
    async fn album(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Album>> {
        find(ctx, &id).await
    }

    /// The published albums.
    #[expect(clippy::too_many_arguments, reason = "arguments of a field")]
    async fn albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this genre only: its slug. Not together with `filter.genres`.")] genre: Option<String>,
        #[graphql(desc = "Which albums; all when absent.")] filter: Option<AlbumFilter>,
        #[graphql(default_with = "Some(AlbumSort::Newest)", desc = "What they are sorted by.")] sort: Option<AlbumSort>,
        #[graphql(desc = "Which way; as `sort` says when absent.")] order: Option<SortOrder>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
        #[graphql(desc = "How many to skip from the start, at most 100,000; not together with `after`.")]
        offset: Option<i32>,
    ) -> Result<Option<AlbumConnection>> {
        let window = Window::parse(first, after, offset, 20)?;
        let sorted = domain::browse::AlbumSort::from(sort.unwrap_or(AlbumSort::Newest)).sorted(order.map(Into::into));
        let filter = browse::with_genre(filter.unwrap_or_default().read()?, genre)?;
        Ok(Some(connection(ctx, sorted, filter, Drafts::None, window).await?))
    }

    /// The album of this key.
    #[graphql(entity)]
    async fn find_album_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Album>> {
        find(ctx, &id).await
    }
}

async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Album>> {
    let Some(id) = AlbumId::parse(id) else { return Ok(None) };
    Ok(loaders(ctx).load_one(AlbumById(id)).await?.map(Album))
}

/// A page of albums; an empty one when no filter can match.
pub(super) async fn connection(
    ctx: &Context<'_>,
    sorted: Sorted<domain::browse::AlbumSort>,
    filter: Option<Filter>,
    drafts: Drafts,
    window: Window<Place>,
) -> Result<AlbumConnection> {
    let listed = browse::list(ctx, sorted, filter, drafts, window.clone()).await?;
    let page = window.cut(listed.rows, |(place, _)| place.clone());
    Ok(AlbumConnection::new(page, listed.total, |(_, album)| Some(Album(album))))
}
