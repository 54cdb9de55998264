//! Chooses which source of a track plays.

use polyphony_events::{TrackId, UploadId};

use super::{Outcome, announce, managed_track, sources};
use crate::{
    app::App,
    domain::{Manager, Refusal, Track},
    store,
};

/// Has a track play one of its sources, whatever better there is; none leaves it to how good they are.
pub async fn select_track_source(app: &App, manager: Manager, id: TrackId, upload: Option<UploadId>) -> Outcome<Track> {
    let mut tx = app.store.begin().await?;
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    let known = store::source::of_track(&mut tx, id).await?;
    if upload.is_some_and(|upload| known.iter().all(|source| source.upload != upload)) {
        return Err(Refusal::Invalid("uploadId", "the upload is no source of the track".to_owned()).into());
    }
    store::source::choose(&mut tx, id, upload).await?;
    let mut revised = sources::playing_best(&track, &store::source::of_track(&mut tx, id).await?);
    if revised != track {
        store::track::update(&mut tx, &revised, app.clock.now()).await?;
        revised.version = track.version + 1;
        announce::tracks_changed(&mut tx, &app.clock, &[id]).await?;
    }
    tx.commit().await?;
    Ok(revised)
}
