//! The transactional outbox: an event is a row in the transaction of its change; the relay publishes and deletes it.
//!
//! Invariant: the events of one key reach the broker in the order in which they were committed. A command holds the lock
//! of the row that it changes, so the rows of one key are numbered in commit order; the relay sends them in that order and,
//! when one fails, keeps it and everything behind it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, Utc};
use futures::{StreamExt, stream::FuturesOrdered};
use parking_lot::Mutex;
use rdkafka::producer::FutureProducer;
use sqlx::{Connection, PgConnection, PgPool, postgres::PgListener, types::Json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    Clock, Event,
    kafka::{self, Outgoing},
    request_id::{self, Origin},
    retry,
};

/// PostgreSQL channel that wakes the relay at commit.
const CHANNEL: &str = "outbox";
/// How many rows the relay sends at once.
const BATCH: i64 = 500;
/// The relay looks by itself this often, should a notification be lost.
const POLL: Duration = Duration::from_secs(1);
/// The longest wait while database or broker is away.
const MAX_BACKOFF: Duration = Duration::from_secs(5);
/// Only one relay a database publishes at a time: it holds this advisory lock.
const RELAY_LOCK: i64 = 0x006f_7574_626f_7865;

/// Writes an event into the transaction `tx`; the relay publishes it after the commit. Gives the event's id.
pub async fn push<E: Event>(tx: &mut PgConnection, clock: &Clock, event: &E) -> anyhow::Result<Uuid> {
    let ids = push_all(tx, clock, std::slice::from_ref(event)).await?;
    ids.first().copied().context("an event has an id")
}

/// Writes events into the transaction `tx`, in this order and in one statement. Gives their ids.
pub async fn push_all<E: Event>(tx: &mut PgConnection, clock: &Clock, events: &[E]) -> anyhow::Result<Vec<Uuid>> {
    let (now, origin) = (clock.now(), request_id::origin().unwrap_or_else(Origin::fresh));
    let ids: Vec<Uuid> = events.iter().map(|_| Uuid::now_v7()).collect();
    let keys: Vec<String> = events.iter().map(Event::key).collect();
    let headers: Vec<_> = ids.iter().zip(&keys).map(|(id, key)| Json(headers::<E>(*id, key, now, &origin))).collect();
    let payloads: Vec<String> = events
        .iter()
        .map(|event| serde_json::to_string(event).with_context(|| format!("write the data of {}", E::TYPE)))
        .collect::<anyhow::Result<_>>()?;
    sqlx::query(
        r"
        with written as (
            insert into outbox (id, topic, key, type, headers, payload, created_at)
            select e.id, $1, e.key, $2, e.headers, e.payload, $3
            from unnest($4::uuid[], $5::text[], $6::jsonb[], $7::text[]) with ordinality as e (id, key, headers, payload, n)
            order by e.n
        )
        select pg_notify($8, '')
        ",
    )
    .bind(E::TOPIC)
    .bind(E::TYPE)
    .bind(now)
    .bind(&ids)
    .bind(keys)
    .bind(headers)
    .bind(payloads)
    .bind(CHANNEL)
    .execute(tx)
    .await
    .with_context(|| format!("write {} to the outbox", E::TYPE))?;
    Ok(ids)
}

fn headers<E: Event>(id: Uuid, key: &str, now: DateTime<Utc>, origin: &Origin) -> BTreeMap<String, String> {
    let source = E::TOPIC.split('.').next().unwrap_or(E::TOPIC);
    let mut headers = BTreeMap::from([
        ("ce_specversion".to_owned(), "1.0".to_owned()),
        ("ce_id".to_owned(), id.to_string()),
        ("ce_type".to_owned(), E::TYPE.to_owned()),
        ("ce_source".to_owned(), format!("polyphony/{source}")),
        ("ce_subject".to_owned(), key.to_owned()),
        ("ce_time".to_owned(), now.to_rfc3339()),
        ("ce_requestid".to_owned(), origin.request_id.clone()),
        ("content-type".to_owned(), "application/json".to_owned()),
    ]);
    if let Some(parent) = &origin.traceparent {
        headers.insert("ce_traceparent".to_owned(), parent.clone());
    }
    headers
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    topic: String,
    key: String,
    headers: Json<BTreeMap<String, String>>,
    payload: String,
}

