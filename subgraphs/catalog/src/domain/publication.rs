//! Publication: who sees a thing when.

use polyphony_events::{UserId, catalog};
use polyphony_kit::Viewer;
use serde::{Deserialize, Serialize};

/// Whether a thing can be found and played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicationStatus {
    /// Seen by those who manage it.
    Draft,
    /// Seen by all.
    Published,
    /// Was published. It keeps its place in lists of people, is found by nobody, and plays for nobody.
    Withdrawn,
}

impl PublicationStatus {
    /// As it stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

impl From<String> for PublicationStatus {
    /// Reads what the database holds, which a constraint limits to the three; anything else would be hidden.
    fn from(text: String) -> Self {
        match text.as_str() {
            "PUBLISHED" => Self::Published,
            "WITHDRAWN" => Self::Withdrawn,
            _ => Self::Draft,
        }
    }
}

impl From<PublicationStatus> for catalog::PublicationStatus {
    fn from(status: PublicationStatus) -> Self {
        match status {
            PublicationStatus::Draft => Self::Draft,
            PublicationStatus::Published => Self::Published,
            PublicationStatus::Withdrawn => Self::Withdrawn,
        }
    }
}

/// Whose eyes look: everybody sees what is or was published, its owner and admins see drafts, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// The person, when signed in.
    pub user: Option<UserId>,
    /// Whether they see everything.
    pub is_admin: bool,
}

impl Audience {
    /// Whether a thing of this status and this owner is shown.
    pub fn sees(&self, status: PublicationStatus, owner: UserId) -> bool {
        status != PublicationStatus::Draft || self.user == Some(owner) || self.is_admin
    }
}

impl From<Option<&Viewer>> for Audience {
    fn from(viewer: Option<&Viewer>) -> Self {
        Self { user: viewer.map(|viewer| viewer.user), is_admin: viewer.is_some_and(Viewer::is_admin) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_shown_to_its_owner_and_to_admins() {
        let owner = UserId::new();
        let anybody = Audience::default();
        let stranger = Audience { user: Some(UserId::new()), is_admin: false };
        let own = Audience { user: Some(owner), is_admin: false };
        let admin = Audience { is_admin: true, ..stranger };
        let seen_by = |status| [anybody, stranger, own, admin].map(|audience| audience.sees(status, owner));
        assert_eq!(seen_by(PublicationStatus::Draft), [false, false, true, true]);
        assert_eq!(seen_by(PublicationStatus::Published), [true; 4]);
        assert_eq!(seen_by(PublicationStatus::Withdrawn), [true; 4]);
    }
}
