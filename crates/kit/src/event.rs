//! Domain events as they travel: CloudEvents 1.0 in Kafka's binary mode (`ce_*` headers, JSON data).
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md>

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use rdkafka::{
    Message,
    message::{Header, Headers, OwnedHeaders},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::request_id::Origin;

/// A domain event: a snapshot of a thing after a change.
pub trait Event: Serialize + DeserializeOwned + Send + Sync {
    /// The event's name in the past tense, `TrackPublished`.
    const TYPE: &'static str;
    /// The topic of its owner and version, `catalog.v1`.
    const TOPIC: &'static str;

    /// What the event is about: events with the same key keep their order.
    fn key(&self) -> String;
}

/// An event as it came from Kafka, its data not yet read.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The event's own id; the same event may come twice.
    pub id: Uuid,
    /// The event's name.
    pub kind: String,
    /// What it is about.
    pub key: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The request that caused it.
    pub origin: Origin,
    /// The JSON data.
    pub data: Vec<u8>,
    /// All headers, as they came.
    pub headers: BTreeMap<String, String>,
}

impl Envelope {
    /// Reads the data as the event `E`.
    pub fn decode<E: Event>(&self) -> anyhow::Result<E> {
        serde_json::from_slice(&self.data).with_context(|| format!("read the data of {} {}", self.kind, self.id))
    }

    /// Reads a Kafka message; an error means that it is no event of ours.
    pub fn from_message(message: &impl Message) -> anyhow::Result<Self> {
        let headers = header_map(message);
        let header = |name: &str| headers.get(name).with_context(|| format!("the header {name} is missing"));
        let key = message.key().map(|key| String::from_utf8_lossy(key).into_owned()).unwrap_or_default();
        let request_id = headers.get("ce_requestid").cloned();
        Ok(Self {
            id: header("ce_id")?.parse().context("read ce_id")?,
            kind: header("ce_type")?.clone(),
            key,
            time: header("ce_time")?.parse().context("read ce_time")?,
            origin: Origin {
                request_id: request_id.unwrap_or_else(|| Origin::fresh().request_id),
                traceparent: headers.get("ce_traceparent").cloned(),
            },
            data: message.payload().unwrap_or_default().to_vec(),
            headers,
        })
    }
}

/// The headers of a message that are text.
pub(crate) fn header_map(message: &impl Message) -> BTreeMap<String, String> {
    let Some(headers) = message.headers() else { return BTreeMap::new() };
    let text = |header: Header<'_, &[u8]>| {
        let value = header.value.map(String::from_utf8_lossy).unwrap_or_default();
        (header.key.to_owned(), value.into_owned())
    };
    headers.iter().map(text).collect()
}

/// Headers for a message to send.
pub(crate) fn to_headers(map: &BTreeMap<String, String>) -> OwnedHeaders {
    map.iter().fold(OwnedHeaders::new_with_capacity(map.len()), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value) })
    })
}
