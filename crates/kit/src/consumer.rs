//! Consumers: a Kafka message becomes one effect in the database, exactly once.
//!
//! Invariant: the id of a handled event stands in `inbox`, written by the transaction that has the effect; an event that
//! comes again finds it there and does nothing. A handler that fails five times sends the event to the dead-letter topic,
//! and the events behind it flow on. While the database is away the consumer waits; that costs no attempt.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use anyhow::Context;
use backon::Retryable;
use chrono::{DateTime, TimeDelta, Utc};
use rdkafka::{
    Message,
    consumer::{CommitMode, Consumer as _, StreamConsumer},
    message::BorrowedMessage,
    producer::FutureProducer,
};
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

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
        loop {
            let message = tokio::select! {
                message = consumer.recv() => message.context("receive")?,
                () = stop.cancelled() => return Ok(()),
            };
            tokio::select! {
                done = self.process(&message, producer) => done?,
                // The offset was not stored: another member, or we ourselves later, will have the message again.
                () = stop.cancelled() => return Ok(()),
            }
            consumer.store_offset_from_message(&message).context("store the offset")?;
            consumer.commit_consumer_state(CommitMode::Async).context("commit the offset")?;
        }
    }

    async fn process(&self, message: &BorrowedMessage<'_>, producer: &FutureProducer) -> anyhow::Result<()> {
        let Ok(event) = Envelope::from_message(message) else {
            tracing::error!(
                topic = message.topic(),
                offset = message.offset(),
                "a message that is no event of ours is skipped"
            );
            return Ok(());
        };
        let attempt: u32 = event.headers.get(ATTEMPT).and_then(|value| value.parse().ok()).unwrap_or(1);
        self.wait_until_due(&event).await;
        let span =
            tracing::info_span!("event", kind = event.kind, id = %event.id, request.id = event.origin.request_id);
        let effect = request_id::scope(event.origin.clone(), self.once_reachable(&event)).instrument(span);
        let Err(error) = effect.await else { return Ok(()) };
        let reason = format!("{error:#}");
        tracing::error!(kind = event.kind, event.id = %event.id, attempt, error = reason, "an event could not be handled");
        let base = message.topic().strip_suffix(&format!(".{}.retry", self.group)).unwrap_or(message.topic());
        let next = if attempt >= MAX_ATTEMPTS {
            metrics::counter!("events_dead_total", "group" => self.group).increment(1);
            dlq::letter(base, self.group, &event, &reason, self.clock.now())
        } else {
            self.retry(base, &event, attempt)
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

    /// Has the effect, waiting while the database is away.
    async fn once_reachable(&self, event: &Envelope) -> anyhow::Result<()> {
        let attempt = || async {
            let effect = handle_once(&self.pool, self.group, self.handler.as_ref(), event);
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
        self.handler.committed(event).await;
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

/// Has the effect of `event` in a transaction that also marks it as handled; does nothing if it is marked already.
pub async fn handle_once(pool: &PgPool, group: &str, handler: &dyn Handler, event: &Envelope) -> anyhow::Result<()> {
    let mut tx = pool.begin().await.context("begin")?;
    let marked = sqlx::query("insert into inbox (consumer, event_id) values ($1, $2) on conflict do nothing")
        .bind(group)
        .bind(event.id)
        .execute(&mut *tx)
        .await
        .context("mark the event as handled")?;
    if marked.rows_affected() == 0 {
        metrics::counter!("events_repeated_total", "kind" => event.kind.clone()).increment(1);
        return Ok(());
    }
    handler.handle(&mut tx, event).await?;
    tx.commit().await.context("commit the effect")?;
    metrics::counter!("events_handled_total", "kind" => event.kind.clone()).increment(1);
    Ok(())
}
