//! All SQL of the notifier. It knows nothing of mail servers.

mod digest;
mod mail;
mod news;
mod person;

use sqlx::PgPool;

pub use digest::{collect, forget_digest_of};
pub use mail::{forget_mails_of, write};
pub use news::{announce, follow_merged, forget_interests, learn_follow, learn_merge, learn_preferences};
pub use person::{forget, learn};

/// The notifier's tables.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// The tables in this database.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}
