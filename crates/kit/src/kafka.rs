//! Connections to Kafka with the settings that our guarantees rest on, and the topics.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context;
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::StreamConsumer,
    error::KafkaError,
    producer::{FutureProducer, FutureRecord},
    types::RDKafkaErrorCode,
};

use crate::event;

/// Partitions of a topic: how many workers can share it.
pub const PARTITIONS: i32 = 6;
/// How long a consumer lets the broker wait for more. A real cluster answers as soon as there is something; the embedded
/// broker answers when the time is up, so this is the delay of an event there, and each answer costs it a look at every
/// partition.
const FETCH_WAIT_MS: u32 = 50;
/// The same for retries, which are late anyway.
const RETRY_FETCH_WAIT_MS: u32 = 500;
/// How long a message may wait for its acknowledgement before the send has failed.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);

fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("client.id", "polyphony");
    config.set("reconnect.backoff.ms", "50").set("reconnect.backoff.max.ms", "1000");
    config.set("allow.auto.create.topics", "false").set("log.connection.close", "false");
    config
}

/// A producer that neither loses nor reorders what it acknowledged (idempotent, all replicas).
pub fn producer(brokers: &str) -> anyhow::Result<FutureProducer> {
    client(brokers)
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("linger.ms", "2")
        .set("compression.type", "lz4")
        .set("message.timeout.ms", DELIVERY_TIMEOUT.as_millis().to_string())
        .create()
        .context("make a Kafka producer")
}

/// A consumer that commits only what we tell it was handled.
///
/// The timeouts make a group join in seconds and a record go round in milliseconds, also on a single small broker.
pub fn consumer(brokers: &str, group: &str) -> anyhow::Result<StreamConsumer> {
    waiting_consumer(brokers, group, FETCH_WAIT_MS)
}

/// As [`consumer`], for topics that nobody waits for.
pub fn patient_consumer(brokers: &str, group: &str) -> anyhow::Result<StreamConsumer> {
    waiting_consumer(brokers, group, RETRY_FETCH_WAIT_MS)
}

fn waiting_consumer(brokers: &str, group: &str, wait_ms: u32) -> anyhow::Result<StreamConsumer> {
    client(brokers)
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("session.timeout.ms", "6000")
        .set("heartbeat.interval.ms", "500")
        .set("max.poll.interval.ms", "120000")
        .set("fetch.wait.max.ms", wait_ms.to_string())
        .set("queued.max.messages.kbytes", "8192")
        .set("topic.metadata.refresh.interval.ms", "10000")
        .create()
        .context("make a Kafka consumer")
}

/// As many replicas as the cluster keeps of a topic by itself (`default.replication.factor`).
const DEFAULT_REPLICATION: TopicReplication<'static> = TopicReplication::Fixed(-1);

/// Makes those of the topics that do not exist yet, with as many replicas as the cluster keeps by default. Retries and dead letters are
/// few: one partition holds them.
pub async fn ensure_topics(brokers: &str, names: &[String]) -> anyhow::Result<()> {
    let admin: AdminClient<DefaultClientContext> = client(brokers).create().context("make a Kafka admin client")?;
    let topics: Vec<_> = names.iter().map(|name| NewTopic::new(name, partitions(name), DEFAULT_REPLICATION)).collect();
    let options = AdminOptions::new().request_timeout(Some(Duration::from_secs(5)));
    for result in admin.create_topics(&topics, &options).await.context("create the topics")? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => anyhow::bail!("create the topic {topic}: {code}"),
        }
    }
    Ok(())
}

/// Whether the topic holds what was put aside: retries and dead letters.
fn is_aside(topic: &str) -> bool {
    matches!(topic.rsplit('.').next(), Some("retry" | "dlq"))
}

fn partitions(topic: &str) -> i32 {
    if is_aside(topic) { 1 } else { PARTITIONS }
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Where to.
    pub topic: String,
    /// What keeps its order.
    pub key: String,
    /// `ce_*` and our own headers.
    pub headers: BTreeMap<String, String>,
    /// The data.
    pub payload: Vec<u8>,
}

/// Sends a message and waits until the broker has it.
pub async fn send(producer: &FutureProducer, message: &Outgoing) -> Result<(), KafkaError> {
    let record = FutureRecord::to(&message.topic)
        .key(&message.key)
        .payload(&message.payload)
        .headers(event::to_headers(&message.headers));
    producer.send(record, DELIVERY_TIMEOUT).await.map(|_| ()).map_err(|(error, _)| error)
}
