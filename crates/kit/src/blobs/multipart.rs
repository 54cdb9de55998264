//! Uploads in parts. Clients PUT the bytes of theirs; the store joins them.

use std::time::Duration;

use anyhow::Context;
use aws_sdk_s3::{
    config::timeout::TimeoutConfig,
    error::ProvideErrorMetadata,
    presigning::PresigningConfig,
    types::{CompletedMultipartUpload, CompletedPart, MultipartUpload},
};
use chrono::{DateTime, Utc};

use super::{Blobs, KEPT, time};

/// A store may copy all parts before it says that they are joined.
const JOINING: Duration = Duration::from_mins(10);

/// An upload in parts that was begun and neither completed nor given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenUpload {
    /// The name of the object that it is to become.
    pub key: String,
    /// The store's own id of it.
    pub id: String,
    /// When it was begun, by the store's clock.
    pub begun: DateTime<Utc>,
}

/// A page of the list of open uploads.
#[derive(Clone, Debug)]
pub struct OpenUploadPage {
    /// The uploads of the page.
    pub uploads: Vec<OpenUpload>,
    /// What to ask for the next page with, a name and an id; none behind the last.
    pub next: Option<(String, String)>,
}

impl Blobs {
    /// Begins a multipart upload and gives its id.
    pub async fn begin_multipart(&self, key: &str, content_type: Option<&str>) -> anyhow::Result<String> {
        let request = self.client.create_multipart_upload().bucket(&self.bucket).key(key).cache_control(KEPT);
        let begun = request.set_content_type(content_type.map(ToOwned::to_owned)).send().await;
        begun.context("begin an upload")?.upload_id.context("the store gave no upload id")
    }

    /// A URL to which a client PUTs one part, `(number, size)`. The size is signed: the store takes no other.
    pub async fn sign_part(
        &self,
        key: &str,
        upload_id: &str,
        (number, size): (i32, i64),
        valid: Duration,
    ) -> anyhow::Result<String> {
        let request = self.public.upload_part().bucket(&self.bucket).key(key).upload_id(upload_id);
        let request = request.part_number(number).content_length(size);
        let signed = request.presigned(PresigningConfig::expires_in(valid)?).await.context("sign a part")?;
        Ok(signed.uri().to_owned())
    }

    /// Joins the parts, `(number, etag)` in order, to the object.
    pub async fn complete_multipart(&self, key: &str, upload_id: &str, parts: &[(i32, String)]) -> anyhow::Result<()> {
        let parts =
            parts.iter().map(|(number, etag)| CompletedPart::builder().part_number(*number).e_tag(etag).build());
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        let request = self.client.complete_multipart_upload().bucket(&self.bucket).key(key).upload_id(upload_id);
        let patient = TimeoutConfig::builder().operation_attempt_timeout(JOINING).build();
        let request = request.multipart_upload(parts).customize();
        let request = request.config_override(aws_sdk_s3::Config::builder().timeout_config(patient));
        request.send().await.context("complete an upload")?;
        Ok(())
    }

    /// The parts that have arrived: `(number, etag, size)` in order; `None` when the store knows no such upload.
    pub async fn list_parts(&self, key: &str, upload_id: &str) -> anyhow::Result<Option<Vec<(i32, String, u64)>>> {
        let mut pages =
            self.client.list_parts().bucket(&self.bucket).key(key).upload_id(upload_id).into_paginator().send();
        let mut parts = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page {
                Err(error) if error.code() == Some("NoSuchUpload") => return Ok(None),
                page => page.context("list the parts of an upload")?,
            };
            parts.extend(
                page.parts()
                    .iter()
                    .filter_map(|part| Some((part.part_number?, part.e_tag.clone()?, u64::try_from(part.size?).ok()?))),
            );
        }
        Ok(Some(parts))
    }

    /// Gives up a multipart upload and frees its parts; nothing is to be done when the store knows no such upload.
    pub async fn abort_multipart(&self, key: &str, upload_id: &str) -> anyhow::Result<()> {
        let request = self.client.abort_multipart_upload().bucket(&self.bucket).key(key).upload_id(upload_id);
        match request.send().await {
            Err(error) if error.code() == Some("NoSuchUpload") => Ok(()),
            done => done.map(drop).context("abort an upload"),
        }
    }

    /// A page of the uploads that are open: the first, or the one that the page before named; `None` when the store does
    /// not list them.
    pub async fn list_open_uploads(&self, page: Option<(String, String)>) -> anyhow::Result<Option<OpenUploadPage>> {
        let (key, id) = page.unzip();
        let request = self.client.list_multipart_uploads().bucket(&self.bucket);
        let listed = request.set_key_marker(key).set_upload_id_marker(id).send().await;
        let page = match listed {
            Err(error) if error.code() == Some("NotImplemented") => return Ok(None),
            listed => listed.context("list the open uploads")?,
        };
        let uploads = page.uploads().iter().filter_map(open_upload).collect();
        let next = page.next_key_marker.zip(page.next_upload_id_marker);
        Ok(Some(OpenUploadPage { uploads, next: next.filter(|_| page.is_truncated == Some(true)) }))
    }
}

fn open_upload(upload: &MultipartUpload) -> Option<OpenUpload> {
    Some(OpenUpload { key: upload.key.clone()?, id: upload.upload_id.clone()?, begun: time(upload.initiated) })
}
