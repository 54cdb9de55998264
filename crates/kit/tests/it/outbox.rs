//! The outbox publishes what was committed, in order, and nothing else.

use std::time::Duration;

use polyphony_kit::{Clock, Envelope, Tasks, kafka, outbox, request_id};
use polyphony_testkit::{eventually, servers};
use rdkafka::consumer::{Consumer, StreamConsumer};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

#[derive(Debug, Serialize, Deserialize)]
struct Counted {
    aggregate: i32,
    version: i32,
}

impl polyphony_kit::Event for Counted {
    const TYPE: &'static str = "Counted";
    const TOPIC: &'static str = "kit-outbox-test.v1";

    fn key(&self) -> String {
        self.aggregate.to_string()
    }
}

async fn listen() -> StreamConsumer {
    let brokers = servers::kafka_brokers();
    kafka::ensure_topics(&brokers, &["kit-outbox-test.v1".to_owned()]).await.unwrap();
    let consumer = kafka::consumer(&brokers, servers::unique("outbox")).unwrap();
    consumer.subscribe(&["kit-outbox-test.v1"]).unwrap();
    consumer
}

async fn receive(consumer: &StreamConsumer, aggregates: &[i32], count: usize) -> Vec<(Counted, Envelope)> {
    let mut events = Vec::new();
    while events.len() < count {
        let message = tokio::time::timeout(servers::ROUND_TRIP, consumer.recv()).await.expect("in time").unwrap();
        let event = Envelope::from_message(&message).unwrap();
        let counted: Counted = event.decode().unwrap();
        // Other runs of the test may have left theirs in the topic.
        if aggregates.contains(&counted.aggregate) {
            events.push((counted, event));
        }
    }
    events
}

#[sqlx::test(migrations = false)]
async fn committed_events_arrive_in_order_with_their_request_id_and_leave_the_outbox(pool: PgPool) {
    crate::plumb(&pool).await;
    let base = i32::from_be_bytes(uuid::Uuid::new_v4().as_bytes()[..4].try_into().unwrap()) & 0x0fff_ffff;
    let aggregates = [base, base + 1, base + 2];
    let origin = request_id::Origin { request_id: "a-request-of-the-test".to_owned(), traceparent: None };
    let write = async {
        for version in 0..200 {
            for aggregate in aggregates {
                let mut tx = pool.begin().await.unwrap();
                outbox::push(&mut tx, &Clock::system(), &Counted { aggregate, version }).await.unwrap();
                // Every tenth change is not committed: its event must never be seen.
                if version % 10 != 9 {
                    tx.commit().await.unwrap();
                }
            }
        }
    };
    request_id::scope(origin, write).await;

    let tasks = Tasks::new();
    let relays = [(), ()].map(|()| outbox::Relay::new(pool.clone(), &servers::kafka_brokers()).unwrap());
    for relay in relays {
        tasks.spawn("relay", relay.run(tasks.token()));
    }
    let consumer = listen().await;
    let events = receive(&consumer, &aggregates, 180 * 3).await;
    for aggregate in aggregates {
        let versions: Vec<_> =
            events.iter().filter(|(e, _)| e.aggregate == aggregate).map(|(e, _)| e.version).collect();
        let expected: Vec<_> = (0..200).filter(|version| version % 10 != 9).collect();
        assert_eq!(versions, expected);
    }
    assert!(events.iter().all(|(_, event)| event.origin.request_id == "a-request-of-the-test"));
    eventually("an empty outbox", || async {
        let left: i64 = sqlx::query_scalar("select count(*) from outbox").fetch_one(&pool).await.unwrap();
        (left == 0).then_some(())
    })
    .await;
    tasks.shutdown().await;
}

#[sqlx::test(migrations = false)]
async fn a_relay_without_a_broker_keeps_everything(pool: PgPool) {
    crate::plumb(&pool).await;
    let mut tx = pool.begin().await.unwrap();
    outbox::push(&mut tx, &Clock::system(), &Counted { aggregate: -1, version: 1 }).await.unwrap();
    tx.commit().await.unwrap();
    let tasks = Tasks::new();
    let relay = outbox::Relay::new(pool.clone(), "127.0.0.1:1").unwrap();
    tasks.spawn("relay", relay.run(tasks.token()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    tasks.token().cancel();
    let left: i64 = sqlx::query_scalar("select count(*) from outbox").fetch_one(&pool).await.unwrap();
    assert_eq!(left, 1);
}
