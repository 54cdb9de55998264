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
    for dead in metadata.topics().iter().filter(|topic| topic.name().rsplit('.').next() == Some("dlq")) {
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

/// Sends all these letters, which [`list`] gave, back to the groups that could not handle them. Gives how many.
pub async fn replay(brokers: &str, letters: &[DeadLetter]) -> anyhow::Result<usize> {
    replay_some(brokers, letters, |_| true).await
}

/// Sends the chosen ones of these letters, which [`list`] gave, back to the groups that could not handle them. Gives how many.
///
/// What was replayed is told by an offset, so a letter that lies before a chosen one is laid behind it first. A crash between
/// doubles letters, never loses one; a letter that is replayed twice has its effect once.
pub async fn replay_some(
    brokers: &str,
    letters: &[DeadLetter],
    is_chosen: impl Fn(&DeadLetter) -> bool,
) -> anyhow::Result<usize> {
    let producer = kafka::producer(brokers)?;
    let consumer = kafka::consumer(brokers, "polyphony.dlq")?;
    let mut places: BTreeMap<(&str, i32), Vec<&DeadLetter>> = BTreeMap::new();
    for letter in letters {
        places.entry((&letter.topic, letter.partition)).or_default().push(letter);
    }
    let mut replayed = 0;
    for ((topic, partition), letters) in places {
        let Some(last) = letters.iter().rposition(|letter| is_chosen(letter)) else { continue };
        for letter in &letters[..=last] {
            let message = if is_chosen(letter) { letter.again()? } else { letter.unchanged() };
            kafka::send(&producer, &message).await.with_context(|| format!("send {}", letter.event_id))?;
            replayed += usize::from(is_chosen(letter));
        }
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(topic, partition, Offset::Offset(letters[last].offset + 1))?;
        consumer.commit(&place, rdkafka::consumer::CommitMode::Sync).context("mark letters as replayed")?;
    }
    Ok(replayed)
}

impl DeadLetter {
    /// The event, for the group that could not handle it.
    fn again(&self) -> anyhow::Result<Outgoing> {
        let name = |header: &str| self.headers.get(header).with_context(|| format!("the header {header} is missing"));
        let topic = retry_topic(name(ORIGINAL)?, name(GROUP)?);
        let mut headers = self.headers.clone();
        headers.retain(|name, _| !name.starts_with("x-"));
        Ok(Outgoing { topic, key: self.key.clone(), headers, payload: self.payload.clone() })
    }

    /// The letter as it lies there.
    fn unchanged(&self) -> Outgoing {
        let (topic, key, headers) = (self.topic.clone(), self.key.clone(), self.headers.clone());
        Outgoing { topic, key, headers, payload: self.payload.clone() }
    }

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
