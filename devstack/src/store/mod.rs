//! Objects in files of one folder. What an operation costs depends on what it touches, not on how much is stored.
//!
//! - `buckets/<bucket>/…` holds a file for each object ([`layout`] says where, [`object`] what is in it);
//! - `uploads/<id>/` an upload in parts that is open, `joined/<id>/` the parts of which an object consists: they are never copied;
//! - `new/` what is being written, `removing/` a file for each folder of parts that is being deleted.
//!
//! A file is written whole and synced before it gets its name, and its folder after it; so after a kill or a power failure an
//! object is there whole or not at all, and one that was acknowledged is there.
//! The operations here block; they are called from threads that may.

mod layout;
mod migration;
mod object;
mod uploads;

use std::fs::{self, File};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use layout::{Listed, Listing};
pub(crate) use object::{Attributes, Object, open};
pub(crate) use uploads::{Completed, OpenUpload, Part, Refusal};

use object::Description;

/// Objects whose names are changed at one moment wait for each other when they share one of so many locks.
const LOCKS: usize = 64;
/// A folder may go, being empty, right before a file gets its name in it; so often is it made again.
const MAX_ATTEMPTS: usize = 20;

/// The folder.
#[derive(Debug)]
pub(crate) struct Store {
    root: PathBuf,
    locks: [Mutex<()>; LOCKS],
}

/// A file that is being written, which goes again unless it gets a name.
#[derive(Debug)]
pub(crate) struct NewFile {
    path: PathBuf,
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Most have got their name and are here no more; what is left otherwise goes at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

impl Store {
    /// Opens the folder, makes what is missing, and ends what a server that was killed had begun.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        let store = Self { root: root.to_owned(), locks: std::array::from_fn(|_| Mutex::new(())) };
        for folder in ["buckets", "uploads", "joined", "new", "removing"] {
            fs::create_dir_all(store.folder(folder))?;
        }
        for left in fs::read_dir(store.folder("new"))? {
            fs::remove_file(left?.path())?;
        }
        store.end_removals()?;
        migration::migrate(&store)?;
        Ok(store)
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn bucket(&self, bucket: &str) -> PathBuf {
        self.folder("buckets").join(bucket)
    }

