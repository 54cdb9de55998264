//! Changes that can be taken back, and what the mutations that make them answer.

use async_graphql::{Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::Error;

use super::{
    album::Album,
    artist::Artist,
    payload::{UserError, split},
    track::Track,
};
use crate::{
    commands::Outcome,
    domain::{
        self,
        edit::{Edit, EditKind, UNDOABLE_FOR},
    },
};

/// What kind of change it was.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "EditKind")]
pub enum CatalogEditKind {
    /// Artists became one.
    MergeArtists,
    /// Albums became one.
    MergeAlbums,
    /// Tracks went to another album.
    MoveTracks,
    /// Some of an artist's music became that of another.
    SplitArtist,
}

/// A change of what belongs together, which can be taken back.
pub struct CatalogEdit(Edit);

/// A change of what belongs together, which can be taken back.
#[Object]
impl CatalogEdit {
    /// Its id, `edt_…`: what `undoCatalogChange` takes.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What kind of change it was.
    async fn kind(&self) -> CatalogEditKind {
        self.0.kind.into()
    }

    /// When it was made.
    async fn made_at(&self) -> DateTime<Utc> {
        self.0.made_at
    }

    /// Until when it can be taken back.
    async fn undoable_until(&self) -> DateTime<Utc> {
        self.0.made_at + UNDOABLE_FOR
    }

    /// When it was taken back; null unless it was.
    async fn undone_at(&self) -> Option<DateTime<Utc>> {
        self.0.undone_at
    }
}

/// The answer of a change of artists.
#[derive(SimpleObject)]
pub struct ArtistEditPayload {
    /// The artist after the change: what others became, or the new one.
    artist: Option<Artist>,
    /// The change, for taking it back.
    change: Option<CatalogEdit>,
    /// Why it was refused.
    user_errors: Vec<UserError>,
}

/// The answer of a change of albums.
#[derive(SimpleObject)]
pub struct AlbumEditPayload {
    /// The album after the change.
    album: Option<Album>,
    /// The change, for taking it back.
    change: Option<CatalogEdit>,
    /// Why it was refused.
    user_errors: Vec<UserError>,
}

/// The answer of a change of tracks.
#[derive(SimpleObject)]
pub struct TracksEditPayload {
    /// The tracks after the change, in the order of the input; null when it was refused.
    tracks: Option<Vec<Track>>,
    /// The change, for taking it back.
    change: Option<CatalogEdit>,
    /// Why it was refused.
    user_errors: Vec<UserError>,
}

/// The answer of taking a change back.
#[derive(SimpleObject)]
pub struct CatalogEditPayload {
    /// The change.
    change: Option<CatalogEdit>,
    /// Why it was refused.
    user_errors: Vec<UserError>,
}

impl ArtistEditPayload {
    pub(super) fn of(outcome: Outcome<(domain::Artist, Edit)>) -> Result<Self, Error> {
        Ok(match split(outcome)? {
            Ok((artist, edit)) => {
                Self { artist: Some(Artist(artist)), change: Some(CatalogEdit(edit)), user_errors: Vec::new() }
            }
            Err(error) => Self { artist: None, change: None, user_errors: vec![error] },
        })
    }
}

impl AlbumEditPayload {
    pub(super) fn of(outcome: Outcome<(domain::Album, Edit)>) -> Result<Self, Error> {
        Ok(match split(outcome)? {
            Ok((album, edit)) => {
                Self { album: Some(Album(album)), change: Some(CatalogEdit(edit)), user_errors: Vec::new() }
            }
            Err(error) => Self { album: None, change: None, user_errors: vec![error] },
        })
    }
}

impl TracksEditPayload {
    pub(super) fn of(outcome: Outcome<(Vec<domain::Track>, Edit)>) -> Result<Self, Error> {
        Ok(match split(outcome)? {
            Ok((tracks, edit)) => {
                let tracks = tracks.into_iter().map(Track).collect();
                Self { tracks: Some(tracks), change: Some(CatalogEdit(edit)), user_errors: Vec::new() }
            }
            Err(error) => Self { tracks: None, change: None, user_errors: vec![error] },
        })
    }
}

impl CatalogEditPayload {
    pub(super) fn of(outcome: Outcome<Edit>) -> Result<Self, Error> {
        Ok(match split(outcome)? {
            Ok(edit) => Self { change: Some(CatalogEdit(edit)), user_errors: Vec::new() },
            Err(error) => Self { change: None, user_errors: vec![error] },
        })
    }
}
