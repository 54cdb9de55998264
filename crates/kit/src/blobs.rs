//! Objects in S3: signed URLs for clients, and the few transfers that we do ourselves.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use anyhow::Context;
use aws_credential_types::Credentials;
use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::ProvideErrorMetadata,
    presigning::PresigningConfig,
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, CorsConfiguration, CorsRule, Delete, Object, ObjectIdentifier},
};
use chrono::{DateTime, Utc};
use tokio::io::AsyncWriteExt;

use crate::{cdn::Cdn, config::S3Args};

/// How long objects may be kept by caches: their names never come again with other bytes.
const KEPT: &str = "public, max-age=31536000, immutable";

/// A bucket.
#[derive(Clone, Debug)]
pub struct Blobs {
    client: Client,
    /// Signs URLs with the endpoint that clients see.
    public: Client,
    /// Serves what clients GET, when there is one.
    cdn: Option<Cdn>,
    bucket: String,
}

/// What the store knows of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its name.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was written, by the store's clock.
    pub modified: DateTime<Utc>,
}

/// A page of a list of objects.
#[derive(Clone, Debug)]
pub struct ObjectPage {
    /// The objects of the page, in order of their names.
    pub objects: Vec<ObjectInfo>,
    /// What to ask for the next page with; none behind the last.
    pub next: Option<String>,
}

/// How a download should present itself.
#[derive(Clone, Debug, Default)]
pub struct Presentation {
    /// The `Content-Type` that the store answers.
    pub content_type: Option<String>,
    /// The `Content-Disposition` that the store answers.
    pub content_disposition: Option<String>,
    /// The `Cache-Control` that the store answers.
    pub cache_control: Option<String>,
}

impl Blobs {
    /// Opens the bucket that the options name.
    pub fn new(args: &S3Args) -> Self {
        let public = client(args, args.s3_public_endpoint.as_deref().unwrap_or(&args.s3_endpoint));
        Self { client: client(args, &args.s3_endpoint), public, cdn: None, bucket: args.s3_bucket.clone() }
    }

    /// The same with a CDN that serves what clients GET.
    #[must_use]
    pub fn behind(self, cdn: Option<Cdn>) -> Self {
        Self { cdn, ..self }
    }

    /// Makes the bucket if it is missing.
    pub async fn ensure_bucket(&self) -> anyhow::Result<()> {
        if self.client.head_bucket().bucket(&self.bucket).send().await.is_ok() {
            return Ok(());
        }
        let made = self.client.create_bucket().bucket(&self.bucket).send().await;
        match made {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_bucket_already_owned_by_you() || e.is_bucket_already_exists()) =>
            {
                Ok(())
            }
            Err(error) => Err(error).context("make the bucket"),
        }
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> anyhow::Result<()> {
        self.client.head_bucket().bucket(&self.bucket).send().await.context("ask the object store")?;
        Ok(())
    }

    /// Lets pages of any origin use signed URLs, unless the operator has made rules of their own. A store that has no such
    /// rules answers browsers by itself.
    pub async fn allow_browsers(&self) -> anyhow::Result<()> {
        match self.client.get_bucket_cors().bucket(&self.bucket).send().await {
            Ok(_) => return Ok(()),
            Err(error) if error.code() == Some("NotImplemented") => return Ok(()),
            Err(error) if error.code() == Some("NoSuchCORSConfiguration") => {}
            Err(error) => return Err(error).context("ask for the rules for browsers"),
        }
        let text = |all: &[&str]| Some(all.iter().map(ToString::to_string).collect());
        let rule = CorsRule::builder()
            .set_allowed_methods(text(&["GET", "HEAD", "PUT"]))
            .set_allowed_origins(text(&["*"]))
            .set_allowed_headers(text(&["*"]))
            .set_expose_headers(text(&["ETag", "Accept-Ranges", "Content-Length", "Content-Range"]))
            .max_age_seconds(3600)
            .build()?;
        let rules = CorsConfiguration::builder().cors_rules(rule).build()?;
        let request = self.client.put_bucket_cors().bucket(&self.bucket).cors_configuration(rules);
        request.send().await.context("set the rules for browsers")?;
        Ok(())
    }

    /// Begins a multipart upload and gives its id.
    pub async fn begin_multipart(&self, key: &str) -> anyhow::Result<String> {
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .cache_control(KEPT)
            .send()
            .await
            .context("begin an upload")?;
        begun.upload_id.context("the store gave no upload id")
    }

