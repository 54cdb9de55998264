//! Transactions that change things: what was changed in one leaves the cache when it is committed, before a command
//! answers, so that whoever changed something sees it changed.
//!
//! A process that dies in between leaves that to the event of the change, which the catalog itself hears, too.

use std::ops::{Deref, DerefMut};

use polyphony_events::{AlbumId, ArtistId, TrackId};
use polyphony_kit::cache::{Cache, Name};
use sqlx::{PgConnection, Postgres, Transaction};

use super::{Store, album::AlbumById, artist::ArtistById, track::TrackById};

/// Something that the cache may have a copy of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// An artist.
    Artist(ArtistId),
    /// An album.
    Album(AlbumId),
    /// A track.
    Track(TrackId),
}

impl From<ArtistId> for Entity {
    fn from(id: ArtistId) -> Self {
        Self::Artist(id)
    }
}

impl From<AlbumId> for Entity {
    fn from(id: AlbumId) -> Self {
        Self::Album(id)
    }
}

impl From<TrackId> for Entity {
    fn from(id: TrackId) -> Self {
        Self::Track(id)
    }
}

impl From<Entity> for Name {
    fn from(entity: Entity) -> Self {
        match entity {
            Entity::Artist(id) => Self::of(ArtistById(id)),
            Entity::Album(id) => Self::of(AlbumById(id)),
            Entity::Track(id) => Self::of(TrackById(id)),
        }
    }
}

/// A connection within a transaction, and what was changed through it.
pub trait Writer: DerefMut<Target = PgConnection> + Send {
    /// What the cache drops when the transaction is committed.
    fn changed(&mut self) -> &mut Vec<Name>;

    /// Notes that these were changed.
    fn note<E: Into<Entity>>(&mut self, entities: impl IntoIterator<Item = E>) {
        self.changed().extend(entities.into_iter().map(|entity| Name::from(entity.into())));
    }
}

/// The transaction of a command.
pub struct Tx {
    transaction: Transaction<'static, Postgres>,
    cache: Cache,
    changed: Vec<Name>,
}

impl Tx {
    /// Commits, and drops what has changed from the cache: also when nobody knows whether the commit has succeeded.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        let committed = self.transaction.commit().await;
        self.cache.forget(&self.changed).await;
        committed
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.transaction
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }
}

impl Writer for Tx {
    fn changed(&mut self) -> &mut Vec<Name> {
        &mut self.changed
    }
}

/// The transaction of a consumer, which is committed by whoever lent it.
pub struct Lent<'c> {
    connection: &'c mut PgConnection,
    changed: Vec<Name>,
}

impl<'c> Lent<'c> {
    /// Writes through this connection.
    pub fn new(connection: &'c mut PgConnection) -> Self {
        Self { connection, changed: Vec::new() }
    }

    /// Gives it back; what was changed leaves the cache once it is committed.
    pub fn into_changed(self) -> Vec<Name> {
        self.changed
    }
}

impl Deref for Lent<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection
    }
}

impl Writer for Lent<'_> {
    fn changed(&mut self) -> &mut Vec<Name> {
        &mut self.changed
    }
}

impl Store {
    /// Begins the transaction of a command.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(Tx { transaction: self.pool.begin().await?, cache: self.cache.clone(), changed: Vec::new() })
    }
}
