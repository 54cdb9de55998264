//! Albums.

use async_graphql::{Context, Enum, ID, Object};
use polyphony_events::AlbumId;
use polyphony_kit::{Error, Result, page::Page, scalar::Url};

use super::{
    app,
    artist::Artist,
    counted,
    genre::Genre,
    loaders,
    track::{Track, TrackConnection},
    wants_total,
};
use crate::{
    domain::{self, folding},
    store::{
        Wanted,
        album::{AlbumById, Figures, FiguresOfAlbum},
        album_list::AlbumPlace,
        artist::ArtistsOfAlbum,
        genre::GenresOfAlbum,
        track_list::{TracksOfAlbum, album_place},
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
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
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

/// How albums are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AlbumSort {
    /// The newest first.
    Newest,
    /// By title.
    Title,
    /// The most played first.
    Popular,
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

    /// The cover.
    async fn cover_url(&self) -> Option<Url> {
        self.0.cover_url.clone().map(Url)
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

impl Album {
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
    async fn albums(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this genre only: its slug.")] genre: Option<String>,
        #[graphql(default_with = "Some(AlbumSort::Newest)", desc = "How they are sorted.")] sort: Option<AlbumSort>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<Option<AlbumConnection>> {
        let page: Page<AlbumPlace> = Page::parse(first, after, 20)?;
        let genre = genre.map(|genre| folding::slug(&genre));
        let (genre, store) = (genre.as_deref(), &app(ctx).store);
        let sort = sort.unwrap_or(AlbumSort::Newest);
        if page.after.as_ref().is_some_and(|after| sort_of(after) != sort) {
            return Err(Error::bad_input("after is no cursor of this list"));
        }
        let wanted = Wanted { page: page.clone(), total: wants_total(ctx) };
        let list = |wanted| async move {
            match sort {
                AlbumSort::Newest => store.newest_albums(genre, wanted).await,
                AlbumSort::Title => store.albums_by_title(genre, wanted).await,
                AlbumSort::Popular => store.popular_albums(genre, wanted).await,
            }
        };
        let (albums, total) = counted(wanted, list).await?;
        let page = page.cut(albums, |album| place_in(sort, album));
        Ok(Some(AlbumConnection::new(page, total, |album| Some(Album(album)))))
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

/// Where an album stands in the list of this order.
fn place_in(sort: AlbumSort, album: &domain::Album) -> AlbumPlace {
    match sort {
        AlbumSort::Newest => AlbumPlace::newest(album),
        AlbumSort::Title => AlbumPlace::title(album),
        AlbumSort::Popular => AlbumPlace::popular(album),
    }
}

/// The list that a place is of.
fn sort_of(place: &AlbumPlace) -> AlbumSort {
    match place {
        AlbumPlace::Newest(..) => AlbumSort::Newest,
        AlbumPlace::Title(..) => AlbumSort::Title,
        AlbumPlace::Popular(..) => AlbumSort::Popular,
    }
}
