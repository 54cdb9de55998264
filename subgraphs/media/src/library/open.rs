//! Opens files of folders on the server, and nothing else: whoever can write into a folder must not have us read what is elsewhere.

use std::{
    fs::File,
    io::{Error, ErrorKind, Read, Result},
    path::{Component, Path},
};

use rustix::fs::{CWD, Mode, OFlags, openat};

use crate::domain::library_folder::{LibraryFile, LibraryFolders, Stamp};

/// Opens a file in a folder that the setting names. No link is followed on the way from the folder to the file, and what is no
/// file (a pipe, a device) is refused without waiting for it.
///
/// # Errors
/// The folder is not one of the setting's, there is no such file, it may not be read, or it is none.
pub fn open(folders: &LibraryFolders, file: &LibraryFile) -> Result<File> {
    if folders.find(&file.folder).is_none() {
        return Err(Error::new(ErrorKind::NotFound, "its folder is not one of LIBRARY_DIRS any more"));
    }
    beneath(&file.folder, &file.path)
}

fn beneath(folder: &Path, path: &Path) -> Result<File> {
    let within = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = openat(CWD, folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else {
            return Err(Error::new(ErrorKind::InvalidInput, "its path leads out of the folder"));
        };
        let kind = if parts.peek().is_some() { OFlags::DIRECTORY } else { OFlags::NONBLOCK };
        at = openat(&at, name, within | kind, Mode::empty())?;
    }
    let file = File::from(at);
    if !file.metadata()?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is no file"));
    }
    Ok(file)
}

/// How a file that is open is now.
///
/// # Errors
/// The system does not say.
pub fn stamp(file: &File) -> Result<Stamp> {
    let (size, modified_ns) = polyphony_folders::stamp(&file.metadata()?)?;
    Ok(Stamp { size_bytes: i64::try_from(size).unwrap_or(i64::MAX), modified_ns })
}

/// Reads a whole file that has at most so many bytes.
///
/// # Errors
/// It cannot be opened or read, or is larger.
pub(super) fn read(folders: &LibraryFolders, file: &LibraryFile, max_bytes: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(folders, file)?.take(max_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(Error::new(ErrorKind::FileTooLarge, format!("it has more than {max_bytes} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::domain::library_folder::FolderMode;

    #[test]
    fn only_files_of_the_folder_are_opened() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = inside.path();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(root.join("a/1.mp3"), b"music").unwrap();
        std::fs::write(outside.path().join("secret"), b"secret").unwrap();
        symlink(outside.path(), root.join("out")).unwrap();
        symlink(outside.path().join("secret"), root.join("a/2.mp3")).unwrap();
        symlink(root.join("a"), root.join("b")).unwrap();
        rustix::fs::mknodat(CWD, root.join("pipe.mp3"), rustix::fs::FileType::Fifo, Mode::RWXU, 0).unwrap();
        let folders = LibraryFolders(vec![format!("{}=bob:reference", root.display()).parse().unwrap()]);
        let file = |path: &str| LibraryFile { folder: root.into(), path: path.into(), mode: FolderMode::Reference };
        assert_eq!(read(&folders, &file("a/1.mp3"), 5).unwrap(), b"music");
        assert!(read(&folders, &file("a/1.mp3"), 4).is_err());
        let name = outside.path().file_name().unwrap().to_str().unwrap();
        for path in ["out/secret", "a/2.mp3", "b/1.mp3", &format!("../{name}/secret"), "a", "pipe.mp3", "none", ""] {
            assert!(open(&folders, &file(path)).is_err(), "{path}");
        }
        assert!(
            open(&LibraryFolders::default(), &file("a/1.mp3")).is_err(),
            "the folder is not the setting's any more"
        );
    }
}
