//! Search: one index with two implementations. Documents come from events alone (`consumers/`) and stand in PostgreSQL;
//! PostgreSQL can search them itself, and Meilisearch is a mirror of them.
//!
//! Invariant: whichever implementation answers, the order is the one of `domain/relevance.rs` in kind: more words found, more
//! exactly, in the title, played more often. `tests/it/search_conformance.rs` holds both to it.

pub mod meilisearch;
pub mod mirror;
pub mod postgres;
pub mod rebuild;

use polyphony_kit::page::Page;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    domain::{
        Kind,
        relevance::{Piece, Terms},
    },
    store::{Store, candidate::Candidate},
};

pub use meilisearch::Meilisearch;

/// Where search looks.
#[derive(Clone)]
pub enum SearchIndex {
    /// In the documents themselves.
    Postgres(Store),
    /// In their mirror, and in the documents themselves while the mirror is away, empty or far behind.
    Meilisearch {
        /// The mirror.
        mirror: Meilisearch,
        /// The documents.
        documents: Store,
    },
}

/// What somebody looks for.
#[derive(Clone, Debug)]
pub struct Query {
    /// The words.
    pub terms: Terms,
    /// The kinds of things.
    pub kinds: Vec<Kind>,
    /// Which part of the results.
    pub page: Page<Place>,
    /// Whether explicit tracks, and albums of such alone, are among them.
    pub shows_explicit: bool,
}

/// Where a result stands in the list of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Behind results with more score, then with more plays, then with a smaller id.
    Ranked(i64, i64, Uuid),
    /// At this distance from the top.
    At(usize),
}

/// A result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What was found.
    pub found: Candidate,
    /// Where it stands.
    pub place: Place,
}

/// The results: one more than the page has, if there are as many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// In order.
    pub hits: Vec<Hit>,
    /// About how many there are in all.
    pub estimated_total: i64,
}

impl Hit {
    /// Title and subtitle in pieces, those that were found and those between.
    pub fn pieces(&self, terms: &Terms) -> Vec<Piece> {
        terms.pieces(self.found.text())
    }

    /// Title and subtitle with the words that were found between `<em>` and `</em>`.
    pub fn highlight(&self, terms: &Terms) -> String {
        terms.highlight(self.found.text())
    }
}

impl SearchIndex {
    /// Looks for something. An error means that the database cannot be asked just now.
    pub async fn search(&self, query: &Query) -> anyhow::Result<Results> {
        if query.terms.words.is_empty() || query.kinds.is_empty() {
            return Ok(Results::default());
        }
        match self {
            Self::Postgres(store) => postgres::search(store, query).await,
            Self::Meilisearch { mirror, documents } => {
                if mirror.is_current() {
                    match mirror.search(query).await {
                        Ok(results) => return Ok(results),
                        Err(error) if mirror.set_current(false) => {
                            tracing::warn!(error = format!("{error:#}"), "PostgreSQL answers searches for Meilisearch");
                        }
                        Err(_) => {}
                    }
                }
                postgres::search(documents, query).await
            }
        }
    }

    /// What begins like this, or nearly: of things with one title the best.
    pub async fn suggest(&self, prefix: &str, first: i64, shows_explicit: bool) -> anyhow::Result<Vec<Hit>> {
        // Several things may have one title.
        let page = Page { first: first * 3, after: None };
        let query = Query { terms: Terms::read(prefix), kinds: Kind::ALL.to_vec(), page, shows_explicit };
        let results = self.search(&query).await?;
        let mut best: Vec<Hit> = Vec::new();
        for hit in results.hits {
            if best.len() < first as usize && best.iter().all(|better| better.found.title != hit.found.title) {
                best.push(hit);
            }
        }
        Ok(best)
    }
}
