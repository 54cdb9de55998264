//! Turns a private session on or off: while it is on, what its person plays counts nowhere.

use polyphony_kit::Viewer;

use super::{CommandResult, advance_player::bring_up, held::own};
use crate::{
    app::App,
    domain::private_session::PrivateSession,
    store::{player, private_session},
};

/// Whether it is to be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Private {
    /// For the next six hours, also when it is on already.
    On,
    /// No longer.
    Off,
}

/// Turns it on or off; gives the one that goes on from now. It is the person's, whatever session they listen in.
pub async fn set_private_session(app: &App, viewer: &Viewer, wanted: Private) -> CommandResult<Option<PrivateSession>> {
    let mut tx = app.store.begin().await?;
    let mut player = own(app, &mut tx, viewer.user).await?;
    let now = app.clock.now();
    // What was heard until now counts by what was until now.
    bring_up(app, &mut tx, &mut player, now).await?;
    private_session::end(&mut tx, viewer.user, now).await?;
    let session = (wanted == Private::On).then(|| PrivateSession::beginning(now));
    if let Some(session) = session {
        private_session::begin(&mut tx, viewer.user, session).await?;
    }
    player.private_until = session.map(|session| session.ends_at);
    player.changed_by = None;
    player.version += 1;
    player::save(&mut tx, &player, now).await?;
    tx.commit().await?;
    app.live.changed([player.id]);
    Ok(session)
}
