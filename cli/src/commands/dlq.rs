//! `polyphony dlq list|replay`: an operator's command, which talks to Kafka itself.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, bail};
use polyphony_kit::dlq::{self, DeadLetter};
use serde::Deserialize;
use serde_json::json;

use crate::{
    config::{DlqArgs, DlqCommand},
    output::{plain, print},
};

/// Where Kafka is when nobody says it.
const DEFAULT_BROKER: &str = "127.0.0.1:9092";

/// What `up` writes of a platform into its data folder, as far as it is asked here.
#[derive(Deserialize)]
struct State {
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    name: String,
    port: u16,
}

/// The broker of the platform in this folder, which has a port of its own each time it starts; none when there is no platform,
/// or it uses a broker elsewhere.
fn kafka_of(data: &Path) -> Option<String> {
    let state: State = serde_json::from_slice(&std::fs::read(data.join("state.json")).ok()?).ok()?;
    let kafka = state.parts.into_iter().find(|part| part.name == "kafka")?;
    Some(format!("127.0.0.1:{}", kafka.port))
}

pub(super) async fn run(args: DlqArgs, json: bool) -> anyhow::Result<()> {
    let brokers = &args.kafka_brokers.or_else(|| kafka_of(&args.data)).unwrap_or_else(|| DEFAULT_BROKER.to_owned());
    match args.command {
        DlqCommand::List { limit } => {
            let letters = list(brokers, limit).await?;
            let values: Vec<_> = letters.iter().map(value).collect();
            print(json, &values, |_| text(&letters))
        }
        DlqCommand::Replay { ids, .. } => {
            let letters = list(brokers, usize::MAX).await?;
            let ids: BTreeSet<String> = ids.into_iter().collect();
            let known: BTreeSet<_> = letters.iter().map(|letter| letter.event_id.as_str()).collect();
            if let Some(unknown) = ids.iter().find(|id| !known.contains(id.as_str())) {
                bail!("there is no dead letter {unknown}");
            }
            let chosen = |letter: &DeadLetter| ids.is_empty() || ids.contains(&letter.event_id);
            let count = dlq::replay_some(brokers, &letters, chosen).await.context("replay dead letters")?;
            print(json, &json!({ "replayed": count }), |_| format!("Replayed {count} dead letters."))
        }
    }
}

async fn list(brokers: &str, limit: usize) -> anyhow::Result<Vec<DeadLetter>> {
    dlq::list(brokers, limit).await.with_context(|| format!("read the dead letters at {brokers}"))
}

fn value(letter: &DeadLetter) -> serde_json::Value {
    json!({
        "id": letter.event_id,
        "event": letter.kind,
        "key": letter.key,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "deadAt": letter.dead_at,
        "reason": letter.reason,
    })
}

fn text(letters: &[DeadLetter]) -> String {
    if letters.is_empty() {
        return "No dead letters.".to_owned();
    }
    let line = |letter: &DeadLetter| {
        let (id, kind, key, topic) = (&letter.event_id, &letter.kind, plain(&letter.key), &letter.topic);
        format!("{id}  {kind}  {key}  {topic}  {}\n    {}", letter.dead_at, plain(&letter.reason))
    };
    letters.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_of_a_platform_is_read_from_its_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(kafka_of(folder.path()), None);
        let state =
            json!({ "phase": "ready", "parts": [{ "name": "redis", "port": 1 }, { "name": "kafka", "port": 28_001 }] });
        std::fs::write(folder.path().join("state.json"), state.to_string()).unwrap();
        assert_eq!(kafka_of(folder.path()).as_deref(), Some("127.0.0.1:28001"));
    }
}
