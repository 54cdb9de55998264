//! Access tokens that are refused before their time: sessions that have ended, and people who may do less than their tokens
//! say. accounts publishes them on Redis; the router and every subgraph follow, and decide from memory.
//!
//! It is a crate of its own because the router, which shares nothing else with `kit`, follows too.

mod follow;
mod publish;

use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::RwLock;

pub use follow::follow;
pub use publish::Publisher;

/// Where the revocations are, in Redis: a sorted set, the score is when each was published (milliseconds by Redis' clock).
const KEY: &str = "polyphony:revocations";

/// How long a revocation is kept: a little longer than an access token is good.
pub const KEPT_FOR: Duration = Duration::from_mins(11);

/// Tokens that are refused from now on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Revocation {
    /// Those of this session, of this API key, or signed with the signing key of this id.
    Session(String),
    /// Those of this person that were made from their account at this version or before.
    User {
        /// Who.
        id: String,
        /// The version of the account.
        version: i64,
    },
}

impl fmt::Display for Revocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(id) => write!(f, "{id}"),
            Self::User { id, version } => write!(f, "{id} {version}"),
        }
    }
}

impl Revocation {
    /// Reads the written form.
    fn parse(text: &str) -> Self {
        match text.split_once(' ').and_then(|(id, version)| Some((id, version.parse().ok()?))) {
            Some((id, version)) => Self::User { id: id.to_owned(), version },
            None => Self::Session(text.to_owned()),
        }
    }
}

/// What is revoked, as far as this process knows. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Revoked(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    sessions: HashMap<String, Instant>,
    users: HashMap<String, (i64, Instant)>,
}

impl Revoked {
    /// Whether a token of this session, made from this version of its person's account, is refused.
    pub fn covers(&self, user: &str, session: &str, version: i64) -> bool {
        let known = self.0.read();
        known.sessions.contains_key(session) || known.users.get(user).is_some_and(|(floor, _)| version <= *floor)
    }

    /// Whether tokens are refused that were signed with the key of this id: it was retired at once. Such a key is revoked like a
    /// session, by its id.
    pub fn covers_key(&self, key_id: &str) -> bool {
        self.0.read().sessions.contains_key(key_id)
    }

    /// Takes in a revocation.
    pub fn add(&self, revocation: Revocation) {
        let until = Instant::now() + KEPT_FOR;
        let mut known = self.0.write();
        match revocation {
            Revocation::Session(id) => {
                known.sessions.entry(id).or_insert(until);
            }
            Revocation::User { id, version } => {
                let entry = known.users.entry(id).or_insert((version, until));
                if version > entry.0 {
                    *entry = (version, until);
                }
            }
        }
    }

    /// Forgets what no token that is still good can be about.
    fn forget_old(&self) {
        let now = Instant::now();
        let mut known = self.0.write();
        known.sessions.retain(|_, until| *until > now);
        known.users.retain(|_, (_, until)| *until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokens_of_a_session_are_refused_and_no_others() {
        let revoked = Revoked::default();
        revoked.add(Revocation::Session("ses_1".to_owned()));
        assert!(revoked.covers("usr_1", "ses_1", 9));
        assert!(!revoked.covers("usr_1", "ses_2", 9));
    }

    #[test]
    fn older_tokens_of_a_person_are_refused_and_newer_ones_are_not() {
        let revoked = Revoked::default();
        revoked.add(Revocation::User { id: "usr_1".to_owned(), version: 4 });
        revoked.add(Revocation::User { id: "usr_1".to_owned(), version: 2 });
        assert!(revoked.covers("usr_1", "ses_1", 4));
        assert!(!revoked.covers("usr_1", "ses_1", 5));
        assert!(!revoked.covers("usr_2", "ses_1", 1));
    }

    #[test]
    fn a_revocation_reads_as_it_was_written() {
        for revocation in
            [Revocation::Session("ses_1".to_owned()), Revocation::User { id: "usr_1".to_owned(), version: 7 }]
        {
            assert_eq!(Revocation::parse(&revocation.to_string()), revocation);
        }
    }
}
