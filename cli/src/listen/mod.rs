//! `polyphony listen`: joins a listening session and plays along, in sync with everybody in it.

mod player;

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use cynic::{Id, MutationBuilder, QueryBuilder, SubscriptionBuilder};
use parking_lot::Mutex;
use polyphony_kit::Tasks;
use polyphony_sync_client::{Probe, ServerClock, correct};
use serde::Serialize;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::{
    api::{
        accepted,
        listen::{ByCode, BySession, Changed, Join, Leave, PlayState, ServerTime, Session, WhereToPlay},
    },
    client::Client,
    config::ListenArgs,
    output::{length, plain, print},
    retry::retrying,
    socket::{Frames, Socket},
};

use player::Player;

/// How often to look whether we are where we should be.
const LOOK: Duration = Duration::from_millis(50);
/// How often to say where we are.
const TELL: Duration = Duration::from_secs(1);
/// How long to try to get in while the server or the network is away.
const JOIN_PATIENCE: Duration = Duration::from_secs(30);
/// And to say goodbye; who does not is taken for gone soon.
const LEAVE_PATIENCE: Duration = Duration::from_secs(5);

/// Where we are, as it is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing<'a> {
    state: &'static str,
    title: Option<&'a str>,
    /// When this is, by the clock of this machine.
    at_ms: u64,
    position_ms: i64,
    /// How far ahead of the session we play.
    off_by_ms: f64,
    /// How well we know the server's clock.
    clock_uncertainty_ms: f64,
    clock_drift_ppm: f64,
    version: i32,
}

/// Times of this process, in milliseconds since it began to listen.
#[derive(Clone, Copy)]
struct LocalClock(Instant);

impl LocalClock {
    fn now(self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1000.0
    }
}

/// Listens until the session ends, the time is over, or somebody interrupts.
pub(crate) async fn run(client: Client, args: ListenArgs, json: bool) -> anyhow::Result<ExitCode> {
    let client = Arc::new(client);
    let join = || client.run(Join::build(ByCode { code: args.code.clone() }));
    let joined = retrying(JOIN_PATIENCE, join).await?.join_listening_session;
    accepted(joined.user_errors)?;
    let Some(session) = joined.session else { anyhow::bail!("the server did not say which session it is") };
    let id = session.id.clone();
    let tasks = Tasks::new();
    let socket = Socket::new(Arc::clone(&client), &tasks);
    let frames = socket.subscribe(&Changed::build(BySession { id: id.clone() }));
    let (local, clock) = (LocalClock(Instant::now()), Mutex::new(ServerClock::new()));
    let over = async {
        match args.seconds {
            Some(seconds) => sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    let listener = Listener { client: &client, clock: &clock, local, json, player: Player::new(args.silent) };
    let ended = tokio::select! {
        ended = listener.follow(session, frames) => ended,
        () = probe(&client, &clock, local) => Ok(()),
        () = over => Ok(()),
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    // When the session has ended there is nothing left to leave.
    let leave = || client.run(Leave::build(BySession { id: id.clone() }));
    let left = retrying(LEAVE_PATIENCE, leave).await?.leave_listening_session;
    accepted(left.user_errors).ok();
    tasks.shutdown().await;
    ended.map(|()| ExitCode::SUCCESS)
}

/// Asks for the server's time again and again.
async fn probe(client: &Client, clock: &Mutex<ServerClock>, local: LocalClock) {
    loop {
        let sent = local.now();
        let answer = client.run(ServerTime::build(())).await;
        let received = local.now();
        // A question that got no answer is asked again like any other.
        if let Ok(ServerTime { server_time: Some(server) }) = answer {
            clock.lock().add(Probe { sent, server, received });
        }
        let wait = clock.lock().next_probe_in_ms();
        sleep(Duration::from_secs_f64(wait / 1000.0)).await;
    }
}

struct Listener<'a> {
    client: &'a Client,
    clock: &'a Mutex<ServerClock>,
    local: LocalClock,
    json: bool,
    player: Player,
}

impl Listener<'_> {
    async fn follow(mut self, mut session: Session, mut frames: Frames<Changed>) -> anyhow::Result<()> {
        let (mut look, mut tell) = (interval(LOOK), interval(TELL));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tell.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.take_up(&session).await;
        loop {
            tokio::select! {
                frame = frames.next() => {
                    let Some(frame) = frame else { return Ok(()) };
                    session = frame.listening_session_changed;
                    if session.ended_at.is_some() {
                        return Ok(());
                    }
                    self.take_up(&session).await;
                    self.look(&session);
                }
                _ = look.tick() => self.look(&session),
                _ = tell.tick() => self.tell(&session)?,
            }
        }
    }

    /// Has another track played, if it is another.
    async fn take_up(&mut self, session: &Session) {
        let track = session.playback.track.as_ref().map(|track| track.id.clone());
        if self.player.plays(track.as_ref()) {
            return;
        }
        let url = match &track {
            Some(track) if self.player.is_audible() => self.where_to_play(track).await,
            _ => None,
        };
        self.player.take(track, url, self.local.now());
    }

    async fn where_to_play(&self, track: &Id) -> Option<String> {
        let found = self.client.run_lenient(WhereToPlay::build(BySession { id: track.clone() })).await;
        Some(found.ok()?.0.track?.playback_plan?.url.0)
    }

    fn look(&mut self, session: &Session) {
        let now = self.local.now();
        let Some(server) = self.clock.lock().server_time(now) else { return };
        let anchor = session.playback.anchor();
        self.player.correct(correct(&anchor, server, self.player.position(now)), now);
    }

    fn tell(&self, session: &Session) -> anyhow::Result<()> {
        let now = self.local.now();
        let Some(estimate) = self.clock.lock().estimate(now) else { return Ok(()) };
        let (playback, position) = (&session.playback, self.player.position(now));
        let standing = Standing {
            state: match playback.state {
                PlayState::Playing => "PLAYING",
                PlayState::Paused => "PAUSED",
                PlayState::Stopped => "STOPPED",
            },
            title: playback.track.as_ref().map(|track| track.title.as_str()),
            at_ms: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64,
            position_ms: position.round() as i64,
            off_by_ms: position - playback.anchor().position_at(now + estimate.offset),
            clock_uncertainty_ms: estimate.uncertainty,
            clock_drift_ppm: estimate.drift * 1e6,
            version: playback.version,
        };
        if self.json {
            println!("{}", serde_json::to_string(&standing)?);
            return Ok(());
        }
        print(false, &standing, |standing| {
            let title = standing.title.map(plain).unwrap_or_default();
            format!(
                "{}  {}  {title}  off by {:+.1} ms, clock known to ±{:.1} ms, drift {:+.0} ppm",
                length(standing.position_ms),
                standing.state,
                standing.off_by_ms,
                standing.clock_uncertainty_ms,
                standing.clock_drift_ppm,
            )
        })
    }
}
