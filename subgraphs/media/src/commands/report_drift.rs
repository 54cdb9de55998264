//! Takes what somebody's client has measured of how exactly they hear what their listening session plays.

use polyphony_events::ListeningSessionId;
use polyphony_kit::{Error, Viewer};

use super::CommandResult;
use crate::{
    app::App,
    domain::{
        drift::{Drift, REPORT_INTERVAL},
        refusal::{Refusal, RefusalCode},
    },
    live::drifts_signal,
};

/// Keeps the report for a moment and tells those who watch. `RATE_LIMITED` sooner than five seconds after the last one.
pub async fn report_drift(
    app: &App,
    viewer: &Viewer,
    session: ListeningSessionId,
    offset_ms: f64,
) -> CommandResult<()> {
    let drift = Drift::parse(viewer.user, offset_ms, app.clock.now())?;
    if !app.store.listens_in(session, viewer.user).await? {
        let message = "There is no such session, or you do not take part.";
        return Err(Refusal::new(RefusalCode::NotFound, message).at(&["sessionId"]).into());
    }
    let reported = app.live.drifts().report(session, drift).await;
    let taken = reported.map_err(|error| {
        tracing::warn!(error = format!("{error:#}"), "a drift was not kept");
        Error::unavailable("drifts cannot be kept at the moment")
    });
    match taken {
        Ok(true) => app.signals.send(&drifts_signal(session)),
        Ok(false) => {
            let wait = REPORT_INTERVAL.num_milliseconds().unsigned_abs();
            return Err(super::CommandError::Failed(Error::rate_limited(wait)));
        }
        Err(error) => return Err(super::CommandError::Failed(error)),
    }
    Ok(())
}