    /// A URL to which a client PUTs one part.
    pub async fn sign_part(&self, key: &str, upload_id: &str, number: i32, valid: Duration) -> anyhow::Result<String> {
        let request = self.public.upload_part().bucket(&self.bucket).key(key).upload_id(upload_id).part_number(number);
        let signed = request.presigned(PresigningConfig::expires_in(valid)?).await.context("sign a part")?;
        Ok(signed.uri().to_owned())
    }

    /// Joins the parts, `(number, etag)` in order, to the object.
    pub async fn complete_multipart(&self, key: &str, upload_id: &str, parts: &[(i32, String)]) -> anyhow::Result<()> {
        let parts =
            parts.iter().map(|(number, etag)| CompletedPart::builder().part_number(*number).e_tag(etag).build());
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        let request = self.client.complete_multipart_upload().bucket(&self.bucket).key(key).upload_id(upload_id);
        request.multipart_upload(parts).send().await.context("complete an upload")?;
        Ok(())
    }

    /// The parts that have arrived: `(number, etag, size)` in order.
    pub async fn list_parts(&self, key: &str, upload_id: &str) -> anyhow::Result<Vec<(i32, String, u64)>> {
        let mut pages =
            self.client.list_parts().bucket(&self.bucket).key(key).upload_id(upload_id).into_paginator().send();
        let mut parts = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.context("list the parts of an upload")?;
            parts.extend(
                page.parts()
                    .iter()
                    .filter_map(|part| Some((part.part_number?, part.e_tag.clone()?, u64::try_from(part.size?).ok()?))),
            );
        }
        Ok(parts)
    }

    /// Gives up a multipart upload and frees its parts.
    pub async fn abort_multipart(&self, key: &str, upload_id: &str) -> anyhow::Result<()> {
        let request = self.client.abort_multipart_upload().bucket(&self.bucket).key(key).upload_id(upload_id);
        request.send().await.context("abort an upload")?;
        Ok(())
    }

    /// The size of an object; `None` when there is none.
    pub async fn head(&self, key: &str) -> anyhow::Result<Option<u64>> {
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(found) => Ok(Some(found.content_length.and_then(|size| u64::try_from(size).ok()).unwrap_or(0))),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(aws_sdk_s3::operation::head_object::HeadObjectError::is_not_found) =>
            {
                Ok(None)
            }
            Err(error) if error.raw_response().is_some_and(|raw| raw.status().as_u16() == 404) => Ok(None),
            Err(error) => Err(error).context("ask for an object"),
        }
    }

    /// Copies an object to a file; gives its size.
    pub async fn download(&self, key: &str, path: &Path) -> anyhow::Result<u64> {
        let mut body =
            self.client.get_object().bucket(&self.bucket).key(key).send().await.context("get an object")?.body;
        let mut file = tokio::fs::File::create(path).await.context("make the file of a download")?;
        let mut size = 0;
        while let Some(chunk) = body.try_next().await.context("read an object")? {
            file.write_all(&chunk).await.context("write the file of a download")?;
            size += chunk.len() as u64;
        }
        file.flush().await.context("write the file of a download")?;
        Ok(size)
    }

    /// Copies a file to an object.
    pub async fn upload_file(&self, key: &str, path: &Path, content_type: &str) -> anyhow::Result<()> {
        let body = ByteStream::from_path(path).await.with_context(|| format!("open {}", path.display()))?;
        self.put(key, body, content_type).await
    }

    /// Writes bytes to an object.
    pub async fn upload_bytes(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> anyhow::Result<()> {
        self.put(key, ByteStream::from(bytes), content_type).await
    }

    async fn put(&self, key: &str, body: ByteStream, content_type: &str) -> anyhow::Result<()> {
        let request = self.client.put_object().bucket(&self.bucket).key(key).body(body).content_type(content_type);
        request.cache_control(KEPT).send().await.context("put an object")?;
        Ok(())
    }

    /// A URL from which a client GETs an object, for a while.
    pub async fn sign_get(&self, key: &str, valid: Duration, presentation: &Presentation) -> anyhow::Result<String> {
        let shown = presentation.clone();
        let request = self.public.get_object().bucket(&self.bucket).key(key);
        let request = request
            .set_response_content_type(shown.content_type)
            .set_response_content_disposition(shown.content_disposition)
            .set_response_cache_control(shown.cache_control);
        let signed = request.presigned(PresigningConfig::expires_in(valid)?).await.context("sign a URL")?;
        Ok(signed.uri().to_owned())
    }

    /// A URL that is good for `valid` and ends at `until`, of the CDN when there is one. The same arguments give the same URL,
    /// so that caches can hold what it names.
    pub async fn sign_get_until(
        &self,
        key: &str,
        until: DateTime<Utc>,
        valid: Duration,
        presentation: &Presentation,
    ) -> anyhow::Result<String> {
        if let Some(cdn) = &self.cdn {
            return cdn.sign(&format!("{key}{}", presentation.query()), until);
        }
        let begin = SystemTime::from(until) - valid;
        let config = PresigningConfig::builder().start_time(begin).expires_in(valid).build()?;
        let shown = presentation.clone();
        let request = self.public.get_object().bucket(&self.bucket).key(key);
        let request = request
            .set_response_content_type(shown.content_type)
            .set_response_content_disposition(shown.content_disposition)
            .set_response_cache_control(shown.cache_control);
        Ok(request.presigned(config).await.context("sign a URL")?.uri().to_owned())
    }

    /// The same for many objects of one folder, `names` within it; a CDN signs them together.
    pub async fn sign_folder_until(
        &self,
        folder: &str,
        names: &[String],
        (until, valid): (DateTime<Utc>, Duration),
        presentation: &Presentation,
    ) -> anyhow::Result<Vec<String>> {
        if let Some(cdn) = &self.cdn {
            let query = presentation.query();
            let paths: Vec<String> = names.iter().map(|name| format!("{name}{query}")).collect();
            return cdn.sign_folder(folder, &paths, until);
        }
        let mut urls = Vec::with_capacity(names.len());
        for name in names {
            let key = format!("{}/{name}", folder.trim_end_matches('/'));
            urls.push(self.sign_get_until(&key, until, valid, presentation).await?);
        }
        Ok(urls)
    }

    /// The objects whose names begin with `prefix`.
    pub async fn list(&self, prefix: &str) -> anyhow::Result<Vec<ObjectInfo>> {
        let mut objects = Vec::new();
        let mut next = None;
        loop {
            let page = self.list_page(prefix, next).await?;
            objects.extend(page.objects);
            next = page.next;
            if next.is_none() {
                return Ok(objects);
            }
        }
    }

    /// A page of the objects whose names begin with `prefix`: the first, or the one that the page before named.
    pub async fn list_page(&self, prefix: &str, page: Option<String>) -> anyhow::Result<ObjectPage> {
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix).set_continuation_token(page);
        let page = request.send().await.context("list objects")?;
        let objects = page.contents().iter().filter_map(info).collect();
        Ok(ObjectPage { objects, next: page.next_continuation_token.filter(|_| page.is_truncated == Some(true)) })
    }

    /// Deletes the objects whose names begin with `prefix`; gives how many there were.
    pub async fn delete_prefix(&self, prefix: &str) -> anyhow::Result<usize> {
        let keys: Vec<String> = self.list(prefix).await?.into_iter().map(|object| object.key).collect();
        self.delete(&keys).await?;
        Ok(keys.len())
    }

    /// Deletes objects; those that are gone already count as deleted.
    pub async fn delete(&self, keys: &[String]) -> anyhow::Result<()> {
        for chunk in keys.chunks(1000) {
            let ids = chunk.iter().map(|key| ObjectIdentifier::builder().key(key).build());
            let delete = Delete::builder().set_objects(Some(ids.collect::<Result<_, _>>()?)).quiet(true).build()?;
            self.client.delete_objects().bucket(&self.bucket).delete(delete).send().await.context("delete objects")?;
        }
        Ok(())
    }
}

fn info(object: &Object) -> Option<ObjectInfo> {
    let modified = object.last_modified.and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos()));
    let size = u64::try_from(object.size?).ok()?;
    Some(ObjectInfo { key: object.key.clone()?, size, modified: modified.unwrap_or(DateTime::UNIX_EPOCH) })
}

impl Presentation {
    /// As S3 reads it from a URL; empty when nothing is asked for.
    fn query(&self) -> String {
        let asked = [
            ("response-cache-control", &self.cache_control),
            ("response-content-disposition", &self.content_disposition),
            ("response-content-type", &self.content_type),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in asked {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        // A plus is a space to some and a plus to others.
        if query.is_empty() { query } else { format!("?{}", query.replace('+', "%20")) }
    }
}

fn client(args: &S3Args, endpoint: &str) -> Client {
    let credentials = Credentials::new(&args.s3_access_key_id, &args.s3_secret_access_key, None, None, "configuration");
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_mins(1));
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(args.s3_region.clone()))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .force_path_style(true)
        // Checksums in trailers are AWS's own; other stores refuse them.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .timeout_config(timeouts.build())
        .build();
    Client::from_conf(config)
}
