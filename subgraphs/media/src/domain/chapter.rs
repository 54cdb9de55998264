//! Chapters of a recording.

use serde::{Deserialize, Serialize};

/// The most chapters that are kept of a file.
pub const MAX_CHAPTERS: usize = 1_000;
/// The most characters of a title that are kept.
const MAX_TITLE: usize = 200;

/// A part of a recording that its file names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// What it is called; absent when it has no name.
    pub title: Option<String>,
    /// Where it begins.
    pub start_ms: i64,
    /// Where it ends.
    pub end_ms: i64,
}

/// The chapters of a recording that lasts so long, in order: what ends where it begins, or begins behind the end, is none, and a
/// single one without a name says nothing.
pub fn listed(mut chapters: Vec<Chapter>, duration_ms: i64) -> Vec<Chapter> {
    for chapter in &mut chapters {
        chapter.end_ms = chapter.end_ms.min(duration_ms);
        chapter.title = chapter.title.take().map(|title| title.chars().take(MAX_TITLE).collect());
    }
    chapters.retain(|chapter| chapter.start_ms >= 0 && chapter.start_ms < chapter.end_ms);
    chapters.sort_by_key(|chapter| chapter.start_ms);
    chapters.truncate(MAX_CHAPTERS);
    if let [only] = chapters.as_slice()
        && only.title.is_none()
    {
        chapters.clear();
    }
    chapters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_are_in_order_and_within_the_recording() {
        let chapter =
            |title: Option<&str>, start_ms, end_ms| Chapter { title: title.map(str::to_owned), start_ms, end_ms };
        let all = vec![chapter(Some("b"), 5, 12), chapter(None, 3, 3), chapter(Some("a"), 0, 5), chapter(None, 20, 30)];
        assert_eq!(listed(all, 10), [chapter(Some("a"), 0, 5), chapter(Some("b"), 5, 10)]);
        assert_eq!(listed(vec![chapter(None, 0, 10)], 10), []);
        assert_eq!(listed(vec![chapter(Some("x"), 0, 10)], 10).len(), 1);
        let long = "ö".repeat(MAX_TITLE + 1);
        let many = (0..=MAX_CHAPTERS as i64).map(|at| chapter(Some(&long), at, at + 1)).collect();
        let kept = listed(many, 1 << 40);
        let longest = kept.iter().filter_map(|chapter| chapter.title.as_ref()).map(|title| title.chars().count()).max();
        assert_eq!((kept.len(), longest), (MAX_CHAPTERS, Some(MAX_TITLE)));
    }
}
