//! What happens by itself: tracks end, plays count, transfers are given up, sessions end. Any number of processes sweep at
//! once; the database sees to it that each thing happens once.

use std::time::Duration;

use chrono::TimeDelta;
use polyphony_events::UserId;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Who, in_time};
use crate::{
    app::App,
    commands::{advance_player::advance_player, look_after_session::look_after_session},
};

/// Players that are advanced in one go.
const BATCH: i64 = 64;
/// The longest wait between two looks at what is due.
const LOOK: Duration = Duration::from_millis(500);
/// The shortest.
const PAUSE: Duration = Duration::from_millis(20);
/// How often to look who is in which session.
const SESSIONS: Duration = Duration::from_secs(3);
/// How often to forget what is old.
const PRUNE: Duration = Duration::from_secs(30);
/// An ended session is kept for this long.
const ENDED_KEPT: TimeDelta = TimeDelta::days(1);

/// Sweeps until `stop`.
pub async fn sweep(app: App, stop: CancellationToken) {
    let (mut sessions, mut prune) = (Instant::now(), Instant::now());
    while !stop.is_cancelled() {
        let mut wait = LOOK;
        match advance_due(&app).await {
            Ok(until_next) => wait = until_next.clamp(PAUSE, LOOK),
            Err(error) => tracing::warn!(error = format!("{error:#}"), "players wait to be advanced"),
        }
        if sessions.elapsed() >= SESSIONS {
            sessions = Instant::now();
            report("sessions are not looked after", look_after_sessions(&app).await);
        }
        if prune.elapsed() >= PRUNE {
            prune = Instant::now();
            report("old playback data is not deleted", in_time(forget_old(&app)).await);
        }
        let woken = async {
            app.live.due.notified().await;
            // Commands may come at any speed; looking need not.
            tokio::time::sleep(PAUSE).await;
        };
        tokio::select! { () = tokio::time::sleep(wait) => {} () = woken => {} () = stop.cancelled() => {} }
    }
}

fn report(what: &str, outcome: anyhow::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(error = format!("{error:#}"), "{what}");
    }
}

/// Lets happen what is due; gives how long it is until something is due again.
pub async fn advance_due(app: &App) -> anyhow::Result<Duration> {
    loop {
        let due = in_time(app.store.due_players(app.clock.now(), BATCH)).await?;
        for id in &due {
            in_time(advance_player(app, *id)).await?;
        }
        if due.len() < BATCH as usize {
            break;
        }
    }
    let next = in_time(app.store.next_due()).await?;
    Ok(next.map_or(LOOK, |next| (next - app.clock.now()).to_std().unwrap_or_default()))
}

/// Keeps who is in which session, hands sessions over and ends those without anybody.
pub async fn look_after_sessions(app: &App) -> anyhow::Result<()> {
    for session in in_time(app.store.open_sessions()).await? {
        let who: Vec<_> = session.present.iter().map(|(user, _)| Who::Person(*user)).collect();
        // With Redis away nobody is taken for gone.
        let Ok(online) = app.live.presence().ask(&who).await else { return Ok(()) };
        let is_there = |user: &UserId| online.contains(&Who::Person(*user));
        let as_kept = session.present.iter().all(|(user, was_there)| is_there(user) == *was_there);
        let is_empty = !session.present.iter().any(|(user, _)| is_there(user));
        if !as_kept || is_empty || session.empty_since.is_some() {
            let online: Vec<_> = session.present.iter().map(|(user, _)| *user).filter(is_there).collect();
            in_time(look_after_session(app, session.id, &online)).await?;
        }
    }
    Ok(())
}

async fn forget_old(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    app.store.prune_frames(now).await?;
    app.store.prune_plays(now).await?;
    app.store.prune_wrong_codes(now).await?;
    app.store.prune_sessions(now - ENDED_KEPT).await?;
    Ok(())
}
