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
    /// By how many milliseconds the lines come earlier than their text says, negative when later: the `[offset:…]` of the file,
    /// or what `setLyricsOffset` has set. The times of `lines` have it in them already.
    offset_ms: i32,
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
    /// Those, each with its time; null when the lyrics do not tell.
    words: Option<Vec<LyricWord>>,
}

/// A word of a line, or several that share a time.
#[derive(SimpleObject)]
pub struct LyricWord {
    /// When it is sung, in milliseconds from the start of the track.
    start_ms: i32,
    /// The word, without the blanks around it.
    text: String,
}

impl From<domain::lyrics::LyricLine> for LyricLine {
    fn from(line: domain::lyrics::LyricLine) -> Self {
        let word = |word: domain::lyrics::LyricWord| LyricWord { start_ms: word.start_ms, text: word.text };
        let words: Vec<_> = line.words.into_iter().map(word).collect();
        Self { start_ms: line.start_ms, text: line.text, words: Some(words).filter(|words| !words.is_empty()) }
    }
}

impl From<domain::Lyrics> for Lyrics {
    fn from(lyrics: domain::Lyrics) -> Self {
        let lines = lyrics.lines();
        let synced = lines.iter().any(|line| line.start_ms.is_some());
        let offset_ms = lyrics.offset_ms();
        Self { language: lyrics.language, synced, offset_ms, lines: lines.into_iter().map(LyricLine::from).collect() }
    }
}
