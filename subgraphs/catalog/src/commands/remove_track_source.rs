//! Takes a source from a track.

use polyphony_events::{TrackId, UploadId};

use super::{Outcome, announce, sources};
use crate::{
    app::App,
    domain::{Manager, Refusal, Track},
    store,
};

/// Takes a source from a track that has others; the best of these plays. Whoever uploaded it may, and an admin. The upload waits
/// in its owner's trash. A track whose owner has no source of it any more is that person's whose source plays.
pub async fn remove_track_source(app: &App, manager: Manager, id: TrackId, upload: UploadId) -> Outcome<Track> {
    let mut tx = app.store.begin().await?;
    let (track, album) = sources::lock(&mut tx, id).await?;
    let mut known = store::source::of_track(&mut tx, id).await?;
    let at = known.iter().position(|source| source.upload == upload);
    let (Some(track), Some(at)) = (track, at) else {
        return Err(Refusal::NotFound("there is no such source").into());
    };
    let gone = known.remove(at);
    if !manager.manages(gone.owner) {
        let sees = manager.manages(track.owner_id);
        return Err(if sees {
            Refusal::NotAllowed("the source is somebody else's").into()
        } else {
            Refusal::NotFound("there is no such source").into()
        });
    }
    if known.is_empty() {
        return Err(Refusal::Conflict("uploadId", "it is the only source; the track can be deleted").into());
    }
    store::source::remove(&mut tx, upload).await?;
    let playing = sources::playing_best(&track, &known);
    let revised = if gone.owner == track.owner_id { sources::handed_over(&playing, &known) } else { playing };
    store::track::update(&mut tx, &revised, app.clock.now()).await?;
    store::track::set_owner(&mut tx, id, revised.owner_id).await?;
    announce::tracks_changed(&mut tx, &app.clock, &[id]).await?;
    sources::keep_cover(&mut tx, &app.clock, album, &[upload]).await?;
    tx.commit().await?;
    Ok(Track { version: track.version + 1, ..revised })
}
