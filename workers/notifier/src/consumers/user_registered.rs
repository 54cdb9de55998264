//! `UserRegistered`: learn of the person, and welcome them.

use anyhow::Context;
use polyphony_events::accounts::UserRegistered;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{domain::Letter, store};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let registered: UserRegistered = event.decode()?;
    store::learn(tx, &registered).await.context("learn of a person")?;
    let letter = Letter::Welcome { handle: registered.handle };
    store::write(tx, event, registered.user_id, None, &letter).await.context("write a welcome")
}
