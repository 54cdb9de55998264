//! The viewer makes a passkey.

use anyhow::Context;
use chrono::{DateTime, Utc};
use polyphony_kit::{Viewer, db};
use webauthn_rs::prelude::PasskeyRegistration;

use super::{Outcome, enrol::enrolled, step_up::require_step_up};
use crate::{
    app::App,
    domain::{
        CEREMONY_TTL, Ceremony, CeremonyToken, KeyName, MAX_PASSKEYS, Passkey, PasskeyId, RecoveryCode, Refusal,
        SecurityEvent, SecurityEventKind,
    },
    store,
};

/// A ceremony that begins at the viewer's authenticator.
pub struct BegunCeremony {
    /// What it is completed with.
    pub token: CeremonyToken,
    /// The `publicKey` options for the browser, as JSON.
    pub options: String,
    /// Until when it can be completed.
    pub expires_at: DateTime<Utc>,
}

/// A new passkey.
pub struct RegisteredPasskey {
    /// The passkey.
    pub passkey: Passkey,
    /// Recovery codes, for whoever had none.
    pub recovery_codes: Option<Vec<RecoveryCode>>,
}

/// Begins to make a passkey of the viewer.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn begin_passkey_registration(app: &App, viewer: &Viewer) -> Outcome<BegunCeremony> {
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    let existing = store::passkeys_of(&mut tx, viewer.user).await?;
    if existing.len() as i64 >= MAX_PASSKEYS {
        return Ok(Err(Refusal::TooManyPasskeys));
    }
    let begun = app.webauthn.begin_registration(&account, &existing)?;
    let token = CeremonyToken::random();
    store::begin_ceremony(&mut tx, &token, Ceremony::Registration(viewer.user), &begun.state, now).await?;
    tx.commit().await?;
    Ok(Ok(BegunCeremony { token, options: begun.options, expires_at: now + CEREMONY_TTL }))
}

/// Adds the passkey that the authenticator made, by the browser's `PublicKeyCredential` as JSON.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn complete_passkey_registration(
    app: &App,
    viewer: &Viewer,
    ceremony: &str,
    credential: &str,
    name: &str,
) -> Outcome<RegisteredPasskey> {
    let Some(token) = CeremonyToken::parse(ceremony) else { return Ok(Err(Refusal::InvalidToken)) };
    let Some(name) = KeyName::parse(name) else { return Ok(Err(Refusal::InvalidPasskeyName)) };
    let mut tx = app.store.begin().await?;
    let mut account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    let begun = Ceremony::Registration(viewer.user);
    let Some(state) = store::take_ceremony::<PasskeyRegistration>(&mut tx, &token, begun, now).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    let Some(credential) = app.webauthn.finish_registration(credential, &state) else {
        tx.commit().await?;
        return Ok(Err(Refusal::InvalidPasskey));
    };
    if store::second_factors(&mut tx, viewer.user).await?.passkeys >= MAX_PASSKEYS {
        return Ok(Err(Refusal::TooManyPasskeys));
    }
    let (id, name) = (PasskeyId::new(), name.into_text());
    let passkey = Passkey { id, user_id: viewer.user, name, credential, created_at: now, last_used_at: None };
    match store::add_passkey(&mut tx, &passkey).await {
        // One authenticator's key is one person's.
        Err(error) if db::violated(&error) == Some("passkeys_credential_id_key") => {
            return Ok(Err(Refusal::InvalidPasskey));
        }
        added => added.context("add a passkey")?,
    }
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::PasskeyAdded, now).in_session(viewer.session);
    let entry = entry.with_detail(passkey.name.clone());
    let recovery_codes = enrolled(app, &mut tx, &mut account, entry).await?;
    tx.commit().await?;
    Ok(Ok(RegisteredPasskey { passkey, recovery_codes }))
}
