//! `PasswordResetRequested`: send the code that lets them choose another password.

use anyhow::Context;
use polyphony_events::accounts::{PasswordResetRequested, seal_context};
use polyphony_kit::{Envelope, Event, seal::Sealer};
use sqlx::PgConnection;

use crate::{
    domain::{Code, Letter, Person},
    store,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope, sealer: &Sealer) -> anyhow::Result<()> {
    let requested: PasswordResetRequested = event.decode()?;
    let context = seal_context(PasswordResetRequested::TYPE, &requested.email);
    let code = Code::receive(sealer, requested.sealed_token, &requested.token, &context)?;
    let addressee = Person { email: requested.email, display_name: requested.display_name };
    let letter = Letter::ResetPassword {
        code,
        expires_at: requested.expires_at,
        sign_in_providers: requested.sign_in_providers,
    };
    store::write(tx, event, requested.user_id, Some(&addressee), &letter).await.context("write a password reset")
}
