//! `UserDeleted`: forget the person, and what was still to be told to them.

use anyhow::Context;
use polyphony_events::accounts::UserDeleted;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::store;

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let deleted: UserDeleted = event.decode()?;
    store::forget_mails_of(tx, deleted.user_id).await.context("forget the mails to a person")?;
    store::forget_digest_of(tx, deleted.user_id).await.context("forget a digest to a person")?;
    store::forget_interests(tx, deleted.user_id).await.context("forget what a person wants")?;
    store::forget(tx, deleted.user_id).await.context("forget a person")
}
