//! The transfers that we do ourselves.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::Context;
use aws_sdk_s3::{
    operation::get_object::{GetObjectError, GetObjectOutput},
    primitives::{ByteStream, Length},
};
use bytes::Bytes;
use tokio::{fs::OpenOptions, io::AsyncWriteExt};

use super::{Blobs, KEPT};

/// The largest object that is read into memory at once.
const SMALL: i64 = 8 << 20;

/// A file that an object is copied to. When the copying breaks off, it goes on where it was.
#[derive(Debug)]
pub struct Download {
    key: String,
    path: PathBuf,
    /// Size and `ETag` of the object, once they are known.
    object: OnceLock<(u64, String)>,
}

impl Download {
    /// Of this object to this file, which is made anew.
    pub fn new(key: String, path: PathBuf) -> Self {
        Self { key, path, object: OnceLock::new() }
    }

    /// How many bytes have arrived.
    pub fn done(&self) -> u64 {
        let arrived = || std::fs::metadata(&self.path).map_or(0, |file| file.len());
        self.object.get().map_or(0, |_| arrived())
    }
}

impl Blobs {
    /// Copies what has not arrived yet.
    pub async fn download(&self, download: &Download) -> anyhow::Result<()> {
        let have = download.done();
        let mut request = self.client.get_object().bucket(&self.bucket).key(&download.key);
        if let Some((size, etag)) = download.object.get() {
            if *size == have {
                return Ok(());
            }
            request = request.range(format!("bytes={have}-")).if_match(etag);
        }
        let mut answer = request.send().await.context("get an object")?;
        let mut file = if have == 0 {
            tokio::fs::File::create(&download.path).await
        } else {
            let begin = format!("bytes {have}-");
            anyhow::ensure!(
                answer.content_range.is_some_and(|range| range.starts_with(&begin)),
                "the store gave another range than it was asked for"
            );
            OpenOptions::new().append(true).open(&download.path).await
        }
        .context("open the file of a download")?;
        let size = answer.content_length.and_then(|size| u64::try_from(size).ok()).context("an object has no size")?;
        let etag = answer.e_tag.context("an object has no tag")?;
        let (size, _) = download.object.get_or_init(|| (size, etag));
        loop {
            let chunk = answer.body.try_next().await.context("read an object");
            if let Ok(Some(chunk)) = &chunk {
                file.write_all(chunk).await.context("write the file of a download")?;
                continue;
            }
            // What has arrived is kept, whether there is more or not.
            file.flush().await.context("write the file of a download")?;
            chunk?;
            break;
        }
        anyhow::ensure!(download.done() == *size, "an object ended early");
        Ok(())
    }

    /// Copies a file to an object.
    pub async fn upload_file(&self, key: &str, path: &Path, content_type: &str) -> anyhow::Result<()> {
        let body = ByteStream::from_path(path).await.with_context(|| format!("open {}", path.display()))?;
        self.put(key, body, content_type).await
    }

    /// Copies a piece of a file, from `offset` on, to a part of an upload.
    pub async fn upload_part(
        &self,
        (key, upload_id, number): (&str, &str, i32),
        path: &Path,
        (offset, length): (u64, u64),
    ) -> anyhow::Result<()> {
        let body = ByteStream::read_from().path(path).offset(offset).length(Length::Exact(length)).build().await;
        let body = body.with_context(|| format!("open {}", path.display()))?;
        let request = self.client.upload_part().bucket(&self.bucket).key(key).upload_id(upload_id).part_number(number);
        request.body(body).send().await.context("put a part")?;
        Ok(())
    }

    /// Writes bytes to an object.
    pub async fn upload_bytes(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> anyhow::Result<()> {
        self.put(key, ByteStream::from(bytes), content_type).await
    }

    /// Copies an object to another name; one that is not there is left out.
    pub async fn copy(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let Some(object) = self.get(from).await? else { return Ok(()) };
        let content_type = object.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        let bytes = object.body.collect().await.context("read an object")?.into_bytes();
        self.upload_bytes(to, bytes.to_vec(), &content_type).await
    }

    /// All bytes of a small object; `None` when there is none.
    pub async fn read(&self, key: &str) -> anyhow::Result<Option<Bytes>> {
        let Some(object) = self.get(key).await? else { return Ok(None) };
        let size = object.content_length.unwrap_or_default();
        anyhow::ensure!(size <= SMALL, "an object of {size} bytes is too large to be read at once");
        Ok(Some(object.body.collect().await.context("read an object")?.into_bytes()))
    }

    async fn get(&self, key: &str) -> anyhow::Result<Option<GetObjectOutput>> {
        match self.client.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => Ok(None),
            Err(error) => Err(error).context("get an object"),
        }
    }

    async fn put(&self, key: &str, body: ByteStream, content_type: &str) -> anyhow::Result<()> {
        let request = self.client.put_object().bucket(&self.bucket).key(key).body(body).content_type(content_type);
        request.cache_control(KEPT).send().await.context("put an object")?;
        Ok(())
    }
}
