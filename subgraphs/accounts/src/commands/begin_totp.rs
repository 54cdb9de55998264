//! The viewer sets up an authenticator app.

use chrono::{DateTime, Utc};
use polyphony_kit::Viewer;

use super::{Outcome, step_up::require_step_up};
use crate::{
    app::App,
    domain::{PENDING_TOTP_TTL, Refusal, TotpSecret},
    store,
};

/// A secret that waits to be confirmed.
pub struct BegunTotp {
    /// What codes are made with.
    pub secret: TotpSecret,
    /// The same for an app, with the account's name.
    pub otpauth_url: String,
    /// Until when it can be confirmed.
    pub expires_at: DateTime<Utc>,
}

/// Makes a secret. Nothing changes until a code of it is shown; a secret that is on stays on until then.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn begin_totp(app: &App, viewer: &Viewer) -> Outcome<BegunTotp, Refusal> {
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    let secret = TotpSecret::random();
    store::keep_pending_totp(&mut tx, &app.sealer, viewer.user, &secret, now).await?;
    tx.commit().await?;
    let otpauth_url = secret.otpauth_url(account.email.as_str())?;
    Ok(Ok(BegunTotp { secret, otpauth_url, expires_at: now + PENDING_TOTP_TTL }))
}
