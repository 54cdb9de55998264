//! Folders on the server whose music belongs to somebody without being uploaded, and what a scan of one finds.

use std::{
    collections::HashMap,
    ffi::OsString,
    path::{Component, Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use polyphony_events::UploadId;

use super::text_enum;

text_enum! {
    /// What becomes of the bytes of files in a folder.
    FolderMode {
        /// They are copied to the object store when their file is encoded.
        Copy = "COPY",
        /// They stay where they are and are read there.
        Reference = "REFERENCE",
    }
}

text_enum! {
    /// How it stands with a folder.
    FolderState {
        /// No worker looks after it now.
        Waiting = "WAITING",
        /// A worker goes through it.
        Scanning = "SCANNING",
        /// The system tells of changes in it.
        Watched = "WATCHED",
        /// The system does not tell of all changes in it: it is only gone through again and again.
        Rescanned = "RESCANNED",
        /// It cannot be read.
        Unreadable = "UNREADABLE",
        /// Nobody is known by the name that the setting gives.
        OwnerUnknown = "OWNER_UNKNOWN",
    }
}

/// A folder as the setting names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryFolder {
    /// Where it is: absolute.
    pub path: PathBuf,
    /// Whose its music is: the id or the e-mail address of a person.
    pub owner: String,
    /// What becomes of the bytes.
    pub mode: FolderMode,
}

impl LibraryFolder {
    /// Its path as it is kept in the database.
    pub fn key(&self) -> &str {
        self.path.to_str().unwrap_or_default()
    }
}

impl FromStr for LibraryFolder {
    type Err = String;

    /// Reads `PATH=OWNER:MODE`.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.trim().rsplit_once('=').and_then(|(path, rest)| Some((path, rest.rsplit_once(':')?)));
        let (path, (owner, mode)) = parts.ok_or_else(|| format!("`{text}` is not PATH=OWNER:MODE"))?;
        let mode = FolderMode::parse(&mode.trim().to_uppercase())
            .ok_or_else(|| format!("`{mode}` is neither `copy` nor `reference`"))?;
        let (path, owner) = (Path::new(path.trim()), owner.trim().trim_start_matches('@'));
        let is_plain = |part: Component<'_>| matches!(part, Component::RootDir | Component::Normal(_));
        if !path.is_absolute() || !path.components().all(is_plain) {
            return Err(format!("`{}` is not an absolute path without `..`", path.display()));
        }
        if owner.is_empty() {
            return Err(format!("`{text}` names no owner"));
        }
        // Without slashes at its end, so that one folder has one name.
        Ok(Self { path: path.components().collect(), owner: owner.to_owned(), mode })
    }
}

/// How long a folder belongs to its worker, who renews that while it lives.
pub const FOLDER_LEASE: Duration = Duration::from_mins(1);

/// All folders of the setting `LIBRARY_DIRS`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LibraryFolders(pub Vec<LibraryFolder>);

impl LibraryFolders {
    /// The folder of this path, if the setting names it.
    pub fn find(&self, path: &Path) -> Option<&LibraryFolder> {
        self.0.iter().find(|folder| folder.path == path)
    }
}

impl FromStr for LibraryFolders {
    type Err = String;

    /// Reads folders with `;` between them. None is in another: a file belongs to one.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(';').filter(|part| !part.trim().is_empty());
        let folders: Vec<LibraryFolder> = parts.map(str::parse).collect::<Result<_, _>>()?;
        for (index, one) in folders.iter().enumerate() {
            let overlaps =
                |other: &&LibraryFolder| one.path.starts_with(&other.path) || other.path.starts_with(&one.path);
            if let Some(other) = folders[..index].iter().find(overlaps) {
                return Err(format!("{} and {} overlap", other.path.display(), one.path.display()));
            }
        }
        Ok(Self(folders))
    }
}

/// A file in such a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryFile {
    /// The folder, as the setting named it.
    pub folder: PathBuf,
    /// The path in it.
    pub path: PathBuf,
    /// What becomes of its bytes.
    pub mode: FolderMode,
}

impl LibraryFile {
    /// Where it is.
    pub fn absolute(&self) -> PathBuf {
        self.folder.join(&self.path)
    }
}

/// By which a file is taken for unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its size.
    pub size_bytes: i64,
    /// When it was changed, nanoseconds since 1970.
    pub modified_ns: i64,
}

/// A file as the last scan saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Its name in its folder.
    pub name: OsString,
    /// How it was.
    pub stamp: Stamp,
    /// What became of it; none when that is gone.
    pub upload: Option<UploadId>,
    /// SHA-256 of its bytes, in hexadecimal, once somebody has read them.
    pub sha256: Option<String>,
    /// Whether it was not there any more.
    pub is_missing: bool,
    /// Whether its job was given up though nothing is said against the file, and not just now.
    pub is_stranded: bool,
}

