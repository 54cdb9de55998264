//! What systems, shares and programs leave behind in folders: it is neither walked nor counted.

/// Names of files and folders, in lower case.
pub(crate) const LITTER: [&str; 26] = [
    ".appledouble",
    ".directory",
    ".documentrevisions-v100",
    ".ds_store",
    ".fseventsd",
    ".git",
    ".hg",
    ".nomedia",
    ".snapshots",
    ".spotlight-v100",
    ".stfolder",
    ".stversions",
    ".svn",
    ".temporaryitems",
    ".thumbnails",
    ".zfs",
    "#recycle",
    "#snapshot",
    "$recycle.bin",
    "@eadir",
    "@recycle",
    "__macosx",
    "desktop.ini",
    "lost+found",
    "system_volume_information",
    "thumbs.db",
];
/// What names of such files and folders begin with, in lower case.
pub(crate) const BEGINNINGS: [&str; 4] = ["._", ".nfs", ".syncthing.", ".trash"];

/// Whether a file or folder of this name is none of its owner's music: `._x`, `.git`, `.Trash-1000`, `@eaDir` and so on. Any other
/// name that begins with a dot is a name like any other.
#[must_use]
pub fn is_litter(name: &str) -> bool {
    let name = name.to_lowercase().replace(' ', "_");
    LITTER.contains(&name.as_str()) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_dot_is_a_name_and_litter_is_not() {
        for name in
            ["...Like Clockwork", ".38 Special", "...Baby One More Time.flac", "..Hits", ".git flow", "@ease.mp3"]
        {
            assert!(!is_litter(name), "{name}");
        }
        for name in
            ["._01.mp3", ".git", ".Trash-1000", ".Trashes", ".trash", ".DS_Store", "@eaDir", "#recycle", "$RECYCLE.BIN"]
        {
            assert!(is_litter(name), "{name}");
        }
        assert!(is_litter("System Volume Information") && is_litter("Thumbs.db"));
    }
}
