//! `PasswordResetRequested`: send the code that lets them choose another password.

use anyhow::Context;
use polyphony_events::accounts::PasswordResetRequested;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{
    domain::{Letter, Person},
    store,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let requested: PasswordResetRequested = event.decode()?;
    let addressee = Person { email: requested.email, display_name: requested.display_name };
    let letter = Letter::ResetPassword { token: requested.token, expires_at: requested.expires_at };
    store::write(tx, event, requested.user_id, Some(&addressee), &letter).await.context("write a password reset")
}
