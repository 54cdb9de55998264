//! Dead letters: events that could not be handled, kept with their reason until somebody replays them.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use rdkafka::{
    Message, Offset, TopicPartitionList,
    consumer::{Consumer, StreamConsumer},
};

use crate::{
    Envelope,
    consumer::retry_topic,
    event,
    kafka::{self, Outgoing},
};

const REASON: &str = "x-dead-reason";
const DEAD_AT: &str = "x-dead-at";
const ORIGINAL: &str = "x-original-topic";
const GROUP: &str = "x-group";
const ADMIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The topic of the dead letters of a group.
pub fn topic(topic: &str, group: &str) -> String {
    format!("{topic}.{group}.dlq")
}

/// A dead letter, as an operator sees it.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Where it lies.
    pub topic: String,
    /// The partition of that topic.
    pub partition: i32,
    /// Its place in the partition.
    pub offset: i64,
    /// The event's id.
    pub event_id: String,
    /// The event's name.
    pub kind: String,
    /// What it is about.
    pub key: String,
    /// Why it could not be handled.
    pub reason: String,
    /// When it was given up, RFC 3339.
    pub dead_at: String,
    headers: BTreeMap<String, String>,
    payload: Vec<u8>,
}

pub(crate) fn letter(base: &str, group: &str, event: &Envelope, reason: &str, now: DateTime<Utc>) -> Outgoing {
    let mut headers = event.headers.clone();
    headers.retain(|name, _| name.starts_with("ce_") || name == "content-type");
    headers.insert(REASON.to_owned(), reason.chars().take(1000).collect());
    headers.insert(DEAD_AT.to_owned(), now.to_rfc3339());
    headers.insert(ORIGINAL.to_owned(), base.to_owned());
    headers.insert(GROUP.to_owned(), group.to_owned());
    Outgoing { topic: topic(base, group), key: event.key.clone(), headers, payload: event.data.clone() }
}

/// All dead letters that were not replayed yet, at most `limit`.
pub async fn list(brokers: &str, limit: usize) -> anyhow::Result<Vec<DeadLetter>> {
    let consumer = kafka::consumer(brokers, "polyphony.dlq")?;
    let metadata = consumer.fetch_metadata(None, ADMIN_TIMEOUT).context("ask the brokers for their topics")?;
    let mut letters = Vec::new();
    for dead in metadata.topics().iter().filter(|topic| topic.name().ends_with(".dlq")) {
        for partition in dead.partitions() {
            read_partition(&consumer, dead.name(), partition.id(), limit, &mut letters).await?;
        }
    }
    Ok(letters)
}

async fn read_partition(
    consumer: &StreamConsumer,
    topic: &str,
    partition: i32,
    limit: usize,
    letters: &mut Vec<DeadLetter>,
) -> anyhow::Result<()> {
    let (low, high) = consumer.fetch_watermarks(topic, partition, ADMIN_TIMEOUT).context("read the watermarks")?;
    let from = next_offset(consumer, topic, partition)?.max(low);
    if from >= high || letters.len() >= limit {
        return Ok(());
    }
    let mut place = TopicPartitionList::new();
    place.add_partition_offset(topic, partition, Offset::Offset(from)).context("choose the partition")?;
    consumer.assign(&place).context("assign the partition")?;
    while letters.len() < limit {
        let message =
            tokio::time::timeout(ADMIN_TIMEOUT, consumer.recv()).await.context("wait for a dead letter")??;
        letters.push(DeadLetter::read(&message));
        if message.offset() + 1 >= high {
            break;
        }
    }
    consumer.unassign().context("leave the partition")
}

fn next_offset(consumer: &StreamConsumer, topic: &str, partition: i32) -> anyhow::Result<i64> {
    let mut place = TopicPartitionList::new();
    place.add_partition(topic, partition);
    let committed = consumer.committed_offsets(place, ADMIN_TIMEOUT).context("read what was replayed")?;
    Ok(committed.find_partition(topic, partition).and_then(|at| at.offset().to_raw()).unwrap_or(0).max(0))
}

/// Sends these letters, which [`list`] gave, back to the group that could not handle them, and marks them as replayed.
pub async fn replay(brokers: &str, letters: &[DeadLetter]) -> anyhow::Result<usize> {
    let producer = kafka::producer(brokers)?;
    let consumer = kafka::consumer(brokers, "polyphony.dlq")?;
    for letter in letters {
        let name = |header: &str| letter.headers.get(header).with_context(|| format!("the header {header} is missing"));
        let topic = retry_topic(name(ORIGINAL)?, name(GROUP)?);
        let mut headers = letter.headers.clone();
        headers.retain(|name, _| !name.starts_with("x-"));
        let message = Outgoing { topic, key: letter.key.clone(), headers, payload: letter.payload.clone() };
        kafka::send(&producer, &message).await.with_context(|| format!("replay {}", letter.event_id))?;
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(&letter.topic, letter.partition, Offset::Offset(letter.offset + 1))?;
        consumer.commit(&place, rdkafka::consumer::CommitMode::Sync).context("mark the letter as replayed")?;
    }
    Ok(letters.len())
}

impl DeadLetter {
    fn read(message: &impl Message) -> Self {
        let headers = event::header_map(message);
        let text = |name: &str| headers.get(name).cloned().unwrap_or_default();
        Self {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            event_id: text("ce_id"),
            kind: text("ce_type"),
            key: message.key().map(|key| String::from_utf8_lossy(key).into_owned()).unwrap_or_default(),
            reason: text(REASON),
            dead_at: text(DEAD_AT),
            payload: message.payload().unwrap_or_default().to_vec(),
            headers,
        }
    }
}
