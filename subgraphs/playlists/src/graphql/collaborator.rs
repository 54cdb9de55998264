//! Collaborators of playlists as clients see them.

use async_graphql::Object;
use chrono::{DateTime, Utc};

use crate::{
    domain,
    graphql::{external::User, playlist::PlaylistRole},
};

/// Somebody whom the owner of a playlist lets in.
pub struct PlaylistCollaborator(pub domain::playlist::Collaborator);

/// Somebody whom the owner of a playlist lets in.
#[Object]
impl PlaylistCollaborator {
    /// Who.
    async fn user(&self) -> Option<User> {
        Some(User { id: self.0.user })
    }

    /// What they may do.
    async fn role(&self) -> PlaylistRole {
        self.0.role.into()
    }

    /// Since when.
    async fn added_at(&self) -> DateTime<Utc> {
        self.0.added_at
    }
}
