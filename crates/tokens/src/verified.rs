//! Tokens whose signature was good a moment ago: looking again costs more than remembering.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::RwLock;

use crate::claims::{self, Claims};

/// How long a token is believed without looking at its signature again.
const TTL: Duration = Duration::from_secs(30);
/// Tokens that are remembered at once; bounds the memory that they take.
const CAPACITY: usize = 20_000;

/// Remembers what verified tokens say. Whether they are revoked is asked each time.
#[derive(Debug, Default)]
pub(crate) struct Verified(RwLock<HashMap<String, Entry>>);

#[derive(Debug)]
struct Entry {
    until: Instant,
    token: VerifiedToken,
}

/// A token whose signature was good.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedToken {
    /// The key that it is signed with.
    pub(crate) key_id: Arc<str>,
    /// What it says.
    pub(crate) claims: Arc<Claims>,
}

impl Verified {
    pub(crate) fn get(&self, token: &str) -> Option<VerifiedToken> {
        let known = self.0.read();
        let entry = known.get(token)?;
        (entry.until > Instant::now()).then(|| entry.token.clone())
    }

    pub(crate) fn insert(&self, text: &str, token: VerifiedToken) {
        let seconds_left = u64::try_from(token.claims.exp - claims::now()).unwrap_or(0);
        let now = Instant::now();
        let until = now + TTL.min(Duration::from_secs(seconds_left));
        let mut known = self.0.write();
        if known.len() >= CAPACITY {
            known.retain(|_, entry| entry.until > now);
            if known.len() >= CAPACITY {
                known.clear();
            }
        }
        known.insert(text.to_owned(), Entry { until, token });
    }

    pub(crate) fn clear(&self) {
        self.0.write().clear();
    }
}
