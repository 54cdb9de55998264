//! All SQL of the catalog. Reads are methods of [`Store`], batch-first; writes are functions on the command's connection.

pub mod admin;
pub mod album;
pub mod album_list;
pub mod artist;
pub mod artist_list;
pub mod browse;
pub mod candidate;
pub mod catalog_change;
pub mod chart;
pub mod data_export;
pub mod detail;
pub mod edit;
pub mod edition;
pub mod genre;
pub mod issue;
pub mod lead;
pub mod lock;
pub mod lyrics;
pub mod matching;
pub mod name;
pub mod person;
pub mod play;
pub mod recent;
pub mod recommendation;
pub mod redirect;
pub mod search;
pub mod share;
pub mod snapshot;
pub mod source;
pub mod taste;
pub mod telling;
pub mod track;
pub mod track_list;
pub mod tx;

use std::collections::HashMap;
use std::hash::Hash;

use polyphony_kit::{Clock, cache::Cache, page::Page};
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

/// A page of a list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted<K> {
    /// Which page.
    pub page: Page<K>,
    /// Whether the length of the whole list is asked for, too.
    pub total: bool,
}

/// What a page holds, and the length of the whole list as each row says it: 0 when it was not asked for, or nothing is here.
fn listed<T>(rows: Vec<(i64, T)>) -> (Vec<T>, i64) {
    let total = rows.first().map_or(0, |(total, _)| *total);
    (rows.into_iter().map(|(_, row)| row).collect(), total)
}

/// Things with the id of what each belongs to, in order, gathered by that id. Every key has an entry.
fn gather<K: Eq + Hash + Copy, T>(keys: &[K], rows: Vec<(K, T)>) -> HashMap<K, Vec<T>> {
    let mut gathered: HashMap<K, Vec<T>> = keys.iter().map(|key| (*key, Vec::new())).collect();
    for (key, row) in rows {
        gathered.entry(key).or_default().push(row);
    }
    gathered
}
