//! The S3 operations that our services use, on a [`Store`].

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CommonPrefix, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput,
    DeletedObject, ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput,
    HeadObjectInput, HeadObjectOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsV2Input,
    ListObjectsV2Output, ListPartsInput, ListPartsOutput, Object as ListedObject, PutObjectInput, PutObjectOutput,
    StreamingBlob, Timestamp, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use crate::body::{self, Received, Sums};
use crate::store::{self, Attributes, Listed, Listing, NewFile, Object, Refusal, Store};

/// How many keys, parts or uploads a page has at most.
const PAGE: i32 = 1000;
/// How many bytes are read from a file at once.
const CHUNK: usize = 128 * 1024;

/// The operations that our services use.
#[derive(Clone)]
pub(crate) struct Objects(Arc<Store>);

impl Objects {
    pub(crate) fn new(store: Store) -> Self {
        Self(Arc::new(store))
    }

    /// Does what blocks in a thread that may. It is done to the end though the client waits no longer.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Store) -> T + Send + 'static) -> S3Result<T> {
        let store = self.0.clone();
        tokio::task::spawn_blocking(move || work(&store)).await.map_err(S3Error::internal_error)
    }

    pub(crate) async fn io<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> io::Result<T> + Send + 'static,
    ) -> S3Result<T> {
        self.run(work).await?.map_err(S3Error::internal_error)
    }

    pub(crate) async fn upload<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, Refusal> + Send + 'static,
    ) -> S3Result<T> {
        self.run(work).await?.map_err(|refusal| match refusal {
            Refusal::NoSuchUpload => s3_error!(NoSuchUpload),
            Refusal::InvalidPart => s3_error!(InvalidPart),
            Refusal::InvalidPartOrder => s3_error!(InvalidPartOrder),
            Refusal::EntityTooSmall => s3_error!(EntityTooSmall),
            Refusal::Io(error) => S3Error::internal_error(error),
        })
    }

    pub(crate) async fn check_bucket(&self, bucket: &str) -> S3Result<()> {
        let bucket = bucket.to_owned();
        if self.run(move |store| store.has_bucket(&bucket)).await? { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    async fn object(&self, bucket: &str, key: &str) -> S3Result<Object> {
        let (at, key) = (bucket.to_owned(), key.to_owned());
        if let Some(object) = self.io(move |store| store.get(&at, &key)).await? {
            return Ok(object);
        }
        // Only what is not there is worth a second look.
        self.check_bucket(bucket).await?;
        Err(s3_error!(NoSuchKey))
    }

    /// Writes a body to a new file; it is what the client says that it is.
    pub(crate) async fn receive(&self, body: Option<StreamingBlob>, sums: Sums) -> S3Result<(NewFile, File, Received)> {
        let body = body.ok_or_else(|| s3_error!(IncompleteBody))?;
        let (new, file) = self.io(Store::new_file).await?;
        let mut file = tokio::fs::File::from_std(file);
        let received = body::receive(body, &mut file, sums).await?;
        Ok((new, file.into_std().await, received))
    }
}

/// The bytes of an object from `start` on, so many.
async fn bytes(object: Object, parts: Option<Vec<(PathBuf, u64)>>, start: u64, count: u64) -> S3Result<StreamingBlob> {
    let Some(parts) = parts else {
        let mut file = tokio::fs::File::from_std(object.file);
        file.seek(io::SeekFrom::Start(start)).await.map_err(S3Error::internal_error)?;
        return Ok(StreamingBlob::wrap(ReaderStream::with_capacity(file.take(count), CHUNK)));
    };
    let (mut skipped, mut left) = (start, count);
    let mut pieces = Vec::new();
    for (path, size) in parts {
        let (from, to) = (skipped.min(size), size.min(skipped.saturating_add(left)));
        skipped -= from;
        left -= to - from;
        if to > from {
            pieces.push((path, from, to - from));
        }
    }
    let opened = futures::stream::iter(pieces).then(async |(path, from, count)| {
        let mut file = tokio::fs::File::open(path).await?;
        file.seek(io::SeekFrom::Start(from)).await?;
        Ok::<_, io::Error>(ReaderStream::with_capacity(file.take(count), CHUNK))
    });
    Ok(StreamingBlob::wrap(opened.try_flatten()))
}

/// Refuses a read of what the client has already, or no longer means.
fn check_conditions(
    etag: &ETag,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let is = |condition: &ETagCondition| condition.as_etag().is_none_or(|known| known.weak_cmp(etag));
    if if_match.is_some_and(|condition| !is(condition)) {
        return Err(s3_error!(PreconditionFailed));
    }
    if if_none_match.is_some_and(is) {
        return Err(s3_error!(NotModified));
    }
    Ok(())
}

pub(crate) fn length(size: u64) -> Option<i64> {
    i64::try_from(size).ok()
}

/// Size and age of the objects that were listed, and what the folders are called.
fn describe(listed: Vec<Listed>) -> io::Result<(Vec<ListedObject>, Vec<CommonPrefix>)> {
    let (mut objects, mut folders) = (Vec::new(), Vec::new());
    for one in listed {
        match one {
            Listed::Folder(prefix) => folders.push(CommonPrefix { prefix: Some(prefix) }),
            Listed::Object(key, path) => {
                // One that is gone meanwhile is left out.
                let Some(object) = store::open(&path)? else { continue };
                objects.push(ListedObject {
                    key: Some(key),
                    size: length(object.size),
                    last_modified: Some(Timestamp::from(object.modified)),
                    e_tag: Some(ETag::Strong(object.description.etag)),
                    ..ListedObject::default()
                });
            }
        }
    }
    Ok((objects, folders))
}

/// How many a page has, and whether that are all.
pub(crate) fn page<T>(mut all: Vec<T>, asked: Option<i32>) -> (Vec<T>, i32, bool) {
    let max = asked.unwrap_or(PAGE).clamp(0, PAGE);
    let is_truncated = all.len() > max as usize;
    all.truncate(max as usize);
    (all, max, is_truncated)
}

#[async_trait::async_trait]
impl S3 for Objects {
    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        let bucket = request.input.bucket;
        if !self.io(move |store| store.create_bucket(&bucket)).await? {
            return Err(s3_error!(BucketAlreadyOwnedByYou));
        }
        Ok(S3Response::new(CreateBucketOutput::default()))
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.check_bucket(&request.input.bucket).await?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let (mut input, trailers) = (request.input, request.trailing_headers);
        self.check_bucket(&input.bucket).await?;
        if input.if_match.is_some() || input.if_none_match.is_some() {
            return Err(s3_error!(NotImplemented, "Conditional writes are not supported"));
        }
        let sums = Sums::of_object(&mut input, trailers);
        let (new, file, Received { md5, checksum, .. }) = self.receive(input.body.take(), sums).await?;
        let attributes = Attributes {
            content_type: input.content_type,
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            metadata: input.metadata.unwrap_or_default(),
        };
        let (bucket, key, etag) = (input.bucket, input.key, md5.clone());
        self.io(move |store| store.put(&bucket, &key, (new, file), etag, attributes)).await?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(md5)),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            ..PutObjectOutput::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let object = self.object(&input.bucket, &input.key).await?;
        let known = object.description.clone();
        let etag = ETag::Strong(known.etag);
        check_conditions(&etag, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        let (size, modified) = (object.size, object.modified);
        let range = input.range.map(|range| range.check(size)).transpose()?;
        let content_range = range.as_ref().map(|range| format!("bytes {}-{}/{size}", range.start, range.end - 1));
        let range = range.unwrap_or(0..size);
        let count = range.end - range.start;
        let parts = self.0.part_files(&object);
        Ok(S3Response::new(GetObjectOutput {
            body: Some(bytes(object, parts, range.start, count).await?),
            accept_ranges: Some("bytes".to_owned()),
            content_length: length(count),
            content_range,
            last_modified: Some(Timestamp::from(modified)),
            content_type: input.response_content_type.or(known.attributes.content_type),
            cache_control: input.response_cache_control.or(known.attributes.cache_control),
            content_disposition: input.response_content_disposition.or(known.attributes.content_disposition),
            content_encoding: input.response_content_encoding.or(known.attributes.content_encoding),
            content_language: input.response_content_language.or(known.attributes.content_language),
            metadata: Some(known.attributes.metadata),
            e_tag: Some(etag),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let object = self.object(&input.bucket, &input.key).await?;
        let known = object.description;
        let etag = ETag::Strong(known.etag);
        check_conditions(&etag, input.if_match.as_ref(), input.if_none_match.as_ref())?;
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: length(object.size),
            last_modified: Some(Timestamp::from(object.modified)),
            content_type: known.attributes.content_type,
            cache_control: known.attributes.cache_control,
            content_disposition: known.attributes.content_disposition,
            content_encoding: known.attributes.content_encoding,
            content_language: known.attributes.content_language,
            metadata: Some(known.attributes.metadata),
            e_tag: Some(etag),
            ..HeadObjectOutput::default()
        }))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let (bucket, key) = (request.input.bucket, request.input.key);
        self.check_bucket(&bucket).await?;
        self.io(move |store| store.delete(&bucket, &key)).await?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let (bucket, delete) = (request.input.bucket, request.input.delete);
        self.check_bucket(&bucket).await?;
        let keys: Vec<String> = delete.objects.into_iter().map(|object| object.key).collect();
        let deleted = self
            .io(move |store| {
                keys.iter().try_for_each(|key| store.delete(&bucket, key))?;
                Ok(keys)
            })
            .await?;
        let deleted = deleted.into_iter().map(|key| DeletedObject { key: Some(key), ..DeletedObject::default() });
        let deleted = (delete.quiet != Some(true)).then(|| deleted.collect());
        Ok(S3Response::new(DeleteObjectsOutput { deleted, ..DeleteObjectsOutput::default() }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        self.check_bucket(&input.bucket).await?;
        let folders = match input.delimiter.as_deref() {
            None | Some("") => false,
            Some("/") => true,
            Some(_) => return Err(s3_error!(NotImplemented, "Delimiters other than / are not supported")),
        };
        let bucket = input.bucket.clone();
        let prefix = input.prefix.clone().unwrap_or_default();
        // A page's token is the last key of it.
        let after = input.continuation_token.clone().max(input.start_after.clone()).unwrap_or_default();
        let max_keys = input.max_keys.unwrap_or(PAGE).clamp(0, PAGE);
        let limit = max_keys as usize + 1;
        let listing = move |store: &Store| {
            let listed = store.list(&bucket, Listing { prefix: &prefix, after: &after, folders, limit })?;
            let (listed, _, is_truncated) = page(listed, Some(max_keys));
            let last = listed.last().filter(|_| is_truncated).map(|last| last.key().to_owned());
            describe(listed).map(|(objects, folders)| (objects, folders, last))
        };
        let (contents, common_prefixes, next) = self.io(listing).await?;
        let key_count = i32::try_from(contents.len() + common_prefixes.len()).ok();
        Ok(S3Response::new(ListObjectsV2Output {
            key_count,
            max_keys: Some(max_keys),
            is_truncated: Some(next.is_some()),
            contents: Some(contents),
            common_prefixes: Some(common_prefixes),
            continuation_token: input.continuation_token,
            next_continuation_token: next,
            delimiter: input.delimiter,
            name: Some(input.bucket),
            prefix: input.prefix,
            start_after: input.start_after,
            ..ListObjectsV2Output::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.begin_upload(request.input).await.map(S3Response::new)
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.receive_part(request.input, request.trailing_headers).await.map(S3Response::new)
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        self.sent_parts(request.input).await.map(S3Response::new)
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.complete_upload(request.input).await.map(S3Response::new)
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.abort_upload(request.input).await.map(S3Response::new)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        self.open_uploads(request.input).await.map(S3Response::new)
    }
}
