//! Random commands of five devices through two processes, with duplicates, in any order, over connections that break and
//! processes that die: what was acknowledged is done, once, in the order of the versions, as the model does it.

use std::{collections::HashMap, time::Duration};

use futures::{FutureExt, StreamExt};
use polyphony_kit::{Role, Viewer};
use polyphony_testkit::{
    keys::viewer,
    playback::{Answered, Clock, Command, DEVICES, Entries, Given, Known, Model, REPEATS, command},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;
use sqlx::PgPool;

use super::{Frames, Together, items_of, next, queue_of};

const TRACK_MS: i64 = 50_000_000;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// Commands of several devices at the same moment.
    Commands(Vec<Command>),
    /// A device loses its connection and comes back through the other process.
    Reconnect(usize),
    /// A process dies while commands are under way.
    Kill(usize, Vec<Command>),
    Wait(i64),
}

/// Anything that may happen.
fn step() -> impl Strategy<Value = Step> {
    let commands = || prop::collection::vec(command(1_000_000), 1..=4);
    prop_oneof![
        10 => commands().prop_map(Step::Commands),
        2 => (0..DEVICES).prop_map(Step::Reconnect),
        1 => (0..2_usize, commands()).prop_map(|(node, commands)| Step::Kill(node, commands)),
        2 => (0..20_000_i64).prop_map(Step::Wait),
    ]
}

/// Entries by the ids of their tracks, each of which is used once.
struct ByTrack(HashMap<String, String>);

impl Entries for ByTrack {
    fn item(&self, entry: &str) -> String {
        self.0[entry].clone()
    }

    fn track(&self, entry: &str) -> String {
        entry.to_owned()
    }
}

/// A run of the model beside the real thing.
struct Run {
    live: Together,
    me: Viewer,
    tracks: Vec<String>,
    devices: Vec<String>,
    /// Frames of each device, and the version that it saw last.
    views: Vec<(Frames, i64)>,
    model: Model,
    version: i64,
    now: i64,
}

impl Run {
    async fn new(pool: PgPool, tracks: usize) -> Self {
        let live = Together::new(pool).await;
        let me = viewer(Role::Listener);
        let tracks = live.tracks(tracks, TRACK_MS).await;
        let mut devices = Vec::new();
        let mut views = Vec::new();
        for n in 0..DEVICES {
            devices.push(live.nodes[n % 2].device(&me, &format!("device {n}")).await);
            views.push((live.nodes[n % 2].watch(&me, Some(&devices[n]), None), -1));
        }
        Self { live, me, tracks, devices, views, model: Model::default(), version: 0, now: 0 }
    }

    fn give(&mut self, command: &Command) -> Given {
        let Self { model, tracks, .. } = self;
        model.give(command, |count| tracks.split_off(tracks.len() - count))
    }

    async fn step(&mut self, step: &Step) {
        match step {
            Step::Wait(ms) => {
                self.now += ms;
                self.live.wait(*ms);
            }
            Step::Reconnect(device) => self.reconnect(*device, *device + usize::try_from(self.version).unwrap()).await,
            Step::Commands(commands) => self.command(commands, None).await,
            Step::Kill(node, commands) => {
                self.command(commands, Some(*node)).await;
                self.live.nodes[*node].kill();
                self.live.restart(*node).await;
                for device in 0..DEVICES {
                    self.reconnect(device, device).await;
                }
            }
        }
    }

    /// A device comes back through a process, behind what it saw last.
    async fn reconnect(&mut self, device: usize, node: usize) {
        let (frames, seen) = &mut self.views[device];
        while let Some(Some(frame)) = frames.next().now_or_never() {
            let version = frame["version"].as_i64().unwrap();
            assert!(version > *seen, "device {device} went back from {seen} to {version}");
            *seen = version;
        }
        let seen = *seen;
        let player = polyphony_media::domain::player::Player::id_of(self.me.user);
        let cursor = (seen >= 0).then(|| polyphony_kit::cursor::encode(&(player, seen)));
        self.views[device].0 =
            self.live.nodes[node % 2].watch(&self.me, Some(&self.devices[device]), cursor.as_deref());
    }

