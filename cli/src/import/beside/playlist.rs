//! Lists of files become playlists of the tracks that the files became, once each.

use std::{
    path::{Component, Path, PathBuf},
    time::Duration,
};

use cynic::MutationBuilder;
use polyphony_folders::{look_at, text};
use tokio::time::sleep;

use super::{
    super::{Import, report::Event, summary::Summary},
    AllLanded,
};
use crate::{
    api::{
        accepted,
        beside::{Delete, ImportPlaylist, ImportPlaylistInput, ImportVariables, PlaylistFileFormat, PlaylistImported},
        upload::ById,
    },
    error::ApiError,
    retry::retrying,
};

/// The longest file that the server takes, in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// The longest title that it takes, in characters.
const MAX_TITLE: usize = 200;

/// How often a playlist is made while tracks of ours are not found, and the wait between.
const ATTEMPTS: usize = 12;
const LATE_WAIT: Duration = Duration::from_secs(2);

/// A list with our tracks in place of their files.
#[derive(Debug, PartialEq, Eq)]
struct List {
    content: String,
    /// Which entries are our tracks, from 1.
    ours: Vec<i32>,
    /// How many entries are files that have no track yet.
    awaited: usize,
}

/// What a line of a list names.
#[derive(Debug, PartialEq, Eq)]
enum Entry {
    /// A file that became this track.
    Track(String),
    /// A file that is there and has no track yet.
    Awaited,
    /// Something else, for the server to look up.
    Unknown,
}

/// Makes the playlists that were not made before.
pub(super) async fn make_all(import: &Import, lists: &[PathBuf], landed: &AllLanded, summary: &mut Summary) {
    for list in lists {
        if import.journal.lock().was_done(list) {
            continue;
        }
        match make(import, list, landed).await {
            Ok(made) => {
                let label = import.label_of(list);
                let (id, entries, matched) = (made.playlist, made.entry_count, made.matched_count);
                let playlist_id = id.as_ref().map_or("", |playlist| playlist.id.inner());
                let event = Event::Playlist { path: &label, playlist_id, entries, matched };
                import.report.event(&event, || format!("playlist    {label} ({matched} of {entries} tracks)"));
                summary.playlists += 1;
            }
            Err(error) => import.note(list, &error.to_string(), summary),
        }
    }
}

async fn make(import: &Import, list: &Path, landed: &AllLanded) -> Result<PlaylistImported, ApiError> {
    let stamp = look_at(list).map_err(ApiError::local)?;
    let List { content, ours, awaited } =
        with_tracks(&text::read(list, MAX_BYTES).await.map_err(ApiError::Local)?, list, |path| {
            entry_of(import, landed, path)
        });
    if awaited > 0 {
        let reason = format!("{awaited} of its files have no tracks yet: import again to make a playlist of it");
        return Err(ApiError::Local(reason));
    }
    let has_title = content.lines().any(|line| line.starts_with("#PLAYLIST:"));
    let stem = list.file_stem().map(|stem| stem.to_string_lossy().chars().take(MAX_TITLE).collect());
    let title = stem.filter(|_| !has_title);
    let input = ImportPlaylistInput { title, format: PlaylistFileFormat::M3u8, content };
    for attempt in 1.. {
        let made = once(import, &input).await?;
        let is_late = made.unmatched.iter().any(|entry| ours.contains(&entry.position));
        if is_late && attempt < ATTEMPTS {
            // Tracks that the catalog has just made reach playlists a moment later.
            if let Some(playlist) = made.playlist {
                let variables = ById { id: playlist.id };
                let delete = || import.client.run(Delete::build(variables.clone()));
                accepted(retrying(import.patience, delete).await?.delete_playlist.user_errors)?;
            }
            sleep(LATE_WAIT).await;
            continue;
        }
        let Some(playlist) = &made.playlist else { break };
        import.note_extra(list, stamp, Some(playlist.id.inner().to_owned()), true)?;
        return Ok(made);
    }
    Err(ApiError::Local("no playlist: none of its entries is in the catalog".to_owned()))
}

