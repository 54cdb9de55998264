//! Listening together: the `polyphony` command plays along in sync, over a bad network too, and whoever is stopped for a while
//! disturbs nobody.

use std::{collections::HashMap, path::Path, process::Stdio, sync::Arc, time::Duration};

use parking_lot::Mutex;
use polyphony_e2e::{
    Client, Follower, Platform, eventually, follower, processes,
    proxy::{Network, Proxy},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{done, track};

/// As far as two of them may be apart.
const IN_SYNC_MS: f64 = 50.0;
/// How long one of them is stopped.
const STOPPED: Duration = Duration::from_secs(10);
/// In sync after this.
const BACK_WITHIN: Duration = Duration::from_secs(3);
const FRAMES: &str = "subscription($id: ID!, $after: String) { listeningSessionChanged(id: $id, after: $after) \
    { cursor playback { version anchorPositionMs anchorServerTime } } }";

/// A session that a host has begun.
struct Session {
    id: String,
    code: String,
}

async fn begin(host: &Client, track: &str) -> Session {
    done(host, &format!("setQueue(input: {{ trackIds: [\"{track}\"] }})")).await;
    let start = "mutation { startListeningSession { session { id code joinUrl } userErrors { code message } } }";
    let session = host.mutate(start, json!({})).await["session"].take();
    let text = |name: &str| session[name].as_str().unwrap().to_owned();
    assert!(text("joinUrl").ends_with(&text("code")));
    Session { id: text("id"), code: text("code") }
}

/// `polyphony listen`, and what it tells.
struct Listener {
    process: Child,
    told: Arc<Mutex<Vec<Value>>>,
    _reader: JoinSet<()>,
    _config: TempDir,
}

impl Listener {
    fn start(guest: &Client, server: &str, code: &str, more: &[&str]) -> Self {
        let config = tempfile::tempdir().unwrap();
        let bin = std::env::var("POLYPHONY_BIN_DIR").expect("set by `cargo xtask test`");
        let mut command = Command::new(Path::new(&bin).join("polyphony"));
        command.args(["listen", code, "--silent", "--json"]).args(more).env("POLYPHONY_SERVER", server);
        command.env("POLYPHONY_CONFIG_DIR", config.path()).env("POLYPHONY_TOKEN", guest.token.as_ref().unwrap());
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("polyphony starts");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let told = Arc::<Mutex<Vec<Value>>>::default();
        let mut reader = JoinSet::new();
        let telling = Arc::clone(&told);
        reader.spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                telling.lock().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { process, told, _reader: reader, _config: config }
    }

    fn told(&self) -> Vec<Value> {
        self.told.lock().clone()
    }

    fn signal(&self, name: &str) {
        processes::signal(name, &[self.process.id().expect("it runs")]);
    }

    /// Waits until what it told last is like this.
    async fn tells(&self, what: &str, at_most: Duration, is_told: impl Fn(&Value) -> bool) {
        let look = || async { self.told().last().is_some_and(&is_told).then_some(()) };
        eventually(what, at_most, look).await;
    }

    /// Waits for its end, which must be a good one.
    async fn ends(mut self) {
        let status = timeout(Duration::from_secs(20), self.process.wait()).await.expect("it ends").unwrap();
        assert!(status.success(), "{status}");
    }
}

/// Where the music truly was, from the frames of the session: the clock of this machine is the server's.
struct Truth(HashMap<i64, (f64, f64)>);

impl Truth {
    fn of(frames: &[Value]) -> Self {
        let anchor = |frame: &Value| {
            let playback = &frame["playback"];
            (playback["anchorPositionMs"].as_f64().unwrap(), playback["anchorServerTime"].as_f64().unwrap())
        };
        Self(frames.iter().map(|frame| (follower::version(frame), anchor(frame))).collect())
    }

    /// How far off a listener was when it told this; none for versions before ours.
    fn error(&self, told: &Value) -> Option<f64> {
        let (position, at) = self.0.get(&told["version"].as_i64()?)?;
        let expected = position + (told["atMs"].as_f64()? - at);
        Some((told["positionMs"].as_f64()? - expected).abs())
    }
}

#[tokio::test]
async fn people_listen_together_and_the_command_plays_along_in_sync() {
    let (platform, folder) = (Platform::shared(), tempfile::tempdir().unwrap());
    let track = track(&platform, folder.path(), 60).await;
    let (host, guest) = (Client::register(&platform, "host").await, Client::register(&platform, "guest").await);
    let session = begin(&host, &track).await;
    let listener = Listener::start(&guest, &platform.url("router"), &session.code, &["--for", "6"]);
    let told = Arc::clone(&listener.told);
    listener.ends().await;
    let last = told.lock().last().cloned().expect("it told where it was");
    assert_eq!(last["state"], "PLAYING");
    assert!(last["offByMs"].as_f64().unwrap().abs() < IN_SYNC_MS, "{last}");

    let query = "query($code: String!) { listeningSession(code: $code) { host { id displayName } participants { user { displayName } } } }";
    let seen = host.query(query, json!({ "code": session.code })).await["listeningSession"].take();
    assert_eq!(seen["host"]["displayName"], "host");
    assert_eq!(seen["participants"].as_array().unwrap().len(), 1, "the guest has left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_stopped_for_ten_seconds_disturbs_nobody_and_is_soon_in_sync_again() {
    let (platform, folder) = (Platform::shared(), tempfile::tempdir().unwrap());
    let track = track(&platform, folder.path(), 60).await;
    let host = Client::register(&platform, "host").await;
    let session = begin(&host, &track).await;
    let jitter = Duration::from_millis(150);
    let bad = Proxy::start(&platform.url("router"), Network { jitter, resets_per_mille: 20 }).await;
    // A reset in the three seconds in which it has to be back would be the network's fault.
    let late = Proxy::start(&platform.url("router"), Network { jitter, resets_per_mille: 0 }).await;

    let watcher = Client::register(&platform, "watcher").await;
    let join = format!(
        "mutation {{ joinListeningSession(code: \"{}\") {{ session {{ id }} userErrors {{ code }} }} }}",
        session.code
    );
    watcher.mutate(&join, json!({})).await;
    let watcher = Follower::start(&watcher.through(&bad.url()), FRAMES, &json!({ "id": session.id }));
    let mut listeners = Vec::new();
    for server in [&bad, &bad, &late] {
        let guest = Client::register(&platform, "guest").await;
        listeners.push(Listener::start(&guest, &server.url(), &session.code, &[]));
    }
    for listener in &listeners {
        let knows_the_time = |told: &Value| told["clockUncertaintyMs"].as_f64().unwrap() < IN_SYNC_MS;
        listener.tells("a clock that is known", Duration::from_secs(15), knows_the_time).await;
    }
    let known_since: Vec<_> = listeners.iter().map(|listener| listener.told().len()).collect();

    let stopped_at = Instant::now();
    listeners[2].signal("STOP");
    // What it said before is heard by then.
    sleep(Duration::from_millis(500)).await;
    let told_before = listeners[2].told().len();
    let mut version = 0;
    for n in 0..16 {
        version = done(&host, &format!("seek(positionMs: {})", 1_000 * n)).await["version"].as_i64().unwrap();
        sleep(Duration::from_millis(500)).await;
    }
    // All others have everything while it still stands.
    watcher.until(version).await;
    for listener in &listeners[..2] {
        let is_new = |told: &Value| told["version"].as_i64() >= Some(version);
        listener.tells("the newest version", Duration::from_secs(15), is_new).await;
    }
    assert_eq!(listeners[2].told().len(), told_before, "it is stopped");
    tokio::time::sleep_until(stopped_at + STOPPED).await;

    let truth = Truth::of(&watcher.seen().frames);
    watcher.versions_in_order();
    let is_in_sync = |told: &Value| {
        told["version"].as_i64() == Some(version) && truth.error(told).is_some_and(|error| error < IN_SYNC_MS)
    };
    listeners[2].signal("CONT");
    listeners[2].tells("being in sync again", BACK_WITHIN, is_in_sync).await;
    sleep(Duration::from_secs(3)).await;

    for (listener, since) in listeners[..2].iter().zip(known_since) {
        let mut errors: Vec<f64> = listener.told()[since..].iter().filter_map(|told| truth.error(told)).collect();
        errors.sort_by(f64::total_cmp);
        assert!(errors.len() > 10 && errors[errors.len() * 95 / 100] < IN_SYNC_MS, "{errors:?}");
    }
    assert!(is_in_sync(listeners[2].told().last().unwrap()), "and it stays so: {:?}", listeners[2].told().last());
    let end = format!("mutation {{ endListeningSession(id: \"{}\") {{ ok userErrors {{ code }} }} }}", session.id);
    host.mutate(&end, json!({})).await;
    for listener in listeners {
        listener.ends().await;
    }
    println!("{} connections were reset", bad.resets());
}
