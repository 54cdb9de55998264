//! Types of other subgraphs that something here refers to: their key, and nothing more.

use async_graphql::{ID, Object};

/// A person.
#[derive(Clone, Debug)]
pub struct User(pub ID);

/// A person who has an account.
#[Object(unresolvable = "id")]
impl User {
    /// The id of the person.
    pub async fn id(&self) -> ID {
        self.0.clone()
    }
}

/// A playlist.
#[derive(Clone, Debug)]
pub struct Playlist(pub ID);

/// A list of tracks that somebody keeps.
#[Object(unresolvable = "id")]
impl Playlist {
    /// The id of the playlist.
    pub async fn id(&self) -> ID {
        self.0.clone()
    }
}
