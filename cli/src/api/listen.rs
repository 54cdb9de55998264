//! Listening together.

use chrono::{DateTime, Utc};
use polyphony_sync_client::Anchor;

use super::{Url, UserError, schema, upload::Ack};

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlayState {
    Playing,
    Paused,
    Stopped,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Track")]
pub(crate) struct PlayingTrack {
    pub(crate) id: cynic::Id,
    pub(crate) title: String,
}

/// What is playing.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "PlaybackState")]
pub(crate) struct Playback {
    pub(crate) version: i32,
    pub(crate) state: PlayState,
    pub(crate) track: Option<PlayingTrack>,
    pub(crate) anchor_position_ms: i32,
    pub(crate) anchor_server_time: f64,
    pub(crate) rate: f64,
    pub(crate) duration_ms: Option<i32>,
}

impl Playback {
    pub(crate) fn anchor(&self) -> Anchor {
        Anchor {
            position: self.anchor_position_ms.into(),
            server_time: self.anchor_server_time,
            rate: self.rate,
            is_playing: self.state == PlayState::Playing,
            duration: self.duration_ms.map(Into::into),
        }
    }
}

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "ListeningSession")]
pub(crate) struct Session {
    pub(crate) id: cynic::Id,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) playback: Playback,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct ByCode {
    pub(crate) code: String,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct BySession {
    pub(crate) id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "ListeningSessionPayload")]
pub(crate) struct Joined {
    pub(crate) session: Option<Session>,
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ByCode")]
pub(crate) struct Join {
    #[arguments(code: $code)]
    pub(crate) join_listening_session: Joined,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "BySession")]
pub(crate) struct Leave {
    #[arguments(id: $id)]
    pub(crate) leave_listening_session: Ack,
}

/// The frames of a session.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Subscription", variables = "BySession")]
pub(crate) struct Changed {
    #[arguments(id: $id)]
    pub(crate) listening_session_changed: Session,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub(crate) struct ServerTime {
    pub(crate) server_time: Option<f64>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PlaybackPlan")]
pub(crate) struct Plan {
    pub(crate) url: Url,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Track")]
pub(crate) struct PlayableTrack {
    pub(crate) playback_plan: Option<Plan>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "BySession")]
pub(crate) struct WhereToPlay {
    #[arguments(id: $id)]
    pub(crate) track: Option<PlayableTrack>,
}
