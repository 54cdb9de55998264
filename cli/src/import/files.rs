//! Which files are music: found by their extension, in a stable order. What a file really is, the server finds out.

use std::{
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use walkdir::{DirEntry, WalkDir};

/// Extensions of sound, and of pictures with sound.
const EXTENSIONS: [&str; 21] = [
    "mp3", "flac", "ogg", "oga", "opus", "m4a", "aac", "wav", "aiff", "aif", "wma", "mp4", "mkv", "webm", "mov",
    "alac", "wv", "ape", "dsf", "m4b", "caf",
];

/// A file to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it is, absolute.
    pub(crate) path: PathBuf,
    /// How it is called before people: from the folder that they named.
    pub(crate) label: String,
    /// How large it is.
    pub(crate) size: u64,
    /// When it was last changed, nanoseconds since 1970.
    pub(crate) modified: i64,
}

/// What a walk gave: files in order, and what could not be looked at.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    pub(crate) files: Vec<Found>,
    pub(crate) unreadable: Vec<(String, String)>,
}

/// Looks for music in these folders and files.
pub(crate) fn walk(paths: &[PathBuf]) -> Walk {
    let mut walk = Walk::default();
    for path in paths {
        walk.look(path);
    }
    walk.files.sort_by(|one, other| one.path.cmp(&other.path));
    walk.files.dedup_by(|one, other| one.path == other.path);
    walk
}

impl Walk {
    fn look(&mut self, root: &Path) {
        let absolute = match root.canonicalize() {
            Ok(absolute) => absolute,
            Err(error) => return self.unreadable.push((root.display().to_string(), error.to_string())),
        };
        let parent = if absolute.is_dir() { absolute.as_path() } else { absolute.parent().unwrap_or(Path::new("/")) };
        // A folder that is linked from two places is walked once each; loops are found and told.
        let entries = WalkDir::new(&absolute).follow_links(true).into_iter();
        for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_music(entry.path()) => self.take(&entry, parent),
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().map(|path| path.display().to_string()).unwrap_or_default();
                    self.unreadable.push((path, error.to_string()));
                }
            }
        }
    }

    fn take(&mut self, entry: &DirEntry, parent: &Path) {
        let path = entry.path().to_owned();
        let label = path.strip_prefix(parent).unwrap_or(&path).display().to_string();
        match look_at(&path) {
            Ok((size, modified)) => self.files.push(Found { path, label, size, modified }),
            Err(error) => self.unreadable.push((label, error.to_string())),
        }
    }
}

/// The size of a file, and when it was last changed.
pub(crate) fn look_at(path: &Path) -> std::io::Result<(u64, i64)> {
    let metadata = path.metadata()?;
    let modified = metadata.modified()?;
    let nanos = match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i64,
        Err(before) => -(before.duration().as_nanos() as i64),
    };
    Ok((metadata.len(), nanos))
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn is_music(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_extension_decides_whatever_its_case() {
        for name in ["a.mp3", "b.FLAC", "c d.Opus", "e.tar.m4a", "ö.ogg"] {
            assert!(is_music(Path::new(name)), "{name}");
        }
        for name in ["cover.jpg", "mp3", ".mp3", "notes.txt", "song.mp3.part"] {
            assert!(!is_music(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_walk_finds_music_deep_down_in_order_and_leaves_out_what_is_hidden() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/2.mp3", "b/10.mp3", "a.flac", "b/._2.mp3", ".trash/c.mp3", "b/cover.jpg"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let walk = walk(&[folder.path().to_owned(), folder.path().join("b"), folder.path().join("missing")]);
        let labels: Vec<_> = walk.files.iter().map(|file| file.label.as_str()).collect();
        assert_eq!(labels, ["a.flac", "b/10.mp3", "b/2.mp3"]);
        assert_eq!(walk.unreadable.len(), 1);
    }
}
