//! Where an object lies: in a folder for each component of its key. A prefix is a folder then, and nothing beside it is read
//! to list or to delete what begins with it.
//!
//! A name on disk ends with what it is, so that the keys `a` and `a/b` may both exist and no key is a file of ours: `.d` is a
//! component with more behind it, `.o` the last one, `.c` the beginning of a component that is longer than a file's name may be.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The longest piece of a component in one name, in bytes: file systems take 255, and the ending needs two.
const MAX_PIECE: usize = 240;

/// The file of an object in the folder of its bucket.
pub(super) fn path(bucket: &Path, key: &str) -> PathBuf {
    let mut path = bucket.to_owned();
    let mut components = key.split('/').peekable();
    while let Some(component) = components.next() {
        let mut pieces = pieces(component).peekable();
        while let Some(piece) = pieces.next() {
            let ending = match (pieces.peek().is_some(), components.peek().is_some()) {
                (true, _) => "c",
                (false, true) => "d",
                (false, false) => "o",
            };
            path.push(format!("{piece}.{ending}"));
        }
    }
    path
}

/// A component in pieces that each fit a file's name; one empty piece when it is empty.
fn pieces(component: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(component);
    std::iter::from_fn(move || {
        let all = rest?;
        let at = all.floor_char_boundary(MAX_PIECE);
        let (piece, behind) = all.split_at(at);
        rest = (!behind.is_empty()).then_some(behind);
        Some(piece)
    })
}

/// An object or a folder of objects.
struct Entry {
    /// The component; of a folder with the slash behind it, so that entries sort as the keys in them do.
    name: String,
    path: PathBuf,
}

impl Entry {
    fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }
}

/// What is in a folder, in the order of the keys.
fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    read(folder, "", &mut entries)?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

fn read(folder: &Path, begun: &str, entries: &mut Vec<Entry>) -> io::Result<()> {
    let listed = match fs::read_dir(folder) {
        // It went with its last object, a moment ago.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        listed => listed?,
    };
    for entry in listed {
        let entry = entry?;
        let name = entry.file_name();
        // Other names are none of ours.
        let Some((piece, ending)) = name.to_str().and_then(|name| name.rsplit_once('.')) else { continue };
        let name = format!("{begun}{piece}");
        match ending {
            "o" => entries.push(Entry { name, path: entry.path() }),
            "d" => entries.push(Entry { name: name + "/", path: entry.path() }),
            "c" => read(&entry.path(), &name, entries)?,
            _ => {}
        }
    }
    Ok(())
}

/// A part of a bucket's keys, in their order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing<'a> {
    /// The keys begin with this.
    pub(crate) prefix: &'a str,
    /// The keys come behind this one.
    pub(crate) after: &'a str,
    /// Keys with a slash behind the prefix are told as what they have up to it, once.
    pub(crate) folders: bool,
    /// At most so many.
    pub(crate) limit: usize,
}

/// A key and the file of its object, or what several keys have in common, which ends with a slash.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    Object(String, PathBuf),
    Folder(String),
}

impl Listed {
    /// What the listing is sorted by, and goes on behind.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Object(key, _) | Self::Folder(key) => key,
        }
    }
}

/// Lists keys of the bucket in this folder. Only folders that may have some of them are read.
pub(super) fn list(bucket: &Path, listing: Listing<'_>) -> io::Result<Vec<Listed>> {
    let folder = listing.prefix.rfind('/').map_or("", |slash| &listing.prefix[..=slash]);
    let mut at = path(bucket, folder);
    // The path of a key that ends with a slash ends with the name of an empty component.
    at.pop();
    let mut listed = Vec::new();
    walk(&at, folder, listing, &mut listed)?;
    Ok(listed)
}