    fn lock(&self, bucket: &str, key: &str) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((bucket, key));
        // A panic leaves nothing half done: names change in one step.
        self.locks[hash as usize % LOCKS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is such a bucket.
    pub(crate) fn has_bucket(&self, bucket: &str) -> bool {
        self.bucket(bucket).is_dir()
    }

    /// Makes a bucket; says whether it was not there.
    pub(crate) fn create_bucket(&self, bucket: &str) -> io::Result<bool> {
        match fs::create_dir(self.bucket(bucket)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            made => made.map(|()| true),
        }
    }

    /// A file to write bytes to; it is open for both.
    pub(crate) fn new_file(&self) -> io::Result<(NewFile, File)> {
        let path = self.folder("new").join(uuid::Uuid::new_v4().to_string());
        let file = File::options().create_new(true).read(true).write(true).open(&path)?;
        Ok((NewFile { path }, file))
    }

    /// Makes an object of the bytes in a new file. An object of this key that was there is replaced.
    pub(crate) fn put(
        &self,
        bucket: &str,
        key: &str,
        (new, mut file): (NewFile, File),
        etag: String,
        attributes: Attributes,
    ) -> io::Result<()> {
        object::finish(&mut file, &Description { etag, attributes, parts: None })?;
        let _lock = self.lock(bucket, key);
        self.name(new, bucket, key)
    }

    /// Gives a finished file its name; the caller holds the key's lock.
    fn name(&self, new: NewFile, bucket: &str, key: &str) -> io::Result<()> {
        let path = layout::path(&self.bucket(bucket), key);
        let replaced = parts_of(&path);
        move_into(&new.path, &path)?;
        self.remove_parts(replaced.as_deref())
    }

    /// Opens an object; none when it is not there.
    pub(crate) fn get(&self, bucket: &str, key: &str) -> io::Result<Option<Object>> {
        object::open(&layout::path(&self.bucket(bucket), key))
    }

    /// The files that the bytes of an object are in, with the length of each; none when they are in the object's own.
    pub(crate) fn part_files(&self, object: &Object) -> Option<Vec<(PathBuf, u64)>> {
        let parts = object.description.parts.as_ref()?;
        let folder = self.parts_folder(&parts.upload);
        Some(parts.files.iter().map(|part| (folder.join(&part.name), part.size)).collect())
    }

    /// Deletes an object, if it is there.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        let bucket_folder = self.bucket(bucket);
        let path = layout::path(&bucket_folder, key);
        let _lock = self.lock(bucket, key);
        let parts = parts_of(&path);
        self.mark_removal(parts.as_deref())?;
        match fs::remove_file(&path) {
            Err(error) if !is_missing(&error) => return Err(error),
            _ => {}
        }
        self.remove_parts(parts.as_deref())?;
        // Folders that are empty now go too, up to the bucket's; the first that is not ends it.
        let folders = path.ancestors().skip(1).take_while(|folder| *folder != bucket_folder);
        for folder in folders {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// A part of a bucket's keys.
    pub(crate) fn list(&self, bucket: &str, listing: Listing<'_>) -> io::Result<Vec<Listed>> {
        layout::list(&self.bucket(bucket), listing)
    }

    fn parts_folder(&self, upload: &str) -> PathBuf {
        let joined = self.folder("joined").join(upload);
        // Right after the parts were joined, or when a server was killed then, they are still where they were sent to.
        if joined.is_dir() { joined } else { self.folder("uploads").join(upload) }
    }

    fn mark_removal(&self, upload: Option<&str>) -> io::Result<()> {
        upload.map_or(Ok(()), |upload| fs::write(self.folder("removing").join(upload), ""))
    }

    /// Deletes the parts of an upload; after a kill it is done at the next start.
    fn remove_parts(&self, upload: Option<&str>) -> io::Result<()> {
        let Some(upload) = upload else { return Ok(()) };
        self.mark_removal(Some(upload))?;
        for folder in ["uploads", "joined"] {
            match fs::remove_dir_all(self.folder(folder).join(upload)) {
                Err(error) if !is_missing(&error) => return Err(error),
                _ => {}
            }
        }
        fs::remove_file(self.folder("removing").join(upload))
    }

    fn end_removals(&self) -> io::Result<()> {
        for marked in fs::read_dir(self.folder("removing"))? {
            let marked = marked?;
            let upload = marked.file_name().to_string_lossy().into_owned();
            if self.is_in_use(&upload) {
                // The kill came before the object's name was gone.
                fs::remove_file(marked.path())?;
            } else {
                self.remove_parts(Some(&upload))?;
            }
        }
        Ok(())
    }

    /// Whether an object consists of the parts of this upload.
    fn is_in_use(&self, upload: &str) -> bool {
        let Some(begun) = self.begun(upload) else { return false };
        let path = layout::path(&self.bucket(&begun.bucket), &begun.key);
        parts_of(&path).as_deref() == Some(upload)
    }
}

/// The upload whose parts are the bytes of the object in this file, if they are any's.
fn parts_of(path: &Path) -> Option<String> {
    // A damaged file has no parts that anybody could find.
    let object = object::open(path).ok()??;
    object.description.parts.map(|parts| parts.upload)
}

/// Gives a file its last name, in a folder that is made when it is missing.
fn move_into(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().ok_or(io::ErrorKind::InvalidInput)?;
    for attempt in 1.. {
        let made = make_folder(folder);
        let moved = made.and_then(|()| fs::rename(from, to)).and_then(|()| sync(folder));
        match moved {
            Err(error) if is_missing(&error) && attempt < MAX_ATTEMPTS => {}
            moved => return moved,
        }
    }
    Ok(())
}

/// Makes a folder and those that it is in, and has their names on the disk.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().ok_or(io::ErrorKind::InvalidInput)?;
    make_folder(parent)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.and_then(|()| sync(parent)),
    }
}

/// Has the names in a folder on the disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A folder of a test's own, which goes with it. The crate `tempfile` would switch on features of the servers' dependencies.
#[cfg(test)]
mod temporary {
    use std::path::{Path, PathBuf};

    pub(super) struct Folder(PathBuf);

    impl Folder {
        pub(super) fn new() -> Self {
            let path = std::env::temp_dir().join(format!("devstack-{}", uuid::Uuid::new_v4()));
            std::fs::create_dir(&path).unwrap();
            Self(path)
        }

        pub(super) fn path(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
