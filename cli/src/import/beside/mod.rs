//! What lies beside music in its folders and is worth keeping: the folder's picture, lyrics, and lists of files.

mod cover;
mod lyrics;
mod playlist;

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use polyphony_folders::Beside;
use tokio_util::sync::CancellationToken;

use super::{Import, journal::Extra, report::Event, summary::Summary};
use crate::{
    api::batch::{TrackFacts, by_ids},
    error::ApiError,
    retry::retrying,
};

/// A file of music that is on the server.
#[derive(Clone, Debug)]
pub(super) struct Landed {
    pub(super) track: String,
    /// Whether it came with this import.
    pub(super) is_new: bool,
}

/// Files of music that are on the server, by their paths.
pub(super) type AllLanded = HashMap<PathBuf, Landed>;

/// Gives albums and tracks what lies beside them and they lack. Trouble with one file does not touch the others.
pub(super) async fn apply(
    beside: &Beside,
    import: &Import,
    landed: &AllLanded,
    summary: &mut Summary,
    stop: &CancellationToken,
) {
    let (covers, lyrics) =
        (cover::to_do(import, &beside.pictures, landed), lyrics::to_do(import, &beside.lyrics, landed));
    let tracks: BTreeSet<_> =
        covers.iter().flat_map(cover::Cover::tracks).chain(lyrics.iter().map(lyrics::Lyrics::track)).collect();
    let tracks: Vec<_> = tracks.into_iter().map(str::to_owned).collect();
    let work = async {
        let ask = || by_ids::<TrackFacts>(&import.client, &tracks);
        match retrying(import.patience, ask).await {
            Ok(facts) => {
                cover::set_all(import, &covers, &facts, summary).await;
                lyrics::set_all(import, &lyrics, &facts, summary).await;
            }
            Err(error) => summary.notes.push(format!("pictures and lyrics of folders: {error}")),
        }
        playlist::make_all(import, &beside.playlists, landed, summary).await;
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

/// Whether the thing is there and somebody else keeps it.
fn is_not_allowed(error: &ApiError) -> bool {
    match error {
        ApiError::Forbidden { .. } => true,
        ApiError::Refused { code, .. } => code == "NOT_ALLOWED",
        _ => false,
    }
}

impl Import {
    /// How a file beside music is called before people.
    fn label_of(&self, path: &Path) -> String {
        let root = self.roots.iter().find_map(|root| path.strip_prefix(root).ok());
        root.filter(|label| !label.as_os_str().is_empty()).unwrap_or(path).display().to_string()
    }

    /// Says that a file beside music came to nothing.
    pub(super) fn note(&self, path: &Path, reason: &str, summary: &mut Summary) {
        let label = self.label_of(path);
        if !self.noted.lock().insert(format!("{label}: {reason}")) {
            return;
        }
        self.report.event(&Event::Note { path: &label, reason }, || format!("note        {label}: {reason}"));
        summary.notes.push(format!("{label}: {reason}"));
    }

    /// Remembers what has become of a file beside music.
    fn note_extra(
        &self,
        path: &Path,
        (size, modified): (u64, i64),
        id: Option<String>,
        done: bool,
    ) -> Result<(), ApiError> {
        let extra = Extra { size, modified, id, done };
        self.journal.lock().note_extra(path, extra).map_err(ApiError::local)
    }
}
