//! A track was made or changed: its facts are kept, the newest version wins.

use anyhow::Context;
use chrono::{DateTime, Utc};
use polyphony_events::catalog::{PublicationStatus, TrackChanged};
use polyphony_kit::Envelope;
use polyphony_names as names;
use sqlx::PgConnection;

use crate::{
    domain::partial_date::Span,
    store::track::{self, Facts, Names},
};

/// Keeps what playlists needs of the track.
pub(super) async fn apply(tx: &mut PgConnection, envelope: &Envelope, event: TrackChanged) -> anyhow::Result<()> {
    let added_at = made_at(&event).unwrap_or(envelope.time);
    let track = event.track;
    let facts = Facts {
        title: names::identity(&track.title),
        artist_ids: track.artists.iter().map(|artist| artist.id).collect(),
        artists: track.artists.iter().map(|artist| names::identity(&artist.name)).collect(),
        genres: track.genres.iter().map(|genre| names::slug(genre)).collect(),
        released_on: track.released_on.as_deref().and_then(Span::parse).map(|span| span.first),
        added_at,
        // How long somebody's draft plays is for nobody else to sum up.
        duration_ms: if track.status == PublicationStatus::Draft { 0 } else { track.duration_ms },
        explicit: track.explicit,
        status: track.status,
        names: Names {
            title: track.title,
            artists: track.artists.into_iter().map(|artist| artist.name).collect(),
            album: track.album,
            disc_number: track.disc_number,
            track_number: track.track_number,
            isrc: track.isrc,
            musicbrainz_id: track.musicbrainz_id,
            owner: track.owner_id,
        },
    };
    track::put(tx, event.track_id, &facts, event.version).await.context("keep the facts of a track")
}

/// When the track came into the catalog: its id says so.
fn made_at(event: &TrackChanged) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = event.track_id.0.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}
