//! Learns what is heard together.

use chrono::{DateTime, Utc};
use polyphony_events::{
    TrackId, UserId,
    playlists::{PlaylistItemsAdded, TracksLiked},
};
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::{
    domain::{decay, recommendation::Opinion},
    store::{
        person,
        taste::{self, Said},
    },
};

/// Being put into one playlist weighs half of being heard or liked by one person.
const OF_PLAYLIST: f64 = 0.5;

/// Connects a track that is new to a person with what they met last.
pub(super) async fn connect_taste(
    tx: &mut PgConnection,
    user: UserId,
    track: TrackId,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let others = taste::recent(tx, user, track).await?;
    Ok(taste::connect(tx, track.0, &others, decay::weight_at(now)).await?)
}

/// Keeps what a person thinks of tracks.
pub async fn keep_opinions(tx: &mut PgConnection, clock: &Clock, event: &TracksLiked) -> anyhow::Result<()> {
    let (user, version, at) = (event.user_id, event.version, clock.now());
    if person::has_departed(tx, user).await? {
        return Ok(());
    }
    let opinion = if event.liked { Opinion::Liked } else { Opinion::Disliked };
    for track in &event.track_ids {
        if taste::say(tx, Said { user, track: *track, opinion, version, at }).await? {
            connect_taste(tx, user, *track, at).await?;
        }
    }
    Ok(())
}

/// Connects tracks that were put into a playlist with each other and with those that were put there last.
pub async fn connect_playlist(tx: &mut PgConnection, clock: &Clock, event: &PlaylistItemsAdded) -> anyhow::Result<()> {
    let tracks: Vec<_> = event.track_ids.iter().map(|id| id.0).collect();
    let added = taste::put_in_playlist(tx, event.playlist_id, &tracks, event.version).await?;
    let mut others = taste::last_of_playlist(tx, event.playlist_id).await?;
    let weight = OF_PLAYLIST * decay::weight_at(clock.now());
    for track in added {
        // Each pair once: a track is no longer among the others once it was connected with them.
        others.retain(|other| *other != track);
        taste::connect(tx, track, &others, weight).await?;
    }
    Ok(())
}
