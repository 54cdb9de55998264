//! `s3s-fs` with what it leaves out and our services rely on: the parts of an upload are listed in order and each with
//! its `ETag`, as every other S3 does.

use std::path::{Path, PathBuf};

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CopyObjectInput, CopyObjectOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, ETag,
    GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput,
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput,
    Part, PutObjectInput, PutObjectOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;
use tokio::io::AsyncReadExt as _;

/// The operations that our services use.
pub(crate) struct Objects {
    files: FileSystem,
    root: PathBuf,
}

impl Objects {
    /// The objects in a folder.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Self> {
        let files = FileSystem::new(root).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok(Self { files, root: root.to_owned() })
    }

    /// Where `s3s-fs` keeps a part until its upload is complete. The id comes from the client, so only a plain one is used.
    fn part_path(&self, upload: &str, number: i32) -> Option<PathBuf> {
        let is_plain = upload.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-');
        is_plain.then(|| self.root.join(format!(".upload_id-{upload}.part-{number}")))
    }

    async fn complete_part(&self, upload: &str, part: Part) -> S3Result<Part> {
        let path = part.part_number.and_then(|number| self.part_path(upload, number));
        let Some(path) = path else { return Ok(part) };
        let sum = md5_of(&path).await.map_err(S3Error::internal_error)?;
        Ok(Part { e_tag: Some(ETag::Strong(sum)), ..part })
    }
}

async fn md5_of(path: &Path) -> std::io::Result<String> {
    let mut file = tokio::fs::File::open(path).await?;
    let mut sum = Md5::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        sum.update(&buffer[..read]);
    }
    Ok(hex::encode(sum.finalize()))
}

/// Operations that `s3s-fs` does as they should be.
macro_rules! passed_on {
    ($($operation:ident: $input:ident -> $output:ident),* $(,)?) => {
        #[async_trait::async_trait]
        impl S3 for Objects {
            $(async fn $operation(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.files.$operation(request).await
            })*

            async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
                let upload = request.input.upload_id.clone();
                let mut response = self.files.list_parts(request).await?;
                let mut parts = Vec::new();
                for part in response.output.parts.take().into_iter().flatten() {
                    parts.push(self.complete_part(&upload, part).await?);
                }
                parts.sort_by_key(|part| part.part_number);
                response.output.parts = Some(parts);
                Ok(response)
            }
        }
    };
}

passed_on! {
    abort_multipart_upload: AbortMultipartUploadInput -> AbortMultipartUploadOutput,
    complete_multipart_upload: CompleteMultipartUploadInput -> CompleteMultipartUploadOutput,
    copy_object: CopyObjectInput -> CopyObjectOutput,
    create_bucket: CreateBucketInput -> CreateBucketOutput,
    create_multipart_upload: CreateMultipartUploadInput -> CreateMultipartUploadOutput,
    delete_object: DeleteObjectInput -> DeleteObjectOutput,
    delete_objects: DeleteObjectsInput -> DeleteObjectsOutput,
    get_object: GetObjectInput -> GetObjectOutput,
    head_bucket: HeadBucketInput -> HeadBucketOutput,
    head_object: HeadObjectInput -> HeadObjectOutput,
    list_objects: ListObjectsInput -> ListObjectsOutput,
    list_objects_v2: ListObjectsV2Input -> ListObjectsV2Output,
    put_object: PutObjectInput -> PutObjectOutput,
    upload_part: UploadPartInput -> UploadPartOutput,
}
