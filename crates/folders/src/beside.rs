//! What lies beside music in its folders and is worth keeping: the folder's picture, lyrics, and lists of files.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use polyphony_formats::extension;

use crate::files::{Found, name_of};

/// Names of folder pictures without their endings, the most telling first.
const PICTURE_STEMS: [&str; 4] = ["cover", "folder", "front", "album"];
const PICTURE_ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// The files beside music that are used, and how many are not.
#[derive(Debug, Default)]
pub struct Beside {
    /// The picture of each folder with music; discs have that of the folder above them.
    pub pictures: BTreeMap<PathBuf, PathBuf>,
    /// Music, and the lyrics beside it.
    pub lyrics: Vec<(PathBuf, PathBuf)>,
    /// Lists of files.
    pub playlists: Vec<PathBuf>,
    /// All others, by the ending of their names.
    pub left_out: BTreeMap<String, usize>,
}

impl Beside {
    /// Sorts the files that are no music.
    #[must_use]
    pub fn sort(files: &[Found], mut others: BTreeSet<PathBuf>, with_playlists: bool) -> Self {
        let mut beside = Self::default();
        let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.path.parent()).collect();
        for folder in folders {
            let above = folder.parent().filter(|_| is_disc(&name_of(folder)));
            let picture = picture_in(folder, &others).or_else(|| picture_in(above?, &others));
            beside.pictures.extend(picture.map(|picture| (folder.to_owned(), picture)));
        }
        for file in files {
            let lyrics = lyrics_names(&file.path).into_iter().find(|path| others.contains(path));
            beside.lyrics.extend(lyrics.map(|lyrics| (file.path.clone(), lyrics)));
        }
        let is_list =
            |path: &PathBuf| with_playlists && matches!(extension(&name_of(path)).as_deref(), Some("m3u" | "m3u8"));
        beside.playlists = others.iter().filter(|path| is_list(path)).cloned().collect();
        for used in beside.pictures.values().chain(beside.lyrics.iter().map(|(_, path)| path)).chain(&beside.playlists)
        {
            others.remove(used);
        }
        for path in others {
            let kind = extension(&name_of(&path)).map_or("without ending".to_owned(), |ending| format!(".{ending}"));
            *beside.left_out.entry(kind).or_default() += 1;
        }
        beside
    }
}

/// Where the lyrics of a file may be: `Song.lrc` or `Song.flac.lrc`.
fn lyrics_names(music: &Path) -> Vec<PathBuf> {
    let whole = music.as_os_str().to_owned();
    let has_ending = extension(&name_of(music)).is_some();
    let stem = if has_ending { music.with_extension("").into_os_string() } else { whole.clone() };
    let names = [stem, whole].into_iter().flat_map(|name| [".lrc", ".LRC"].map(|ending| (name.clone(), ending)));
    let with_ending = names.map(|(mut name, ending)| {
        name.push(ending);
        PathBuf::from(name)
    });
    with_ending.collect()
}

/// The best picture in this folder.
fn picture_in(folder: &Path, others: &BTreeSet<PathBuf>) -> Option<PathBuf> {
    let rank = |path: &Path| {
        let name = name_of(path).to_lowercase();
        let (stem, ending) = name.rsplit_once('.')?;
        let stem = PICTURE_STEMS.iter().position(|known| *known == stem)?;
        Some((stem, PICTURE_ENDINGS.iter().position(|known| *known == ending)?))
    };
    let inside = others.range(folder.to_owned()..).take_while(|path| path.starts_with(folder));
    let pictures = inside.filter(|path| path.parent() == Some(folder)).filter_map(|path| Some((rank(path)?, path)));
    pictures.min().map(|(_, path)| path.clone())
}

/// Whether a folder is called like a disc of an album: `CD1`, `Disc 2`, `disk_03`.
#[must_use]
pub fn is_disc(name: &str) -> bool {
    let name = name.to_lowercase();
    ["cd", "disc", "disk"].iter().any(|word| {
        let number = name.strip_prefix(word).map(|rest| rest.trim_start_matches([' ', '_', '-', '.']));
        number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Found {
        Found { path: path.into(), label: path.to_owned(), size: 1, modified: 1, sheet: None }
    }

    fn sorted(files: &[&str], others: &[&str]) -> Beside {
        let files: Vec<_> = files.iter().map(|path| found(path)).collect();
        Beside::sort(&files, others.iter().map(PathBuf::from).collect(), true)
    }

    #[test]
    fn the_best_picture_of_a_folder_is_its_cover() {
        let others = ["/m/a/album.jpg", "/m/a/back.jpg", "/m/a/Folder.JPG", "/m/a/cover.png", "/m/ab/cover.jpg"];
        let beside = sorted(&["/m/a/1.mp3", "/m/b/1.mp3"], &others);
        assert_eq!(beside.pictures, BTreeMap::from([("/m/a".into(), "/m/a/cover.png".into())]));
        assert_eq!(beside.left_out, BTreeMap::from([(".jpg".to_owned(), 4)]));
    }

    #[test]
    fn discs_have_the_picture_of_the_folder_above_them() {
        let beside = sorted(&["/m/a/CD1/1.mp3", "/m/a/Disc 2/1.mp3", "/m/a/Live/1.mp3"], &["/m/a/cover.jpg"]);
        assert_eq!(beside.pictures.keys().collect::<Vec<_>>(), [Path::new("/m/a/CD1"), Path::new("/m/a/Disc 2")]);
        assert!(beside.left_out.is_empty());
    }

    #[test]
    fn lyrics_and_lists_are_used_and_the_rest_is_counted_by_kind() {
        let others = ["/m/1.lrc", "/m/3. Song.lrc", "/m/2.lrc", "/m/list.m3u8", "/m/old.M3U", "/m/a.cue", "/m/README"];
        let beside = sorted(&["/m/1.flac", "/m/1.mp3", "/m/3. Song"], &others);
        assert_eq!(beside.lyrics.len(), 3);
        assert_eq!(beside.playlists.len(), 2);
        let left_out = [(".cue", 1), (".lrc", 1), ("without ending", 1)].map(|(kind, count)| (kind.to_owned(), count));
        assert_eq!(beside.left_out, BTreeMap::from(left_out));
    }
}
