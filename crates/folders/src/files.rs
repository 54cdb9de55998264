//! Which files are music: found by their ending, or by their first bytes where they have none, in a stable order. What a file
//! really is, the server finds out.

use std::{
    collections::BTreeSet,
    fs::{File, Metadata},
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use polyphony_formats::{LOOK_BYTES, is_litter, is_music_content, is_music_name, needs_look};
use walkdir::WalkDir;

use crate::cue::Sheet;

/// A file to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is, absolute.
    pub path: PathBuf,
    /// How it is called before people: from the folder that they named.
    pub label: String,
    /// How large it is.
    pub size: u64,
    /// When it was last changed, nanoseconds since 1970.
    pub modified: i64,
    /// The cue sheet beside it.
    pub sheet: Option<Arc<Sheet>>,
}

impl Found {
    /// Says to people that its sheet, or the one inside it, was not followed.
    #[must_use]
    pub fn not_split(&self, because: &str) -> String {
        let label = self.sheet.as_ref().map_or(&self.label, |sheet| &sheet.label);
        format!("{label}: not split: {because}")
    }
}

/// What is done about links to files and folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// They are followed, wherever they lead.
    Follow,
    /// They are passed over: what they lead to may be anybody's.
    PassOver,
}

/// What a walk gave.
#[derive(Debug, Default)]
pub struct Walk {
    /// Music, in order.
    pub files: Vec<Found>,
    /// All other files, but for what systems leave behind.
    pub others: BTreeSet<PathBuf>,
    /// What could not be looked at, and why.
    pub unreadable: Vec<(String, String)>,
    /// Cue sheets that are of no file, and why.
    pub unused_sheets: Vec<(PathBuf, String)>,
    /// Folders that were named and have no music.
    pub empty: Vec<String>,
}

/// Looks for music in these folders and files, and in all folders below them. Links are followed.
#[must_use]
pub fn walk(paths: &[PathBuf]) -> Walk {
    let mut walk = Walk::default();
    for path in paths {
        walk.look(path);
    }
    walk.files.sort_by(|one, other| one.path.cmp(&other.path));
    walk.files.dedup_by(|one, other| one.path == other.path);
    walk.match_sheets();
    walk
}

/// Looks for music in one folder, and not in those in it, whose paths are given in order as well. Links are passed over; labels
/// begin behind `root`.
///
/// # Errors
/// The folder cannot be read.
pub fn read_folder(folder: &Path, root: &Path) -> std::io::Result<(Walk, Vec<PathBuf>)> {
    let (mut walk, mut folders) = (Walk::default(), Vec::new());
    // What breaks off in the middle has not been read: nothing in it may be taken for gone.
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    for entry in entries.into_iter().filter(|entry| !is_litter(&name_of(&entry.path()))) {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => folders.push(path),
            Ok(kind) if kind.is_file() => walk.take(path, root),
            Ok(_) => {}
            Err(error) => walk.unreadable.push((path.display().to_string(), error.to_string())),
        }
    }
    walk.files.sort_by(|one, other| one.path.cmp(&other.path));
    folders.sort();
    walk.match_sheets();
    Ok((walk, folders))
}

impl Walk {
    fn look(&mut self, root: &Path) {
        let absolute = match root.canonicalize() {
            Ok(absolute) => absolute,
            Err(error) => return self.unreadable.push((root.display().to_string(), error.to_string())),
        };
        let is_folder = absolute.is_dir();
        let parent = if is_folder { absolute.as_path() } else { absolute.parent().unwrap_or(Path::new("/")) };
        let before = self.files.len();
        // A folder that is linked from two places is walked once each; loops are found and told.
        let entries = WalkDir::new(&absolute).follow_links(true).into_iter();
        for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_litter(&name_of(entry.path()))) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => self.take(entry.into_path(), parent),
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().map(|path| path.display().to_string()).unwrap_or_default();
                    self.unreadable.push((path, error.to_string()));
                }
            }
        }
        if is_folder && self.files.len() == before {
            self.empty.push(root.display().to_string());
        }
    }

    fn take(&mut self, path: PathBuf, parent: &Path) {
        let label = path.strip_prefix(parent).unwrap_or(&path).display().to_string();
        match is_music(&path).and_then(|is_music| Ok((is_music, look_at(&path)?))) {
            Ok((true, (size, modified))) => self.files.push(Found { path, label, size, modified, sheet: None }),
            Ok((false, _)) => {
                self.others.insert(path);
            }
            Err(error) => self.unreadable.push((label, error.to_string())),
        }
    }
}

