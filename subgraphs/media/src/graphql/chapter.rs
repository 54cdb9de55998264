//! Chapters of tracks.

use async_graphql::SimpleObject;

use crate::domain::chapter;

/// A part of a long recording, such as a chapter of an audiobook.
#[derive(SimpleObject)]
pub struct Chapter {
    /// What it is called; null when its file does not say.
    title: Option<String>,
    /// Where it begins, ms.
    start_ms: f64,
    /// Where it ends, ms.
    end_ms: f64,
}

impl From<chapter::Chapter> for Chapter {
    fn from(chapter: chapter::Chapter) -> Self {
        Self { title: chapter.title, start_ms: chapter.start_ms as f64, end_ms: chapter.end_ms as f64 }
    }
}
