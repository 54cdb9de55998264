//! Doing the work of an idempotency key once.

use polyphony_kit::{
    Clock, Viewer,
    idempotency::{Claim, Key},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;

use crate::{commands::Result, domain::Refusal};

/// The idempotency key of a command, if the client sent one.
pub(super) struct Once(Option<Key>);

impl Once {
    /// Reads the key that came with this input of this mutation.
    pub(super) fn new(viewer: &Viewer, key: Option<&str>, mutation: &str, input: &impl Serialize) -> Result<Self> {
        Ok(Self(key.map(|key| Key::new(viewer.user, key, mutation, input)).transpose()?))
    }

    /// The result of the first time, if this is not it.
    pub(super) async fn first<T: DeserializeOwned>(&self, tx: &mut PgConnection, clock: &Clock) -> Result<Option<T>> {
        let Some(key) = &self.0 else { return Ok(None) };
        match key.claim(tx, clock).await? {
            Claim::Fresh => Ok(None),
            Claim::Replay(result) => Ok(Some(result)),
            Claim::Reused => Err(Refusal::KeyReused.into()),
        }
    }

    /// Keeps the result for the next time.
    pub(super) async fn record(&self, tx: &mut PgConnection, clock: &Clock, result: &impl Serialize) -> Result<()> {
        match &self.0 {
            Some(key) => Ok(key.record(tx, clock, result).await?),
            None => Ok(()),
        }
    }
}
