//! Lyrics.

use async_graphql::SimpleObject;

use crate::domain;

/// The words of a track.
#[derive(SimpleObject)]
pub struct Lyrics {
    /// The language, BCP 47.
    language: Option<String>,
    /// Whether the lines have times.
    synced: bool,
    /// The lines, in the order in which they are sung.
    lines: Vec<LyricLine>,
}

/// A line of lyrics.
#[derive(SimpleObject)]
pub struct LyricLine {
    /// When it is sung, in milliseconds from the start of the track.
    start_ms: Option<i32>,
    /// Its words.
    text: String,
}

impl From<domain::Lyrics> for Lyrics {
    fn from(lyrics: domain::Lyrics) -> Self {
        let lines = lyrics.lines();
        let synced = lines.iter().any(|line| line.start_ms.is_some());
        let lines = lines.into_iter().map(|line| LyricLine { start_ms: line.start_ms, text: line.text }).collect();
        Self { language: lyrics.language, synced, lines }
    }
}
