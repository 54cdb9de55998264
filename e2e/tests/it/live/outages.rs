//! Redis and PostgreSQL hang, die and come back while people play: what is acknowledged is done once, what cannot be done is
//! refused clearly, and devices miss nothing. Nothing has to be started again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use polyphony_e2e::{Client, Follower, Platform, eventually, follower};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use super::{done, track};

/// How long a server hangs before it dies, and how long it is dead then.
const HANGS: Duration = Duration::from_secs(8);
const IS_DEAD: Duration = Duration::from_secs(12);
/// How many send commands at the same time.
const ASKERS: usize = 3;
/// What a frame carries by itself: nothing more has to be read for it.
const FRAMES: &str = "subscription($after: String) { playbackChanged(after: $after) \
    { id version cursor state anchorPositionMs track { id } } }";

/// A command; no other has the same number.
#[derive(Clone, Copy, Debug)]
enum Asked {
    /// To this position. What plays is paused, so that the position is exact.
    Seek(i64),
    /// One more entry, by an idempotency key.
    Add(i64),
}

/// How a command was answered.
#[derive(Clone, Debug)]
enum Answer {
    /// Done, with this version.
    Done(i64),
    /// Refused with this code; it may have been done all the same, at most once.
    Refused(String),
}

impl Answer {
    fn code(&self) -> Option<&str> {
        match self {
            Self::Done(_) => None,
            Self::Refused(code) => Some(code),
        }
    }
}

impl Asked {
    fn number(number: i64) -> Self {
        if number % 4 == 0 { Self::Add(number) } else { Self::Seek(number) }
    }

    async fn ask(self, me: &Client, track: &str) -> Answer {
        let call = match self {
            Self::Seek(position) => format!("seek(positionMs: {position})"),
            Self::Add(key) => format!("enqueue(trackIds: [\"{track}\"], idempotencyKey: \"add {key}\")"),
        };
        let query = format!("mutation {{ it: {call} {{ playback {{ version }} userErrors {{ code }} }} }}");
        let (_, answer) = me.raw(&query, json!({})).await;
        let payload = &answer["data"]["it"];
        if let Some(version) = payload["playback"]["version"].as_i64() {
            assert_eq!(payload["userErrors"], json!([]), "{self:?}");
            return Answer::Done(version);
        }
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        Answer::Refused(code.unwrap_or_else(|| panic!("neither done nor refused: {answer:#}")).to_owned())
    }
}

/// Somebody who sends commands all along.
struct Crowd {
    asked: Arc<Mutex<Vec<(Asked, Answer)>>>,
    is_over: Arc<AtomicBool>,
    askers: JoinSet<()>,
}

impl Crowd {
    fn start(me: &Client, track: &str) -> Self {
        let (asked, is_over) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<AtomicBool>::default());
        let next = Arc::new(AtomicI64::new(1));
        let mut askers = JoinSet::new();
        for _ in 0..ASKERS {
            let (me, track, next) = (me.clone(), track.to_owned(), Arc::clone(&next));
            let (asked, is_over) = (Arc::clone(&asked), Arc::clone(&is_over));
            askers.spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let command = Asked::number(next.fetch_add(1, Ordering::Relaxed));
                    let answer = command.ask(&me, &track).await;
                    asked.lock().push((command, answer));
                    sleep(Duration::from_millis(300)).await;
                }
            });
        }
        Self { asked, is_over, askers }
    }

    /// What was answered until now.
    fn answered(&self) -> Vec<(Asked, Answer)> {
        self.asked.lock().clone()
    }

    /// Waits until somebody is answered as they wish who asks from now on.
    async fn is_heard(&self) {
        let before = self.answered().len();
        // Those who asked before may be answered yet.
        let is_done = || async {
            let answered = self.answered();
            let since = answered.get(before + ASKERS..).unwrap_or_default();
            since.iter().any(|(_, answer)| matches!(answer, Answer::Done(_))).then_some(())
        };
        eventually("a command that is done", Duration::from_secs(30), is_done).await;
    }

    async fn end(mut self) -> Vec<(Asked, Answer)> {
        self.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = self.askers.join_next().await {
            ended.unwrap();
        }
        self.answered()
    }
}

