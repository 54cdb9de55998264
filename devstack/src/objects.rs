//! `s3s-fs` with what it leaves out and our services rely on: the parts of an upload are listed in order and each with
//! its `ETag`, as every other S3 does; so are open uploads; an unknown upload is called that; and parts are joined to the end
//! even when nobody waits for it any more.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CopyObjectInput, CopyObjectOutput, CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, ETag,
    GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
    ListObjectsV2Output, ListPartsInput, ListPartsOutput, Part, PutObjectInput, PutObjectOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::io::AsyncReadExt as _;

use crate::multipart::{self, Held};

/// The operations that our services use.
pub(crate) struct Objects {
    files: Arc<FileSystem>,
    root: PathBuf,
    sums: Sums,
}

/// What is known of the bytes of parts: when they were written, and their MD5. Reading five gigabytes for it takes long.
#[derive(Default)]
struct Sums(Mutex<HashMap<PathBuf, (SystemTime, String)>>);

impl Sums {
    fn all(&self) -> MutexGuard<'_, HashMap<PathBuf, (SystemTime, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sum of a part, from memory unless it was written anew.
    async fn of(&self, path: &Path) -> io::Result<String> {
        let written = tokio::fs::metadata(path).await?.modified()?;
        if let Some((_, sum)) = self.all().get(path).filter(|(known, _)| *known == written) {
            return Ok(sum.clone());
        }
        let sum = md5_of(path).await?;
        self.all().insert(path.to_owned(), (written, sum.clone()));
        Ok(sum)
    }

    async fn remember(&self, path: PathBuf, sum: &ETag) -> io::Result<()> {
        let written = tokio::fs::metadata(&path).await?.modified()?;
        self.all().insert(path, (written, sum.value().to_owned()));
        Ok(())
    }

    /// Forgets the parts that are gone.
    fn forget_gone(&self) {
        self.all().retain(|path, _| path.exists());
    }
}

impl Objects {
    /// The objects in a folder.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Self> {
        multipart::restore_all(root)?;
        let files = FileSystem::new(root).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok(Self { files: Arc::new(files), root: root.to_owned(), sums: Sums::default() })
    }

    /// Refuses an upload that is not open; `s3s-fs` would say that access to it is denied.
    fn check_open(&self, upload: &str) -> S3Result<()> {
        if multipart::is_open(&self.root, upload) { Ok(()) } else { Err(s3_error!(NoSuchUpload)) }
    }

    /// Where `s3s-fs` keeps a part until its upload is complete.
    fn part_path(&self, upload: &str, number: i32) -> PathBuf {
        self.root.join(format!(".upload_id-{upload}.part-{number}"))
    }

    async fn part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        self.check_open(&request.input.upload_id)?;
        let path = self.part_path(&request.input.upload_id, request.input.part_number);
        let response = self.files.upload_part(request).await?;
        if let Some(sum) = &response.output.e_tag {
            self.sums.remember(path, sum).await.map_err(S3Error::internal_error)?;
        }
        Ok(response)
    }

    /// Gives a listed part its `ETag`.
    async fn complete_part(&self, upload: &str, part: Part) -> S3Result<Part> {
        let Some(number) = part.part_number else { return Ok(part) };
        let sum = self.sums.of(&self.part_path(upload, number)).await.map_err(S3Error::internal_error)?;
        Ok(Part { e_tag: Some(ETag::Strong(sum)), ..part })
    }

    async fn parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let upload = request.input.upload_id.clone();
        self.check_open(&upload)?;
        let mut response = self.files.list_parts(request).await?;
        let mut parts = Vec::new();
        for part in response.output.parts.take().into_iter().flatten() {
            parts.push(self.complete_part(&upload, part).await?);
        }
        parts.sort_by_key(|part| part.part_number);
        response.output.parts = Some(parts);
        Ok(response)
    }

    async fn list_open(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let listed = multipart::list(&self.root, request.input).map_err(S3Error::internal_error)?;
        Ok(S3Response::new(listed))
    }

    async fn abort(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.check_open(&request.input.upload_id)?;
        let aborted = self.files.abort_multipart_upload(request).await;
        self.sums.forget_gone();
        aborted
    }

    /// Joins parts in a task of its own: `s3s-fs` deletes them as it goes, and would stop when the client does not wait.
    async fn join(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        self.check_open(&request.input.upload_id)?;
        let held = Held::hold(&self.root, &request.input.upload_id).map_err(S3Error::internal_error)?;
        let files = self.files.clone();
        #[expect(clippy::disallowed_methods, reason = "what a shutdown breaks off is restored at the next start")]
        let joining = tokio::spawn(async move {
            let joined = files.complete_multipart_upload(request).await;
            let ended = if joined.is_ok() { held.let_go() } else { held.restore() };
            ended.map_err(S3Error::internal_error).and(joined)
        });
        let joined = joining.await.map_err(S3Error::internal_error)?;
        self.sums.forget_gone();
        joined
    }
}

async fn md5_of(path: &Path) -> io::Result<String> {
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

/// Operations that `s3s-fs` does as they should be; and those that are put right above.
macro_rules! operations {
    (
        passed_on { $($operation:ident: $input:ident -> $output:ident,)* }
        put_right { $($ours:ident: $our_input:ident -> $our_output:ident by $by:ident,)* }
    ) => {
        #[async_trait::async_trait]
        impl S3 for Objects {
            $(async fn $operation(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.files.$operation(request).await
            })*

            $(async fn $ours(&self, request: S3Request<$our_input>) -> S3Result<S3Response<$our_output>> {
                self.$by(request).await
            })*
        }
    };
}

operations! {
    passed_on {
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
    }
    put_right {
        abort_multipart_upload: AbortMultipartUploadInput -> AbortMultipartUploadOutput by abort,
        complete_multipart_upload: CompleteMultipartUploadInput -> CompleteMultipartUploadOutput by join,
        list_multipart_uploads: ListMultipartUploadsInput -> ListMultipartUploadsOutput by list_open,
        list_parts: ListPartsInput -> ListPartsOutput by parts,
        upload_part: UploadPartInput -> UploadPartOutput by part,
    }
}
