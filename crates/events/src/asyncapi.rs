//! `schema/events.asyncapi.yaml` says what the types say: this test renders the document from them and compares.
//! `UPDATE=1 cargo test -p polyphony-events` writes it anew.

use std::{collections::BTreeMap, fs, path::PathBuf};

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::Described;

const ABOUT: &str = "\
What the parts of Polyphony tell each other over Kafka. Each message is a CloudEvent 1.0 in Kafka's binary mode: its
attributes are `ce_*` headers, its data is JSON. Data is a snapshot of the thing after the change; where there is a
`version`, it grows by one with each change, and a consumer drops what is older than what it has. The same event may come
twice, with the same `ce_id`. What a group could not handle waits in `<topic>.<group>.retry` and ends in
`<topic>.<group>.dlq`. Fields may be added; none is removed or given another meaning within a topic's version.";

const FIRST_LINE: &str =
    "# Made from the types in crates/events; `UPDATE=1 cargo test -p polyphony-events` writes it anew.\n";

#[test]
fn the_document_says_what_the_types_say() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schema/events.asyncapi.yaml");
    let rendered = format!("{FIRST_LINE}{}", serde_yaml_ng::to_string(&ordered(document(crate::all()))).unwrap());
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, &rendered).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == rendered,
        "schema/events.asyncapi.yaml is not what the types say; run UPDATE=1 cargo test -p polyphony-events"
    );
}

#[test]
fn no_two_events_have_one_name_and_each_key_is_a_field() {
    let events = crate::all();
    let by_kind: BTreeMap<_, _> = events.iter().map(|event| (event.kind, event.topic)).collect();
    assert_eq!(by_kind.len(), events.len());
    for event in &events {
        let schema = (event.schema)(&mut SchemaSettings::draft07().into_generator());
        assert!(schema.pointer(&format!("/properties/{}", event.key)).is_some(), "{} has no {}", event.kind, event.key);
    }
}

fn document(events: Vec<Described>) -> Value {
    let mut generator = SchemaSettings::draft07()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator();
    let mut schemas = BTreeMap::new();
    for event in &events {
        let mut schema = (event.schema)(&mut generator);
        generator.transforms_mut().for_each(|transform| transform.transform(&mut schema));
        schemas.insert(event.kind.to_owned(), Value::from(schema));
    }
    schemas.extend(generator.take_definitions(true));
    schemas.insert("EventHeaders".to_owned(), headers());
    let mut channels: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    for event in &events {
        channels.entry(event.topic).or_default().insert(event.kind, reference("messages", event.kind));
    }
    let messages: BTreeMap<_, _> = events.iter().map(|event| (event.kind, message(event, &schemas))).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": { "title": "Polyphony domain events", "version": "1.0.0", "description": ABOUT },
        "defaultContentType": "application/json",
        "channels": channels.iter().map(|(topic, messages)| (*topic, channel(topic, messages))).collect::<BTreeMap<_, _>>(),
        "operations": channels.keys().map(|topic| operation(topic)).collect::<BTreeMap<_, _>>(),
        "components": { "messages": messages, "schemas": schemas },
    })
}

fn channel(topic: &str, messages: &BTreeMap<&str, Value>) -> Value {
    let owner = topic.split('.').next().unwrap_or(topic);
    json!({
        "address": topic,
        "description": format!("What happened in {owner}. Events with the same key keep their order."),
        "messages": messages,
        "bindings": { "kafka": { "topic": topic, "partitions": polyphony_kit::kafka::PARTITIONS } },
    })
}

fn operation(topic: &str) -> (String, Value) {
    let owner = topic.split('.').next().unwrap_or(topic);
    let operation = json!({
        "action": "send",
        "channel": { "$ref": format!("#/channels/{topic}") },
        "summary": format!("{owner} publishes what happened, from its outbox, at least once."),
    });
    (format!("{owner}Publishes"), operation)
}

fn message(event: &Described, schemas: &BTreeMap<String, Value>) -> Value {
    json!({
        "name": event.kind,
        "summary": schemas[event.kind]["description"],
        "contentType": "application/json",
        "headers": reference("schemas", "EventHeaders"),
        "payload": reference("schemas", event.kind),
        "bindings": { "kafka": { "key": { "type": "string", "description": format!("`{}` of the data", event.key) } } },
    })
}

fn headers() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "description": "The attributes of a CloudEvent, and where it comes from.",
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type"],
        "properties": {
            "ce_specversion": { "type": "string", "const": "1.0" },
            "ce_id": { "type": "string", "format": "uuid", "description": "The event's own id; a repeated event has the same." },
            "ce_type": text("The event's name."),
            "ce_source": text("Who says so, `polyphony/<owner>`."),
            "ce_subject": text("What it is about: the message's key."),
            "ce_time": { "type": "string", "format": "date-time", "description": "When it happened." },
            "ce_requestid": text("The request that caused it."),
            "ce_traceparent": text("W3C trace context of that request."),
            "content-type": { "type": "string", "const": "application/json" },
        },
    })
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// The same value with the keys of its objects in the order of the alphabet, but for the head of the document: whether
/// `serde_json` keeps the order of insertion depends on what else is built.
fn ordered(value: Value) -> serde_yaml_ng::Value {
    const HEAD: [&str; 4] = ["asyncapi", "info", "defaultContentType", "channels"];
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().collect();
            fields
                .sort_by_key(|(key, _)| (HEAD.iter().position(|head| head == key).unwrap_or(HEAD.len()), key.clone()));
            fields
                .into_iter()
                .map(|(key, value)| (serde_yaml_ng::Value::from(key), ordered(value)))
                .collect::<serde_yaml_ng::Mapping>()
                .into()
        }
        Value::Array(items) => items.into_iter().map(ordered).collect::<Vec<_>>().into(),
        other => serde_yaml_ng::to_value(other).expect("a JSON value is a YAML value"),
    }
}
