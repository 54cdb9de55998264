//! Consumers: a Kafka message becomes one effect in the database, exactly once.
//!
//! Invariant: the id of a handled event stands in `inbox`, written by the transaction that has the effect; an event that
//! comes again finds it there and does nothing. A handler that fails five times sends the event to the dead-letter topic,
//! and the events behind it flow on. While the database is away the consumer waits; that costs no attempt. A statement that
//! takes too long, or waits too long for a lock, is no sign of that: it costs one.
//!
//! Events of one key have their effects in their order, those of different keys beside each other; events that a handler takes
//! in batches share a transaction.

mod lanes;

use std::{collections::HashSet, future::Future, pin::Pin, sync::Arc, time::Duration};

use anyhow::Context;
use backon::Retryable;
use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, stream::FuturesUnordered};
use rdkafka::{
    Message,
    consumer::{CommitMode, Consumer as _, StreamConsumer},
    message::BorrowedMessage,
    producer::FutureProducer,
};
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use uuid::Uuid;

use self::lanes::{Lane, Lanes, Offsets};
use crate::{
    Clock, Envelope, db, dlq, idempotency,
    kafka::{self, Outgoing},
    request_id, retry,
};

/// An event that failed this often is a dead letter.
pub const MAX_ATTEMPTS: u32 = 5;
/// The wait before the second attempt; it doubles with each.
const FIRST_BACKOFF: TimeDelta = TimeDelta::milliseconds(200);
/// The longest wait while database or broker is away.
const MAX_BACKOFF: Duration = Duration::from_secs(5);
/// Inbox rows are kept longer than Kafka keeps messages (7 days).
const INBOX_KEPT: &str = "10 days";
/// So many events, or batches of them, are handled at the same time.
const WORKERS: usize = 4;
/// So many events are received before the first of them is handled.
const MAX_RECEIVED: usize = 1_000;
/// How often it is committed what was handled.
const COMMIT_INTERVAL: Duration = Duration::from_millis(100);
/// A handler that takes longer has failed.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(30);

/// The header that counts the attempts of an event in a retry topic.
const ATTEMPT: &str = "x-attempt";
/// The header that says when an event in a retry topic is due, RFC 3339.
const DUE: &str = "x-due";

/// What a handler gives back: the future of its effect.
pub type Effect<'a> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + 'a>>;

/// Turns events into effects. The effect must be written through the connection that it is given, and nowhere else.
pub trait Handler: Send + Sync + 'static {
    /// Has the effect of `event`; events that it does not know it ignores.
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a>;

    /// The batch that the event may be handled in, if it may share a transaction with others of it, whatever their keys.
    fn batch(&self, _event: &Envelope) -> Option<&'static str> {
        None
    }

    /// Has the effects of some events of one batch, in order. When it fails, each of them is handled by itself.
    fn handle_batch<'a>(&'a self, tx: &'a mut PgConnection, events: &'a [&'a Envelope]) -> Effect<'a> {
        Box::pin(async move {
            for event in events {
                self.handle(tx, event).await?;
            }
            Ok(())
        })
    }

    /// Called after the commit of an effect, for what may be lost: waking live subscribers, for one.
    fn committed<'a>(&'a self, _event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async {})
    }
}

/// A consumer group of a service over some topics.
pub struct Consumer {
    /// The group's id, the service's name.
    pub group: &'static str,
    /// What it hears.
    pub topics: &'static [&'static str],
    /// Where effects and inbox are.
    pub pool: PgPool,
    /// Kafka.
    pub brokers: String,
    /// Tells when a retry is due.
    pub clock: Clock,
    /// What it does.
    pub handler: Arc<dyn Handler>,
}

/// The topic of events that this group tries again.
pub fn retry_topic(topic: &str, group: &str) -> String {
    format!("{topic}.{group}.retry")
}

impl Consumer {
    /// Consumes until `stop`; broker and database may go and come back.
    pub async fn run(self, stop: CancellationToken) {
        retry::keep_running(self.group, &stop, MAX_BACKOFF, || Box::pin(self.work(&stop))).await;
    }

    async fn work(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let retries: Vec<_> = self.topics.iter().map(|topic| retry_topic(topic, self.group)).collect();
        let dead = self.topics.iter().map(|topic| dlq::topic(topic, self.group));
        let all: Vec<_> =
            self.topics.iter().map(ToString::to_string).chain(retries.iter().cloned()).chain(dead).collect();
        kafka::ensure_topics(&self.brokers, &all).await?;
        let producer = kafka::producer(&self.brokers)?;
        let (first, again) = (
            kafka::consumer(&self.brokers, self.group)?,
            kafka::patient_consumer(&self.brokers, &format!("{}.retry", self.group))?,
        );
        first.subscribe(self.topics).context("subscribe")?;
        again.subscribe(&retries.iter().map(String::as_str).collect::<Vec<_>>()).context("subscribe to retries")?;
        tokio::try_join!(
            self.consume(&first, &producer, stop),
            self.consume(&again, &producer, stop),
            self.prune(stop)
        )?;
        Ok(())
    }

