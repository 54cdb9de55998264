//! What names and titles are compared, searched and ordered by; one place for all services, so that they agree.
//!
//! - [`identity`]: two spellings of one name are equal, names of different letters never are. What the catalog matches by.
//! - [`words`], [`index_words`] and [`text`]: what a query and a document are searched by.
//! - [`slug`]: the form of a genre's name in addresses.
//! - [`sort_name`]: what lists are ordered by.
//!
//! Whoever keeps what one of these gave keeps [`VERSION`] beside it, and derives it anew when that has grown.

mod identity;
mod script;
mod search;
mod sort;

pub use identity::identity;
pub use script::{clusters, is_mark, is_unspaced};
pub use search::{index_words, slug, text, words};
pub use sort::sort_name;

/// Grows whenever a function of this crate gives something else for any name.
pub const VERSION: i16 = 2;
