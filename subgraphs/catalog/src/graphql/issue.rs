//! What may be wrong with what somebody keeps.

use async_graphql::{Context, Enum, Object, SimpleObject};
use polyphony_events::{AlbumId, ArtistId, TrackId};
use polyphony_kit::{
    Result,
    page::{Page, PageInfo},
};

use super::{album::Album, app, artist::Artist, home::ShelfItem, loaders, manager, track::Track};
use crate::{
    domain::{
        Kind,
        issue::{Issue, IssueKind, IssuePlace},
    },
    store::{album::AlbumById, artist::ArtistById, track::TrackById},
};

/// What may be wrong in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "IssueKind")]
pub enum CatalogIssueKind {
    /// Artists whose names differ in case, marks, an article, blanks or punctuation alone: `mergeArtists` makes them one.
    DuplicateArtists,
    /// Albums of one first artist whose titles differ so, or in the words for an edition (`Deluxe`, `2009 Remaster`), so that
    /// true editions are among them: `mergeAlbums` makes others one.
    DuplicateAlbums,
    /// Tracks of one album whose titles differ so, each of which plays as long as another of them within two seconds.
    DuplicateTracks,
    /// Tracks of one album that have the same samples.
    DuplicateRecordings,
    /// An artist without a picture.
    ArtistWithoutImage,
    /// An album without a cover.
    AlbumWithoutCover,
    /// An album of which nobody knows when it was released.
    AlbumWithoutYear,
    /// An album whose track numbers have gaps (`missingNumbers`), or that has tracks without a number.
    AlbumWithGaps,
    /// A track that is filed under no genre.
    TrackWithoutGenre,
    /// A track of "Unknown Artist": its file names nobody.
    TrackOfUnknownArtist,
}

/// A place of an album.
#[derive(Clone, Copy, SimpleObject)]
pub struct AlbumPosition {
    /// Which disc.
    disc_number: i32,
    /// Which track of the disc.
    track_number: i32,
}

/// Something that may be wrong in the catalog.
pub struct CatalogIssue(IssueKind, Issue);

/// Something that may be wrong in the catalog.
#[Object]
impl CatalogIssue {
    /// What.
    async fn kind(&self) -> CatalogIssueKind {
        self.0.into()
    }

    /// What it is of: one thing, or all that are likely the same, the oldest first.
    async fn items(&self, ctx: &Context<'_>) -> Result<Vec<ShelfItem>> {
        let (things, loaders) = (self.1.things.iter().copied(), loaders(ctx));
        Ok(match self.0.of() {
            Kind::Artist => {
                let keys: Vec<_> = things.map(|id| ArtistById(ArtistId(id))).collect();
                let mut found = loaders.load_many(keys.clone()).await?;
                let found = keys.iter().filter_map(|key| found.remove(key));
                found.map(|artist| ShelfItem::Artist(Artist(artist))).collect()
            }
            Kind::Album => {
                let keys: Vec<_> = things.map(|id| AlbumById(AlbumId(id))).collect();
                let mut found = loaders.load_many(keys.clone()).await?;
                keys.iter().filter_map(|key| found.remove(key)).map(|album| ShelfItem::Album(Album(album))).collect()
            }
            Kind::Track | Kind::Playlist => {
                let keys: Vec<_> = things.map(|id| TrackById(TrackId(id))).collect();
                let mut found = loaders.load_many(keys.clone()).await?;
                keys.iter().filter_map(|key| found.remove(key)).map(|track| ShelfItem::Track(Track(track))).collect()
            }
        })
    }

    /// Places of the album below the highest of each disc that no track has, at most 100 of a disc; empty for other kinds.
    async fn missing_numbers(&self) -> Vec<AlbumPosition> {
        let position = |(disc_number, track_number)| AlbumPosition { disc_number, track_number };
        self.1.missing.iter().copied().map(position).collect()
    }
}

/// An issue, with its cursor.
#[derive(SimpleObject)]
pub struct CatalogIssueEdge {
    /// Give it as `after` to have what follows this entry.
    cursor: String,
    /// The issue.
    node: CatalogIssue,
}

/// A page of issues.
#[derive(SimpleObject)]
pub struct CatalogIssueConnection {
    /// The issues of this page, in order.
    edges: Vec<CatalogIssueEdge>,
    /// Where this page lies.
    page_info: PageInfo,
}

#[derive(Default)]
pub struct IssueQuery;

#[Object]
impl IssueQuery {
    /// What may be wrong with what the viewer owns, and for ADMIN with everything: likely duplicates, and what is missing.
    /// What was withdrawn is left out. CREATOR and ADMIN.
    async fn catalog_issues(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What may be wrong.")] kind: CatalogIssueKind,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
    ) -> Result<Option<CatalogIssueConnection>> {
        let (manager, kind) = (manager(ctx)?, IssueKind::from(kind));
        let page: Page<IssuePlace> = Page::parse(first, after, 20)?;
        let behind = (page.after.clone().unwrap_or_default(), page.limit());
        let issues = app(ctx).store.issues(manager, kind, behind).await?;
        let (rows, page_info) = page.cut(issues, |issue| issue.place.clone());
        let edge = |(cursor, issue)| CatalogIssueEdge { cursor, node: CatalogIssue(kind, issue) };
        Ok(Some(CatalogIssueConnection { edges: rows.into_iter().map(edge).collect(), page_info }))
    }
}