/// The size of a file, and when it was last changed, in nanoseconds since 1970.
///
/// # Errors
/// There is no such file, or it cannot be looked at.
pub fn look_at(path: &Path) -> std::io::Result<(u64, i64)> {
    stamp(&path.metadata()?)
}

/// The same of a file that is looked at already.
///
/// # Errors
/// The system does not say when the file was changed.
pub fn stamp(metadata: &Metadata) -> std::io::Result<(u64, i64)> {
    let modified = metadata.modified()?;
    let nanos = match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i64,
        Err(before) => -(before.duration().as_nanos() as i64),
    };
    Ok((metadata.len(), nanos))
}

/// The last part of a path, as text.
#[must_use]
pub fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn is_music(path: &Path) -> std::io::Result<bool> {
    let name = name_of(path);
    if !needs_look(&name) {
        return Ok(is_music_name(&name));
    }
    let mut head = Vec::new();
    File::open(path)?.take(LOOK_BYTES as u64).read_to_end(&mut head)?;
    Ok(is_music_content(&head))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder_with(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    fn labels(walk: &Walk) -> Vec<&str> {
        walk.files.iter().map(|file| file.label.as_str()).collect()
    }

    #[test]
    fn a_walk_finds_music_deep_down_in_order_and_leaves_out_litter() {
        let names = ["b/2.mp3", "b/10.mp3", "a.flac", "b/._2.mp3", ".Trash-0/c.mp3", "b/@eaDir/2.mp3", ".git/x.mp3"];
        let mut files = names.map(|name| (name, b"x".as_slice())).to_vec();
        files.extend([("b/cover.jpg", b"x".as_slice()), ("b/.DS_Store", b"x")]);
        let folder = folder_with(&files);
        let walk = walk(&[folder.path().to_owned(), folder.path().join("b"), folder.path().join("missing")]);
        assert_eq!(labels(&walk), ["a.flac", "b/10.mp3", "b/2.mp3"]);
        assert_eq!(walk.unreadable.len(), 1);
        assert_eq!(walk.others.iter().map(|path| name_of(path)).collect::<Vec<_>>(), ["cover.jpg"]);
    }

    #[test]
    fn what_begins_with_a_dot_is_music_like_any_other() {
        let names = ["...Baby One More Time.flac", "...Like Clockwork/1.mp3", "..Hits/1.mp3", ".38 Special/1.mp3"];
        let folder = folder_with(&names.map(|name| (name, b"x".as_slice())));
        assert_eq!(labels(&walk(&[folder.path().to_owned()])), names);
    }

    #[test]
    fn a_file_without_ending_is_known_by_its_first_bytes() {
        let files: [(&str, &[u8]); 5] = [
            ("01. Intro", b"fLaC\0\0\0\x22"),
            ("Mr. Brightside", b"ID3\x04\0"),
            ("README", b"Read me"),
            ("clip.ts", b"export {};"),
            ("empty", b""),
        ];
        let folder = folder_with(&files);
        let walk = walk(&[folder.path().to_owned()]);
        assert_eq!(labels(&walk), ["01. Intro", "Mr. Brightside"]);
        assert_eq!(walk.others.len(), 3);
    }

    #[test]
    fn one_folder_is_read_without_those_in_it_and_without_links() {
        let names = ["1.mp3", "b/2.mp3", ".git/x.mp3", "cover.jpg", "all.cue"];
        let folder = folder_with(&names.map(|name| (name, b"x".as_slice())));
        std::os::unix::fs::symlink(folder.path().join("b"), folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("1.mp3"), folder.path().join("3.mp3")).unwrap();
        let (walk, folders) = read_folder(folder.path(), folder.path()).unwrap();
        assert_eq!(labels(&walk), ["1.mp3"]);
        assert_eq!(folders, [folder.path().join("b")]);
        assert_eq!((walk.others.len(), walk.unused_sheets.len()), (2, 1));
        assert!(read_folder(&folder.path().join("gone"), folder.path()).is_err());
    }

    #[test]
    fn a_folder_without_music_says_so() {
        let folder = folder_with(&[("a/notes.txt", b"x"), ("b/1.mp3", b"x")]);
        let walk = walk(&[folder.path().join("a"), folder.path().join("b")]);
        assert_eq!(walk.empty, [folder.path().join("a").display().to_string()]);
    }
}
