//! Somebody has deleted their account.

use anyhow::Context;
use polyphony_events::accounts::UserDeleted;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::commands::forget_person::forget_person;

pub(super) async fn handle(tx: &mut PgConnection, clock: &Clock, event: &UserDeleted) -> anyhow::Result<()> {
    forget_person(tx, clock, event).await.context("forget somebody")
}
