//! Somebody has deleted their account.

use anyhow::Context;
use polyphony_events::accounts::UserDeleted;
use polyphony_kit::Clock;

use crate::{commands::forget_person::forget_person, store::tx::Lent};

pub(super) async fn handle(tx: &mut Lent<'_>, clock: &Clock, event: &UserDeleted) -> anyhow::Result<()> {
    forget_person(tx, clock, event).await.context("forget somebody")
}
