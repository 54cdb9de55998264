//! `polyphony dlq list|replay`: an operator's command, which talks to Kafka itself.

use std::collections::BTreeSet;

use anyhow::{Context, bail};
use polyphony_kit::dlq::{self, DeadLetter};
use serde_json::json;

use crate::{
    config::{DlqArgs, DlqCommand},
    output::{plain, print},
};

pub(super) async fn run(args: DlqArgs, json: bool) -> anyhow::Result<()> {
    let brokers = &args.kafka_brokers;
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
