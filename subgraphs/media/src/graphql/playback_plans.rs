//! How several tracks are played, asked for at once.

use async_graphql::{Context, ID, Object, SimpleObject};
use futures::future::try_join_all;
use polyphony_events::TrackId;
use polyphony_kit::{Error, Result, viewer::require_viewer};

use super::{
    external::Track,
    playback::{self, ClientProfileInput, PlaybackPlan},
};

/// Tracks that are planned at once.
const MAX_PLANS: usize = 100;

/// A track and how it is played.
#[derive(SimpleObject)]
pub(super) struct TrackPlaybackPlan {
    /// The track; null when there is none of this id, or the viewer may not see it.
    track: Option<Track>,
    /// How this client should play it; null when nothing playable exists yet, or any more.
    plan: Option<PlaybackPlan>,
}

#[derive(Default)]
pub(super) struct PlaybackPlansQuery;

#[Object]
impl PlaybackPlansQuery {
    /// How this client should play each of these tracks, in the order of `trackIds`: to fetch ahead what comes next, or to keep
    /// an album for when there is no network. It costs as much as one plan. The URLs are good for the same time as those of
    /// `Track.playbackPlan`; `expiresAt` says how long.
    async fn playback_plans(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tracks, 1 to 100.")] track_ids: Vec<ID>,
        #[graphql(desc = "What the client can play; anything when absent.")] client: Option<ClientProfileInput>,
    ) -> Result<Option<Vec<TrackPlaybackPlan>>> {
        require_viewer(ctx)?;
        if !(1..=MAX_PLANS).contains(&track_ids.len()) {
            return Err(Error::bad_input(format!("trackIds must be 1 to {MAX_PLANS}")));
        }
        let plans = track_ids.iter().map(|id| {
            let client = client.clone();
            async move {
                let Some(id) = TrackId::parse(id) else { return Ok(TrackPlaybackPlan { track: None, plan: None }) };
                // Both go through one loader: the tracks of all plans are read in one statement.
                let (track, plan) = tokio::join!(playback::audio(ctx, id), playback::plan(ctx, id, client));
                Ok::<_, Error>(TrackPlaybackPlan { track: track?.map(|track| Track::new(track.id)), plan: plan? })
            }
        });
        try_join_all(plans).await.map(Some)
    }
}
