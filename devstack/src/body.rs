//! What a client sends, written to a file and held against the sums that it names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::StreamExt as _;
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, ChecksumAlgorithm, PutObjectInput, StreamingBlob, UploadPartInput};
use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt as _, BufWriter};

/// How many bytes are written to a file at once.
const BUFFER: usize = 256 * 1024;

/// The sums that a client names: before the body, or behind it in trailers.
pub(crate) struct Sums {
    md5: Option<String>,
    algorithm: Option<ChecksumAlgorithm>,
    named: Checksum,
    trailers: Option<TrailingHeaders>,
}

/// What was received.
pub(crate) struct Received {
    /// Its MD5 in hexadecimal.
    pub(crate) md5: String,
    pub(crate) size: u64,
    /// The other sums of it that the client named.
    pub(crate) checksum: Checksum,
}

macro_rules! sums_of {
    ($($name:ident: $input:ident),*) => {
        impl Sums {
            $(pub(crate) fn $name(input: &mut $input, trailers: Option<TrailingHeaders>) -> Self {
                let named = Checksum {
                    checksum_crc32: input.checksum_crc32.take(),
                    checksum_crc32c: input.checksum_crc32c.take(),
                    checksum_crc64nvme: input.checksum_crc64nvme.take(),
                    checksum_sha1: input.checksum_sha1.take(),
                    checksum_sha256: input.checksum_sha256.take(),
                    ..Checksum::default()
                };
                Self { md5: input.content_md5.take(), algorithm: input.checksum_algorithm.take(), named, trailers }
            })*
        }
    };
}

sums_of!(of_object: PutObjectInput, of_part: UploadPartInput);

impl Sums {
    /// What has to be summed up to know whether the client is right.
    fn hasher(&self) -> S3Result<ChecksumHasher> {
        let named = &self.named;
        let algorithm = self.algorithm.as_ref().map(ChecksumAlgorithm::as_str);
        let is_wanted = |one: &'static str, sum: &Option<String>| sum.is_some() || algorithm == Some(one);
        let known = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];
        if algorithm.is_some_and(|algorithm| !known.contains(&algorithm)) {
            return Err(s3_error!(NotImplemented, "Unsupported checksum algorithm"));
        }
        Ok(ChecksumHasher {
            crc32: is_wanted(known[0], &named.checksum_crc32).then(Default::default),
            crc32c: is_wanted(known[1], &named.checksum_crc32c).then(Default::default),
            crc64nvme: is_wanted(known[2], &named.checksum_crc64nvme).then(Default::default),
            sha1: is_wanted(known[3], &named.checksum_sha1).then(Default::default),
            sha256: is_wanted(known[4], &named.checksum_sha256).then(Default::default),
        })
    }

    /// Refuses bytes that have other sums than the client says.
    fn check(self, md5: &[u8], summed: &Checksum) -> S3Result<()> {
        let trailers = self.trailers.and_then(|trailers| trailers.take()).unwrap_or_default();
        let named = self.named;
        let sums = [
            ("x-amz-checksum-crc32", named.checksum_crc32, &summed.checksum_crc32),
            ("x-amz-checksum-crc32c", named.checksum_crc32c, &summed.checksum_crc32c),
            ("x-amz-checksum-crc64nvme", named.checksum_crc64nvme, &summed.checksum_crc64nvme),
            ("x-amz-checksum-sha1", named.checksum_sha1, &summed.checksum_sha1),
            ("x-amz-checksum-sha256", named.checksum_sha256, &summed.checksum_sha256),
        ];
        for (header, named, summed) in sums {
            let named = named.or_else(|| text(&trailers, header));
            if named.is_some() && named != *summed {
                return Err(s3_error!(BadDigest, "{header} is not that of the bytes"));
            }
        }
        if self.md5.is_some_and(|named| STANDARD.decode(named).ok().as_deref() != Some(md5)) {
            return Err(s3_error!(BadDigest, "Content-MD5 is not that of the bytes"));
        }
        Ok(())
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Writes a body to a file. Fails when it breaks off, or has other sums than the client names.
pub(crate) async fn receive(mut body: StreamingBlob, file: &mut File, sums: Sums) -> S3Result<Received> {
    let mut writer = BufWriter::with_capacity(BUFFER, file);
    let (mut md5, mut hasher, mut size) = (Md5::new(), sums.hasher()?, 0);
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|error| s3_error!(IncompleteBody, "the body broke off: {error}"))?;
        md5.update(&bytes);
        hasher.update(&bytes);
        size += bytes.len() as u64;
        writer.write_all(&bytes).await.map_err(S3Error::internal_error)?;
    }
    writer.flush().await.map_err(S3Error::internal_error)?;
    let (md5, checksum) = (md5.finalize(), hasher.finalize());
    sums.check(&md5, &checksum)?;
    Ok(Received { md5: hex::encode(md5), size, checksum })
}
