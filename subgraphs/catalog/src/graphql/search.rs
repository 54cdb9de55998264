//! Search.

use std::collections::HashMap;

use async_graphql::{Context, Enum, Object, SimpleObject, Union};
use polyphony_events::{AlbumId, ArtistId, PlaylistId, TrackId};
use polyphony_kit::{
    Error, Result,
    page::{Page, PageInfo},
};

use super::{album::Album, app, artist::Artist, external::Playlist, loaders, track::Track};
use crate::{
    domain::{Kind, relevance::Terms},
    search::{Hit, Query},
    store::{album::AlbumById, artist::ArtistById, track::TrackById},
};

/// What can be looked for.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum SearchType {
    /// Tracks.
    Track,
    /// Albums.
    Album,
    /// Artists.
    Artist,
    /// Public playlists.
    Playlist,
}

/// Something that was found.
#[derive(Clone, Union)]
pub enum SearchItem {
    /// A track.
    Track(Track),
    /// An album.
    Album(Album),
    /// An artist.
    Artist(Artist),
    /// A public playlist.
    Playlist(Playlist),
}

/// What was found, the best first.
#[derive(SimpleObject)]
pub struct SearchConnection {
    /// The results of this page, in order.
    edges: Vec<SearchEdge>,
    /// Where this page lies in the list.
    page_info: PageInfo,
    /// About how many results there are in all; more than 1,000 are not counted.
    estimated_total: i32,
    /// How long the search took, in milliseconds.
    took_ms: i32,
}

/// A result.
#[derive(SimpleObject)]
pub struct SearchEdge {
    /// Give it as `after` to have what follows this result.
    cursor: String,
    /// What was found; null when it went away meanwhile.
    node: Option<SearchItem>,
    /// Title and artists with the words that were found between `<em>` and `</em>`; the rest is escaped for HTML.
    highlight: Option<String>,
}

#[derive(Default)]
pub struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Tracks, albums, artists and public playlists that answer to these words, also when they are misspelt.
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to look for: words of titles, artists and albums.")] query: String,
        #[graphql(desc = "What kinds of things; all when absent.")] types: Option<Vec<SearchType>>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the result before.")] after: Option<String>,
    ) -> Result<Option<SearchConnection>> {
        let page = Page::parse(first, after, 20)?;
        let kinds = types.map_or(Kind::ALL.to_vec(), |types| types.into_iter().map(Kind::from).collect());
        let query = Query { terms: Terms::read(&query), kinds, page };
        let started = std::time::Instant::now();
        let results = app(ctx).search.search(&query).await.map_err(|error| unavailable(&error))?;
        let took_ms = i32::try_from(started.elapsed().as_millis()).unwrap_or(i32::MAX);
        let (hits, page_info) = query.page.cut(results.hits, |hit| hit.place.clone());
        let edges = edges(ctx, &query.terms, hits).await?;
        let estimated_total = i32::try_from(results.estimated_total).unwrap_or(i32::MAX);
        Ok(Some(SearchConnection { edges, page_info, estimated_total, took_ms }))
    }

    /// Titles and names that begin like this, or nearly, for a search field that is being typed in.
    async fn search_suggestions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was typed so far.")] prefix: String,
        #[graphql(default_with = "Some(8)", desc = "How many, 1 to 20.")] first: Option<i32>,
    ) -> Result<Option<Vec<String>>> {
        let first = first.unwrap_or(8);
        if !(1..=20).contains(&first) {
            return Err(Error::bad_input("first must be 1 to 20"));
        }
        let found = app(ctx).search.suggest(&prefix, i64::from(first)).await;
        Ok(Some(found.map_err(|error| unavailable(&error))?))
    }
}

fn unavailable(error: &anyhow::Error) -> Error {
    tracing::error!(error = format!("{error:#}"), "search cannot be asked");
    Error::unavailable("search is not available just now; everything else is")
}

/// The results with what they are about, as the viewer may see it.
async fn edges(ctx: &Context<'_>, terms: &Terms, hits: Vec<(String, Hit)>) -> Result<Vec<SearchEdge>> {
    let ids = |kind| hits.iter().filter(move |(_, hit)| hit.found.kind == kind).map(|(_, hit)| hit.found.id);
    let (tracks, albums, artists) = futures::try_join!(
        loaders(ctx).load_many(ids(Kind::Track).map(|id| TrackById(TrackId(id)))),
        loaders(ctx).load_many(ids(Kind::Album).map(|id| AlbumById(AlbumId(id)))),
        loaders(ctx).load_many(ids(Kind::Artist).map(|id| ArtistById(ArtistId(id)))),
    )?;
    let tracks = tracks.into_iter().map(|(key, track)| (key.0.0, SearchItem::Track(Track(track))));
    let albums = albums.into_iter().map(|(key, album)| (key.0.0, SearchItem::Album(Album(album))));
    let artists = artists.into_iter().map(|(key, artist)| (key.0.0, SearchItem::Artist(Artist(artist))));
    let playlists = ids(Kind::Playlist)
        .map(|id| (id, SearchItem::Playlist(Playlist(PlaylistId(id).to_string().into()))))
        .collect::<Vec<_>>();
    let mut items: HashMap<_, _> = tracks.chain(albums).chain(artists).chain(playlists).collect();
    let edge = |(cursor, hit): (String, Hit)| SearchEdge {
        cursor,
        node: items.remove(&hit.found.id),
        highlight: Some(hit.highlight(terms)),
    };
    Ok(hits.into_iter().map(edge).collect())
}
