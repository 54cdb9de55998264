//! The first page of a player: shelves of things to play.

use async_graphql::{Context, Enum, ID, Object, SimpleObject, Union};
use polyphony_kit::{
    Result,
    page::{Page, Window},
    viewer::viewer,
};

use super::{
    album::Album,
    app,
    artist::Artist,
    browse,
    chart::how_many,
    external::{recent_albums, recent_artists},
    loaders,
    recommendation::Recommendation,
    track::Track,
};
use crate::{
    domain::{
        ChartWindow,
        browse::{AlbumSort, Filter},
    },
    store::{browse::Drafts, track::TrackById},
};

/// What a shelf is of. Clients write its heading in the language of their person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ShelfKind {
    /// Albums to go on listening to: those that the viewer played last.
    ContinueListening,
    /// Tracks that the viewer may like; `viewer.recommendations` tells why.
    Recommended,
    /// Albums that came into the catalog last.
    NewAlbums,
    /// Tracks that were played most in the last seven days, the first first.
    WeeklyChart,
    /// Artists whom the viewer played last.
    RecentArtists,
    /// Albums that were played most of all.
    PopularAlbums,
}

impl ShelfKind {
    /// The name in the id of its shelf.
    fn name(self) -> &'static str {
        match self {
            Self::ContinueListening => "continue-listening",
            Self::Recommended => "recommended",
            Self::NewAlbums => "new-albums",
            Self::WeeklyChart => "weekly-chart",
            Self::RecentArtists => "recent-artists",
            Self::PopularAlbums => "popular-albums",
        }
    }
}

/// Something that stands on a shelf.
#[derive(Union)]
pub enum ShelfItem {
    /// An album.
    Album(Album),
    /// An artist.
    Artist(Artist),
    /// A track.
    Track(Track),
}

/// A row of things to play.
#[derive(SimpleObject)]
pub struct Shelf {
    /// The id of the shelf, `shelf_…`: the same at each visit, whatever stands on it.
    id: ID,
    /// What it is of.
    kind: ShelfKind,
    /// What stands on it, the first first; never empty.
    items: Vec<ShelfItem>,
}

#[derive(Default)]
pub struct HomeQuery;

#[Object]
impl HomeQuery {
    /// What to show first: shelves in order, none of them empty. What only somebody who is signed in can have is left out for
    /// others, so that a new listener sees what is new and popular.
    async fn home(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(12)", desc = "How many things stand on a shelf at most, 1 to 100.")]
        items_per_shelf: Option<i32>,
    ) -> Result<Option<Vec<Shelf>>> {
        let first = how_many(items_per_shelf, 12)?;
        // Asked for together, what is alike is read in one statement.
        let (recent, recommended, new, chart, artists, popular) = futures::try_join!(
            continue_listening(ctx, first),
            recommended(ctx, first),
            albums(ctx, AlbumSort::Newest, first),
            weekly_chart(ctx, first),
            artists_of_late(ctx, first),
            albums(ctx, AlbumSort::Popular, first),
        )?;
        let shelves = [
            (ShelfKind::ContinueListening, recent),
            (ShelfKind::Recommended, recommended),
            (ShelfKind::NewAlbums, new),
            (ShelfKind::WeeklyChart, chart),
            (ShelfKind::RecentArtists, artists),
            (ShelfKind::PopularAlbums, popular),
        ];
        let filled = shelves.into_iter().filter(|(_, items)| !items.is_empty());
        let fill = |(kind, items): (ShelfKind, _)| Shelf { id: format!("shelf_{}", kind.name()).into(), kind, items };
        Ok(Some(filled.map(fill).collect()))
    }
}

async fn continue_listening(ctx: &Context<'_>, first: i64) -> Result<Vec<ShelfItem>> {
    let Some(viewer) = viewer(ctx) else { return Ok(Vec::new()) };
    Ok(recent_albums(ctx, viewer.user, first).await?.into_iter().map(ShelfItem::Album).collect())
}

async fn artists_of_late(ctx: &Context<'_>, first: i64) -> Result<Vec<ShelfItem>> {
    let Some(viewer) = viewer(ctx) else { return Ok(Vec::new()) };
    Ok(recent_artists(ctx, viewer.user, first).await?.into_iter().map(ShelfItem::Artist).collect())
}

async fn recommended(ctx: &Context<'_>, first: i64) -> Result<Vec<ShelfItem>> {
    let Some(viewer) = viewer(ctx) else { return Ok(Vec::new()) };
    let app = app(ctx);
    let suggestions = app.store.suggestions(viewer.user, app.clock.now(), first).await?;
    let list = Recommendation::list(ctx, suggestions).await?;
    Ok(list.into_iter().map(|recommendation| ShelfItem::Track(recommendation.track)).collect())
}

async fn weekly_chart(ctx: &Context<'_>, first: i64) -> Result<Vec<ShelfItem>> {
    let user = viewer(ctx).map(|viewer| viewer.user);
    let ranked = app(ctx).store.chart(ChartWindow::Week, first, user).await?;
    let mut tracks = loaders(ctx).load_many(ranked.iter().map(|ranked| TrackById(ranked.track))).await?;
    let track = |id| tracks.remove(&TrackById(id)).map(|track| ShelfItem::Track(Track(track)));
    Ok(ranked.into_iter().map(|ranked| ranked.track).filter_map(track).collect())
}

async fn albums(ctx: &Context<'_>, sort: AlbumSort, first: i64) -> Result<Vec<ShelfItem>> {
    let window = Window { page: Page { first, after: None }, offset: 0 };
    let listed = browse::list(ctx, sort.sorted(None), Some(Filter::default()), Drafts::None, window).await?;
    let albums = listed.rows.into_iter().take(usize::try_from(first).unwrap_or_default());
    Ok(albums.map(|(_, album)| ShelfItem::Album(Album(album))).collect())
}
