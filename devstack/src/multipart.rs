//! Uploads in parts, as `s3s-fs` keeps them: files beside the buckets whose names bear the upload's id. What it does not do
//! is done here: open uploads are listed, and a join that breaks off leaves the parts as they were.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{ListMultipartUploadsInput, ListMultipartUploadsOutput, MultipartUpload, Timestamp};

/// The folder in which an upload's files are kept while they are joined is called this, and the id.
const JOINING: &str = ".joining-";

/// How many uploads a page lists at most.
const PAGE: i32 = 1000;

/// Whether the id, which comes from a client, is one that can be part of a file's name.
fn is_plain(upload: &str) -> bool {
    upload.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}

/// Whether the upload was begun and neither completed nor given up.
pub(crate) fn is_open(root: &Path, upload: &str) -> bool {
    is_plain(upload) && root.join(format!(".upload-{upload}.json")).exists()
}

/// The second names of an upload's files, which `s3s-fs` deletes one by one while it joins them.
pub(crate) struct Held {
    root: PathBuf,
    folder: PathBuf,
}

impl Held {
    /// Gives the files of an upload second names. Fails when somebody else is joining them.
    pub(crate) fn hold(root: &Path, upload: &str) -> io::Result<Self> {
        let held = Self { root: root.to_owned(), folder: root.join(format!("{JOINING}{upload}")) };
        fs::create_dir(&held.folder)?;
        match held.link(upload) {
            Ok(()) => Ok(held),
            Err(error) => held.let_go().and(Err(error)),
        }
    }

    fn link(&self, upload: &str) -> io::Result<()> {
        let (info, part) = (format!(".upload-{upload}.json"), format!(".upload_id-{upload}.part-"));
        let attributes = format!(".upload-{upload}.metadata.json");
        for entry in files(&self.root)? {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if *name == *info || name.starts_with(&part) || name.ends_with(&attributes) {
                fs::hard_link(entry.path(), self.folder.join(&*name))?;
            }
        }
        Ok(())
    }

    /// The files are joined: their second names go, and they with them.
    pub(crate) fn let_go(self) -> io::Result<()> {
        fs::remove_dir_all(self.folder)
    }

    /// The files are not joined: they get their first names back.
    pub(crate) fn restore(self) -> io::Result<()> {
        for entry in files(&self.folder)? {
            fs::rename(entry.path(), self.root.join(entry.file_name()))?;
        }
        fs::remove_dir_all(self.folder)
    }
}

/// Gives back what a server that was killed was joining.
pub(crate) fn restore_all(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let folder = entry?.path();
        let is_held = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(JOINING));
        if is_held {
            Held { root: root.to_owned(), folder }.restore()?;
        }
    }
    Ok(())
}

/// A page of the open uploads of a bucket, in the order of key and id.
pub(crate) fn list(root: &Path, asked: ListMultipartUploadsInput) -> io::Result<ListMultipartUploadsOutput> {
    let (key_marker, id_marker) = (asked.key_marker, asked.upload_id_marker);
    let mut uploads: Vec<(String, String, Timestamp)> = Vec::new();
    for entry in files(root)? {
        let Some((key, id)) = parse(&entry.file_name().to_string_lossy(), &asked.bucket) else { continue };
        let is_behind = key_marker.as_ref().is_none_or(|marker| match &id_marker {
            Some(id_marker) => (&key, &id) > (marker, id_marker),
            None => key > *marker,
        });
        let is_asked = asked.prefix.as_ref().is_none_or(|prefix| key.starts_with(prefix));
        if is_behind && is_asked && is_open(root, &id) {
            uploads.push((key, id, Timestamp::from(entry.metadata()?.modified()?)));
        }
    }
    uploads.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let max = asked.max_uploads.unwrap_or(PAGE).clamp(0, PAGE);
    let is_truncated = uploads.len() > max as usize;
    uploads.truncate(max as usize);
    let last = uploads.last().filter(|_| is_truncated).cloned();
    let (next_key_marker, next_upload_id_marker) = last.map(|(key, id, _)| (key, id)).unzip();
    let upload = |(key, id, begun)| MultipartUpload {
        key: Some(key),
        upload_id: Some(id),
        initiated: Some(begun),
        ..MultipartUpload::default()
    };
    Ok(ListMultipartUploadsOutput {
        bucket: Some(asked.bucket),
        key_marker,
        upload_id_marker: id_marker,
        prefix: asked.prefix,
        max_uploads: Some(max),
        is_truncated: Some(is_truncated),
        next_key_marker,
        next_upload_id_marker,
        uploads: Some(uploads.into_iter().map(upload).collect()),
        ..ListMultipartUploadsOutput::default()
    })
}

/// Key and id of an upload to this bucket, from the name of the file with its attributes.
fn parse(name: &str, bucket: &str) -> Option<(String, String)> {
    let name = name.strip_prefix(".bucket-")?.strip_suffix(".metadata.json")?;
    let (named, name) = name.split_once(".object-")?;
    let (key, id) = name.split_once(".upload-")?;
    let decode = |text: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    (decode(named)? == bucket).then_some((decode(key)?, id.to_owned()))
}

fn files(folder: &Path) -> io::Result<Vec<DirEntry>> {
    fs::read_dir(folder)?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_server_was_joining_is_there_again() {
        let data = std::env::temp_dir().join(format!("devstack-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&data).unwrap();
        let names = [".upload-1.json", ".upload_id-1.part-1", ".upload_id-1.part-2"].map(str::to_owned);
        let others = [".upload-2.json", ".upload_id-2.part-1"].map(str::to_owned);
        for name in names.iter().chain(&others) {
            fs::write(data.join(name), name).unwrap();
        }
        let held = Held::hold(&data, "1").unwrap();
        assert_eq!(files(&held.folder).unwrap().len(), names.len());
        // The first part is gone already; the second is not.
        for gone in &names[..2] {
            fs::remove_file(data.join(gone)).unwrap();
        }
        restore_all(&data).unwrap();
        for name in names.iter().chain(&others) {
            assert_eq!(fs::read_to_string(data.join(name)).unwrap(), *name);
        }
        assert_eq!(files(&data).unwrap().len(), names.len() + others.len());
        fs::remove_dir_all(data).unwrap();
    }
}
