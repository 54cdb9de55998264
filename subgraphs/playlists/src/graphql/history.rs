//! What people listened to, as clients see it.

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_events::PlaylistId;
use polyphony_kit::{
    Result,
    page::{Page, PageInfo},
};

use crate::{
    domain::play::{Play, PlayCursor},
    graphql::{external::Track, int, playlist::Playlist, reads},
};

/// A page of what a person listened to.
#[derive(Clone, SimpleObject)]
pub struct HistoryConnection {
    /// The plays of this page, in order.
    pub edges: Vec<HistoryEdge>,
    /// Where this page lies in the list.
    pub page_info: PageInfo,
}

/// One play, with its cursor.
#[derive(Clone, SimpleObject)]
#[graphql(complex)]
pub struct HistoryEdge {
    /// The play's id, `ply_…`, for `removeFromHistory`.
    pub id: ID,
    /// Give it as `after` to have what was played before this.
    pub cursor: String,
    /// The track; null when the viewer may not see it any more.
    pub node: Option<Track>,
    /// The id of the track, also when `node` is null.
    pub track_id: ID,
    /// When the play began.
    pub played_at: DateTime<Utc>,
    /// For how long, in milliseconds.
    pub played_ms: i32,
    /// On which device, when it is known.
    pub device_name: Option<String>,
    #[graphql(skip)]
    playlist_id: Option<PlaylistId>,
}

#[ComplexObject]
impl HistoryEdge {
    /// The playlist that it was played from; null when it was not, or when that cannot be seen any more.
    async fn playlist(&self, ctx: &Context<'_>) -> Result<Option<Playlist>> {
        let Some(id) = self.playlist_id else { return Ok(None) };
        Ok(reads(ctx).load_one(id).await?.map(Playlist))
    }
}

impl HistoryConnection {
    /// A page from what the store gave for it.
    pub(super) fn new(page: &Page<PlayCursor>, plays: Vec<Play>) -> Self {
        let cursor = |play: &Play| PlayCursor { started_at: play.started_at, play: play.play_id.clone() };
        let (plays, page_info) = page.cut(plays, cursor);
        let edge = |(cursor, play): (String, Play)| HistoryEdge {
            id: play.id.to_string().into(),
            cursor,
            node: Some(Track { id: play.track }),
            track_id: play.track.to_string().into(),
            played_at: play.started_at,
            played_ms: int(play.played_ms),
            device_name: play.device_name,
            playlist_id: play.playlist,
        };
        Self { edges: plays.into_iter().map(edge).collect(), page_info }
    }
}
