//! Who manages what: CREATOR what it owns, ADMIN everything.

use polyphony_kit::{UserId, Viewer};

/// The owner of what nobody owns any more: ADMIN alone manages it.
pub const NOBODY: UserId = UserId(uuid::Uuid::nil());

/// Somebody who may change the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manager {
    /// The person, who owns what they make.
    pub user: UserId,
    /// Whether they manage what others own, too.
    pub is_admin: bool,
}

impl Manager {
    /// Whether the person manages what `owner` owns.
    pub fn manages(&self, owner: UserId) -> bool {
        self.is_admin || (self.user == owner && owner != NOBODY)
    }
}

impl From<&Viewer> for Manager {
    fn from(viewer: &Viewer) -> Self {
        Self { user: viewer.user, is_admin: viewer.is_admin() }
    }
}
