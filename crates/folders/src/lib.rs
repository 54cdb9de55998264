//! Music in folders, for the importer and for folders on the server: which files are music, which lie beside it, and word of
//! changes. What a file really is, the server finds out.
//!
//! - [`walk`] and [`read_folder`]: the music of folders, with its cue sheets.
//! - [`Beside`]: pictures, lyrics and lists of files beside music.
//! - [`Changes`]: word of changes.
//! - [`text`]: files of text of whose encoding nobody speaks.

mod beside;
mod changes;
mod cue;
mod files;
pub mod text;

pub use beside::{Beside, is_disc};
pub use changes::Changes;
pub use cue::Sheet;
pub use files::{Found, Links, Walk, look_at, name_of, read_folder, stamp, walk};
