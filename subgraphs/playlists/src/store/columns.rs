//! How roles and visibilities stand in the database.

use crate::domain::playlist::{PlaylistRole, PlaylistVisibility};

/// Reads a visibility.
pub(super) fn visibility_of(text: &str) -> PlaylistVisibility {
    match text {
        "PUBLIC" => PlaylistVisibility::Public,
        "UNLISTED" => PlaylistVisibility::Unlisted,
        // The table allows no fourth; if it did, it would be for nobody else's eyes.
        _ => PlaylistVisibility::Private,
    }
}

/// Writes a visibility.
pub(super) fn visibility_text(visibility: PlaylistVisibility) -> &'static str {
    match visibility {
        PlaylistVisibility::Private => "PRIVATE",
        PlaylistVisibility::Unlisted => "UNLISTED",
        PlaylistVisibility::Public => "PUBLIC",
    }
}

/// Reads a role.
pub(super) fn role_of(text: &str) -> PlaylistRole {
    match text {
        "OWNER" => PlaylistRole::Owner,
        "EDITOR" => PlaylistRole::Editor,
        _ => PlaylistRole::Viewer,
    }
}

/// Writes a role of somebody who is let in.
pub(super) fn role_text(role: PlaylistRole) -> &'static str {
    if role >= PlaylistRole::Editor { "EDITOR" } else { "VIEWER" }
}