/// Publishes what is in the outbox until `stop` is cancelled.
pub struct Relay {
    pool: PgPool,
    producer: FutureProducer,
    brokers: String,
    /// Topics that exist for certain. Who publishes first makes the topic: its consumers may come later.
    topics: Mutex<BTreeSet<String>>,
}

impl Relay {
    /// A relay between this database and these brokers.
    pub fn new(pool: PgPool, brokers: &str) -> anyhow::Result<Self> {
        Ok(Self { pool, producer: kafka::producer(brokers)?, brokers: brokers.to_owned(), topics: Mutex::default() })
    }

    /// Runs until `stop`; database and broker may go and come back.
    pub async fn run(self, stop: CancellationToken) {
        retry::keep_running("outbox relay", &stop, MAX_BACKOFF, || self.work(&stop)).await;
    }

    async fn work(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut listener = PgListener::connect_with(&self.pool).await.context("listen to the outbox")?;
        listener.listen(CHANNEL).await.context("listen to the outbox")?;
        // A connection of its own, not one of the pool: the advisory lock lives and dies with it.
        let options = self.pool.connect_options();
        let mut connection = PgConnection::connect_with(&options).await.context("connect the relay")?;
        while !stop.is_cancelled() {
            let is_leader: bool = sqlx::query_scalar("select pg_try_advisory_lock($1)")
                .bind(RELAY_LOCK)
                .fetch_one(&mut connection)
                .await
                .context("take the relay's lock")?;
            if is_leader {
                self.lead(&mut connection, &mut listener, stop).await?;
            } else {
                tokio::select! { () = tokio::time::sleep(POLL) => {} () = stop.cancelled() => {} }
            }
        }
        Ok(())
    }

    async fn lead(
        &self,
        connection: &mut PgConnection,
        listener: &mut PgListener,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            let sent = self.drain(connection).await?;
            if sent < BATCH as usize {
                tokio::select! {
                    woken = listener.recv() => { woken.context("listen to the outbox")?; }
                    () = tokio::time::sleep(POLL) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
        Ok(())
    }

    async fn ensure_topics(&self, topics: BTreeSet<String>) -> anyhow::Result<()> {
        let missing: Vec<String> = topics.difference(&self.topics.lock()).cloned().collect();
        if !missing.is_empty() {
            kafka::ensure_topics(&self.brokers, &missing).await?;
            self.topics.lock().extend(missing);
        }
        Ok(())
    }

    /// Sends one batch and deletes what the broker acknowledged; gives how many that were.
    pub async fn drain(&self, connection: &mut PgConnection) -> anyhow::Result<usize> {
        let rows: Vec<Row> =
            sqlx::query_as("select seq, topic, key, headers, payload from outbox order by seq limit $1")
                .bind(BATCH)
                .fetch_all(&mut *connection)
                .await
                .context("read the outbox")?;
        metrics::gauge!("outbox_batch").set(rows.len() as f64);
        if rows.is_empty() {
            return Ok(0);
        }
        self.ensure_topics(rows.iter().map(|row| row.topic.clone()).collect()).await?;
        let mut sends = rows
            .into_iter()
            .map(|row| {
                let message = Outgoing {
                    topic: row.topic,
                    key: row.key,
                    headers: row.headers.0,
                    payload: row.payload.into_bytes(),
                };
                async move { (row.seq, kafka::send(&self.producer, &message).await) }
            })
            .collect::<FuturesOrdered<_>>();
        let mut acknowledged = Vec::new();
        let mut failure = None;
        while let Some((seq, result)) = sends.next().await {
            match result {
                // What follows a failed message stays too: it may have its key.
                Ok(()) if failure.is_none() => acknowledged.push(seq),
                Ok(()) => {}
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        sqlx::query("delete from outbox where seq = any($1)")
            .bind(&acknowledged)
            .execute(connection)
            .await
            .context("delete published events")?;
        metrics::counter!("outbox_published_total").increment(acknowledged.len() as u64);
        match failure {
            Some(error) => Err(error).context("publish an event"),
            None => Ok(acknowledged.len()),
        }
    }
}
