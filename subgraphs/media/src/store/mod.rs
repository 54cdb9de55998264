//! All SQL of media. Reads are methods of [`Store`]; writes take the connection of a command's transaction.

pub mod album_cover;
pub mod album_loudness;
pub mod announcement;
pub mod chapter;
pub mod cut;
pub mod data_export;
pub mod device;
pub mod encoding;
pub mod export_lease;
pub mod failed_job;
pub mod garbage;
pub mod image;
pub mod inventory;
pub mod job;
pub mod lease;
pub mod library_file;
pub mod library_folder;
pub mod listener;
pub mod listening_session;
pub mod next_job;
pub mod person;
pub mod play;
pub mod play_context;
pub mod player;
pub mod private_session;
pub mod queue;
pub mod queue_changes;
pub mod rendition;
pub mod retention;
pub mod track;
pub mod track_source;
pub mod upload;
pub mod upload_changes;

use polyphony_kit::Viewer;
use sqlx::{PgPool, Postgres, Transaction};

/// The database of media.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// The store in this database.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// The pool, for the plumbing: relay, consumers, health.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins the transaction of a command.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.pool.begin().await
    }

    /// What `viewer` may see, in batches; the one source of the loaders.
    pub fn reader(&self, viewer: Option<&Viewer>) -> Reader {
        Reader { store: self.clone(), viewer: viewer.cloned() }
    }
}

/// Loads what one viewer may see. It is the loader behind every `DataLoader` of a request.
#[derive(Clone, Debug)]
pub struct Reader {
    store: Store,
    viewer: Option<Viewer>,
}

/// A name in the database that this version of the program does not know: a mistake of ours, or a newer version's row.
fn unknown(column: &'static str, value: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: format!("unknown value {value}").into() }
}
