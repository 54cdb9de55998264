//! All SQL of the catalog. Reads are methods of [`Store`], batch-first; writes are functions on the command's connection.

pub mod admin;
pub mod album;
pub mod album_list;
pub mod artist;
pub mod candidate;
pub mod chart;
pub mod genre;
pub mod lyrics;
pub mod matching;
pub mod person;
pub mod play;
pub mod recommendation;
pub mod search;
pub mod snapshot;
pub mod taste;
pub mod track;
pub mod track_list;
pub mod tx;

use std::collections::HashMap;
use std::hash::Hash;

use polyphony_kit::{Clock, cache::Cache};
use sqlx::PgPool;

use crate::domain::Audience;

/// The database, and in front of it what was read lately.
#[derive(Clone, Debug)]
pub struct Store {
    /// Its connections.
    pub pool: PgPool,
    /// Artists, albums and tracks by their ids, whoever may see them: loaders leave out what their person may not.
    pub cache: Cache,
}

/// What the loaders of one request read with: the database, as one person sees it.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The database.
    pub store: Store,
    /// Whose request it is.
    pub audience: Audience,
    /// The time.
    pub clock: Clock,
}

/// Things with the id of what each belongs to, in order, gathered by that id. Every key has an entry.
fn gather<K: Eq + Hash + Copy, T>(keys: &[K], rows: Vec<(K, T)>) -> HashMap<K, Vec<T>> {
    let mut gathered: HashMap<K, Vec<T>> = keys.iter().map(|key| (*key, Vec::new())).collect();
    for (key, row) in rows {
        gathered.entry(key).or_default().push(row);
    }
    gathered
}
