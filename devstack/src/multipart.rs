//! Uploads in parts, as S3 has them, on a [`Store`](crate::store::Store).

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part, Timestamp, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Result, TrailingHeaders, s3_error};

use crate::body::Sums;
use crate::objects::{Objects, length, page};
use crate::store::{Attributes, Completed, OpenUpload};

/// The largest number of a part.
const MAX_PART_NUMBER: i32 = 10_000;

impl Objects {
    pub(crate) async fn begin_upload(
        &self,
        input: CreateMultipartUploadInput,
    ) -> S3Result<CreateMultipartUploadOutput> {
        self.check_bucket(&input.bucket).await?;
        let attributes = Attributes {
            content_type: input.content_type,
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            metadata: input.metadata.unwrap_or_default(),
        };
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let id = self.io(move |store| store.begin(&bucket, &key, attributes)).await?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            ..CreateMultipartUploadOutput::default()
        })
    }

    pub(crate) async fn receive_part(
        &self,
        mut input: UploadPartInput,
        trailers: Option<TrailingHeaders>,
    ) -> S3Result<UploadPartOutput> {
        let number = input.part_number;
        if !(1..=MAX_PART_NUMBER).contains(&number) {
            return Err(s3_error!(InvalidArgument, "Part numbers are 1 to 10000"));
        }
        let (bucket, key, upload) = (input.bucket.clone(), input.key.clone(), input.upload_id.clone());
        // Before gigabytes are read for nothing.
        self.upload(move |store| store.check_open(&bucket, &key, &upload)).await?;
        let sums = Sums::of_part(&mut input, trailers);
        let (new, file, received) = self.receive(input.body.take(), sums).await?;
        let (etag, checksum) = (received.md5.clone(), received.checksum);
        self.upload(move |store| {
            file.sync_data()?;
            let at = (&*input.bucket, &*input.key, &*input.upload_id);
            store.put_part(at, &new, (number, &received.md5, received.size))
        })
        .await?;
        Ok(UploadPartOutput {
            e_tag: Some(ETag::Strong(etag)),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            ..UploadPartOutput::default()
        })
    }

    pub(crate) async fn sent_parts(&self, input: ListPartsInput) -> S3Result<ListPartsOutput> {
        let (bucket, key, upload) = (input.bucket.clone(), input.key.clone(), input.upload_id.clone());
        let mut parts = self.upload(move |store| store.parts(&bucket, &key, &upload)).await?;
        let after = input.part_number_marker.unwrap_or_default();
        parts.retain(|part| part.number > after);
        let (parts, max, is_truncated) = page(parts, input.max_parts);
        let last = parts.last().filter(|_| is_truncated).map(|part| part.number);
        let part = |part: crate::store::Part| Part {
            part_number: Some(part.number),
            e_tag: Some(ETag::Strong(part.etag)),
            size: length(part.size),
            last_modified: Some(Timestamp::from(part.modified)),
            ..Part::default()
        };
        Ok(ListPartsOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            parts: Some(parts.into_iter().map(part).collect()),
            max_parts: Some(max),
            part_number_marker: input.part_number_marker,
            next_part_number_marker: last,
            is_truncated: Some(is_truncated),
            ..ListPartsOutput::default()
        })
    }

    pub(crate) async fn complete_upload(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        if input.if_match.is_some() || input.if_none_match.is_some() {
            return Err(s3_error!(NotImplemented, "Conditional writes are not supported"));
        }
        let wanted = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
        let wanted = wanted.into_iter().map(|part| {
            let number = part.part_number.ok_or_else(|| s3_error!(InvalidPart))?;
            Ok(Completed { number, etag: part.e_tag.map(ETag::into_value) })
        });
        let wanted: Vec<Completed> = wanted.collect::<S3Result<_>>()?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let upload = input.upload_id;
        let etag = self.upload(move |store| store.complete((&bucket, &key, &upload), &wanted)).await?;
        Ok(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(etag)),
            ..CompleteMultipartUploadOutput::default()
        })
    }

    pub(crate) async fn abort_upload(&self, input: AbortMultipartUploadInput) -> S3Result<AbortMultipartUploadOutput> {
        self.upload(move |store| store.abort(&input.bucket, &input.key, &input.upload_id)).await?;
        Ok(AbortMultipartUploadOutput::default())
    }

    pub(crate) async fn open_uploads(&self, input: ListMultipartUploadsInput) -> S3Result<ListMultipartUploadsOutput> {
        self.check_bucket(&input.bucket).await?;
        let (bucket, prefix) = (input.bucket.clone(), input.prefix.clone().unwrap_or_default());
        let mut uploads = self.io(move |store| store.open_uploads(&bucket, &prefix)).await?;
        if let Some(key) = &input.key_marker {
            uploads.retain(|upload| match &input.upload_id_marker {
                Some(id) => (&upload.key, &upload.id) > (key, id),
                None => upload.key > *key,
            });
        }
        let (uploads, max, is_truncated) = page(uploads, input.max_uploads);
        let last = uploads.last().filter(|_| is_truncated);
        let (next_key_marker, next_upload_id_marker) = last.map(|last| (last.key.clone(), last.id.clone())).unzip();
        let upload = |upload: OpenUpload| MultipartUpload {
            key: Some(upload.key),
            upload_id: Some(upload.id),
            initiated: Some(Timestamp::from(upload.begun)),
            ..MultipartUpload::default()
        };
        Ok(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: input.prefix,
            key_marker: input.key_marker,
            upload_id_marker: input.upload_id_marker,
            max_uploads: Some(max),
            is_truncated: Some(is_truncated),
            next_key_marker,
            next_upload_id_marker,
            uploads: Some(uploads.into_iter().map(upload).collect()),
            ..ListMultipartUploadsOutput::default()
        })
    }
}
