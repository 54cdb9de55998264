//! URLs from which clients GET objects.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use aws_sdk_s3::presigning::PresigningConfig;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::Blobs;

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
    /// A URL from which a client GETs an object, for a while.
    pub async fn sign_get(&self, key: &str, valid: Duration, presentation: &Presentation) -> anyhow::Result<String> {
        self.sign(key, PresigningConfig::expires_in(valid)?, presentation).await
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
        self.sign(key, config, presentation).await
    }

    async fn sign(&self, key: &str, config: PresigningConfig, presentation: &Presentation) -> anyhow::Result<String> {
        let shown = presentation.clone();
        let request = self.public.get_object().bucket(&self.bucket).key(key);
        let request = request
            .set_response_content_type(shown.content_type)
            .set_response_content_disposition(shown.content_disposition)
            .set_response_cache_control(shown.cache_control);
        Ok(request.presigned(config).await.context("sign a URL")?.uri().to_owned())
    }

    /// The same for many objects of one folder, `names` within it, which need no escaping; a CDN signs them together.
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
        let Some(first) = names.first() else { return Ok(Vec::new()) };
        let is_plain = |name: &String| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        anyhow::ensure!(names.iter().all(is_plain), "a name in {folder} would have to be escaped");
        let folder = folder.trim_end_matches('/');
        let url = self.sign_get_until(&format!("{folder}/{first}"), until, valid, presentation).await?;
        let signed = SignedUrl::parse(&url, first).context("the form of a signed URL is not known")?;
        let key = self.secret.of_day(signed.date, &self.region);
        Ok(names.iter().map(|name| signed.of(name, &key)).collect())
    }
}

/// A URL that the SDK has signed. Others that differ in the name of the object alone are signed after its pattern, some
/// hundred times faster: a long track has thousands of segments.
struct SignedUrl<'a> {
    scheme: &'a str,
    host: &'a str,
    /// The path without the name.
    folder: &'a str,
    /// The query without the signature.
    query: &'a str,
    /// The same in the order in which it is signed.
    canonical_query: String,
    /// When it was signed, as `X-Amz-Date` says.
    time: &'a str,
    date: &'a str,
    /// Date, region and service, for which the signing key is.
    scope: String,
}

impl<'a> SignedUrl<'a> {
    fn parse(url: &'a str, name: &str) -> Option<Self> {
        let (address, query) = url.split_once('?')?;
        let (scheme, address) = address.split_once("://")?;
        let (host, _) = address.split_once('/')?;
        let folder = address.strip_prefix(host)?.strip_suffix(name)?;
        let (query, _) = query.rsplit_once("&X-Amz-Signature=")?;
        let mut parts: Vec<(&str, &str)> = query.split('&').filter_map(|part| part.split_once('=')).collect();
        let value = |name: &str| parts.iter().find(|part| part.0 == name).map(|part| part.1);
        let (time, credential) = (value("X-Amz-Date")?, value("X-Amz-Credential")?);
        let (_, scope) = credential.split_once("%2F")?;
        parts.sort_unstable();
        let canonical: Vec<String> = parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (canonical_query, scope) = (canonical.join("&"), scope.replace("%2F", "/"));
        Some(Self { scheme, host, folder, query, canonical_query, time, date: time.get(..8)?, scope })
    }

    /// The URL of another object of the folder: signature version 4, of a GET whose only header is its host.
    fn of(&self, name: &str, key: &Hmac<Sha256>) -> String {
        let Self { scheme, host, folder, query, canonical_query, time, scope, .. } = self;
        let request = format!("GET\n{folder}{name}\n{canonical_query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
        let request = hex::encode(Sha256::digest(request));
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{request}");
        let signature = hex::encode(key.clone().chain_update(text).finalize().into_bytes());
        format!("{scheme}://{host}{folder}{name}?{query}&X-Amz-Signature={signature}")
    }
}

/// The secret key, as the beginning of every signature.
#[derive(Clone, Debug)]
pub(super) struct Secret(Hmac<Sha256>);

impl Secret {
    pub(super) fn new(secret: &str) -> Self {
        Self(hmac(format!("AWS4{secret}").as_bytes()))
    }

    /// The key that signs on this day, `20260131`.
    fn of_day(&self, date: &str, region: &str) -> Hmac<Sha256> {
        [region, "s3", "aws4_request"].into_iter().fold(derive(&self.0, date), |key, scope| derive(&key, scope))
    }
}

fn derive(key: &Hmac<Sha256>, from: &str) -> Hmac<Sha256> {
    hmac(&key.clone().chain_update(from).finalize().into_bytes())
}

fn hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
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
