//! What lies beside a file in its folder: a picture where the file has none, and lyrics.

use std::collections::BTreeSet;

use polyphony_folders::{self as folders, Found, is_disc, name_of, read_folder, text};

use super::open::read;
use crate::domain::library_folder::{LibraryFile, LibraryFolders};

/// The largest picture and the longest lyrics that are read, in bytes.
const MAX_PICTURE_BYTES: u64 = 32 << 20;
const MAX_LYRICS_BYTES: u64 = 50_000;

/// What lies beside a file.
#[derive(Debug, Default)]
pub struct Beside {
    /// The picture of its folder, as it is.
    pub picture: Option<Vec<u8>>,
    /// The text of its lyrics.
    pub lyrics: Option<String>,
}

/// Finds what lies beside a file; what cannot be read is left out. It waits for the disk.
pub fn beside(setting: &LibraryFolders, file: &LibraryFile) -> Beside {
    let path = file.absolute();
    let Some(folder) = path.parent() else { return Beside::default() };
    let others = |folder| read_folder(folder, &file.folder).map(|(walk, _)| walk.others).unwrap_or_default();
    let mut all: BTreeSet<_> = others(folder);
    if is_disc(&name_of(folder))
        && let Some(above) = folder.parent().filter(|above| above.starts_with(&file.folder))
    {
        all.extend(others(above));
    }
    let music = Found { label: String::new(), size: 0, modified: 0, sheet: None, path: path.clone() };
    let found = folders::Beside::sort(&[music], all, false);
    let bytes = |path: &std::path::Path, max_bytes| {
        let within = path.strip_prefix(&file.folder).ok()?;
        let beside = LibraryFile { path: within.to_owned(), ..file.clone() };
        let read = read(setting, &beside, max_bytes);
        read.inspect_err(|error| tracing::info!(path = %path.display(), %error, "a file beside music is left out")).ok()
    };
    let lyrics = found.lyrics.first().and_then(|(_, lyrics)| bytes(lyrics, MAX_LYRICS_BYTES));
    Beside {
        picture: found.pictures.values().next().and_then(|picture| bytes(picture, MAX_PICTURE_BYTES)),
        lyrics: lyrics.and_then(|bytes| text::decode(&bytes)).filter(|text| !text.trim().is_empty()),
    }
}
