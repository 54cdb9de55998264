//! Files in folders on the server, as they are, behind a signature: what the object store serves of other uploads.

use std::io::{Seek, SeekFrom};

use axum::{
    body::Body,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
        },
    },
    response::{IntoResponse, Response},
};
use polyphony_events::{UploadId, UserId};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use super::Refused;
use crate::{
    app::App,
    domain::{encoding::attachment, signature::Ticket},
    library::{open, stamp},
};

/// The file of an upload, or the range of it that is asked for.
pub(super) async fn original(
    State(app): State<App>,
    Path(upload): Path<String>,
    query: Result<Query<Ticket>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let id = UploadId::parse(&upload).ok_or(Refused::NotFound)?;
    let Query(ticket) = query.map_err(|_| Refused::Forbidden)?;
    if !app.signer.accepts_original(id, &ticket, app.clock.now()) {
        return Err(Refused::Forbidden);
    }
    let viewer = UserId::parse(&ticket.viewer).ok_or(Refused::Forbidden)?;
    if app.store.is_barred(viewer).await? {
        return Err(Refused::Forbidden);
    }
    let upload =
        app.store.upload(id).await?.filter(|upload| upload.missing_since.is_none()).ok_or(Refused::NotFound)?;
    let from = upload.library.clone().ok_or(Refused::NotFound)?;
    let (known, content_type) = app.store.file_of(id).await?.ok_or(Refused::NotFound)?;
    let content_type = content_type.and_then(|found| HeaderValue::from_str(&found).ok());
    let range = headers.get(RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned);
    let folders = app.settings.library_folders.clone();
    let opened = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
        let mut file = open(&folders, &from)?;
        // A file that was written to is another, which no scan has seen yet.
        if stamp(&file)? != known {
            return Err(std::io::Error::other("the file has changed"));
        }
        let size = u64::try_from(known.size_bytes).unwrap_or_default();
        let range = range.map(|range| parse_range(&range, size));
        if let Some(Some((first, _))) = range {
            file.seek(SeekFrom::Start(first))?;
        }
        Ok((file, size, range))
    });
    let (file, size, range) = opened.await?.map_err(|_| Refused::NotFound)?;
    let (status, first, length) = match range {
        Some(None) => {
            let unsatisfied = [(CONTENT_RANGE, format!("bytes */{size}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, unsatisfied).into_response());
        }
        Some(Some((first, last))) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        None => (StatusCode::OK, 0, size),
    };
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file).take(length)));
    let mut response = (status, body).into_response();
    let said = response.headers_mut();
    said.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    said.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    said.insert(CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    said.insert(CONTENT_LENGTH, length.into());
    if let Ok(name) = HeaderValue::from_str(&attachment(&upload.filename)) {
        said.insert(CONTENT_DISPOSITION, name);
    }
    if status == StatusCode::PARTIAL_CONTENT {
        let shown = format!("bytes {first}-{}/{size}", first + length - 1);
        said.insert(CONTENT_RANGE, HeaderValue::from_str(&shown)?);
    }
    Ok(response)
}

/// The first and the last byte of a range, `bytes=5-`, `bytes=5-9` or `bytes=-5`; none when there is none of the file in it. Of
/// several ranges the first is answered.
fn parse_range(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split(',').next()?.trim().split_once('-')?;
    let (first, last) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => (first, last.min(size.checked_sub(1)?)),
        (Ok(first), Err(_)) if last.is_empty() => (first, size.checked_sub(1)?),
        (Err(_), Ok(count)) if first.is_empty() && count > 0 => (size.saturating_sub(count), size.checked_sub(1)?),
        _ => return None,
    };
    (first <= last && first < size).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_rfc_9110_writes_them() {
        for (range, found) in [
            ("bytes=0-", Some((0, 9))),
            ("bytes=3-5", Some((3, 5))),
            ("bytes=3-50", Some((3, 9))),
            ("bytes=-4", Some((6, 9))),
            ("bytes=-40", Some((0, 9))),
            ("bytes=0-1,4-5", Some((0, 1))),
            ("bytes=10-", None),
            ("bytes=5-4", None),
            ("bytes=-0", None),
            ("bytes=-", None),
            ("seconds=1-2", None),
        ] {
            assert_eq!(parse_range(range, 10), found, "{range}");
        }
        assert_eq!(parse_range("bytes=0-", 0), None);
    }
}
