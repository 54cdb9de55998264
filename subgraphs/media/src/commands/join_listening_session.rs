//! Joins a listening session by its code.

use polyphony_kit::{Error, Viewer, db};

use super::{CommandError, CommandResult, held::own, leave_listening_session::leave_current};
use crate::{
    app::App,
    domain::{
        listening_session::{Code, GUESSING_WINDOW, ListeningSession, MAX_GUESSES, MAX_PARTICIPANTS},
        refusal::{Refusal, RefusalCode},
    },
    store::{listening_session, player},
};

/// Joins a session; the viewer's own player rests meanwhile. Again changes nothing.
pub async fn join_listening_session(app: &App, viewer: &Viewer, code: &str) -> CommandResult<ListeningSession> {
    let unknown = || Refusal::new(RefusalCode::NotFound, "There is no session with this code.").at(&["code"]);
    let found = find_by_code(app, viewer, code).await?.ok_or_else(unknown)?;
    found.check_open()?;
    leave_current(app, viewer.user, Some(found.player())).await?;
    let mut tx = app.store.begin().await?;
    let mut shared = player::lock(&mut tx, found.player()).await?.ok_or_else(unknown)?;
    let session = listening_session::find(&mut tx, found.id).await?.ok_or_else(unknown)?;
    session.check_open()?;
    let participants = listening_session::participants(&mut tx, session.id).await?;
    if participants.iter().any(|participant| participant.user == viewer.user) {
        return Ok(session);
    }
    if participants.len() as i64 >= MAX_PARTICIPANTS {
        return Err(Refusal::new(RefusalCode::SessionFull, "The session is full.").at(&["code"]).into());
    }
    let now = app.clock.now();
    let mut own = own(app, &mut tx, viewer.user).await?;
    listening_session::join(&mut tx, session.id, viewer.user, now).await.map_err(elsewhere)?;
    if participants.is_empty() {
        listening_session::set_host(&mut tx, session.id, viewer.user).await?;
    }
    own.follow(shared.id, now);
    shared.version += 1;
    player::save(&mut tx, &shared, now).await?;
    player::save(&mut tx, &own, now).await?;
    tx.commit().await?;
    app.live.changed([shared.id, own.id]);
    Ok(session)
}

/// Somebody joined another session in between.
fn elsewhere(error: sqlx::Error) -> CommandError {
    if db::violated(&error) == Some("participants_user_key") {
        return Refusal::new(RefusalCode::Conflict, "You join another session at this moment.").into();
    }
    error.into()
}

/// The session with a code that somebody typed. Who tries many that are wrong has to wait.
pub async fn find_by_code(app: &App, viewer: &Viewer, code: &str) -> Result<Option<ListeningSession>, Error> {
    let now = app.clock.now();
    let (wrong, since) = app.store.wrong_codes(viewer.user, now).await?;
    if wrong >= MAX_GUESSES {
        let wait = since + GUESSING_WINDOW - now;
        return Err(Error::rate_limited(wait.num_milliseconds().max(1) as u64));
    }
    let found = match Code::parse(code) {
        Some(code) => app.store.session_by_code(&code).await?,
        None => None,
    };
    if found.is_none() {
        app.store.count_wrong_code(viewer.user, now).await?;
    }
    Ok(found)
}
