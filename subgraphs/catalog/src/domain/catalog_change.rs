//! What has changed of what everybody sees of the catalog, in order.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Kind;

/// Where a change stands among all changes: those that came later have a greater one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChangePlace {
    /// The revision that the change made.
    pub revision: i64,
    /// The thing; several things may change in one revision.
    pub id: Uuid,
}

impl ChangePlace {
    /// Behind everything that a revision and those before it have changed.
    pub fn behind(revision: i64) -> Self {
        Self { revision, id: Uuid::max() }
    }
}

/// The last change of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogChange {
    /// Where it stands.
    pub place: ChangePlace,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Whether it can be found: what was withdrawn or deleted cannot.
    pub is_live: bool,
}
