//! Cue sheets beside music: which of the files a sheet divides, or names one by one.

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use polyphony_formats::{
    charset,
    cue::{self, MAX_SHEET_BYTES, stem},
    extension,
};

use crate::files::{Found, Walk, name_of};

/// A sheet, as it is sent with the file that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// How it is called before people.
    pub label: String,
    /// What it says.
    pub text: String,
}

impl Walk {
    /// Gives music the sheets that lie beside it. The first sheet of a file is its sheet; one that is of none says why.
    pub fn match_sheets(&mut self) {
        let is_sheet = |path: &&PathBuf| extension(&name_of(path)).as_deref() == Some("cue");
        let sheets: Vec<_> = self.others.iter().filter(is_sheet).cloned().collect();
        if sheets.is_empty() {
            return;
        }
        let mut folders = HashMap::<PathBuf, Vec<usize>>::new();
        for (index, file) in self.files.iter().enumerate() {
            folders.entry(file.path.parent().unwrap_or(Path::new("/")).to_owned()).or_default().push(index);
        }
        for path in sheets {
            let beside = path.parent().and_then(|folder| folders.get(folder)).map_or(&[][..], Vec::as_slice);
            match read(&path).and_then(|text| Ok((matching(&path, &text, beside, &self.files)?, text))) {
                Ok((indexes, text)) => {
                    let sheet = Arc::new(Sheet { label: label(&path, &self.files[beside[0]]), text });
                    for index in indexes {
                        self.files[index].sheet.get_or_insert_with(|| sheet.clone());
                    }
                    self.others.remove(&path);
                }
                Err(because) => self.unused_sheets.push((path, because)),
            }
        }
    }
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_SHEET_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    let text = charset::decode(&bytes);
    if bytes.len().max(text.len()) > MAX_SHEET_BYTES {
        return Err(format!("it has more than {MAX_SHEET_BYTES} bytes"));
    }
    Ok(text)
}

/// Which of the files in its folder a sheet is of: those that it names, whatever their ending is by now; the only one that it names
/// may also be called like the sheet, or be the only one there.
fn matching(path: &Path, text: &str, beside: &[usize], files: &[Found]) -> Result<BTreeSet<usize>, String> {
    let sheet = cue::parse(text).map_err(|error| error.to_string())?;
    let name = |index: usize| name_of(&files[index].path);
    let named = |wanted: &str| {
        let whole = beside.iter().find(|index| name(**index).eq_ignore_ascii_case(wanted));
        whole.or_else(|| beside.iter().find(|index| stem(&name(**index)) == stem(wanted))).copied()
    };
    let mut found: BTreeSet<_> = sheet.files.iter().filter_map(|file| named(&file.name)).collect();
    if found.is_empty() && sheet.files.len() == 1 {
        let (own, alone) = (stem(&name_of(path)), Some(beside).filter(|beside| beside.len() == 1));
        found.extend(named(&own).or_else(|| alone.map(|beside| beside[0])));
    }
    if found.is_empty() { Err("the music that it names is not there".to_owned()) } else { Ok(found) }
}

/// How a sheet is called before people: beside its music.
fn label(path: &Path, music: &Found) -> String {
    match music.label.rsplit_once(std::path::MAIN_SEPARATOR) {
        Some((folder, _)) => Path::new(folder).join(name_of(path)).display().to_string(),
        None => name_of(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::walk;

    const TWO: &str =
        "FILE \"CDImage.wav\" WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 00:10:00\n";

    fn walked(files: &[(&str, &str)]) -> Walk {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        walk(&[folder.path().to_owned()])
    }

    fn sheets(walk: &Walk) -> Vec<(&str, Option<&str>)> {
        walk.files.iter().map(|file| (&*file.label, file.sheet.as_ref().map(|sheet| &*sheet.label))).collect()
    }

    #[test]
    fn a_sheet_is_of_the_music_that_it_names_or_is_called_like() {
        for (sheet, music) in [("x.cue", "cdimage.FLAC"), ("Album.cue", "album.flac"), ("x.cue", "only.wv")] {
            let walk = walked(&[(&format!("a/{sheet}"), TWO), (&format!("a/{music}"), "x"), ("b/album.flac", "x")]);
            let sheet = format!("a/{sheet}");
            assert_eq!(sheets(&walk), [(&*format!("a/{music}"), Some(&*sheet)), ("b/album.flac", None)]);
            assert!(walk.others.is_empty() && walk.unused_sheets.is_empty());
        }
        let each =
            "FILE 1.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nFILE 2.wav WAVE\nTRACK 02 AUDIO\nINDEX 01 00:00:00";
        let walk = walked(&[("all.cue", each), ("1.mp3", "x"), ("2.mp3", "x"), ("3.mp3", "x")]);
        assert_eq!(sheets(&walk), [("1.mp3", Some("all.cue")), ("2.mp3", Some("all.cue")), ("3.mp3", None)]);
    }

    #[test]
    fn a_sheet_of_nothing_says_why() {
        let walk = walked(&[("a.cue", TWO), ("b.cue", "FILE"), ("1.mp3", "x"), ("2.mp3", "x")]);
        let why: Vec<_> = walk.unused_sheets.iter().map(|(path, why)| (name_of(path), &**why)).collect();
        let expected = ["the music that it names is not there", "it names no track of a file"];
        assert_eq!(why, [("a.cue".to_owned(), expected[0]), ("b.cue".to_owned(), expected[1])]);
        assert_eq!(walk.others.len(), 2);
    }
}
