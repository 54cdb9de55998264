//! Uploads in parts: a folder for each, with what it is to become and a file for each part, whose name says number, MD5 and
//! size. Completing one writes the object's file, which names them, and moves the folder; no byte is copied.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use s3s::crypto::{Checksum as _, Md5};
use serde::{Deserialize, Serialize};

use super::object::{self, Attributes, Description, PartFile, Parts};
use super::{NewFile, Store, is_missing, make_folder, sync};

/// Parts but for the last are at least so long, as S3 has it.
const MIN_PART: u64 = 5 * 1024 * 1024;
/// What is known of an upload, in its folder.
const BEGUN: &str = "upload.json";

/// What an upload is to become.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Begun {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) attributes: Attributes,
}

/// An upload that was begun and neither completed nor given up.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OpenUpload {
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) begun: SystemTime,
}

/// A part that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) number: i32,
    /// MD5 in hexadecimal.
    pub(crate) etag: String,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    name: String,
}

/// A part as whoever completes an upload names it.
#[derive(Debug)]
pub(crate) struct Completed {
    pub(crate) number: i32,
    /// Without quotes; none when the client does not say.
    pub(crate) etag: Option<String>,
}

/// Why an upload cannot be gone on with.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is not open, or of another key.
    NoSuchUpload,
    /// A part is not there, or not as the client says.
    InvalidPart,
    /// The parts are not in the order of their numbers.
    InvalidPartOrder,
    /// A part other than the last is shorter than S3 allows.
    EntityTooSmall,
    Io(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Store {
    /// Begins an upload; gives its id.
    pub(crate) fn begin(&self, bucket: &str, key: &str, attributes: Attributes) -> io::Result<String> {
        let id = uuid::Uuid::new_v4().to_string();
        let begun = Begun { bucket: bucket.to_owned(), key: key.to_owned(), attributes };
        self.write_begun(&self.folder("uploads").join(&id), &begun)?;
        Ok(id)
    }

    /// Makes the folder of an upload, with what it is to become in it.
    pub(super) fn write_begun(&self, folder: &Path, begun: &Begun) -> io::Result<()> {
        let (new, mut file) = self.new_file()?;
        serde_json::to_writer(&mut file, begun)?;
        file.sync_data()?;
        make_folder(folder)?;
        fs::rename(&new.path, folder.join(BEGUN))?;
        sync(folder)
    }

    /// What is known of an upload that was begun, joined or not.
    pub(super) fn begun(&self, upload: &str) -> Option<Begun> {
        let text = fs::read(self.parts_folder(upload).join(BEGUN)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The folder of an open upload of this key, and what it is to become.
    fn open_upload(&self, bucket: &str, key: &str, upload: &str) -> Result<(PathBuf, Begun), Refusal> {
        // The id comes from a client and must not lead elsewhere.
        let id = uuid::Uuid::parse_str(upload).map_err(|_| Refusal::NoSuchUpload)?.to_string();
        let folder = self.folder("uploads").join(&id);
        let begun = self.begun(&id).filter(|begun| begun.bucket == bucket && begun.key == key && folder.is_dir());
        begun.map(|begun| (folder, begun)).ok_or(Refusal::NoSuchUpload)
    }

    /// Whether a part may be sent.
    pub(crate) fn check_open(&self, bucket: &str, key: &str, upload: &str) -> Result<(), Refusal> {
        self.open_upload(bucket, key, upload).map(|_| ())
    }

    /// Keeps a part that was written to a new file; one of its number that was there is replaced.
    pub(crate) fn put_part(
        &self,
        (bucket, key, upload): (&str, &str, &str),
        new: &NewFile,
        (number, etag, size): (i32, &str, u64),
    ) -> Result<(), Refusal> {
        let _lock = self.lock(bucket, key);
        let (folder, _) = self.open_upload(bucket, key, upload)?;
        let older = parts(&folder)?.into_iter().filter(|part| part.number == number);
        let name = format!("{number:05}-{etag}-{size}");
        fs::rename(&new.path, folder.join(&name))?;
        sync(&folder)?;
        for part in older.filter(|part| part.name != name) {
            fs::remove_file(folder.join(part.name))?;
        }
        Ok(())
    }

    /// The parts of an open upload by their numbers.
    pub(crate) fn parts(&self, bucket: &str, key: &str, upload: &str) -> Result<Vec<Part>, Refusal> {
        let (folder, _) = self.open_upload(bucket, key, upload)?;
        Ok(parts(&folder)?)
    }

    /// Makes an object of the parts; gives its `ETag`. When it is refused the parts stay as they were.
    pub(crate) fn complete(
        &self,
        (bucket, key, upload): (&str, &str, &str),
        wanted: &[Completed],
    ) -> Result<String, Refusal> {
        let _lock = self.lock(bucket, key);
        let (folder, begun) = self.open_upload(bucket, key, upload)?;
        let id = file_name(&folder);
        let chosen = choose(parts(&folder)?, wanted)?;
        let etag = etag_of(&chosen);
        if !self.is_in_use(&id) {
            let files = chosen.iter().map(|part| PartFile { name: part.name.clone(), size: part.size }).collect();
            let parts = Some(Parts { upload: id.clone(), files });
            let (new, mut file) = self.new_file()?;
            let description = Description { etag: etag.clone(), attributes: begun.attributes, parts };
            object::finish(&mut file, &description)?;
            self.name(new, bucket, key)?;
        }
        let joined = self.folder("joined").join(id);
        fs::rename(folder, &joined)?;
        for part in parts(&joined)? {
            if !chosen.contains(&part) {
                fs::remove_file(joined.join(part.name))?;
            }
        }
        Ok(etag)
    }

    /// Gives an upload up: its parts go.
    pub(crate) fn abort(&self, bucket: &str, key: &str, upload: &str) -> Result<(), Refusal> {
        let _lock = self.lock(bucket, key);
        let (folder, _) = self.open_upload(bucket, key, upload)?;
        let id = file_name(&folder);
        if self.is_in_use(&id) {
            // A server was killed right after it had joined them.
            fs::rename(folder, self.folder("joined").join(id))?;
            return Err(Refusal::NoSuchUpload);
        }
        Ok(self.remove_parts(Some(&id))?)
    }

    /// The open uploads of a bucket whose keys begin with the prefix, in the order of key and id.
    pub(crate) fn open_uploads(&self, bucket: &str, prefix: &str) -> io::Result<Vec<OpenUpload>> {
        let mut uploads = Vec::new();
        for entry in fs::read_dir(self.folder("uploads"))? {
            let entry = entry?;
            let id = file_name(&entry.path());
            let Some(begun) = self.begun(&id) else { continue };
            if begun.bucket == bucket && begun.key.starts_with(prefix) {
                let since = fs::metadata(entry.path().join(BEGUN)).and_then(|file| file.modified());
                uploads.push(OpenUpload { key: begun.key, id, begun: since? });
            }
        }
        uploads.sort();
        Ok(uploads)
    }

    /// Makes an object of a file with bytes that was there before, which becomes its only part.
    pub(super) fn adopt(&self, begun: &Begun, bytes: &Path, etag: String) -> io::Result<()> {
        let id = uuid::Uuid::new_v4().to_string();
        let folder = self.folder("joined").join(&id);
        self.write_begun(&folder, begun)?;
        let size = fs::metadata(bytes)?.len();
        let name = "00001".to_owned();
        fs::hard_link(bytes, folder.join(&name))?;
        let (new, mut file) = self.new_file()?;
        let parts = Some(Parts { upload: id, files: vec![PartFile { name, size }] });
        object::finish(&mut file, &Description { etag, attributes: begun.attributes.clone(), parts })?;
        self.name(new, &begun.bucket, &begun.key)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The parts in the folder of an upload by their numbers.
fn parts(folder: &Path) -> io::Result<Vec<Part>> {
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = file_name(&entry.path());
        let mut fields = name.splitn(3, '-');
        let (Some(number), Some(etag), Some(size)) = (fields.next(), fields.next(), fields.next()) else { continue };
        let (Ok(number), Ok(size)) = (number.parse(), size.parse()) else { continue };
        let modified = match entry.metadata() {
            // Another one with its number came this moment.
            Err(error) if is_missing(&error) => continue,
            metadata => metadata?.modified()?,
        };
        parts.push(Part { number, etag: etag.to_owned(), size, modified, name });
    }
    parts.sort_by_key(|part| part.number);
    Ok(parts)
}

/// The parts that a client wants an object of.
fn choose(parts: Vec<Part>, wanted: &[Completed]) -> Result<Vec<Part>, Refusal> {
    if !wanted.is_sorted_by(|one, next| one.number < next.number) {
        return Err(Refusal::InvalidPartOrder);
    }
    let is_wanted = |part: &Part, wanted: &Completed| {
        part.number == wanted.number && wanted.etag.as_ref().is_none_or(|etag| *etag == part.etag)
    };
    let chosen: Vec<Part> =
        parts.into_iter().filter(|part| wanted.iter().any(|wanted| is_wanted(part, wanted))).collect();
    if chosen.is_empty() || chosen.len() != wanted.len() {
        return Err(Refusal::InvalidPart);
    }
    if chosen[..chosen.len() - 1].iter().any(|part| part.size < MIN_PART) {
        return Err(Refusal::EntityTooSmall);
    }
    Ok(chosen)
}

/// The `ETag` of an object of parts, as S3 makes it: the MD5 of the parts' MD5s, and how many they are.
fn etag_of(parts: &[Part]) -> String {
    let mut sum = Md5::new();
    for part in parts {
        sum.update(&hex::decode(&part.etag).unwrap_or_default());
    }
    format!("{}-{}", hex::encode(sum.finalize()), parts.len())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::layout;
    use super::super::temporary::Folder;
    use super::*;

    const AT: (&str, &str) = ("music", "a/b");

    fn store() -> (Folder, Store) {
        let root = Folder::new();
        let store = Store::open(root.path()).unwrap();
        store.create_bucket(AT.0).unwrap();
        (root, store)
    }

    fn send(store: &Store, upload: &str, number: i32, bytes: &[u8]) -> Completed {
        let (new, mut file) = store.new_file().unwrap();
        file.write_all(bytes).unwrap();
        let mut sum = Md5::new();
        sum.update(bytes);
        let etag = hex::encode(sum.finalize());
        store.put_part((AT.0, AT.1, upload), &new, (number, &etag, bytes.len() as u64)).unwrap();
        Completed { number, etag: Some(etag) }
    }

    fn whole(store: &Store) -> Option<Vec<u8>> {
        let object = store.get(AT.0, AT.1).unwrap()?;
        let files = store.part_files(&object).unwrap();
        Some(files.iter().flat_map(|(file, _)| fs::read(file).unwrap()).collect())
    }

    #[test]
    fn parts_become_an_object_without_being_copied_and_go_with_it() {
        let (root, store) = store();
        let upload = store.begin(AT.0, AT.1, Attributes::default()).unwrap();
        let long = vec![b'a'; MIN_PART as usize];
        send(&store, &upload, 2, b"replaced");
        let wanted = [send(&store, &upload, 1, &long), send(&store, &upload, 2, b"end")];
        send(&store, &upload, 9, b"not wanted");
        store.complete((AT.0, AT.1, &upload), &wanted).unwrap();
        assert_eq!(whole(&store).unwrap(), [long, b"end".to_vec()].concat());
        assert!(matches!(store.abort(AT.0, AT.1, &upload), Err(Refusal::NoSuchUpload)));
        assert_eq!(parts(&root.path().join("joined").join(&upload)).unwrap().len(), 2);

        // Replaced by another: the parts of the first go.
        let second = store.begin(AT.0, AT.1, Attributes::default()).unwrap();
        let wanted = [send(&store, &second, 1, b"second")];
        store.complete((AT.0, AT.1, &second), &wanted).unwrap();
        assert_eq!(whole(&store).unwrap(), b"second");
        assert!(!root.path().join("joined").join(&upload).exists());
        store.delete(AT.0, AT.1).unwrap();
        for folder in ["joined", "uploads", "new", "removing", "buckets/music"] {
            assert_eq!(fs::read_dir(root.path().join(folder)).unwrap().count(), 0, "{folder}");
        }
    }

    #[test]
    fn what_cannot_be_joined_stays_as_it_was() {
        let (_root, store) = store();
        let upload = store.begin(AT.0, AT.1, Attributes::default()).unwrap();
        let sent = [send(&store, &upload, 1, b"short"), send(&store, &upload, 2, b"end")];
        let complete = |wanted: &[Completed]| store.complete((AT.0, AT.1, &upload), wanted);
        let part = |number, etag: &str| Completed { number, etag: Some(etag.to_owned()) };
        assert!(matches!(complete(&sent), Err(Refusal::EntityTooSmall)));
        assert!(matches!(complete(&[]), Err(Refusal::InvalidPart)));
        assert!(matches!(complete(&[part(1, "other")]), Err(Refusal::InvalidPart)));
        assert!(matches!(complete(&[part(2, "x"), part(1, "x")]), Err(Refusal::InvalidPartOrder)));
        assert!(matches!(store.parts(AT.0, "other", &upload), Err(Refusal::NoSuchUpload)));
        assert!(matches!(store.parts(AT.0, AT.1, "../buckets"), Err(Refusal::NoSuchUpload)));
        assert_eq!(store.parts(AT.0, AT.1, &upload).unwrap().len(), 2);
        assert!(complete(&sent[1..]).is_ok());
        assert_eq!(whole(&store).unwrap(), b"end");
    }

    #[test]
    fn a_server_that_is_killed_at_any_moment_has_the_object_whole_or_its_parts() {
        let (root, store) = store();
        let upload = store.begin(AT.0, AT.1, Attributes::default()).unwrap();
        let wanted = [send(&store, &upload, 1, b"music")];
        store.complete((AT.0, AT.1, &upload), &wanted).unwrap();
        let (joined, open) = (root.path().join("joined").join(&upload), root.path().join("uploads").join(&upload));
        // Killed after the object got its name, before the folder was moved.
        fs::rename(&joined, &open).unwrap();
        let again = Store::open(root.path()).unwrap();
        assert_eq!(whole(&again).unwrap(), b"music");
        assert!(matches!(again.abort(AT.0, AT.1, &upload), Err(Refusal::NoSuchUpload)));
        assert_eq!(whole(&again).unwrap(), b"music");
        // Killed when the removal was marked, and when the object's name was gone.
        again.mark_removal(Some(&upload)).unwrap();
        let again = Store::open(root.path()).unwrap();
        assert_eq!(whole(&again).unwrap(), b"music");
        again.mark_removal(Some(&upload)).unwrap();
        fs::remove_file(layout::path(&again.bucket(AT.0), AT.1)).unwrap();
        Store::open(root.path()).unwrap();
        assert!(!joined.exists() && !open.exists());
    }
}
