//! Sends a file's bytes straight to the object store, part by part, from the disk: at most a few buffers are in memory.

use std::{
    io::SeekFrom,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::TryStreamExt;
use reqwest::{
    Body,
    header::{CONTENT_LENGTH, ETAG},
};
use sha2::{Digest, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt},
};
use tokio_util::io::ReaderStream;
use url::Url;

use super::{parts::Part, report::Bar};
use crate::{api::upload::UploadPart, error::ApiError};

const BUFFER: usize = 256 << 10;
/// A part may take this long, and a second more for each 32 KiB.
const PART_TIME: Duration = Duration::from_mins(1);
const SLOWEST: u64 = 32 << 10;

/// The SHA-256 of a file, hexadecimal.
pub(crate) async fn sha256(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path).await?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; BUFFER]);
    loop {
        let read = file.read(&mut buffer).await?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&buffer[..read]);
        // Hashing is work: others get their turn between two buffers.
        tokio::task::yield_now().await;
    }
}

/// Puts one part into its place and gives its etag.
pub(crate) async fn put(
    http: &reqwest::Client,
    path: &Path,
    part: Part,
    place: &UploadPart,
    bar: &Bar,
) -> Result<String, ApiError> {
    let url: Url = place.url.0.parse().map_err(|_| ApiError::Local("the server gave a malformed URL".to_owned()))?;
    let sent = Arc::new(AtomicU64::new(0));
    let outcome = send(http, path, part, place, &url, bar, &sent).await;
    if outcome.is_err() {
        bar.take_back(sent.load(Ordering::Relaxed));
    }
    outcome
}

async fn send(
    http: &reqwest::Client,
    path: &Path,
    part: Part,
    place: &UploadPart,
    url: &Url,
    bar: &Bar,
    sent: &Arc<AtomicU64>,
) -> Result<String, ApiError> {
    let mut file = File::open(path).await.map_err(ApiError::local)?;
    file.seek(SeekFrom::Start(part.offset)).await.map_err(ApiError::local)?;
    let (handle, counter) = (bar.handle(), sent.clone());
    let bytes = ReaderStream::with_capacity(file.take(part.length), BUFFER).inspect_ok(move |chunk| {
        counter.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        if let Some(bar) = &handle {
            bar.inc(chunk.len() as u64);
        }
    });
    let mut request = http
        .put(url.clone())
        .timeout(PART_TIME + Duration::from_secs(part.length / SLOWEST))
        .header(CONTENT_LENGTH, part.length)
        .body(Body::wrap_stream(bytes));
    for header in place.headers.iter().filter(|header| !header.name.eq_ignore_ascii_case("content-length")) {
        request = request.header(&header.name, &header.value);
    }
    let response = request.send().await.map_err(|error| ApiError::unreachable(url, &error))?;
    let status = response.status();
    if !status.is_success() {
        let server = url.origin().ascii_serialization();
        return Err(ApiError::Status { server, status: status.as_u16(), detail: reason(response).await });
    }
    let etag = response.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    etag.ok_or_else(|| ApiError::Local("the object store took a part without an etag".to_owned()))
}

/// The code of an S3 error document.
async fn reason(response: reqwest::Response) -> Option<String> {
    let text = response.text().await.ok()?;
    let code = text.split_once("<Code>")?.1.split_once("</Code>")?.0;
    Some(code.chars().take(80).collect())
}
