//! `UserEmailChanged`: mail for the person goes to their new address from now on.

use anyhow::Context;
use polyphony_events::accounts::UserEmailChanged;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::store;

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let changed: UserEmailChanged = event.decode()?;
    store::learn(tx, &changed).await.context("learn of a new address")
}
