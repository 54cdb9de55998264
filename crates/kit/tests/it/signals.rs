//! Signals reach the listeners of every process that shares the Redis.

use std::time::{Duration, Instant};

use polyphony_kit::{Tasks, signals::Signals};
use polyphony_testkit::servers;
use tokio::net::TcpListener;

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
        here.send("job 1");
    }
    tokio::time::timeout(Duration::from_secs(5), heard.changed()).await.expect("a signal in time").unwrap();
    assert!(!other.has_changed().unwrap());
    tasks.shutdown().await;
}

#[tokio::test]
async fn a_redis_that_does_not_answer_holds_nobody_up() {
    // The system takes connections for it, and nobody answers on them.
    let hung = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", hung.local_addr().unwrap());
    let signals = Signals::new(&url, servers::unique("kit")).await.unwrap();
    let started_at = Instant::now();
    for number in 0..20_000 {
        signals.send(&format!("job {number}"));
    }
    assert!(started_at.elapsed() < Duration::from_secs(1), "{:?}", started_at.elapsed());
}
