//! How clients sort and filter lists of the catalog.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use polyphony_events::ArtistId;
use polyphony_kit::{Error, Result, page::Window, viewer::viewer};
use polyphony_names as names;

use super::{album::AlbumKind, app, int, loaders, wants_total};
use crate::{
    domain::{
        self, Audience,
        browse::{Beginning, ByArtist, Direction, Filter, MAX_VALUES, Sorted},
    },
    store::browse::{Drafts, List, Listable, Listed, Place},
};

/// What albums are sorted by. Where two are alike in it, their ids decide, so that pages have neither gap nor double.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::browse::AlbumSort")]
pub enum AlbumSort {
    /// By when they came into the catalog; the newest first unless `order` says otherwise.
    Newest,
    /// By title, without regard to case and diacritics; from A on unless `order` says otherwise.
    Title,
    /// By how often their tracks were played; the most played first unless `order` says otherwise.
    Popular,
    /// By the sort name of the first artist, then by title; from A on unless `order` says otherwise.
    Artist,
    /// By when they were released; the latest first unless `order` says otherwise. An unknown date is before all others.
    Released,
}

/// What tracks are sorted by. Where two are alike in it, their ids decide, so that pages have neither gap nor double.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::browse::TrackSort")]
pub enum TrackSort {
    /// By when they came into the catalog; the newest first unless `order` says otherwise.
    Newest,
    /// By title, without regard to case and diacritics; from A on unless `order` says otherwise.
    Title,
    /// By how often they were played; the most played first unless `order` says otherwise.
    Popular,
    /// By the sort name of the first artist, then by title; from A on unless `order` says otherwise.
    Artist,
    /// By the title of the album, then by disc and number; from A on unless `order` says otherwise. Tracks without an album
    /// are before all others.
    Album,
    /// By when their album was released; the latest first unless `order` says otherwise. An unknown date is before all others.
    Released,
    /// By how long they play; the longest first unless `order` says otherwise.
    Duration,
}

/// What artists are sorted by. Where two are alike in it, their ids decide, so that pages have neither gap nor double.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::browse::ArtistSort")]
pub enum ArtistSort {
    /// By sort name, without regard to case and diacritics; from A on unless `order` says otherwise.
    Name,
    /// By when they came into the catalog; the newest first unless `order` says otherwise.
    Newest,
    /// By how often their tracks were played; the most played first unless `order` says otherwise.
    Popular,
}

/// Which way a list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Direction")]
pub enum SortOrder {
    /// A to Z, the oldest, the least played, the shortest first.
    Ascending,
    /// Z to A, the newest, the most played, the longest first.
    Descending,
}

/// Which albums a list holds. Each field narrows it; of several values in one field one has to match.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AlbumFilter {
    /// Of one of these kinds.
    kinds: Option<Vec<AlbumKind>>,
    /// Filed under one of these genres, by slug; at most 50.
    genres: Option<Vec<String>>,
    /// That name this artist.
    artist_id: Option<ID>,
    /// Released in this year or later.
    from_year: Option<i32>,
    /// Released in this year or earlier.
    to_year: Option<i32>,
    /// Whether a track of it is explicit.
    explicit: Option<bool>,
    /// Whose titles contain this, without regard to case and diacritics.
    text: Option<String>,
    /// Whose titles begin with this, without regard to case and diacritics; `#` is what begins with no letter.
    starts_with: Option<String>,
}

/// Which tracks a list holds. Each field narrows it; of several values in one field one has to match.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TrackFilter {
    /// Filed under one of these genres, by slug; at most 50.
    genres: Option<Vec<String>>,
    /// That name this artist.
    artist_id: Option<ID>,
    /// On an album that was released in this year or later.
    from_year: Option<i32>,
    /// On an album that was released in this year or earlier.
    to_year: Option<i32>,
    /// Whether they are explicit.
    explicit: Option<bool>,
    /// Whose titles contain this, without regard to case and diacritics.
    text: Option<String>,
    /// Whose titles begin with this, without regard to case and diacritics; `#` is what begins with no letter.
    starts_with: Option<String>,
}

/// Which artists a list holds. Each field narrows it; of several values in one field one has to match.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ArtistFilter {
    /// Who have a published track of one of these genres, by slug; at most 50.
    genres: Option<Vec<String>>,
    /// Whose names contain this, without regard to case and diacritics.
    text: Option<String>,
    /// Whose sort names begin with this, without regard to case and diacritics; `#` is what begins with no letter.
    starts_with: Option<String>,
}

impl AlbumFilter {
    /// Reads the filter; None when nothing can match it, because the artist's id is malformed.
    pub(super) fn read(self) -> Result<Option<Filter>> {
        let Ok(artist) = artist(self.artist_id.as_ref()) else { return Ok(None) };
        Ok(Some(Filter {
            kinds: self.kinds.unwrap_or_default().into_iter().map(Into::into).collect(),
            genres: genres(self.genres)?,
            artist,
            from_year: year(self.from_year)?,
            to_year: year(self.to_year)?,
            explicit: self.explicit,
            text: text(self.text),
            beginning: self.starts_with.as_deref().and_then(Beginning::read),
        }))
    }
}