/// A part hangs, dies, and comes back. `device` loses its connection at each turn.
async fn outage(platform: &Platform, part: &str, device: &Follower) {
    let frozen = platform.freeze(part);
    device.interrupt();
    sleep(HANGS).await;
    platform.hold(part);
    // What is left of it ends when it may go on.
    drop(frozen);
    device.interrupt();
    sleep(IS_DEAD).await;
    platform.release(part).await;
    device.interrupt();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_and_postgres_may_each_be_away_for_20_seconds() {
    let (platform, folder) = (Platform::start(), tempfile::tempdir().unwrap());
    let track = track(&platform, folder.path(), 60).await;
    let me = Client::register(&platform, "listener").await;
    let (constant, broken) = (Follower::start(&me, FRAMES, &json!({})), Follower::start(&me, FRAMES, &json!({})));
    // Both see everything from the beginning.
    tokio::join!(constant.until(0), broken.until(0));
    done(&me, &format!("setQueue(input: {{ trackIds: [\"{track}\"], play: false }})")).await;
    let processes = platform.pids_without(&["redis", "postgres"]);

    let crowd = Crowd::start(&me, &track);
    outage(&platform, "redis", &broken).await;
    crowd.is_heard().await;
    let without_redis = crowd.answered();
    assert!(without_redis.len() > 20, "{without_redis:?}");
    let all_done = without_redis.iter().all(|(_, answer)| matches!(answer, Answer::Done(_)));
    assert!(all_done, "commands need no Redis: {without_redis:?}");

    outage(&platform, "postgres", &broken).await;
    crowd.is_heard().await;
    let answered = crowd.end().await;
    let codes: Vec<_> = answered.iter().filter_map(|(_, answer)| answer.code()).collect();
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "UNAVAILABLE"), "{codes:?}");

    // Who sends what was refused again adds it once, whether it had been done or not.
    for (command, _) in answered.iter().filter(|(command, _)| matches!(command, Asked::Add(_))) {
        assert!(matches!(command.ask(&me, &track).await, Answer::Done(_)), "{command:?}");
    }
    let query = "{ viewer { playback { version anchorPositionMs queue(first: 1) { totalCount } } } }";
    let state = me.query(query, json!({})).await["viewer"]["playback"].take();
    let added = answered.iter().filter(|(command, _)| matches!(command, Asked::Add(_))).count();
    assert_eq!(state["queue"]["totalCount"], json!(added + 1), "each was added once");

    let version = state["version"].as_i64().unwrap();
    let (seen, seen_again) = tokio::join!(constant.until(version), broken.until(version));
    assert_eq!((seen.connections, seen.codes), (1, Vec::new()), "its connection held");
    assert!(seen_again.connections >= 4, "it came back {} times", seen_again.connections);
    assert!(seen_again.codes.iter().all(|code| code == "UNAVAILABLE"), "{:?}", seen_again.codes);
    assert_eq!(constant.versions_in_order(), (0..=version).collect::<Vec<_>>());
    assert_eq!(broken.versions_in_order(), constant.versions_in_order());
    assert_eq!(seen.frames, seen_again.frames, "both saw the same");
    assert_eq!(seen.frames.last().unwrap()["anchorPositionMs"], state["anchorPositionMs"]);
    is_explained(&seen.frames, &answered);
    assert_eq!(platform.pids_without(&["redis", "postgres"]), processes, "nothing was started again");
}

/// Whether each command that was done stands where it was said to, and each that was refused at most once.
fn is_explained(frames: &[Value], answered: &[(Asked, Answer)]) {
    let position = |frame: &Value| frame["anchorPositionMs"].as_i64().unwrap();
    let moved: Vec<(i64, i64)> = frames
        .windows(2)
        .filter(|pair| position(&pair[0]) != position(&pair[1]))
        .map(|pair| (follower::version(&pair[1]), position(&pair[1])))
        .collect();
    let mut versions = Vec::new();
    for (command, answer) in answered {
        if let Answer::Done(version) = answer {
            versions.push(*version);
        }
        let Asked::Seek(wanted) = command else { continue };
        let at: Vec<i64> =
            moved.iter().filter(|(_, position)| position == wanted).map(|(version, _)| *version).collect();
        match answer {
            Answer::Done(version) => assert_eq!(at, [*version], "{command:?} was done once"),
            Answer::Refused(_) => assert!(at.len() <= 1, "{command:?} was done at {at:?}"),
        }
    }
    versions.sort_unstable();
    assert!(versions.is_sorted_by(|one, next| one < next), "no version is of two commands: {versions:?}");
}
