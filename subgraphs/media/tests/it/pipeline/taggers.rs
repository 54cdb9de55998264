//! The files that mutagen, a library of tags, is tested with: odd and broken ones of nearly every kind. None holds up the reader, and
//! where mutagen reads title, artists, album and numbers we read the same. They come from the package index and are never kept
//! in the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use polyphony_media::pipeline::{Limits, PipelineError, Tags, probe, read_tags};
use serde_json::Value;

const PACKAGE: &str = "mutagen==1.48.1";
const FOLDER: &str = "mutagen-1.48.1";
/// A FLAC whose block of tags is longer than it says: neither FFmpeg nor lofty finds the end of it.
const UNREAD: [&str; 1] = ["52-too-short-block-size.flac"];
/// No file may take longer, on a machine with much else to do.
const MAX_TIME: Duration = Duration::from_mins(1);

/// What mutagen says of each file below a folder, as lines of JSON.
const LOOK: &str = r"
import json, os, sys
import mutagen

NAMES = {
    'title': ('title', 'Title', 'TIT2'), 'artists': ('artist', 'Author', 'Artist', 'TPE1'),
    'album': ('album', 'Album', 'WM/AlbumTitle', 'TALB'), 'track': ('tracknumber', 'Track', 'WM/TrackNumber', 'TRCK'),
    'disc': ('discnumber', 'Disc', 'WM/PartOfSet', 'TPOS'),
}

def values(tags, names):
    for name in names:
        try:
            found = tags.get(name)
        except Exception:
            found = None
        if found:
            found = getattr(found, 'text', found)
            found = found if isinstance(found, (list, tuple)) else [found]
            return [part for one in found for part in str(getattr(one, 'value', one)).split('\0')]
    return []

for folder, _, files in sorted(os.walk(sys.argv[1])):
    for name in sorted(files):
        path = os.path.join(folder, name)
        try:
            tags = mutagen.File(path, easy=True).tags
            said = {key: values(tags, names) for key, names in NAMES.items()} if tags is not None else {}
        except Exception:
            said = None
        print(json.dumps({'path': path, 'said': said}))
";

/// The unpacked package; none where the index cannot be reached.
fn unpacked() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("taggers");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = std::fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let package = folder.join(FOLDER);
    if package.join("tests/data").exists() {
        return Some(package);
    }
    let fetch = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", ".", PACKAGE];
    let done = Command::new("python3").args(fetch).current_dir(&folder).stdin(Stdio::null()).output().ok()?;
    if !done.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&done.stderr));
        return None;
    }
    let archive = format!("{FOLDER}.tar.gz");
    let unpacked = Command::new("tar").args(["xzf", &archive]).current_dir(&folder).status().unwrap();
    assert!(unpacked.success());
    Some(package)
}

/// What mutagen says of the files, by path; nothing of those that it cannot open.
fn told(package: &Path) -> Vec<(PathBuf, Option<Value>)> {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", package).args(["-c", LOOK]).arg(package.join("tests/data"));
    let done = python.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let line = |line: &str| {
        let mut said: Value = serde_json::from_str(line).unwrap();
        (PathBuf::from(said["path"].as_str().unwrap()), Some(said["said"].take()).filter(Value::is_object))
    };
    String::from_utf8(done.stdout).unwrap().lines().map(line).collect()
}

/// Where we read something else than is said.
fn disagreements(said: &Value, ours: &Tags) -> Vec<String> {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let list = |key: &str| -> Vec<String> {
        let values = said[key].as_array().map(Vec::as_slice).unwrap_or_default();
        values.iter().filter_map(Value::as_str).map(words).filter(|value| !value.is_empty()).collect()
    };
    let number = |key: &str| {
        let digits = list(key).first()?.chars().take_while(char::is_ascii_digit).collect::<String>();
        Some(digits.parse::<u32>().unwrap().to_string())
    };
    let one = |number: Option<u32>| number.map(|number| number.to_string());
    let pairs = [
        ("title", list("title").into_iter().next(), ours.title.clone()),
        ("artists", Some(list("artists").join("|")).filter(|all| !all.is_empty()), Some(ours.artists.join("|"))),
        ("album", list("album").into_iter().next(), ours.album.clone()),
        ("track", number("track"), one(ours.track_number)),
        ("disc", number("disc"), one(ours.disc_number)),
    ];
    let differs = |(_, said, ours): &(_, Option<String>, Option<String>)| said.is_some() && said != ours;
    pairs.into_iter().filter(differs).map(|(key, said, ours)| format!("{key}: {said:?}, we: {ours:?}")).collect()
}

#[tokio::test]
async fn the_files_of_another_library_of_tags_are_read_as_it_reads_them() {
    let Some(package) = tokio::task::spawn_blocking(unpacked).await.unwrap() else {
        eprintln!("SKIPPED: the package index cannot be reached, so the files of {PACKAGE} are not read");
        return;
    };
    let limits = Limits { nice: 0, ..Limits::default() };
    let (mut wrong, mut compared) = (Vec::new(), 0);
    // By ending: files, opened, compared.
    let mut table = BTreeMap::<String, [usize; 3]>::new();
    for (path, said) in told(&package) {
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let row = table.entry(ending).or_default();
        row[0] += 1;
        let read = async {
            let info = probe(&path, &limits).await?;
            Ok::<_, PipelineError>(read_tags(&path, &info, &limits).await)
        };
        let name = path.file_name().unwrap().to_string_lossy();
        match tokio::time::timeout(MAX_TIME, read).await {
            Err(_) => wrong.push(format!("{name} holds us up")),
            Ok(Err(PipelineError::Rejected(_))) => {}
            Ok(Err(error)) => wrong.push(format!("{name} fails: {error}")),
            Ok(Ok(ours)) => {
                row[1] += 1;
                let is_said = |said: &Value| !said.as_object().unwrap().is_empty() && !UNREAD.contains(&&*name);
                if let Some(said) = said.filter(is_said) {
                    row[2] += 1;
                    compared += 1;
                    wrong.extend(disagreements(&said, &ours).into_iter().map(|what| format!("{name} {what}")));
                }
            }
        }
    }
    println!("ending | files | opened | compared");
    for (ending, [files, opened, same]) in &table {
        println!("{ending} | {files} | {opened} | {same}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 30, "{compared}");
}
