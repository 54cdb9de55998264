//! Takes over the objects of a folder as `s3s-fs` laid it out, which earlier releases used: each bucket a folder in the root with
//! a file for each key, and beside the buckets the files that describe the objects. Bytes are linked, not copied, and an
//! object's old files go when it is there in the new way; so it may be broken off and goes on at the next start.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::crypto::{Checksum as _, Md5};
use serde::Deserialize;
use serde_json::Value;

use super::object::Attributes;
use super::uploads::Begun;
use super::{Store, is_missing};

/// Larger objects are linked, smaller ones copied: a link needs a folder of its own, for ever.
const MAX_COPIED: u64 = 4 * 1024 * 1024;
/// How many objects are taken over between two lines of the log.
const TOLD_EVERY: u64 = 10_000;

/// What `s3s-fs` wrote of an object or an upload.
#[derive(Default, Deserialize)]
struct Described {
    user_metadata: Option<HashMap<String, String>>,
    content_type: Option<String>,
    cache_control: Option<String>,
    content_disposition: Option<String>,
    content_encoding: Option<String>,
    content_language: Option<String>,
}

impl From<Described> for Attributes {
    fn from(described: Described) -> Self {
        Self {
            content_type: described.content_type,
            cache_control: described.cache_control,
            content_disposition: described.content_disposition,
            content_encoding: described.content_encoding,
            content_language: described.content_language,
            metadata: described.user_metadata.unwrap_or_default(),
        }
    }
}

/// Takes over what is laid out the older way, if anything is: also what an earlier release wrote after a newer one.
pub(super) fn migrate(store: &Store) -> io::Result<()> {
    let is_hidden = |name: &str| [".bucket-", ".upload", ".joining-"].iter().any(|start| name.starts_with(start));
    let mut names = fs::read_dir(&store.root)?.map(|entry| entry.map(|entry| entry.file_name()));
    let has_rest = names.any(|name| name.is_ok_and(|name| is_hidden(&name.to_string_lossy())));
    if !has_rest && older_buckets(&store.root)?.is_empty() {
        return Ok(());
    }
    tracing::info!("the objects of an earlier release are taken over");
    restore_joining(&store.root)?;
    let mut count = 0_u64;
    for bucket in older_buckets(&store.root)? {
        let name = bucket.file_name().unwrap_or_default().to_string_lossy().into_owned();
        store.create_bucket(&name)?;
        take_objects(store, &name, &bucket, &mut count)?;
        fs::remove_dir_all(bucket)?;
    }
    take_uploads(store)?;
    if count > 0 {
        tracing::info!(objects = count, "the objects of an earlier release were taken over");
    }
    Ok(())
}

/// A server that was killed while it joined parts left second names of their files.
fn restore_joining(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let folder = entry?.path();
        if !folder.file_name().unwrap_or_default().to_string_lossy().starts_with(".joining-") {
            continue;
        }
        for part in fs::read_dir(&folder)? {
            let part = part?;
            fs::rename(part.path(), root.join(part.file_name()))?;
        }
        // Parts that have their first names still are left in it.
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

fn older_buckets(root: &Path) -> io::Result<Vec<PathBuf>> {
    let ours = ["buckets", "uploads", "joined", "new", "removing"];
    let mut buckets = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && !name.starts_with('.') && !ours.contains(&&*name) {
            buckets.push(entry.path());
        }
    }
    Ok(buckets)
}

fn take_objects(store: &Store, bucket: &str, folder: &Path, count: &mut u64) -> io::Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // The key of a file is its path; other names were none that a client could have given.
            let Some(key) = path.strip_prefix(folder).ok().and_then(Path::to_str) else { continue };
            take_object(store, bucket, key, &path)?;
            *count += 1;
            if count.is_multiple_of(TOLD_EVERY) {
                tracing::info!(objects = *count, "taken over so far");
            }
        }
    }
    Ok(())
}

fn take_object(store: &Store, bucket: &str, key: &str, bytes: &Path) -> io::Result<()> {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let of = |kind: &str| store.root.join(format!(".bucket-{}.object-{}.{kind}.json", encode(bucket), encode(key)));
    let (described, internal) = (of("metadata"), of("internal"));
    let attributes = read::<Described>(&described)?.unwrap_or_default().into();
    let sum = read::<Value>(&internal)?.and_then(|known| known["e_tag"].as_str().map(str::to_owned));
    let etag = sum.map_or_else(|| md5_of(bytes), Ok)?;
    let begun = Begun { bucket: bucket.to_owned(), key: key.to_owned(), attributes };
    if fs::metadata(bytes)?.len() > MAX_COPIED {
        store.adopt(&begun, bytes, etag)?;
    } else {
        let (new, mut file) = store.new_file()?;
        io::copy(&mut fs::File::open(bytes)?, &mut file)?;
        store.put(bucket, key, (new, file), etag, begun.attributes)?;
    }
    for file in [bytes, &described, &internal] {
        remove(file)?;
    }
    Ok(())
}

/// Open uploads keep their ids, so that whoever began one goes on with it.
fn take_uploads(store: &Store) -> io::Result<()> {
    for entry in fs::read_dir(&store.root)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((bucket, key, id)) = upload_of(&name) else { continue };
        if store.root.join(format!(".upload-{id}.json")).exists() && store.begun(&id).is_none() {
            let attributes = read::<Described>(&path)?.unwrap_or_default().into();
            store.write_begun(&store.folder("uploads").join(&id), &Begun { bucket, key, attributes })?;
        }
    }
    for entry in fs::read_dir(&store.root)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some((id, number)) = part_of(&name) {
            let folder = store.folder("uploads").join(id);
            if folder.is_dir() {
                let size = fs::metadata(&path)?.len();
                fs::rename(&path, folder.join(format!("{number:05}-{}-{size}", md5_of(&path)?)))?;
            }
        }
    }
    remove_rest(&store.root)
}