impl TrackFilter {
    /// Reads the filter; None when nothing can match it, because the artist's id is malformed.
    pub(super) fn read(self) -> Result<Option<Filter>> {
        let Ok(artist) = artist(self.artist_id.as_ref()) else { return Ok(None) };
        Ok(Some(Filter {
            kinds: Vec::new(),
            genres: genres(self.genres)?,
            artist,
            from_year: year(self.from_year)?,
            to_year: year(self.to_year)?,
            explicit: self.explicit,
            text: text(self.text),
            beginning: self.starts_with.as_deref().and_then(Beginning::read),
        }))
    }
}

impl ArtistFilter {
    /// Reads the filter.
    pub(super) fn read(self) -> Result<Filter> {
        Ok(Filter {
            genres: genres(self.genres)?,
            text: text(self.text),
            beginning: self.starts_with.as_deref().and_then(Beginning::read),
            ..Filter::default()
        })
    }
}

/// The artist whose things are asked for; a malformed id is nobody's.
fn artist(id: Option<&ID>) -> Result<Option<ByArtist>, ()> {
    id.map(|id| ArtistId::parse(id).map(ByArtist::Made).ok_or(())).transpose()
}

fn genres(names: Option<Vec<String>>) -> Result<Vec<String>> {
    let names = names.unwrap_or_default();
    if names.len() > MAX_VALUES {
        return Err(Error::bad_input(format!("at most {MAX_VALUES} genres can be named")));
    }
    Ok(names.iter().map(|name| names::slug(name)).collect())
}

fn year(year: Option<i32>) -> Result<Option<i32>> {
    match year {
        Some(year) if !(0..=9_999).contains(&year) => Err(Error::bad_input("a year must be 0 to 9999")),
        year => Ok(year),
    }
}

fn text(text: Option<String>) -> Option<String> {
    text.map(|text| names::identity(&text)).filter(|text| !text.is_empty())
}

/// The filter with the genre of an argument of its own.
pub(super) fn with_genre(filter: Option<Filter>, genre: Option<String>) -> Result<Option<Filter>> {
    match (filter, genre) {
        (Some(filter), Some(_)) if !filter.genres.is_empty() => {
            Err(Error::bad_input("genre and filter.genres exclude each other"))
        }
        (Some(filter), Some(genre)) => Ok(Some(Filter { genres: vec![names::slug(&genre)], ..filter })),
        (filter, _) => Ok(filter),
    }
}

/// Loads a page of a list; an empty one when no filter can match.
pub(super) async fn list<S: Listable>(
    ctx: &Context<'_>,
    sorted: Sorted<S>,
    filter: Option<Filter>,
    drafts: Drafts,
    window: Window<Place>,
) -> Result<Listed<S::Thing>> {
    let Some(filter) = filter else { return Ok(Listed::default()) };
    if window.page.after.as_ref().is_some_and(|after| !after.fits(sorted)) {
        return Err(Error::bad_input("after is no cursor of this list"));
    }
    let list = List { sorted, filter, drafts, window, total: wants_total(ctx) };
    Ok(loaders(ctx).load_one(list).await?.unwrap_or_default())
}

/// A letter that titles or names begin with, for jumping within an alphabetical list.
#[derive(SimpleObject)]
pub struct IndexLetter {
    /// The letter in upper case, without diacritics; `#` for what begins with none.
    letter: String,
    /// How many begin with it.
    count: i32,
    /// How many stand before the first of them when the list is in ascending order: give it as `offset`.
    offset: i32,
}

impl From<domain::browse::Letter> for IndexLetter {
    fn from(letter: domain::browse::Letter) -> Self {
        Self { letter: letter.letter, count: int(letter.count), offset: int(letter.offset) }
    }
}

#[derive(Default)]
pub struct BrowseQuery;

#[Object]
impl BrowseQuery {
    /// The letters that the titles of published albums begin with, in the order of `albums(sort: TITLE)`, each with its place
    /// there.
    async fn album_index(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of these albums only.")] filter: Option<AlbumFilter>,
    ) -> Result<Option<Vec<IndexLetter>>> {
        let filter = filter.unwrap_or_default().read()?;
        letters::<domain::browse::AlbumSort>(ctx, filter).await
    }

    /// The letters that the titles of published tracks begin with, in the order of `tracks(sort: TITLE)`, each with its place
    /// there.
    async fn track_index(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of these tracks only.")] filter: Option<TrackFilter>,
    ) -> Result<Option<Vec<IndexLetter>>> {
        let filter = filter.unwrap_or_default().read()?;
        letters::<domain::browse::TrackSort>(ctx, filter).await
    }

    /// The letters that the sort names of artists begin with, in the order of `artists`, each with its place there.
    async fn artist_index(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of these artists only.")] filter: Option<ArtistFilter>,
    ) -> Result<Option<Vec<IndexLetter>>> {
        let filter = filter.unwrap_or_default().read()?;
        letters::<domain::browse::ArtistSort>(ctx, Some(filter)).await
    }
}

async fn letters<S: Listable>(ctx: &Context<'_>, filter: Option<Filter>) -> Result<Option<Vec<IndexLetter>>> {
    let Some(filter) = filter else { return Ok(Some(Vec::new())) };
    let letters = app(ctx).store.letters::<S>(&filter, Audience::from(viewer(ctx))).await?;
    Ok(Some(letters.into_iter().map(IndexLetter::from).collect()))
}
