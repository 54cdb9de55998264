//! The upload of a file, as every client does it.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Client, eventually};

const CREATE: &str = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } \
    target { partSizeBytes parts { number url headers { name value } } } userErrors { code message } } }";
const COMPLETE: &str = "mutation($upload: ID!, $parts: [CompletedPartInput!]!) { completeUpload(uploadId: $upload, parts: $parts) \
    { upload { id state } userErrors { code message } } }";
const UPLOAD: &str = "query($upload: ID!) { upload(id: $upload) { id state rejectedBecause track { id title durationMs } \
    duplicateOf { id } job { id state attempt percent failedBecause renditions { codec bitrateKbps lossless sizeBytes } } } }";

/// How long a file may take until it is ready, on a machine that does much else.
pub const READY_WITHIN: Duration = Duration::from_mins(5);

/// An upload that a client has begun.
pub struct Begun {
    /// The upload's id.
    pub id: String,
    /// The parts that were put, as `completeUpload` wants them.
    pub parts: Vec<Value>,
}

/// Begins an upload of `bytes` and puts its parts. `changes` replaces fields of the input.
///
/// # Panics
/// When it is refused.
pub async fn begin(client: &Client, filename: &str, bytes: &[u8], changes: Value) -> Begun {
    let mut input = json!({ "filename": filename, "sizeBytes": bytes.len(), "sha256": hex::encode(Sha256::digest(bytes)), "catalogFromTags": true });
    if let (Some(input), Value::Object(changes)) = (input.as_object_mut(), changes) {
        input.extend(changes);
    }
    let payload = client.mutate(CREATE, json!({ "input": input })).await;
    let size = payload["target"]["partSizeBytes"].as_u64().expect("a part size") as usize;
    let mut parts = Vec::new();
    for (chunk, part) in bytes.chunks(size).zip(payload["target"]["parts"].as_array().expect("parts")) {
        let url = part["url"].as_str().expect("a URL");
        let answer = client.http(reqwest::Method::PUT, url, chunk.to_vec()).await;
        assert_eq!(answer.status(), 200);
        let etag = answer.headers()["etag"].to_str().expect("an ETag is text").to_owned();
        parts.push(json!({ "number": part["number"], "etag": etag }));
    }
    Begun { id: payload["upload"]["id"].as_str().expect("an id").to_owned(), parts }
}

/// Says that all parts are there; gives the payload, refused or not.
pub async fn complete(client: &Client, begun: &Begun) -> Value {
    client.payload(COMPLETE, json!({ "upload": begun.id, "parts": begun.parts })).await
}

/// Uploads a file, and gives the upload's id at once.
///
/// # Panics
/// When it is refused.
pub async fn start(client: &Client, path: &Path) -> String {
    let bytes = tokio::fs::read(path).await.expect("the file can be read");
    let name = path.file_name().expect("a file has a name").to_string_lossy();
    let begun = begin(client, &name, &bytes, json!({})).await;
    let payload = complete(client, &begun).await;
    assert_eq!(payload["userErrors"], json!([]), "{name}");
    begun.id
}

/// The upload as it stands.
pub async fn get(client: &Client, id: &str) -> Value {
    client.query(UPLOAD, json!({ "upload": id })).await["upload"].take()
}

/// Waits until an upload is READY with its track and its renditions, or was rejected.
pub async fn finished(client: &Client, id: &str) -> Value {
    let is_finished = || async {
        let upload = get(client, id).await;
        let has_track = !upload["track"].is_null() || !upload["duplicateOf"].is_null();
        let is_over = matches!(upload["job"]["state"].as_str(), Some("READY" | "FAILED" | "CANCELLED"));
        let is_refused = upload["state"] == "REJECTED" || upload["state"] == "EXPIRED";
        (is_refused || upload["state"] == "READY" && has_track && is_over).then_some(upload)
    };
    eventually("the upload", READY_WITHIN, is_finished).await
}

/// Uploads a file and waits until everything is made of it.
///
/// # Panics
/// When it is not READY in the end.
pub async fn ready(client: &Client, path: &Path) -> Value {
    let upload = finished(client, &start(client, path).await).await;
    assert_eq!(upload["state"], "READY", "{upload:#}");
    upload
}
