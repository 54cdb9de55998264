//! All SQL of playlists. Reads are methods of [`Store`] or keys of the [`Reader`]; writes are functions on the connection of
//! a command's transaction. What is private is read only by functions that take the viewer.

pub mod change;
pub mod collaborator;
mod conditions;
pub mod library;
pub mod person;
pub mod placement;
pub mod play;
pub mod playlist;
pub mod playlist_item;
pub mod smart_playlist;
pub mod track;

use std::sync::Arc;

use polyphony_kit::{Clock, UserId};
use sqlx::{PgPool, PgTransaction};

/// The database of playlists.
#[derive(Clone)]
pub struct Store {
    /// Its connections.
    pub pool: PgPool,
}

impl Store {
    /// The store in this database.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Begins the transaction of a command.
    pub async fn begin(&self) -> Result<PgTransaction<'static>, sqlx::Error> {
        self.pool.begin().await
    }
}

/// Reads for one request, in batches, what its viewer may see. Each key type stands beside its query.
pub struct Reader {
    /// Where from.
    pub store: Store,
    /// For whom; nobody is signed in when absent.
    pub viewer: Option<UserId>,
    /// Tells which day it is to rules.
    pub clock: Clock,
}

/// What a batched read fails with: all that waited for the batch get it.
pub type ReadError = Arc<sqlx::Error>;
