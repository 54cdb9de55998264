//! Objects in S3: signed URLs for clients, and the few transfers that we do ourselves.

mod multipart;
mod signing;
mod transfer;

use std::time::Duration;

use anyhow::Context;
use aws_credential_types::Credentials;
use aws_sdk_s3::{
    Client,
    config::{
        BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation, retry::RetryConfig,
        timeout::TimeoutConfig,
    },
    error::ProvideErrorMetadata,
    types::{CorsConfiguration, CorsRule, Delete, Object, ObjectIdentifier},
};
use chrono::{DateTime, Utc};

pub use self::{
    multipart::{OpenUpload, OpenUploadPage},
    signing::Presentation,
    transfer::Download,
};

use self::signing::Secret;
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
    region: String,
    secret: Secret,
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

impl Blobs {
    /// Opens the bucket that the options name.
    pub fn new(args: &S3Args) -> Self {
        let public = client(args, args.s3_public_endpoint.as_deref().unwrap_or(&args.s3_endpoint));
        Self {
            client: client(args, &args.s3_endpoint),
            public,
            cdn: None,
            bucket: args.s3_bucket.clone(),
            region: args.s3_region.clone(),
            secret: Secret::new(&args.s3_secret_access_key),
        }
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
    let size = u64::try_from(object.size?).ok()?;
    Some(ObjectInfo { key: object.key.clone()?, size, modified: time(object.last_modified) })
}

fn time(at: Option<aws_sdk_s3::primitives::DateTime>) -> DateTime<Utc> {
    at.and_then(|at| DateTime::from_timestamp(at.secs(), at.subsec_nanos())).unwrap_or(DateTime::UNIX_EPOCH)
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
