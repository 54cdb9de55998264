//! What rules compare names by: facts and rules alike.

pub use polyphony_names::{identity as fold, slug};
