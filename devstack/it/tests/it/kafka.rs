//! What the services do with Kafka: topics with partitions, idempotent producing, groups that commit by themselves.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::message::Message;
use rdkafka::producer::{FutureProducer, FutureRecord};

use crate::server::{Server, free_port};

const TOPIC: &str = "catalog.v1";
const PATIENCE: Duration = Duration::from_secs(20);

fn config(port: u16) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", format!("127.0.0.1:{port}"));
    config
}

async fn create_topic(port: u16) {
    let admin: AdminClient<_> = config(port).create().unwrap();
    let topic = NewTopic::new(TOPIC, 6, TopicReplication::Fixed(1));
    for made in admin.create_topics(&[topic], &AdminOptions::new()).await.unwrap() {
        made.unwrap();
    }
}

async fn produce(port: u16, numbers: std::ops::Range<usize>) {
    let producer: FutureProducer =
        config(port).set("enable.idempotence", "true").set("linger.ms", "1").create().unwrap();
    for number in numbers {
        let (key, payload) = (format!("key-{}", number % 50), number.to_string());
        let record = FutureRecord::to(TOPIC).key(&key).payload(&payload);
        producer.send(record, PATIENCE).await.unwrap();
    }
}

/// Receives so many records as one group and commits them.
async fn consume(port: u16, count: usize) -> Vec<usize> {
    let consumer: StreamConsumer = config(port)
        .set("group.id", "search")
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("session.timeout.ms", "6000")
        .set("heartbeat.interval.ms", "500")
        .set("fetch.wait.max.ms", "10")
        .create()
        .unwrap();
    consumer.subscribe(&[TOPIC]).unwrap();
    let mut received = Vec::new();
    while received.len() < count {
        let message = tokio::time::timeout(PATIENCE, consumer.recv()).await.expect("a record in time").unwrap();
        let payload = std::str::from_utf8(message.payload().unwrap()).unwrap();
        received.push(payload.parse().unwrap());
        consumer.commit_message(&message, CommitMode::Sync).unwrap();
    }
    received
}

#[tokio::test]
async fn records_and_offsets_survive_a_crash_of_the_broker() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port();
    let broker = Server::start("kafka", data.path(), port, &[]);
    create_topic(port).await;
    produce(port, 0..200).await;
    let before = consume(port, 100).await;
    // Dropping it is SIGKILL.
    drop(broker);

    let broker = Server::start("kafka", data.path(), port, &[]);
    produce(port, 200..250).await;
    let after = consume(port, 150).await;
    let all: BTreeSet<usize> = before.iter().chain(&after).copied().collect();
    assert_eq!(all.len(), 250, "no record is lost and none is received twice");

    let (took, well) = broker.terminate();
    assert!(well && took < Duration::from_secs(3), "{took:?}");
}