    async fn consume(
        &self,
        consumer: &StreamConsumer,
        producer: &FutureProducer,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let (mut lanes, mut offsets) = (Lanes::<Received>::default(), Offsets::default());
        let mut at_work = FuturesUnordered::new();
        let mut commit = tokio::time::interval(COMMIT_INTERVAL);
        let mut is_committed = true;
        loop {
            while at_work.len() < WORKERS
                && let Some((lane, events)) = lanes.take()
            {
                at_work.push(self.work_off(lane, events, producer));
            }
            tokio::select! {
                message = consumer.recv(), if lanes.len() < MAX_RECEIVED => {
                    let received = Received::read(&message.context("receive")?);
                    offsets.begin(&received.topic, received.partition, received.offset);
                    lanes.push(self.lane(&received), received);
                }
                Some(done) = at_work.next(), if !at_work.is_empty() => {
                    let (lane, events) = done?;
                    for event in &events {
                        let next = offsets.end(&event.topic, event.partition, event.offset);
                        // What is stored is the last that was handled; before the first there is none.
                        if next > 0
                            && let Err(error) = consumer.store_offset(&event.topic, event.partition, next - 1)
                        {
                            // Another member has the partition by now, and finds in the inbox what was handled.
                            tracing::debug!(%error, topic = event.topic, "an offset was not stored");
                        }
                    }
                    lanes.finish(lane, events.len());
                    metrics::gauge!("events_received", "group" => self.group).set(lanes.len() as f64);
                    is_committed = false;
                }
                _ = commit.tick(), if !is_committed => {
                    consumer.commit_consumer_state(CommitMode::Async).context("commit the offsets")?;
                    is_committed = true;
                }
                // What is at work ends without effect: another member, or we ourselves later, will have it again.
                () = stop.cancelled() => return Ok(()),
            }
        }
    }

    fn lane(&self, received: &Received) -> Lane {
        let batch = received.event.as_ref().filter(|event| !event.headers.contains_key(DUE));
        if let Some(batch) = batch.and_then(|event| self.handler.batch(event)) {
            return Lane::Batch(batch);
        }
        let key = received.event.as_ref().map(|event| event.key.clone());
        Lane::Key(received.topic.clone(), key.unwrap_or_default())
    }

    /// Has the effects of the events of a lane, those of a batch in one transaction; gives them back.
    async fn work_off(
        &self,
        lane: Lane,
        received: Vec<Received>,
        producer: &FutureProducer,
    ) -> anyhow::Result<(Lane, Vec<Received>)> {
        let events: Vec<_> = received.iter().filter_map(|one| one.event.as_ref()).collect();
        if let [first, _, ..] = events[..] {
            let effect = request_id::scope(first.origin.clone(), self.once_reachable(&events));
            let Err(error) = effect.await else { return Ok((lane, received)) };
            tracing::warn!(
                error = format!("{error:#}"),
                count = events.len(),
                "a batch of events is handled one by one"
            );
        }
        for one in &received {
            self.process(one, producer).await?;
        }
        Ok((lane, received))
    }

    async fn process(&self, received: &Received, producer: &FutureProducer) -> anyhow::Result<()> {
        let (topic, offset) = (received.topic.as_str(), received.offset);
        let Some(event) = &received.event else {
            tracing::error!(topic, offset, "a message that is no event of ours is skipped");
            return Ok(());
        };
        let attempt: u32 = event.headers.get(ATTEMPT).and_then(|value| value.parse().ok()).unwrap_or(1);
        self.wait_until_due(event).await;
        let span =
            tracing::info_span!("event", kind = event.kind, id = %event.id, request.id = event.origin.request_id);
        let alone = [event];
        let effect = request_id::scope(event.origin.clone(), self.once_reachable(&alone)).instrument(span);
        let Err(error) = effect.await else { return Ok(()) };
        let reason = format!("{error:#}");
        tracing::error!(kind = event.kind, event.id = %event.id, attempt, error = reason, "an event could not be handled");
        let base = topic.strip_suffix(&format!(".{}.retry", self.group)).unwrap_or(topic);
        let next = if attempt >= MAX_ATTEMPTS {
            metrics::counter!("events_dead_total", "group" => self.group).increment(1);
            dlq::letter(base, self.group, event, &reason, self.clock.now())
        } else {
            self.retry(base, event, attempt)
        };
        kafka::send(producer, &next).await.context("put an event aside")
    }

