//! An event has its effect exactly once, whatever is sent twice, fails, or ends in the middle.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use polyphony_kit::{
    Envelope,
    consumer::{Effect, Handler, MAX_ATTEMPTS},
    dlq,
    kafka::{self, Outgoing},
};
use polyphony_testkit::{eventually, servers};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// Adds one to the counter of the event's key; keys that begin with `bad` fail until they are mended.
#[derive(Default)]
struct Counting {
    attempts: AtomicU32,
    mended: std::sync::atomic::AtomicBool,
    slow: std::sync::atomic::AtomicBool,
}

impl Handler for Counting {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            self.attempts.fetch_add(1, Ordering::SeqCst);
            sqlx::query("insert into effects values ($1, 1) on conflict (key) do update set times = effects.times + 1")
                .bind(&event.key)
                .execute(tx)
                .await?;
            if self.slow.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
            anyhow::ensure!(!event.key.starts_with("bad") || self.mended.load(Ordering::SeqCst), "it is bad");
            Ok(())
        })
    }
}

type Rig = crate::Rig<Counting>;

impl Rig {
    async fn new(pool: PgPool) -> Self {
        crate::plumb(&pool).await;
        sqlx::query("create table effects (key text primary key, times int not null)").execute(&pool).await.unwrap();
        let topics: &[&str] = vec![servers::unique("kit-consumer-test")].leak();
        Self { pool, topics, group: servers::unique("group"), handler: Arc::default() }
    }

    async fn send(&self, key: &str, id: Uuid, times: usize) {
        let brokers = servers::kafka_brokers();
        kafka::ensure_topics(&brokers, &[self.topics[0].to_owned()]).await.unwrap();
        let producer = kafka::producer(&brokers).unwrap();
        let headers = [
            ("ce_id", id.to_string()),
            ("ce_type", "Tested".to_owned()),
            ("ce_time", "2026-01-01T00:00:00Z".to_owned()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
        let message =
            Outgoing { topic: self.topics[0].to_owned(), key: key.to_owned(), headers, payload: b"{}".to_vec() };
        for _ in 0..times {
            kafka::send(&producer, &message).await.unwrap();
        }
    }

    async fn times(&self, key: &str) -> i32 {
        let times = sqlx::query_scalar("select times from effects where key = $1").bind(key).fetch_optional(&self.pool);
        times.await.unwrap().unwrap_or(0)
    }

    async fn wait_for(&self, key: &str) {
        eventually(key, || async { (self.times(key).await > 0).then_some(()) }).await;
    }
}

#[sqlx::test(migrations = false)]
async fn an_event_that_is_sent_three_times_has_one_effect(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let tasks = rig.start();
    rig.send("thing", Uuid::now_v7(), 3).await;
    rig.send("last", Uuid::now_v7(), 1).await;
    rig.wait_for("thing").await;
    rig.wait_for("last").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(rig.times("thing").await, 1);
    tasks.shutdown().await;
}

#[sqlx::test(migrations = false)]
async fn a_bad_event_becomes_a_dead_letter_while_others_flow_and_has_its_effect_when_replayed(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let tasks = rig.start();
    let bad = Uuid::now_v7();
    rig.send("bad", bad, 1).await;
    rig.send("good", Uuid::now_v7(), 1).await;
    rig.wait_for("good").await;
    let brokers = servers::kafka_brokers();
    let find = || async {
        let letters = dlq::list(&brokers, 100).await.ok()?;
        letters.into_iter().find(|letter| letter.event_id == bad.to_string())
    };
    let letter = eventually("the dead letter", find).await;
    assert_eq!((letter.kind.as_str(), letter.key.as_str(), letter.reason.as_str()), ("Tested", "bad", "it is bad"));
    assert_eq!(rig.handler.attempts.load(Ordering::SeqCst), MAX_ATTEMPTS + 1);
    assert_eq!(rig.times("bad").await, 0);

    rig.handler.mended.store(true, Ordering::SeqCst);
    dlq::replay(&brokers, &[letter]).await.unwrap();
    rig.wait_for("bad").await;
    assert!(find().await.is_none(), "a replayed letter is not listed again");
    tasks.shutdown().await;
}

#[sqlx::test(migrations = false)]
async fn a_dead_letter_that_is_not_chosen_stays_though_one_behind_it_is_replayed(pool: PgPool) {
    let rig = Rig::new(pool).await;
    let tasks = rig.start();
    rig.send("bad", Uuid::now_v7(), 1).await;
    rig.send("bad", Uuid::now_v7(), 1).await;
    let brokers = servers::kafka_brokers();
    let list = |count: usize| {
        let (brokers, topic) = (&brokers, dlq::topic(rig.topics[0], rig.group));
        async move {
            let mut letters = dlq::list(brokers, 1000).await.ok()?;
            letters.retain(|letter| letter.topic == topic);
            (letters.len() == count).then_some(letters)
        }
    };
    let letters = eventually("both dead letters", || list(2)).await;
    let (first, last) = (letters[0].event_id.clone(), letters[1].event_id.clone());

    rig.handler.mended.store(true, Ordering::SeqCst);
    assert_eq!(dlq::replay_some(&brokers, &letters, |letter| letter.event_id == last).await.unwrap(), 1);
    rig.wait_for("bad").await;
    let left = eventually("one dead letter", || list(1)).await;
    assert_eq!((left[0].event_id.as_str(), left[0].reason.as_str()), (first.as_str(), "it is bad"));
    dlq::replay(&brokers, &left).await.unwrap();
    eventually("the other effect", || async { (rig.times("bad").await == 2).then_some(()) }).await;
    tasks.shutdown().await;
}

#[sqlx::test(migrations = false)]
async fn a_consumer_that_ends_in_the_middle_of_an_effect_has_it_once_after_its_restart(pool: PgPool) {
    let rig = Rig::new(pool).await;
    rig.handler.slow.store(true, Ordering::SeqCst);
    let tasks = rig.start();
    rig.send("thing", Uuid::now_v7(), 1).await;
    eventually("the first attempt", || async { (rig.handler.attempts.load(Ordering::SeqCst) > 0).then_some(()) }).await;
    tasks.shutdown().await;
    assert_eq!(rig.times("thing").await, 0, "an effect that was not finished is not there");

    rig.handler.slow.store(false, Ordering::SeqCst);
    let tasks = rig.start();
    rig.wait_for("thing").await;
    assert_eq!(rig.times("thing").await, 1);
    tasks.shutdown().await;
}