/// A file as this scan sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Its name in its folder.
    pub name: OsString,
    /// How it is.
    pub stamp: Stamp,
    /// The text of the cue sheet beside it.
    pub cue_sheet: Option<String>,
    /// Whether somebody may still be writing it.
    pub is_young: bool,
}

/// What is to be done about the files of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Files that were not there before.
    pub new: Vec<FoundFile>,
    /// Files that have changed, with what they were.
    pub changed: Vec<(FoundFile, KnownFile)>,
    /// Files that are there again as they were, and those whose job is to be tried again.
    pub returned: Vec<KnownFile>,
    /// Files that are gone.
    pub vanished: Vec<KnownFile>,
    /// Whether some are to be looked at again in a moment.
    pub has_young: bool,
}

impl Differences {
    /// Between what was known and what was found. What could not be looked at (`unreadable`, by name) is not gone.
    pub fn between(known: Vec<KnownFile>, found: Vec<FoundFile>, unreadable: &[OsString]) -> Self {
        let mut differences = Self::default();
        let mut known: HashMap<OsString, KnownFile> = known.into_iter().map(|file| (file.name.clone(), file)).collect();
        for file in found {
            match known.remove(&file.name) {
                Some(before) if before.stamp == file.stamp && (before.is_missing || before.is_stranded) => {
                    differences.returned.push(before);
                }
                Some(before) if before.stamp == file.stamp => {}
                _ if file.is_young => differences.has_young = true,
                Some(before) => differences.changed.push((file, before)),
                None => differences.new.push(file),
            }
        }
        let is_gone = |file: &KnownFile| !file.is_missing && !unreadable.contains(&file.name);
        differences.vanished = known.into_values().filter(is_gone).collect();
        differences
    }

    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.returned.is_empty() && self.vanished.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_names_folders_owners_and_modes() {
        let read = |text: &str| text.parse::<LibraryFolders>();
        let folders = read("/music/=admin@x.org:reference; /a=b/c d=@bob:Copy;").unwrap().0;
        let said: Vec<_> =
            folders.iter().map(|one| (one.path.to_str().unwrap(), &*one.owner, one.mode.as_str())).collect();
        assert_eq!(said, [("/music", "admin@x.org", "REFERENCE"), ("/a=b/c d", "bob", "COPY")]);
        assert_eq!(read(""), Ok(LibraryFolders::default()));
        for wrong in ["/music", "/music=bob", "music=bob:copy", "/m=bob:move", "/m=:copy", "/m/../etc=bob:copy"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("/music=a:copy;/music/rock=b:copy").unwrap_err().contains("overlap"));
        assert!(read("/music=a:copy;/music2=b:copy").is_ok());
    }

    fn stamp(size_bytes: i64, modified_ns: i64) -> Stamp {
        Stamp { size_bytes, modified_ns }
    }

    fn known(name: &str, stamp: Stamp, is_missing: bool) -> KnownFile {
        let upload = Some(UploadId::new());
        KnownFile { name: name.into(), stamp, upload, sha256: None, is_missing, is_stranded: name == "stranded" }
    }

    fn found(name: &str, stamp: Stamp, is_young: bool) -> FoundFile {
        FoundFile { name: name.into(), stamp, cue_sheet: None, is_young }
    }

    #[test]
    fn a_scan_finds_what_is_new_changed_gone_and_there_again() {
        let before = ["same", "changed", "gone", "back", "stranded", "away", "locked", "written"].map(|name| {
            let is_missing = matches!(name, "back" | "away");
            known(name, stamp(1, 1), is_missing)
        });
        let now = [
            found("same", stamp(1, 1), true),
            found("changed", stamp(1, 2), false),
            found("back", stamp(1, 1), false),
            found("stranded", stamp(1, 1), false),
            found("written", stamp(9, 9), true),
            found("new", stamp(3, 3), false),
            found("newest", stamp(4, 4), true),
        ];
        let found = Differences::between(before.into(), now.into(), &["locked".into()]);
        let names = |files: &[KnownFile]| files.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
        assert_eq!(found.new.iter().map(|file| file.name.clone()).collect::<Vec<_>>(), ["new"]);
        assert_eq!(found.changed.iter().map(|(file, _)| file.name.clone()).collect::<Vec<_>>(), ["changed"]);
        let returned = vec!["back".into(), "stranded".into()];
        assert_eq!((names(&found.returned), names(&found.vanished)), (returned, vec!["gone".into()]));
        assert!(found.has_young && !found.is_empty());
    }
}