    fn retry(&self, topic: &str, event: &Envelope, attempt: u32) -> Outgoing {
        let due = self.clock.now() + FIRST_BACKOFF * 2_i32.pow(attempt - 1);
        let mut headers = event.headers.clone();
        headers.insert(ATTEMPT.to_owned(), (attempt + 1).to_string());
        headers.insert(DUE.to_owned(), due.to_rfc3339());
        Outgoing { topic: retry_topic(topic, self.group), key: event.key.clone(), headers, payload: event.data.clone() }
    }

    async fn wait_until_due(&self, event: &Envelope) {
        let due = event.headers.get(DUE).and_then(|value| value.parse::<DateTime<Utc>>().ok());
        if let Some(wait) = due.and_then(|due| (due - self.clock.now()).to_std().ok()) {
            tokio::time::sleep(wait.min(Duration::from_secs(10))).await;
        }
    }

    /// Has the effects, waiting while the database is away.
    async fn once_reachable(&self, events: &[&Envelope]) -> anyhow::Result<()> {
        let attempt = || async {
            let effect = handle_all_once(&self.pool, self.group, self.handler.as_ref(), events);
            let outcome = tokio::time::timeout(HANDLER_TIMEOUT, effect).await;
            outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("the handler took too long")))
        };
        let is_away = |error: &anyhow::Error| {
            error.chain().filter_map(|cause| cause.downcast_ref::<sqlx::Error>()).any(db::is_transient)
        };
        let tell = |error: &anyhow::Error, _| {
            tracing::warn!(error = format!("{error:#}"), "the database is away, the event waits");
        };
        attempt.retry(retry::backoff(MAX_BACKOFF)).when(is_away).notify(tell).await?;
        for event in events {
            self.handler.committed(event).await;
        }
        Ok(())
    }

    async fn prune(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            let sql = "delete from inbox where consumer = $1 and received_at < now() - $2::interval";
            if let Err(error) = sqlx::query(sql).bind(self.group).bind(INBOX_KEPT).execute(&self.pool).await {
                tracing::warn!(%error, "the inbox was not pruned");
            }
            if let Err(error) = idempotency::prune(&self.pool, &self.clock).await {
                tracing::warn!(%error, "idempotency keys were not pruned");
            }
            tokio::select! { () = tokio::time::sleep(Duration::from_hours(1)) => {} () = stop.cancelled() => {} }
        }
        Ok(())
    }
}

/// A message, and where it was.
struct Received {
    topic: String,
    partition: i32,
    offset: i64,
    /// What it says; none when that is no event of ours.
    event: Option<Envelope>,
}

impl Received {
    fn read(message: &BorrowedMessage<'_>) -> Self {
        let (topic, partition, offset) = (message.topic().to_owned(), message.partition(), message.offset());
        Self { topic, partition, offset, event: Envelope::from_message(message).ok() }
    }
}

/// Has the effect of `event` in a transaction that also marks it as handled; does nothing if it is marked already.
pub async fn handle_once(pool: &PgPool, group: &str, handler: &dyn Handler, event: &Envelope) -> anyhow::Result<()> {
    handle_all_once(pool, group, handler, &[event]).await
}

/// Has the effects of these events in one transaction that also marks them as handled; passes over those that are marked already.
pub async fn handle_all_once(
    pool: &PgPool,
    group: &str,
    handler: &dyn Handler,
    events: &[&Envelope],
) -> anyhow::Result<()> {
    let mut tx = pool.begin().await.context("begin")?;
    let mut ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    // In one order for all, so that two that mark the same events do not wait for each other.
    ids.sort_unstable();
    let marked: Vec<Uuid> = sqlx::query_scalar(
        "insert into inbox (consumer, event_id) select $1, unnest($2::uuid[]) on conflict do nothing returning event_id",
    )
    .bind(group)
    .bind(&ids)
    .fetch_all(&mut *tx)
    .await
    .context("mark events as handled")?;
    let mut marked: HashSet<Uuid> = marked.into_iter().collect();
    let (fresh, repeated): (Vec<&Envelope>, Vec<_>) = events.iter().partition(|event| marked.remove(&event.id));
    for event in repeated {
        metrics::counter!("events_repeated_total", "kind" => event.kind.clone()).increment(1);
    }
    match fresh[..] {
        [] => return Ok(()),
        [event] => handler.handle(&mut tx, event).await?,
        _ => handler.handle_batch(&mut tx, &fresh).await?,
    }
    tx.commit().await.context("commit the effect")?;
    for event in fresh {
        metrics::counter!("events_handled_total", "kind" => event.kind.clone()).increment(1);
    }
    Ok(())
}
