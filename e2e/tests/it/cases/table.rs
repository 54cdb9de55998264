//! The cases: what files there are, and what becomes of them.
//!
//! An album is written as `title KIND (year) by artists: tracks`, a track as `disc.number title by artists seconds`, and behind
//! that what else is asked of it. Artists are left out where they are those of the album. A track of no album is written alone.

use super::files::Make;

/// A kind of case: what it is about, its files, and what they become.
pub(super) struct Case {
    pub(super) number: u32,
    pub(super) what: &'static str,
    pub(super) files: &'static [(&'static str, Make)],
    pub(super) becomes: &'static [&'static str],
}

pub(super) const fn case(
    number: u32,
    what: &'static str,
    files: &'static [(&'static str, Make)],
    becomes: &'static [&'static str],
) -> Case {
    Case { number, what, files, becomes }
}
