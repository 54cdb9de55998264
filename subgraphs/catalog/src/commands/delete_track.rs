//! Deletes or withdraws a track. Music that others uploaded too stays theirs.

use chrono::TimeDelta;
use polyphony_events::{TrackId, catalog::TrackDeleted};
use polyphony_kit::Clock;

use super::{Outcome, announce, managed_track, sources};
use crate::{
    app::App,
    domain::{Album, Manager, PublicationStatus, Source, Track},
    store::{self, tx::Tx},
};

/// A client that lost the answer asks again within this time. It means the withdrawal, not that the track goes for good.
const ASKED_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// Withdraws a track that is published, so that it can be restored to the lists that have it; deletes any other, but not
/// one that was withdrawn just now. A track that somebody else has a source of is theirs from then on, and stays as it is.
/// Uploads that are kept for it no more wait in their owners' trash.
pub async fn delete_track(app: &App, manager: Manager, id: TrackId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let (track, album) = sources::lock(&mut tx, id).await?;
    let track = managed_track(manager, track)?;
    let now = app.clock.now();
    let (own, others): (Vec<_>, Vec<_>) =
        store::source::of_track(&mut tx, id).await?.into_iter().partition(|source| source.owner == track.owner_id);
    // An ADMIN who deletes what is theirs does so as its owner.
    if !others.is_empty() && track.owner_id == manager.user {
        hand_over(app, &mut tx, (track, album), (&own, &others)).await?;
    } else if track.status == PublicationStatus::Published {
        store::track::withdraw(&mut tx, id, now).await?;
        announce::tracks_changed(&mut tx, &app.clock, &[id]).await?;
    } else {
        let withdrawn_at = store::track::withdrawn_at(&mut tx, id).await?;
        if withdrawn_at.is_some_and(|at| now - at < ASKED_AGAIN) {
            return Ok(());
        }
        remove(&mut tx, &app.clock, &track).await?;
        let gone: Vec<_> = own.iter().chain(&others).map(|source| source.upload).collect();
        sources::keep_cover(&mut tx, &app.clock, album, &gone).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Deletes a track for good, and tells of it.
pub(super) async fn remove(tx: &mut Tx, clock: &Clock, track: &Track) -> anyhow::Result<()> {
    store::track::delete(tx, track.id).await?;
    let gone = TrackDeleted { track_id: track.id, version: track.version + 1 };
    announce::track_deleted(tx, clock, &gone).await
}

/// Takes the owner's sources from a track, which is somebody else's from now on.
async fn hand_over(
    app: &App,
    tx: &mut Tx,
    (track, album): (Track, Option<Album>),
    (own, others): (&[Source], &[Source]),
) -> anyhow::Result<()> {
    for source in own {
        store::source::remove(tx, source.upload).await?;
    }
    let theirs = sources::handed_over(&sources::playing_best(&track, others), others);
    store::track::update(tx, &theirs, app.clock.now()).await?;
    store::track::set_owner(tx, track.id, theirs.owner_id).await?;
    announce::tracks_changed(tx, &app.clock, &[track.id]).await?;
    let gone: Vec<_> = own.iter().map(|source| source.upload).collect();
    sources::keep_cover(tx, &app.clock, album, &gone).await
}
