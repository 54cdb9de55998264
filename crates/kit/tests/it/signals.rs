//! Signals reach the listeners of every process that shares the Redis.

use std::time::Duration;

use polyphony_kit::{Tasks, signals::Signals};
use polyphony_testkit::servers;

#[tokio::test]
async fn a_signal_wakes_listeners_of_its_name_in_other_processes_only() {
    let service = servers::unique("kit");
    let tasks = Tasks::new();
    let [here, there] = [
        Signals::new(&servers::redis_url(), service).await.unwrap(),
        Signals::new(&servers::redis_url(), service).await.unwrap(),
    ];
    let mut heard = there.listen("job 1");
    let mut other = there.listen("job 2");
    tasks.spawn("signals", there.clone().run(tasks.token()));
    // Listening begins with a signal to look, since something may have been missed before.
    heard.changed().await.unwrap();
    other.changed().await.unwrap();

    for _ in 0..1000 {
        here.send("job 1").await;
    }
    tokio::time::timeout(Duration::from_secs(5), heard.changed()).await.expect("a signal in time").unwrap();
    assert!(!other.has_changed().unwrap());
    tasks.shutdown().await;
}
