//! What mutations answer: the thing, and why it was refused.

use async_graphql::{ID, SimpleObject};
use polyphony_events::AlbumId;
use polyphony_kit::Error;

use super::{album::Album, artist::Artist, share::Share, track::Track};
use crate::{
    commands::{Failure, Outcome, bulk::Bulk},
    domain::{self, Refusal},
};

polyphony_kit::user_errors! {
    /// There is no such thing, or it is not for the viewer.
    NotFound,
    /// The thing is somebody else's.
    NotAllowed,
    /// A part of the input is not acceptable; `path` says which.
    InvalidInput,
    /// Something else has it already, or the thing is not in a state for this.
    Conflict,
    /// It is not the current version; the message says which is.
    StaleVersion,
    /// The idempotency key came with other input before.
    IdempotencyKeyReused,
    /// It is published already.
    AlreadyPublished,
    /// Other things need it.
    HasDependents,
    /// The viewer has as many as one may have.
    QuotaExceeded,
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(message) => Self::new(UserErrorCode::NotFound, message),
            Refusal::NotAllowed(message) => Self::new(UserErrorCode::NotAllowed, message),
            Refusal::Invalid(field, message) => Self::new(UserErrorCode::InvalidInput, message).at(&path(field)),
            Refusal::Conflict(field, message) => Self::new(UserErrorCode::Conflict, message).at(&path(field)),
            Refusal::TooMany(field, message) => Self::new(UserErrorCode::QuotaExceeded, message).at(&path(field)),
            Refusal::Stale(current) => {
                Self::new(UserErrorCode::StaleVersion, format!("the current version is {current}")).at(&["baseVersion"])
            }
            Refusal::KeyReused => {
                Self::new(UserErrorCode::IdempotencyKeyReused, "the idempotency key came with other input before")
            }
            Refusal::AlreadyPublished(message) => Self::new(UserErrorCode::AlreadyPublished, message),
            Refusal::HasDependents(message) => Self::new(UserErrorCode::HasDependents, message),
        }
    }
}

/// Where a field stands in the arguments: most are of `input`.
fn path(field: &'static str) -> Vec<&'static str> {
    match field {
        "id" | "lrc" | "language" | "offsetMs" | "input" | "sourceIds" | "targetId" | "changeId" => vec![field],
        field => vec!["input", field],
    }
}

/// The answer of a mutation of an artist.
#[derive(SimpleObject)]
pub struct ArtistPayload {
    /// The artist after the change.
    artist: Option<Artist>,
    /// Why it was refused.
    user_errors: Vec<UserError>,
}

/// The answer of a mutation of an album.
#[derive(SimpleObject)]
pub struct AlbumPayload {
    /// The album after the change.
    album: Option<Album>,
    /// Why it was refused.
    user_errors: Vec<UserError>,
}

/// The answer of a mutation of a track.
#[derive(SimpleObject)]
pub struct TrackPayload {
    /// The track after the change.
    track: Option<Track>,
    /// Why it was refused.
    user_errors: Vec<UserError>,
}

/// The answer of an edit of several tracks.
#[derive(SimpleObject)]
pub struct TracksPayload {
    /// The tracks that were edited, after it, in the order of the input.
    tracks: Vec<Track>,
    /// Why others were refused.
    user_errors: Vec<UserError>,
}

/// The answer of an edit of several albums.
#[derive(SimpleObject)]
pub struct AlbumsPayload {
    /// The albums that were edited, after it, in the order of the input.
    albums: Vec<Album>,
    /// Why others were refused.
    user_errors: Vec<UserError>,
}

/// The answer of deleting several things.
#[derive(SimpleObject)]
pub struct DeletedPayload {
    /// The ids of what is gone, in the order of the input.
    deleted_ids: Vec<ID>,
    /// Why others were refused.
    user_errors: Vec<UserError>,
}

/// The answer of a mutation of a share link.
#[derive(SimpleObject)]
pub struct SharePayload {
    /// The link.
    share: Option<Share>,
    /// Why it was refused.
    user_errors: Vec<UserError>,
}

/// Splits what a command gave: done, refused, or failed.
pub(super) fn split<T>(outcome: Outcome<T>) -> Result<Result<T, UserError>, Error> {
    match outcome {
        Ok(done) => Ok(Ok(done)),
        Err(Failure::Refused(refusal)) => Ok(Err(refusal.into())),
        Err(Failure::Failed(error)) => Err(Error::Internal(error)),
    }
}

impl ArtistPayload {
    pub(super) fn of(outcome: Outcome<domain::Artist>) -> Result<Self, Error> {
        let done = split(outcome)?;
        let user_errors = done.as_ref().err().cloned().into_iter().collect();
        Ok(Self { artist: done.ok().map(Artist), user_errors })
    }
}

impl AlbumPayload {
    pub(super) fn of(outcome: Outcome<domain::Album>) -> Result<Self, Error> {
        let done = split(outcome)?;
        let user_errors = done.as_ref().err().cloned().into_iter().collect();
        Ok(Self { album: done.ok().map(Album), user_errors })
    }
}

impl TrackPayload {
    pub(super) fn of(outcome: Outcome<domain::Track>) -> Result<Self, Error> {
        let done = split(outcome)?;
        let user_errors = done.as_ref().err().cloned().into_iter().collect();
        Ok(Self { track: done.ok().map(Track), user_errors })
    }
}

impl SharePayload {
    pub(super) fn of(outcome: Outcome<domain::Share>) -> Result<Self, Error> {
        let done = split(outcome)?;
        let user_errors = done.as_ref().err().cloned().into_iter().collect();
        Ok(Self { share: done.ok().map(Share), user_errors })
    }
}

impl AckPayload {
    pub(super) fn of(outcome: Outcome<()>) -> Result<Self, Error> {
        split(outcome).map(Self::from)
    }
}

impl TracksPayload {
    pub(super) fn of(bulk: Bulk<domain::Track>) -> Self {
        let user_errors = refusals(bulk.refused);
        Self { tracks: bulk.done.into_iter().map(Track).collect(), user_errors }
    }
}

impl AlbumsPayload {
    pub(super) fn of(bulk: Bulk<domain::Album>) -> Self {
        let user_errors = refusals(bulk.refused);
        Self { albums: bulk.done.into_iter().map(Album).collect(), user_errors }
    }
}

impl DeletedPayload {
    pub(super) fn of(bulk: Bulk<AlbumId>) -> Self {
        let user_errors = refusals(bulk.refused);
        Self { deleted_ids: bulk.done.into_iter().map(|id| id.to_string().into()).collect(), user_errors }
    }
}

/// Refusals of a bulk edit, each where the thing is named that it is of.
fn refusals(refused: Vec<(Option<usize>, Refusal)>) -> Vec<UserError> {
    let error = |(at, refusal): (Option<usize>, Refusal)| match (at, refusal) {
        (Some(at), refusal) => UserError::from(refusal).at(&["ids", &at.to_string()]),
        (None, Refusal::Invalid(field @ ("ids" | "baseVersions"), message)) => {
            UserError::new(UserErrorCode::InvalidInput, message).at(&[field])
        }
        (None, Refusal::Invalid(field, message)) => {
            UserError::new(UserErrorCode::InvalidInput, message).at(&["patch", field])
        }
        (None, refusal) => refusal.into(),
    };
    refused.into_iter().map(error).collect()
}
