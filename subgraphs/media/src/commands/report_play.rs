//! Takes the report of a play that we did not see, such as one made offline.

use polyphony_kit::Viewer;

use super::{CommandResult, advance_player::count_once};
use crate::{
    app::App,
    domain::{
        play::{Play, enough_ms},
        refusal::{Refusal, RefusalCode},
    },
};

/// Counts a play, once however often it is reported, if it was long enough.
pub async fn report_play(app: &App, viewer: &Viewer, play: &Play) -> CommandResult<()> {
    let now = app.clock.now();
    play.check(now)?;
    let known = app.store.playability(viewer, &[play.track]).await?;
    let unknown = || Refusal::new(RefusalCode::NotFound, "There is no such track.").at(&["input", "trackId"]);
    let duration = known.get(&play.track).ok_or_else(unknown)?.duration_ms;
    if play.played_ms < enough_ms(duration) {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    count_once(app, &mut tx, viewer.user, play, None, now).await?;
    tx.commit().await?;
    Ok(())
}