async fn once(import: &Import, input: &ImportPlaylistInput) -> Result<PlaylistImported, ApiError> {
    let variables = ImportVariables { input: input.clone(), key: uuid::Uuid::now_v7().to_string() };
    let run = || import.client.run(ImportPlaylist::build(variables.clone()));
    let mut made = retrying(import.patience, run).await?.import_playlist;
    accepted(std::mem::take(&mut made.user_errors))?;
    Ok(made)
}

fn entry_of(import: &Import, landed: &AllLanded, path: &Path) -> Entry {
    let canonical = path.canonicalize().ok();
    for path in [Some(path), canonical.as_deref()].into_iter().flatten() {
        let of_journal = || import.journal.lock().track_of(path).map(str::to_owned);
        if let Some(track) = landed.get(path).map(|file| file.track.clone()).or_else(of_journal) {
            return Entry::Track(track);
        }
    }
    let is_awaited = canonical.is_some_and(|path| import.awaited.lock().contains(&path));
    if is_awaited { Entry::Awaited } else { Entry::Unknown }
}

/// Puts our tracks in place of their files.
fn with_tracks(text: &str, list: &Path, entry_of: impl Fn(&Path) -> Entry) -> List {
    let (mut content, mut ours, mut awaited, mut position) = (String::new(), Vec::new(), 0, 0);
    for line in text.lines() {
        let name = line.trim();
        let is_entry = !name.is_empty() && !name.starts_with('#');
        position += i32::from(is_entry);
        let entries = is_entry.then(|| candidates(name, list)).into_iter().flatten().map(|path| entry_of(&path));
        match entries.reduce(|best, next| if best == Entry::Unknown { next } else { best }) {
            Some(Entry::Track(track)) => {
                content.extend(["polyphony:", &track]);
                ours.push(position);
            }
            other => {
                awaited += usize::from(other == Some(Entry::Awaited));
                content += line;
            }
        }
        content.push('\n');
    }
    List { content, ours, awaited }
}

/// Where the file of a line may be: as it says, from the list's folder, with either kind of slash, or beside the list.
fn candidates(text: &str, list: &Path) -> Vec<PathBuf> {
    let folder = list.parent().unwrap_or(Path::new("/"));
    let from_url =
        url::Url::parse(text).ok().filter(|url| url.scheme() == "file").and_then(|url| url.to_file_path().ok());
    let slashes = text.replace('\\', "/");
    let name = slashes.rsplit('/').next().unwrap_or_default();
    let mut paths: Vec<PathBuf> = from_url.into_iter().collect();
    paths.extend([text, &slashes, name].map(|path| flat(&folder.join(path))));
    paths.dedup();
    paths
}

/// A path without `.` and `..`.
fn flat(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                flat.pop();
            }
            part => flat.push(part),
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_however_a_list_names_them() {
        let list = Path::new("/m/lists/my.m3u8");
        let known = |path: &Path| match path.to_str() {
            Some("/m/a/1.mp3") => Entry::Track("trk_1".to_owned()),
            Some("/m/lists/2.mp3") => Entry::Track("trk_2".to_owned()),
            Some("/m/a/late.mp3") => Entry::Awaited,
            _ => Entry::Unknown,
        };
        let content = "#EXTM3U\n#EXTINF:3,A - One\n../a/1.mp3\n..\\a\\1.mp3\n/m/a/1.mp3\nfile:///m/a/1.mp3\nC:\\x\\2.mp3\n\n./2.mp3\nhttp://radio/\n../a/late.mp3\n";
        let list = with_tracks(content, list, known);
        let ours = ["polyphony:trk_1"; 4].join("\n");
        let expected = format!(
            "#EXTM3U\n#EXTINF:3,A - One\n{ours}\npolyphony:trk_2\n\npolyphony:trk_2\nhttp://radio/\n../a/late.mp3\n"
        );
        assert_eq!(list, List { content: expected, ours: vec![1, 2, 3, 4, 5, 6], awaited: 1 });
    }
}
