//! Where the bytes of an upload go.

use std::{collections::HashSet, time::Duration};

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, scalar::Url};

use crate::{
    app::App,
    domain::{
        image::ImageUpload,
        keys,
        upload::{Upload, UploadState},
    },
};

/// Where the bytes go: PUT each part to its URL, straight to object storage.
#[derive(Clone, Debug, SimpleObject)]
pub struct UploadTarget {
    /// How many bytes each part has; the last may have fewer.
    part_size_bytes: i32,
    /// The parts.
    parts: Vec<UploadPart>,
    /// Until when the URLs are good.
    expires_at: DateTime<Utc>,
}

/// One part of an upload.
#[derive(Clone, Debug, SimpleObject)]
pub struct UploadPart {
    /// Its number, from 1.
    number: i32,
    /// Where to PUT its bytes. The answer's `ETag` header goes into `completeUpload`.
    url: Url,
    /// Headers that the request must bear. Its `Content-Length`, which clients set by themselves, must be the size of the part.
    headers: Vec<HttpHeader>,
}

/// A header of an HTTP request.
#[derive(Clone, Debug, SimpleObject)]
pub struct HttpHeader {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

impl UploadTarget {
    /// URLs for all parts.
    pub(super) async fn of(app: &App, upload: &Upload) -> Result<Option<Self>> {
        Self::of_parts(app, upload, &HashSet::new()).await
    }

    /// URLs for the parts that the object store does not have.
    pub(super) async fn of_missing(app: &App, upload: &Upload) -> Result<Option<Self>> {
        let Some(multipart) = awaiting(upload) else { return Ok(None) };
        let source = keys::source(upload.id);
        let all: HashSet<_> = upload.parts().into_iter().map(|(number, size)| (number, size as u64)).collect();
        let arrived = match app.blobs.list_parts(&source, multipart).await? {
            Some(parts) => parts.into_iter().map(|(number, _, size)| (number, size)).collect(),
            // They are joined, and whoever did that could not write it down.
            None if app.blobs.head(&source).await?.is_some() => all.clone(),
            None => HashSet::new(),
        };
        let whole = all.intersection(&arrived).map(|(number, _)| *number).collect();
        Self::of_parts(app, upload, &whole).await
    }

    /// The URL for the only part of a picture; none once its bytes are there.
    pub(super) async fn of_image(app: &App, upload: &ImageUpload) -> Result<Option<Self>> {
        let remaining = (upload.expires_at - app.clock.now()).to_std().unwrap_or(Duration::ZERO);
        let Some(multipart) = upload.multipart_id.as_deref().filter(|_| !remaining.is_zero()) else { return Ok(None) };
        let (number, size) = upload.part();
        let source = keys::image_source(upload.id);
        let url = Url(app.blobs.sign_part(&source, multipart, (number, size), remaining).await?);
        let parts = vec![UploadPart { number, url, headers: Vec::new() }];
        let part_size_bytes = i32::try_from(size).unwrap_or(i32::MAX);
        Ok(Some(Self { part_size_bytes, parts, expires_at: upload.expires_at }))
    }

    async fn of_parts(app: &App, upload: &Upload, arrived: &HashSet<i32>) -> Result<Option<Self>> {
        let Some(multipart) = awaiting(upload) else { return Ok(None) };
        let remaining = (upload.expires_at - app.clock.now()).to_std().unwrap_or(Duration::ZERO);
        if remaining.is_zero() {
            return Ok(None);
        }
        let source = keys::source(upload.id);
        let mut parts = Vec::new();
        for part in upload.parts().into_iter().filter(|(number, _)| !arrived.contains(number)) {
            let url = Url(app.blobs.sign_part(&source, multipart, part, remaining).await?);
            parts.push(UploadPart { number: part.0, url, headers: Vec::new() });
        }
        let part_size_bytes = i32::try_from(upload.part_size_bytes).unwrap_or(i32::MAX);
        Ok(Some(Self { part_size_bytes, parts, expires_at: upload.expires_at }))
    }
}

fn awaiting(upload: &Upload) -> Option<&str> {
    upload.multipart_id.as_deref().filter(|_| upload.state == UploadState::AwaitingBytes)
}
