//! `EmailVerificationRequested`: send the code to the address that is to be shown.

use anyhow::Context;
use polyphony_events::accounts::{EmailVerificationRequested, seal_context};
use polyphony_kit::{Envelope, Event, seal::Sealer};
use sqlx::PgConnection;

use crate::{
    domain::{Code, Letter, Person},
    store,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope, sealer: &Sealer) -> anyhow::Result<()> {
    let requested: EmailVerificationRequested = event.decode()?;
    let context = seal_context(EmailVerificationRequested::TYPE, &requested.email);
    let code = Code::receive(sealer, requested.sealed_token, &requested.token, &context)?;
    let addressee = Person { email: requested.email, display_name: requested.display_name };
    let letter = Letter::VerifyEmail { code, expires_at: requested.expires_at };
    store::write(tx, event, requested.user_id, Some(&addressee), &letter).await.context("write a verification")
}
