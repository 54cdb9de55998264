//! Recommendations, each with its reason.

use async_graphql::{Context, Enum, SimpleObject};
use polyphony_kit::Result;

use super::{loaders, track::Track};
use crate::{
    domain::{Suggestion, recommendation::Reason},
    store::track::TrackById,
};

/// Why a track is recommended.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub enum RecommendationReason {
    /// People who hear what you hear, hear it, too.
    ListenedTogether,
    /// It is by an artist that you hear.
    SameArtist,
    /// It is of a genre that you hear.
    SameGenre,
    /// Many hear it these days.
    Popular,
    /// It was published lately, or is among the newest that there is and that nobody has played yet.
    NewRelease,
}

/// A track that somebody may like.
#[derive(SimpleObject)]
pub struct Recommendation {
    /// The track.
    pub(super) track: Track,
    /// Why.
    reason: RecommendationReason,
    /// What the reason is about: the title of a track, the name of an artist or of a genre.
    because: Option<String>,
}

impl Recommendation {
    /// The suggestions with their tracks, those that the viewer may see.
    pub(super) async fn list(ctx: &Context<'_>, suggestions: Vec<Suggestion>) -> Result<Vec<Self>> {
        let ids = suggestions.iter().map(|suggestion| TrackById(suggestion.track));
        let mut tracks = loaders(ctx).load_many(ids).await?;
        let list = suggestions.into_iter().filter_map(|suggestion| {
            let track = Track(tracks.remove(&TrackById(suggestion.track))?);
            Some(Self { track, reason: suggestion.reason.into(), because: suggestion.because })
        });
        Ok(list.collect())
    }
}
