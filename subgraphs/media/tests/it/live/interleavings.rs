//! Random commands of five devices through two processes, with duplicates, in any order, over connections that break and
//! processes that die: what was acknowledged is done, once, in the order of the versions, as the model does it.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use polyphony_kit::{Role, Viewer};
use polyphony_testkit::keys::viewer;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::Value;
use sqlx::PgPool;

use super::{
    Frames, Together, items_of,
    model::{Command, DEVICES, Given, Model, REPEATS, Step, explains, is_same_enqueue, step},
    next, queue_of,
};

const TRACK_MS: i64 = 50_000_000;

/// A run of the model beside the real thing.
struct Run {
    live: Together,
    me: Viewer,
    tracks: Vec<String>,
    used: usize,
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
        let model = Model { queue: Vec::new(), current: None, state: "STOPPED", repeat: "OFF", position: 0, at: 0 };
        Self { live, me, tracks, used: 0, devices, views, model, version: 0, now: 0 }
    }

    fn fresh_tracks(&mut self, count: usize) -> Vec<String> {
        self.used += count;
        self.tracks[self.used - count..self.used].to_vec()
    }

    fn give(&mut self, command: &Command) -> Given {
        let any = |place: usize| self.model.queue.get(place % self.model.queue.len().max(1)).cloned();
        match command {
            Command::SkipTo(place) => any(*place).map_or(Given::Plain(Command::Play), Given::SkipTo),
            Command::Move(item, after) => {
                let after = after.and_then(any);
                any(*item).map_or(Given::Plain(Command::Play), |item| Given::Move(item, after))
            }
            Command::Remove(place) => any(*place).map_or(Given::Plain(Command::Pause), Given::Remove),
            Command::Enqueue { next, .. } => Given::Enqueue { track: self.fresh_tracks(1).remove(0), next: *next },
            Command::SetQueue(count) => Given::SetQueue(self.fresh_tracks(*count)),
            plain => Given::Plain(plain.clone()),
        }
    }

    /// The call that makes a command of a device.
    fn call(given: &Given, device: &str, item: impl Fn(&str) -> String) -> String {
        match given {
            Given::Plain(Command::Seek(position)) => format!("seek(positionMs: {position}, deviceId: \"{device}\")"),
            Given::Plain(Command::SkipNext) => format!("skipNext(deviceId: \"{device}\")"),
            Given::Plain(Command::SkipPrevious) => format!("skipPrevious(deviceId: \"{device}\")"),
            Given::Plain(Command::Repeat(mode)) => {
                format!("setPlaybackOptions(input: {{ repeat: {}, deviceId: \"{device}\" }})", REPEATS[*mode])
            }
            Given::Plain(Command::Pause) => format!("pause(deviceId: \"{device}\")"),
            Given::Plain(_) => format!("play(deviceId: \"{device}\")"),
            Given::SkipTo(track) => format!("skipTo(itemId: \"{}\", deviceId: \"{device}\")", item(track)),
            Given::Enqueue { track, next } => {
                let position = if *next { "NEXT" } else { "LAST" };
                format!("enqueue(trackIds: [\"{track}\"], position: {position}, idempotencyKey: \"{track}\")")
            }
            Given::Move(track, None) => format!("moveQueueItem(itemId: \"{}\")", item(track)),
            Given::Move(track, Some(after)) => {
                format!("moveQueueItem(itemId: \"{}\", afterItemId: \"{}\")", item(track), item(after))
            }
            Given::Remove(track) => format!("removeQueueItems(itemIds: [\"{}\"])", item(track)),
            Given::SetQueue(tracks) => {
                format!("setQueue(input: {{ trackIds: {}, deviceId: \"{device}\" }})", super::list(tracks))
            }
        }
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
        let ids: Vec<_> = queue_of(&before).into_iter().zip(items_of(&before)).collect();
        let item = |track: &str| ids.iter().find(|(known, _)| known == track).unwrap().1.clone();
        let mut sent: Vec<(usize, Given)> = Vec::new();
        for (place, command) in commands.iter().enumerate() {
            let given = self.give(command);
            // A lost answer makes a client send again, perhaps through the other process.
            if matches!(command, Command::Enqueue { twice: true, .. }) {
                sent.push((place + 1, given.clone()));
            }
            sent.push((place, given));
        }
        let (live, me, devices) = (&self.live, &self.me, &self.devices);
        let calls = sent.iter().enumerate().map(|(place, (node, given))| {
            let call = Self::call(given, &devices[place % DEVICES], item);
            async move {
                let call = live.nodes[node % 2].playback(me, &call);
                if killed == Some(node % 2) {
                    // Cut off in the middle, wherever that is.
                    return tokio::time::timeout(Duration::from_millis(3 * place as u64), call).await.ok();
                }
                Some(call.await)
            }
        });
        let answers: Vec<Option<Value>> = futures::future::join_all(calls).await;
        self.check(&sent, &answers).await;
    }

    /// Whether what is now is explained by what was acknowledged, and nothing else but what was cut off.
    async fn check(&mut self, sent: &[(usize, Given)], answers: &[Option<Value>]) {
        let (mut acknowledged, mut uncertain): (Vec<(i64, Given)>, Vec<Given>) = (Vec::new(), Vec::new());
        for (place, ((_, given), answer)) in sent.iter().zip(answers).enumerate() {
            let copy = sent.iter().position(|(_, other)| is_same_enqueue(given, other)).filter(|first| *first < place);
            let version = answer.as_ref().map(|answer| {
                let is_done = answer["userErrors"].as_array().unwrap().is_empty();
                is_done.then(|| answer["playback"]["version"].as_i64().unwrap())
            });
            match (copy, version) {
                (_, Some(None)) => {}
                // Of two with the same key the first that was done counts; with one cut off we do not know which it was.
                (Some(_), other) => {
                    let first = acknowledged.iter().position(|(_, first)| is_same_enqueue(given, first));
                    match (first, other.flatten()) {
                        (Some(first), Some(version)) => acknowledged[first].0 = acknowledged[first].0.min(version),
                        (Some(first), None) => uncertain.push(acknowledged.remove(first).1),
                        (None, _) => {}
                    }
                }
                (None, Some(Some(version))) => acknowledged.push((version, given.clone())),
                (None, None) => uncertain.push(given.clone()),
            }
        }
        // What was cut off may still be on its way through the database.
        let state = self.settled().await;
        let is_replaced = sent.iter().any(|(_, given)| matches!(given, Given::SetQueue(_)));
        for ((_, given), answer) in sent.iter().zip(answers) {
            if let (Given::Enqueue { track, .. }, Some(_), false) = (given, answer, is_replaced) {
                let times = queue_of(&state).iter().filter(|other| *other == track).count();
                assert_eq!(times, 1, "an acknowledged track is there once");
            }
        }
        let now = self.seen(&state);
        let version = state["version"].as_i64().unwrap();
        assert!(
            explains((self.version, &self.model), (version, &now), &acknowledged, &uncertain, self.now),
            "from {} {:#?}\nto {version} {now:#?}\nacknowledged {acknowledged:#?}\nuncertain {uncertain:#?}",
            self.version,
            self.model,
        );
        (self.model, self.version) = (now, version);
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
