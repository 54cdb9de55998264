//! Search.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, Object, SimpleObject, Union};
use polyphony_events::{AlbumId, ArtistId, PlaylistId, TrackId};
use polyphony_kit::{
    Error, Result,
    page::{Page, PageInfo},
    scalar::Url,
    viewer::viewer,
};
use uuid::Uuid;

use super::{album::Album, app, artist::Artist, external::Playlist, loaders, track::Track};
use crate::{
    domain::{
        Kind,
        relevance::{Piece, Terms},
    },
    search::{Hit, Query},
    store::{album::AlbumById, artist::ArtistById, person::ShowsExplicit, track::TrackById},
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
    /// Title and artists in pieces, those that were found and those between: together they are the whole line, as plain text.
    highlight_pieces: Vec<HighlightPiece>,
}

/// A part of a line that was found, or of what stands between.
#[derive(SimpleObject)]
pub struct HighlightPiece {
    /// The text, not escaped.
    text: String,
    /// Whether it answers the query.
    is_match: bool,
}

impl From<Piece> for HighlightPiece {
    fn from(piece: Piece) -> Self {
        Self { text: piece.text, is_match: piece.is_match }
    }
}

/// What somebody who is typing may mean.
#[derive(SimpleObject)]
pub struct SearchSuggestion {
    /// Its title or name: what to search for.
    text: String,
    /// What kind of thing it is.
    kind: SearchType,
    /// The id of the thing, to go there at once.
    node_id: ID,
    /// The second line: artists and album.
    subtitle: Option<String>,
    /// A picture of it: a cover or that of an artist; null when there is none.
    picture_url: Option<Url>,
    /// Title and second line in pieces, those that answer what was typed and those between.
    highlight_pieces: Vec<HighlightPiece>,
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
        let query = Query { terms: Terms::read(&query), kinds, page, shows_explicit: shows_explicit(ctx).await? };
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
        let hits = suggest(ctx, &prefix, first).await?;
        Ok(Some(hits.into_iter().map(|hit| hit.found.title).collect()))
    }

    /// What `searchSuggestions` finds, with what it is: to show it with its picture, and to go there at once.
    async fn search_suggestion_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was typed so far.")] prefix: String,
        #[graphql(default_with = "Some(8)", desc = "How many, 1 to 20.")] first: Option<i32>,
    ) -> Result<Option<Vec<SearchSuggestion>>> {
        let hits = suggest(ctx, &prefix, first.unwrap_or(8)).await?;
        Ok(Some(suggestions(ctx, &Terms::read(&prefix), hits).await?))
    }
}

async fn suggest(ctx: &Context<'_>, prefix: &str, first: i32) -> Result<Vec<Hit>> {
    if !(1..=20).contains(&first) {
        return Err(Error::bad_input("first must be 1 to 20"));
    }
    let shows_explicit = shows_explicit(ctx).await?;
    let found = app(ctx).search.suggest(prefix, i64::from(first), shows_explicit).await;
    found.map_err(|error| unavailable(&error))
}

/// Suggestions with their pictures, which are read in a statement for each kind.
async fn suggestions(ctx: &Context<'_>, terms: &Terms, hits: Vec<Hit>) -> Result<Vec<SearchSuggestion>> {
    let ids = |kind| hits.iter().filter(move |hit| hit.found.kind == kind).map(|hit| hit.found.id);
    let (tracks, albums, artists) = futures::try_join!(
        loaders(ctx).load_many(ids(Kind::Track).map(|id| TrackById(TrackId(id)))),
        loaders(ctx).load_many(ids(Kind::Album).map(|id| AlbumById(AlbumId(id)))),
        loaders(ctx).load_many(ids(Kind::Artist).map(|id| ArtistById(ArtistId(id)))),
    )?;
    let on = loaders(ctx).load_many(tracks.values().filter_map(|track| track.album_id).map(AlbumById)).await?;
    let cover_of = |id: Option<AlbumId>| on.get(&AlbumById(id?))?.cover_url.clone();
    let picture = |hit: &Hit| match hit.found.kind {
        Kind::Track => cover_of(tracks.get(&TrackById(TrackId(hit.found.id)))?.album_id),
        Kind::Album => albums.get(&AlbumById(AlbumId(hit.found.id)))?.cover_url.clone(),
        Kind::Artist => artists.get(&ArtistById(ArtistId(hit.found.id)))?.image_url.clone(),
        Kind::Playlist => None,
    };
    let suggestion = |hit: Hit| SearchSuggestion {
        picture_url: picture(&hit).map(|url| Url(app(ctx).media.url(&url))),
        highlight_pieces: hit.pieces(terms).into_iter().map(HighlightPiece::from).collect(),
        kind: hit.found.kind.into(),
        node_id: type_id(hit.found.kind, hit.found.id).into(),
        subtitle: Some(hit.found.subtitle).filter(|subtitle| !subtitle.is_empty()),
        text: hit.found.title,
    };
    Ok(hits.into_iter().map(suggestion).collect())
}

fn type_id(kind: Kind, id: Uuid) -> String {
    match kind {
        Kind::Track => TrackId(id).to_string(),
        Kind::Album => AlbumId(id).to_string(),
        Kind::Artist => ArtistId(id).to_string(),
        Kind::Playlist => PlaylistId(id).to_string(),
    }
}

/// Whether explicit tracks are found for the viewer; for whoever is not signed in they are.
async fn shows_explicit(ctx: &Context<'_>) -> Result<bool> {
    let Some(viewer) = viewer(ctx) else { return Ok(true) };
    Ok(loaders(ctx).load_one(ShowsExplicit(viewer.user)).await?.unwrap_or(true))
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
        highlight_pieces: hit.pieces(terms).into_iter().map(HighlightPiece::from).collect(),
    };
    Ok(hits.into_iter().map(edge).collect())
}
