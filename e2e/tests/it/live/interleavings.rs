//! Random commands of five devices through the router, with duplicates, in any order, over connections that break and a
//! media process that is killed again and again: what was acknowledged is done, once, in the order of the versions, as the
//! model does it, and every device that comes back ends with that.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::future::join_all;
use polyphony_e2e::{Client, Follower, Platform, eventually, follower, processes};
use polyphony_testkit::{
    chance,
    playback::{Answered, Clock, Command, DEVICES, Entries, Given, Known, Model, REPEATS, command},
};
use proptest::{prelude::*, strategy::ValueTree};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{device, tracks};

/// Tracks; as many entries may be new at the same moment.
const TRACKS: u32 = 4;
const SECONDS: u32 = 60;
/// Positions that are asked for; far from the end, so that no track ends by itself.
const POSITIONS: i64 = 10_000;
/// What the commands are made from.
const SEED: u64 = 0x0707_0707_0707_0707;
/// How often devices send commands at the same moment.
const ROUNDS: usize = 70;
/// After so many rounds the process dies while commands are under way.
const ROUNDS_OF_A_LIFE: usize = 20;
/// Readings of a clock that goes on are rounded to milliseconds, again with each command.
const SLACK_MS: i64 = 10;

const STATE: &str = "version state queueIndex anchorPositionMs anchorServerTime repeat
    queue(first: 100) { totalCount edges { node { id track { id } } } }";
const FRAMES: &str = "subscription($device: ID, $after: String) { playbackChanged(deviceId: $device, after: $after)
    { cursor version state queueIndex anchorPositionMs anchorServerTime repeat } }";

/// The entries that were ever made, by their names: `12.3` plays the third track.
#[derive(Default)]
struct ByName {
    tracks: Vec<String>,
    items: HashMap<String, String>,
    made: usize,
}

impl Entries for ByName {
    fn item(&self, entry: &str) -> String {
        self.items[entry].clone()
    }

    fn track(&self, entry: &str) -> String {
        let (_, track) = entry.split_once('.').unwrap();
        self.tracks[track.parse::<usize>().unwrap()].clone()
    }
}

impl ByName {
    /// The names of the entries of a queue. Entries that are not known yet play the tracks of `fresh` names.
    fn read(&mut self, state: &Value, fresh: &[String]) -> Vec<String> {
        let edges = state["queue"]["edges"].as_array().unwrap();
        assert_eq!(state["queue"]["totalCount"], json!(edges.len()), "the queue is shown as a whole");
        let mut names = Vec::new();
        for node in edges.iter().map(|edge| &edge["node"]) {
            let (id, track) = (node["id"].as_str().unwrap(), node["track"]["id"].as_str().unwrap());
            let known = self.items.iter().find(|(_, item)| *item == id).map(|(name, _)| name.clone());
            let name = known.or_else(|| fresh.iter().find(|name| self.track(name) == track).cloned());
            let name = name.unwrap_or_else(|| panic!("nobody added the entry {id}"));
            self.items.insert(name.clone(), id.to_owned());
            names.push(name);
        }
        names
    }
}

/// A run of the model beside the real thing.
struct Run {
    platform: Platform,
    me: Client,
    devices: Vec<String>,
    views: Vec<Follower>,
    entries: ByName,
    model: Model,
    version: i64,
    sent: usize,
}

impl Run {
    async fn new() -> Self {
        let (platform, folder) = (Platform::start(), tempfile::tempdir().unwrap());
        let tracks = tracks(&platform, folder.path(), SECONDS, TRACKS).await;
        let me = Client::register(&platform, "listener").await;
        let mut devices = Vec::new();
        for n in 0..DEVICES {
            devices.push(device(&me, &format!("device {n}")).await);
        }
        let view = |id: &String| Follower::start(&me, FRAMES, &json!({ "device": id }));
        let views: Vec<_> = devices.iter().map(view).collect();
        join_all(views.iter().map(|view| view.until(0))).await;
        let entries = ByName { tracks, ..ByName::default() };
        Self { platform, me, devices, views, entries, model: Model::default(), version: 0, sent: 0 }
    }

    /// What is sent for commands at the same moment, and the names of entries that they add.
    fn give(&mut self, commands: &[Command]) -> (Vec<Given>, Vec<String>) {
        let (mut sent, mut fresh) = (Vec::new(), Vec::new());
        for command in commands {
            let given = self.model.give(command, |count| {
                let count = count.min(TRACKS as usize - fresh.len());
                let names: Vec<_> =
                    (0..count).map(|n| format!("{}.{}", self.entries.made + n, fresh.len() + n)).collect();
                self.entries.made += count;
                fresh.extend(names.clone());
                names
            });
            // A lost answer makes a client send again.
            if matches!(command, Command::Enqueue { twice: true, .. }) {
                sent.push(given.clone());
            }
            sent.push(given);
        }
        (sent, fresh)
    }

    /// Sends commands at once; `kills` the process while they are under way.
    async fn round(&mut self, commands: &[Command], kills: Option<Duration>) {
        let (given, fresh) = self.give(commands);
        let doomed = kills.map(|after| (after, self.platform.pid("media")));
        let calls = given.iter().enumerate().map(|(place, given)| {
            let call = given.call(&self.devices[(self.sent + place) % DEVICES], &self.entries);
            let me = &self.me;
            async move { answered(me, &call).await }
        });
        let killed = async {
            if let Some((after, pid)) = doomed {
                sleep(after).await;
                processes::signal("KILL", &[pid]);
            }
        };
        let (answers, ()) = tokio::join!(join_all(calls), killed);
        self.sent += answers.len();
        if doomed.is_some() {
            self.platform.ready("media").await;
        } else {
            assert!(!answers.contains(&Answered::CutOff), "{answers:?} of {given:?}");
        }
        let sent: Vec<_> = given.into_iter().zip(answers).collect();
        self.check(&sent, &fresh).await;
    }

