//! What names are matched, searched and ordered by.

pub use polyphony_names::{identity as fold, index_words, slug, sort_name, words};