    /// Sends commands at once through both processes; with `killed`, those through that one may be cut off.
    async fn command(&mut self, commands: &[Command], killed: Option<usize>) {
        let before = self.live.nodes[0].state(&self.me).await;
        let entries = ByTrack(queue_of(&before).into_iter().zip(items_of(&before)).collect());
        let mut sent: Vec<(usize, Given)> = Vec::new();
        for (place, command) in commands.iter().enumerate() {
            let given = self.give(command);
            // A lost answer makes a client send again, perhaps through the other process.
            if matches!(command, Command::Enqueue { twice: true, .. }) {
                sent.push((place + 1, given.clone()));
            }
            sent.push((place, given));
        }
        let (live, me, devices, entries) = (&self.live, &self.me, &self.devices, &entries);
        let calls = sent.iter().enumerate().map(|(place, (node, given))| {
            let call = given.call(&devices[place % DEVICES], entries);
            async move {
                let call = live.nodes[node % 2].playback(me, &call);
                if killed == Some(node % 2) {
                    // Cut off in the middle, wherever that is.
                    let answer = tokio::time::timeout(Duration::from_millis(3 * place as u64), call).await;
                    return answer.map_or(Answered::CutOff, |answer| answered(&answer));
                }
                answered(&call.await)
            }
        });
        let answers = futures::future::join_all(calls).await;
        let sent: Vec<_> = sent.iter().map(|(_, given)| given.clone()).zip(answers).collect();
        self.check(&sent).await;
    }

    /// Whether what is now is explained by what was acknowledged, and nothing else but what was cut off.
    async fn check(&mut self, sent: &[(Given, Answered)]) {
        let known = Known::of(sent);
        // What was cut off may still be on its way through the database.
        let state = self.settled().await;
        let is_replaced = sent.iter().any(|(given, _)| matches!(given, Given::SetQueue(_)));
        for (given, answered) in sent {
            if let (Given::Enqueue { entry, .. }, false, false) = (given, *answered == Answered::CutOff, is_replaced) {
                let times = queue_of(&state).iter().filter(|other| *other == entry).count();
                assert_eq!(times, 1, "an acknowledged track is there once");
            }
        }
        let model = self.seen(&state);
        let version = state["version"].as_i64().unwrap();
        let now = self.now;
        let clock = Clock { made_at: &|_| now, slack_ms: 0 };
        assert!(
            known.explains((self.version, &self.model), (version, &model), &clock),
            "from {} {:#?}\nto {version} {model:#?}\n{known:#?}",
            self.version,
            self.model,
        );
        (self.model, self.version) = (model, version);
    }

    /// The state once nothing is on its way any more.
    async fn settled(&self) -> Value {
        sqlx::query("select from players where id = $1 for update")
            .bind(self.me.user.0)
            .execute(&self.live.base.pool)
            .await
            .unwrap();
        self.live.nodes[1].state(&self.me).await
    }

    /// A state as the model has it.
    fn seen(&self, state: &Value) -> Model {
        let state_name = ["PLAYING", "PAUSED", "STOPPED"].into_iter().find(|name| state["state"] == *name).unwrap();
        let start = self.live.base.app.clock.now_ms() - self.now as f64;
        Model {
            queue: queue_of(state),
            current: state["track"]["id"].as_str().map(ToOwned::to_owned),
            state: state_name,
            repeat: REPEATS.into_iter().find(|name| state["repeat"] == *name).unwrap(),
            position: state["anchorPositionMs"].as_i64().unwrap(),
            at: if state["track"].is_null() {
                0
            } else {
                (state["anchorServerTime"].as_f64().unwrap() - start).round() as i64
            },
        }
    }

    /// Every device ends with the newest state, and saw versions that only grew.
    async fn finish(mut self) {
        for device in 0..DEVICES {
            self.reconnect(device, device + 1).await;
            let (frames, seen) = &mut self.views[device];
            while *seen < self.version {
                let frame = next(frames).await;
                let version = frame["version"].as_i64().unwrap();
                assert!(version == *seen + 1 || *seen < 0, "device {device} saw {version} after {seen}");
                *seen = version;
            }
        }
    }
}

/// How a mutation of what plays was answered.
fn answered(payload: &Value) -> Answered {
    if payload["userErrors"].as_array().unwrap().is_empty() {
        return Answered::Done(payload["playback"]["version"].as_i64().unwrap());
    }
    Answered::Refused
}

async fn run(pool: PgPool, seed: u8) {
    let steps = prop::collection::vec(step(), 400..=400);
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let steps = steps.new_tree(&mut runner).unwrap().current();
    let mut run = Run::new(pool, 4000).await;
    for step in &steps {
        run.step(step).await;
    }
    run.finish().await;
}

#[sqlx::test(migrations = false)]
async fn whatever_five_devices_do_what_is_acknowledged_is_done_once(pool: PgPool) {
    run(pool, 1).await;
}

#[sqlx::test(migrations = false)]
async fn and_so_it_is_in_another_order(pool: PgPool) {
    run(pool, 2).await;
}

#[sqlx::test(migrations = false)]
async fn and_in_yet_another(pool: PgPool) {
    run(pool, 3).await;
}
