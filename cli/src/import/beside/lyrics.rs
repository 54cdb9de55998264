//! Lyrics beside music: `Song.lrc` is for `Song.flac`, where the track has none.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use cynic::{Id, MutationBuilder};
use polyphony_folders::{look_at, text};

use super::{
    super::{Import, report::Event, summary::Summary},
    AllLanded, is_not_allowed,
};
use crate::{
    api::{
        accepted,
        batch::TrackFacts,
        beside::{LyricsVariables, SetLyrics},
    },
    error::ApiError,
    retry::retrying,
};

/// The longest file of lyrics that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Lyrics and their track.
pub(super) struct Lyrics<'a> {
    path: &'a Path,
    stamp: (u64, i64),
    track: &'a str,
}

impl Lyrics<'_> {
    pub(super) fn track(&self) -> &str {
        self.track
    }
}

/// The lyrics that are not done with: new or changed ones, and those of music that came just now.
pub(super) fn to_do<'a>(import: &Import, lyrics: &'a [(PathBuf, PathBuf)], landed: &'a AllLanded) -> Vec<Lyrics<'a>> {
    let journal = import.journal.lock();
    let left = lyrics.iter().filter_map(|(music, path)| {
        let (file, stamp) = (landed.get(music)?, look_at(path).ok()?);
        let is_done = journal.extra(path, stamp).is_some_and(|extra| extra.done);
        (file.is_new || !is_done).then_some(Lyrics { path, stamp, track: &file.track })
    });
    left.collect()
}

/// Sets the lyrics, one after the other.
pub(super) async fn set_all(
    import: &Import,
    lyrics: &[Lyrics<'_>],
    facts: &HashMap<String, TrackFacts>,
    summary: &mut Summary,
) {
    for one in lyrics {
        let lacks_them = facts.get(one.track).is_some_and(|track| track.lyrics.is_none());
        let done = async {
            let is_set = lacks_them && set(import, one).await?;
            import.note_extra(one.path, one.stamp, None, true)?;
            Ok::<_, ApiError>(is_set)
        };
        match done.await {
            Ok(true) => {
                let label = import.label_of(one.path);
                let event = Event::Lyrics { path: &label, track_id: one.track };
                import.report.event(&event, || format!("lyrics      {label}"));
                summary.lyrics += 1;
            }
            Ok(false) => {}
            Err(error) => import.note(one.path, &error.to_string(), summary),
        }
    }
}

/// Sets them; answers false where the track is somebody else's.
async fn set(import: &Import, lyrics: &Lyrics<'_>) -> Result<bool, ApiError> {
    let lrc = text::read(lyrics.path, MAX_BYTES).await.map_err(ApiError::Local)?;
    if lrc.trim().is_empty() {
        return Ok(false);
    }
    let variables = LyricsVariables { track: Id::new(lyrics.track), lrc };
    let answer = retrying(import.patience, || import.client.run(SetLyrics::build(variables.clone()))).await;
    match answer.and_then(|answer| accepted(answer.set_lyrics.user_errors)) {
        Ok(()) => Ok(true),
        Err(error) if is_not_allowed(&error) => Ok(false),
        Err(error) => Err(error),
    }
}