fn walk(folder: &Path, begun: &str, listing: Listing<'_>, listed: &mut Vec<Listed>) -> io::Result<()> {
    for entry in entries(folder)? {
        if listed.len() >= listing.limit {
            break;
        }
        let is_folder = entry.is_folder();
        let key = format!("{begun}{}", entry.name);
        let is_wanted = key.starts_with(listing.prefix);
        // Of a folder that is or begins with the last key of the page before, some keys may come behind it.
        let is_behind = *key > *listing.after || (is_folder && !listing.folders && listing.after.starts_with(&*key));
        if !is_wanted || !is_behind {
            continue;
        }
        if !is_folder {
            listed.push(Listed::Object(key, entry.path));
        } else if !listing.folders {
            walk(&entry.path, &key, listing, listed)?;
        } else if has_objects(&entry.path)? {
            listed.push(Listed::Folder(key));
        }
    }
    Ok(())
}

/// Whether there is an object in the folder: an empty one may be left by a server that was killed.
fn has_objects(folder: &Path) -> io::Result<bool> {
    for entry in entries(folder)? {
        if !entry.is_folder() || has_objects(&entry.path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::super::temporary::Folder;
    use super::*;

    fn fill(keys: &[&str]) -> Folder {
        let bucket = Folder::new();
        for key in keys {
            let file = path(bucket.path(), key);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, key).unwrap();
        }
        bucket
    }

    fn keys(bucket: &Path, listing: Listing<'_>) -> Vec<String> {
        list(bucket, listing).unwrap().iter().map(|listed| listed.key().to_owned()).collect()
    }

    const ALL: Listing<'static> = Listing { prefix: "", after: "", folders: false, limit: usize::MAX };

    #[test]
    fn keys_of_every_shape_are_told_in_their_order_in_pages_of_any_size() {
        let long = "ö".repeat(400);
        let long = format!("{long}/{long}!");
        let mut known =
            ["a", "a/b", "a/b/c", "a-b", "a//b", "a/", "/", "ab", "a.d", "a.d/x.o", "é/ü", ".", "../x", &long];
        let bucket = fill(&known);
        known.sort_unstable();
        assert_eq!(keys(bucket.path(), ALL), known);
        for limit in 1..known.len() {
            let (mut paged, mut after) = (Vec::new(), String::new());
            loop {
                let page = keys(bucket.path(), Listing { after: &after, limit, ..ALL });
                let Some(last) = page.last() else { break };
                last.clone_into(&mut after);
                paged.extend(page);
            }
            assert_eq!(paged, known, "{limit}");
        }
    }

    #[test]
    fn a_prefix_may_end_anywhere_and_folders_are_told_once() {
        let bucket = fill(&["tracks/1/a", "tracks/1/b", "tracks/10/a", "tracks", "trash"]);
        let with = |prefix| keys(bucket.path(), Listing { prefix, ..ALL });
        assert_eq!(with("tracks/1/"), ["tracks/1/a", "tracks/1/b"]);
        assert_eq!(with("tracks/1"), ["tracks/1/a", "tracks/1/b", "tracks/10/a"]);
        assert_eq!(with("tra"), ["tracks", "tracks/1/a", "tracks/1/b", "tracks/10/a", "trash"]);
        assert!(with("nothing/").is_empty() && with("tracks/1/ab").is_empty());
        let folders = |prefix, after| keys(bucket.path(), Listing { prefix, after, folders: true, ..ALL });
        assert_eq!(folders("", ""), ["tracks", "tracks/", "trash"]);
        assert_eq!(folders("tracks/", ""), ["tracks/1/", "tracks/10/"]);
        assert_eq!(folders("tracks/", "tracks/1/"), ["tracks/10/"]);
    }

    #[test]
    fn an_empty_folder_is_no_folder_of_objects() {
        let bucket = fill(&["a/b/c"]);
        fs::remove_file(path(bucket.path(), "a/b/c")).unwrap();
        assert!(keys(bucket.path(), Listing { folders: true, ..ALL }).is_empty());
    }
}
