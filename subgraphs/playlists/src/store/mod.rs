//! All SQL of playlists. Reads are methods of [`Store`] or keys of the [`Reader`]; writes are functions on the connection of
//! a command's transaction. What is private is read only by functions that take the viewer.

pub mod change;
pub mod collaborator;
mod columns;
mod conditions;
pub mod data_export;
pub mod duration;
pub mod gone;
pub mod invitation;
pub mod library;
pub mod named_track;
pub mod person;
pub mod placement;
pub mod play;
pub mod playlist;
pub mod playlist_item;
pub mod preference;
pub mod smart_cache;
pub mod smart_playlist;
pub mod track;

use std::sync::Arc;

use polyphony_kit::{Clock, UserId};
use sqlx::{PgPool, PgTransaction};

use self::{duration::Durations, smart_cache::SmartCache};

/// The database of playlists.
#[derive(Clone)]
pub struct Store {
    /// Its connections.
    pub pool: PgPool,
    /// What rules chose lately.
    pub smart: SmartCache,
    /// How long playlists play.
    pub durations: Durations,
}

impl Store {
    /// The store in this database.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, smart: SmartCache::default(), durations: Durations::default() }
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

/// A page of a list as one statement gives it: each row says how many the whole list has, if that is asked for, and an empty
/// page is one row that says nothing else.
#[derive(Clone)]
pub struct Listed<T> {
    /// One more than the page has, when more follow.
    pub rows: Vec<T>,
    /// How many the whole list has; 0 unless that is asked for.
    pub total: i64,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), total: 0 }
    }
}

impl<T> FromIterator<(Option<i64>, Option<T>)> for Listed<T> {
    fn from_iter<I: IntoIterator<Item = (Option<i64>, Option<T>)>>(rows: I) -> Self {
        let mut listed = Self::default();
        for (total, row) in rows {
            listed.total = total.unwrap_or_default();
            listed.rows.extend(row);
        }
        listed
    }
}

/// What a batched read fails with: all that waited for the batch get it.
pub type ReadError = Arc<sqlx::Error>;
