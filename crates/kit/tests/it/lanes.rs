//! Events of different keys do not wait for each other, those of one key keep their order, and some share a transaction.

use std::sync::Arc;

use parking_lot::Mutex;
use polyphony_kit::{
    Envelope,
    consumer::{Effect, Handler},
    dlq,
    kafka::{self, Outgoing},
};
use polyphony_testkit::{eventually, servers};
use sqlx::{PgConnection, PgPool};
use tokio::sync::Notify;
use uuid::Uuid;

/// Does what the kind of an event says, and remembers the keys and kinds of what it has done; of a batch how large it was.
#[derive(Default)]
struct Doing {
    done: Mutex<Vec<(String, String)>>,
    batches: Mutex<Vec<usize>>,
    /// What is slow ends when the test says so.
    may_end: Notify,
}

impl Handler for Doing {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            match event.kind.as_str() {
                "Slow" => self.may_end.notified().await,
                "Heavy" => {
                    sqlx::query("set local statement_timeout = '100ms'").execute(&mut *tx).await?;
                    sqlx::query("select pg_sleep(5)").execute(&mut *tx).await?;
                }
                "Locked" => {
                    sqlx::query("set local lock_timeout = '100ms'").execute(&mut *tx).await?;
                    sqlx::query("lock table held").execute(&mut *tx).await?;
                }
                "BadPlay" => anyhow::bail!("it is bad"),
                _ => {}
            }
            self.done.lock().push((event.key.clone(), event.kind.clone()));
            Ok(())
        })
    }

    fn batch(&self, event: &Envelope) -> Option<&'static str> {
        event.kind.ends_with("Play").then_some("plays")
    }

    fn handle_batch<'a>(&'a self, tx: &'a mut PgConnection, events: &'a [&'a Envelope]) -> Effect<'a> {
        Box::pin(async move {
            self.batches.lock().push(events.len());
            for event in events {
                self.handle(tx, event).await?;
            }
            Ok(())
        })
    }
}

type Rig = crate::Rig<Doing>;

impl Rig {
    async fn new(pool: PgPool) -> Self {
        crate::plumb(&pool).await;
        let topics: &[&str] = vec![servers::unique("kit-lanes-test")].leak();
        kafka::ensure_topics(&servers::kafka_brokers(), &[topics[0].to_owned()]).await.unwrap();
        Self { pool, topics, group: servers::unique("group"), handler: Arc::default() }
    }

    async fn send(&self, events: &[(&str, &str)]) {
        let producer = kafka::producer(&servers::kafka_brokers()).unwrap();
        for (key, kind) in events {
            let headers = [("ce_id", Uuid::now_v7().to_string()), ("ce_type", (*kind).to_owned())];
            let time = [("ce_time", "2026-01-01T00:00:00Z".to_owned())];
            let headers = headers.into_iter().chain(time).map(|(name, value)| (name.to_owned(), value)).collect();
            let (topic, key) = (self.topics[0].to_owned(), (*key).to_owned());
            kafka::send(&producer, &Outgoing { topic, key, headers, payload: b"{}".to_vec() }).await.unwrap();
        }
    }

    fn kinds_of(&self, key: &str) -> Vec<String> {
        self.handler.done.lock().iter().filter(|(of, _)| of == key).map(|(_, kind)| kind.clone()).collect()
    }

    async fn wait_for(&self, key: &str, count: usize) {
        eventually(key, || async { (self.kinds_of(key).len() >= count).then_some(()) }).await;
    }
}

#[sqlx::test(migrations = false)]
async fn what_has_another_key_does_not_wait_and_what_has_the_same_keeps_its_order(pool: PgPool) {
    let rig = Rig::new(pool).await;
    rig.send(&[("last", "Warm")]).await;
    let tasks = rig.start();
    rig.wait_for("last", 1).await;
    let keys: Vec<String> = (0..12).map(|n| format!("key {n}")).collect();
    let kinds = ["First", "Second", "Third"];
    rig.send(&[("slow", "Slow"), ("slow", "Behind")]).await;
    for kind in kinds {
        rig.send(&keys.iter().map(|key| (key.as_str(), kind)).collect::<Vec<_>>()).await;
    }
    for key in &keys {
        rig.wait_for(key, 3).await;
        assert_eq!(rig.kinds_of(key), kinds);
    }
    assert_eq!(rig.kinds_of("slow"), Vec::<String>::new());
    rig.handler.may_end.notify_one();
    rig.wait_for("slow", 2).await;
    assert_eq!(rig.kinds_of("slow"), ["Slow", "Behind"]);
    tasks.shutdown().await;
}

/// Such a statement was taken for a database that is away, and was tried without end while everything else waited.
#[sqlx::test(migrations = false)]
async fn a_statement_that_takes_too_long_or_waits_too_long_becomes_a_dead_letter(pool: PgPool) {
    let rig = Rig::new(pool.clone()).await;
    sqlx::query("create table held (n int)").execute(&pool).await.unwrap();
    let mut holder = pool.begin().await.unwrap();
    sqlx::query("lock table held").execute(&mut *holder).await.unwrap();
    let tasks = rig.start();
    rig.send(&[("heavy", "Heavy"), ("locked", "Locked"), ("heavy", "Light")]).await;
    rig.wait_for("heavy", 1).await;
    assert_eq!(rig.kinds_of("heavy"), ["Light"]);
    let (brokers, dead) = (servers::kafka_brokers(), dlq::topic(rig.topics[0], rig.group));
    let letters = eventually("two dead letters", || async {
        let mut letters = dlq::list(&brokers, 1000).await.ok()?;
        letters.retain(|letter| letter.topic == dead);
        (letters.len() == 2).then_some(letters)
    })
    .await;
    let mut kinds: Vec<_> = letters.iter().map(|letter| letter.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["Heavy", "Locked"]);
    holder.rollback().await.unwrap();
    tasks.shutdown().await;
}

#[sqlx::test(migrations = false)]
async fn what_shares_a_transaction_is_handled_one_by_one_when_it_fails(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let plays: Vec<String> = (0..60).map(|n| format!("user {n}")).collect();
    let mut events: Vec<_> = plays.iter().map(|key| (key.as_str(), "Play")).collect();
    events.insert(30, ("bad", "BadPlay"));
    rig.send(&events).await;
    let tasks = rig.start();
    for key in &plays {
        rig.wait_for(key, 1).await;
    }
    assert!(rig.handler.batches.lock().iter().any(|size| *size > 1), "some were handled together");
    let handled: i64 = sqlx::query_scalar("select count(*) from inbox").fetch_one(&rig.pool).await.unwrap();
    assert_eq!(handled, 60, "all but the bad one, each once");
    tasks.shutdown().await;
}