/// What is left describes objects and uploads that are gone.
fn remove_rest(root: &Path) -> io::Result<()> {
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_rest = [".bucket-", ".upload-", ".upload_id-", ".tmp."].iter().any(|start| name.starts_with(start));
        if is_rest && path.is_file() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Bucket, key and id of an upload, from the name of the file that describes it.
fn upload_of(name: &str) -> Option<(String, String, String)> {
    let name = name.strip_prefix(".bucket-")?.strip_suffix(".metadata.json")?;
    let (bucket, name) = name.split_once(".object-")?;
    let (key, id) = name.split_once(".upload-")?;
    let decode = |text: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    let id = uuid::Uuid::parse_str(id).ok()?;
    Some((decode(bucket)?, decode(key)?, id.to_string()))
}

/// Upload and number of a part, from its name.
fn part_of(name: &str) -> Option<(&str, u32)> {
    let (id, number) = name.strip_prefix(".upload_id-")?.split_once(".part-")?;
    Some((id, number.parse().ok()?))
}

fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        // What cannot be read describes nothing.
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if !is_missing(&error) => Err(error),
        _ => Ok(()),
    }
}

fn md5_of(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let mut sum = Md5::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex::encode(sum.finalize()));
        }
        sum.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Listing;
    use super::super::temporary::Folder;
    use super::*;

    fn older(root: &Path) {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for (key, bytes) in [("a.mp3", "one"), ("tracks/1/init.mp4", "two")] {
            let file = root.join("music").join(key);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
            let described = root.join(format!(".bucket-{}.object-{}", encode("music"), encode(key)));
            let described = described.to_str().unwrap();
            let attributes = r#"{"content_type":"audio/mp4","user_metadata":{"a":"b"}}"#;
            fs::write(format!("{described}.metadata.json"), attributes).unwrap();
            fs::write(format!("{described}.internal.json"), r#"{"e_tag":"abc-2"}"#).unwrap();
        }
        fs::write(root.join("music/plain"), "three").unwrap();
        let id = "0c7f7a1e-5c5e-4c53-8a57-0f6d3b2f9a11";
        let upload = format!(".bucket-{}.object-{}.upload-{id}.metadata.json", encode("music"), encode("new"));
        fs::write(root.join(upload), r#"{"content_type":"audio/flac"}"#).unwrap();
        fs::write(root.join(format!(".upload-{id}.json")), "{}").unwrap();
        let joining = root.join(format!(".joining-{id}"));
        fs::create_dir(&joining).unwrap();
        fs::write(joining.join(format!(".upload_id-{id}.part-1")), "part").unwrap();
        // The next one has its first name still.
        let second = root.join(format!(".upload_id-{id}.part-2"));
        fs::write(&second, "part").unwrap();
        fs::hard_link(second, joining.join(format!(".upload_id-{id}.part-2"))).unwrap();
        fs::write(root.join("music/large"), vec![1; MAX_COPIED as usize + 1]).unwrap();
    }

    #[test]
    fn what_an_earlier_release_kept_is_there_with_all_that_was_known_of_it() {
        let root = Folder::new();
        older(root.path());
        let store = Store::open(root.path()).unwrap();
        let all = Listing { prefix: "", after: "", folders: false, limit: 10 };
        let listed = store.list("music", all).unwrap();
        let keys: Vec<_> = listed.iter().map(super::super::Listed::key).collect();
        assert_eq!(keys, ["a.mp3", "large", "plain", "tracks/1/init.mp4"]);
        let object = store.get("music", "tracks/1/init.mp4").unwrap().unwrap();
        let known = &object.description;
        assert_eq!((&*known.etag, known.attributes.content_type.as_deref()), ("abc-2", Some("audio/mp4")));
        assert_eq!(known.attributes.metadata["a"], "b");
        assert_eq!((object.size, store.part_files(&object)), (3, None));
        let large = store.get("music", "large").unwrap().unwrap();
        let (file, size) = &store.part_files(&large).unwrap()[0];
        assert_eq!((fs::metadata(file).unwrap().len(), *size), (MAX_COPIED + 1, MAX_COPIED + 1));
        let uploads = store.open_uploads("music", "").unwrap();
        assert_eq!(store.parts("music", "new", &uploads[0].id).unwrap().len(), 2);
        let mut left: Vec<_> =
            fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["buckets", "joined", "new", "removing", "uploads"]);
    }

    #[test]
    fn what_was_broken_off_is_done_at_the_next_start_and_so_is_what_an_earlier_release_wrote_since() {
        let root = Folder::new();
        let store = Store::open(root.path()).unwrap();
        older(root.path());
        // Killed when one object was there in the new way and in the old.
        let begun = Begun { bucket: "music".into(), key: "a.mp3".into(), attributes: Attributes::default() };
        store.create_bucket("music").unwrap();
        store.adopt(&begun, &root.path().join("music/a.mp3"), "x".into()).unwrap();
        drop(store);
        let store = Store::open(root.path()).unwrap();
        assert_eq!(store.get("music", "a.mp3").unwrap().unwrap().description.etag, "abc-2");
        assert_eq!(fs::read_dir(root.path().join("joined")).unwrap().count(), 1, "that of the large object");
    }
}
