//! Learns what is heard together.

use chrono::{DateTime, Utc};
use polyphony_events::{
    TrackId, UserId,
    playlists::{PlaylistItemsAdded, TracksLiked},
};
use polyphony_kit::Clock;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{decay, recommendation::Opinion},
    store::{
        person,
        taste::{self, Connection, Said},
    },
};

/// Being put into one playlist weighs half of being heard or liked by one person.
const OF_PLAYLIST: f64 = 0.5;

/// Connects tracks that are new to people with what these met last.
pub(super) async fn connect_tastes(
    tx: &mut PgConnection,
    met: &[(UserId, TrackId)],
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    if met.is_empty() {
        return Ok(());
    }
    let recent = taste::recent(tx, met).await?;
    let connections = met.iter().zip(recent).map(|((_, track), others)| Connection { track: track.0, others });
    Ok(taste::connect(tx, &connections.collect::<Vec<_>>(), decay::weight_at(now)).await?)
}

/// Keeps what a person thinks of tracks.
pub async fn keep_opinions(tx: &mut PgConnection, clock: &Clock, event: &TracksLiked) -> anyhow::Result<()> {
    let (user, version, at) = (event.user_id, event.version, clock.now());
    if person::has_departed(tx, user).await? {
        return Ok(());
    }
    let opinion = if event.liked { Opinion::Liked } else { Opinion::Disliked };
    let mut tracks = event.track_ids.clone();
    tracks.sort_unstable();
    tracks.dedup();
    let liked = taste::say(tx, &Said { user, tracks, opinion, version, at }).await?;
    connect_tastes(tx, &liked.into_iter().map(|track| (user, track)).collect::<Vec<_>>(), at).await
}

/// Connects tracks that were put into a playlist with each other and with those that were put there last.
pub async fn connect_playlist(tx: &mut PgConnection, clock: &Clock, event: &PlaylistItemsAdded) -> anyhow::Result<()> {
    let tracks: Vec<_> = event.track_ids.iter().map(|id| id.0).collect();
    let added = taste::put_in_playlist(tx, event.playlist_id, &tracks, event.version).await?;
    let mut others = taste::last_of_playlist(tx, event.playlist_id).await?;
    let weight = OF_PLAYLIST * decay::weight_at(clock.now());
    let connect = |track: Uuid| {
        // Each pair once: a track is no longer among the others once it was connected with them.
        others.retain(|other| *other != track);
        Connection { track, others: others.clone() }
    };
    let connections: Vec<_> = added.into_iter().map(connect).collect();
    Ok(taste::connect(tx, &connections, weight).await?)
}
