//! `RegistrationAttempted`: tell the owner of the address that it has an account.

use anyhow::Context;
use polyphony_events::accounts::RegistrationAttempted;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{
    domain::{Letter, Person},
    store,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let attempted: RegistrationAttempted = event.decode()?;
    let addressee = Person { email: attempted.email, display_name: attempted.display_name };
    let letter = Letter::RegistrationAttempted { at: attempted.at };
    store::write(tx, event, attempted.user_id, Some(&addressee), &letter)
        .await
        .context("write of an attempt to register")
}