    /// Whether what is now is explained by what was acknowledged, and nothing else but what was cut off.
    async fn check(&mut self, sent: &[(Given, Answered)], fresh: &[String]) {
        let is_all_known = sent.iter().all(|(_, answered)| *answered != Answered::CutOff);
        let state = if is_all_known { self.state().await } else { self.settled().await };
        let version = state["version"].as_i64().unwrap();
        let seen = self.views[0].until(version).await;
        let made_at: HashMap<_, _> =
            seen.frames.iter().map(|frame| (follower::version(frame), moment(frame))).collect();
        let model = self.seen(&state, fresh);
        let known = Known::of(sent);
        let clock = Clock { made_at: &|version| made_at[&version], slack_ms: SLACK_MS };
        assert!(
            known.explains((self.version, &self.model), (version, &model), &clock),
            "from {} {:#?}\nto {version} {model:#?}\n{known:#?}",
            self.version,
            self.model,
        );
        (self.model, self.version) = (model, version);
    }

    async fn state(&self) -> Value {
        let query = format!("{{ viewer {{ playback {{ {STATE} }} }} }}");
        eventually("playback", Duration::from_secs(30), || async {
            let (_, mut answer) = self.me.raw(&query, json!({})).await;
            let state = answer["data"]["viewer"]["playback"].take();
            (answer["errors"].is_null() && state.is_object()).then_some(state)
        })
        .await
    }

    /// The state once nothing is on its way any more: what a killed process had sent may still be done by the database.
    async fn settled(&self) -> Value {
        let mut before = self.state().await;
        loop {
            sleep(Duration::from_millis(200)).await;
            let now = self.state().await;
            if now["version"] == before["version"] {
                return now;
            }
            before = now;
        }
    }

    /// A state as the model has it.
    fn seen(&mut self, state: &Value, fresh: &[String]) -> Model {
        let queue = self.entries.read(state, fresh);
        let current = state["queueIndex"].as_u64().map(|place| queue[place as usize].clone());
        Model {
            state: ["PLAYING", "PAUSED", "STOPPED"].into_iter().find(|name| state["state"] == *name).unwrap(),
            repeat: REPEATS.into_iter().find(|name| state["repeat"] == *name).unwrap(),
            position: state["anchorPositionMs"].as_i64().unwrap(),
            // Nothing stands at no time.
            at: if current.is_some() { moment(state) } else { 0 },
            queue,
            current,
        }
    }

    /// Every device has come back to the newest state, and saw each version once.
    async fn finish(self, deaths: usize) {
        let state = self.state().await;
        for view in &self.views {
            view.interrupt();
            let seen = view.until(self.version).await;
            assert!(seen.connections > deaths, "it came back {} times", seen.connections);
            // A subscription is refused in the router's own words while the process is dead.
            let is_clear = |code: &String| code == "UNAVAILABLE" || code.starts_with("SUBGRAPH_WEBSOCKET_");
            assert!(seen.codes.iter().all(is_clear), "{:?}", seen.codes);
            assert_eq!(view.versions_in_order(), (0..=self.version).collect::<Vec<_>>());
            let last = seen.frames.last().unwrap();
            for field in ["version", "state", "queueIndex", "anchorPositionMs", "anchorServerTime", "repeat"] {
                assert_eq!(last[field], state[field], "{field}");
            }
        }
    }
}

/// When the position of a state was what it says.
fn moment(state: &Value) -> i64 {
    state["anchorServerTime"].as_f64().unwrap().round() as i64
}

async fn answered(me: &Client, call: &str) -> Answered {
    let query = format!("mutation {{ it: {call} {{ playback {{ version }} userErrors {{ code }} }} }}");
    let (_, answer) = me.raw(&query, json!({})).await;
    let payload = &answer["data"]["it"];
    match payload["userErrors"].as_array() {
        Some(refusals) if refusals.is_empty() => Answered::Done(payload["playback"]["version"].as_i64().unwrap()),
        Some(_) => Answered::Refused,
        None => {
            // With the process dead the router answers.
            assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{call}: {answer:#}");
            Answered::CutOff
        }
    }
}

/// The commands of all rounds, the same in each run unless the variable `SEED` says otherwise.
fn rounds() -> Vec<Vec<Command>> {
    let rounds = prop::collection::vec(prop::collection::vec(command(POSITIONS), 2..=4), ROUNDS..=ROUNDS);
    rounds.new_tree(&mut chance::runner(SEED)).unwrap().current()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_five_devices_do_and_however_often_media_dies_what_is_acknowledged_is_done_once() {
    let mut run = Run::new().await;
    let mut deaths = 0_usize;
    for (number, commands) in rounds().iter().enumerate() {
        let dies = number % ROUNDS_OF_A_LIFE == ROUNDS_OF_A_LIFE / 2;
        // Each time at another moment of the commands.
        let after = Duration::from_millis(8 * deaths as u64);
        run.round(commands, dies.then_some(after)).await;
        deaths += usize::from(dies);
        if number % 7 == 0 {
            run.views[number % DEVICES].interrupt();
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
        if run.model.position(now) > i64::from(SECONDS) * 500 {
            run.round(&[Command::Seek(0)], None).await;
        }
    }
    assert!(deaths >= 3 && run.sent >= 2 * ROUNDS, "{deaths} deaths, {} commands", run.sent);
    run.finish(deaths).await;
}
