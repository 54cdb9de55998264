//! Keeps what a track plays from, which uploads are kept for it, and whether it may be handed out.

use chrono::{DateTime, Utc};
use polyphony_events::catalog::{PublicationStatus, TrackChanged};
use sqlx::PgConnection;

use crate::{
    domain::track::TrackStatus,
    store::{play, player, retention, track, track_source},
};

pub(super) async fn handle(tx: &mut PgConnection, event: &TrackChanged, now: DateTime<Utc>) -> anyhow::Result<()> {
    let status = match event.track.status {
        PublicationStatus::Draft => TrackStatus::Draft,
        PublicationStatus::Published => TrackStatus::Published,
        PublicationStatus::Withdrawn => TrackStatus::Withdrawn,
    };
    let snapshot = &event.track;
    // Held until the end, so that what is known of its sources is of this track's newest version.
    track::plays_from(tx, event.track_id).await?;
    let facts = (status, snapshot.explicit);
    let is_newer =
        track::upsert(tx, event.track_id, snapshot.upload_id, snapshot.owner_id, facts, event.version).await?;
    play::keep_facts(tx, snapshot, event.version).await?;
    if !is_newer {
        return Ok(());
    }
    // It may play from another file now, or from one whose length is known at last.
    player::look_again(tx, event.track_id).await?;
    let before = track_source::of_track(tx, event.track_id).await?;
    let mut kept = snapshot.sources.clone();
    // The catalog of the release before names what plays alone.
    kept.extend(snapshot.upload_id.filter(|upload| !snapshot.sources.contains(upload)));
    track_source::replace(tx, event.track_id, snapshot.owner_id, &kept).await?;
    kept.extend(before);
    retention::note_use(tx, &kept, now).await?;
    Ok(())
}
