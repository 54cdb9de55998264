//! `EmailVerificationRequested`: send the code to the address that is to be shown.

use anyhow::Context;
use polyphony_events::accounts::EmailVerificationRequested;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{
    domain::{Letter, Person},
    store,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let requested: EmailVerificationRequested = event.decode()?;
    let addressee = Person { email: requested.email, display_name: requested.display_name };
    let letter = Letter::VerifyEmail { token: requested.token, expires_at: requested.expires_at };
    store::write(tx, event, requested.user_id, Some(&addressee), &letter).await.context("write a verification")
}
