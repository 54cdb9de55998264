//! Checking a second factor, as a part of other commands.

use polyphony_kit::UserId;
use sqlx::PgConnection;
use webauthn_rs::prelude::WebauthnError;

use super::Outcome;
use crate::{
    app::App,
    domain::{
        Account, Ceremony, CeremonyToken, CodeVerdict, MAX_CODE_FAILURES, Proof, RecoveryCode, Refusal, SecurityEvent,
        SecurityEventKind,
    },
    store,
    webauthn::Assertion,
};

/// Whether this is a second factor of this person, whom the caller has locked. What was tried is used up or counted, so the
/// caller commits its transaction when this refuses too.
pub(super) async fn check_second_factor(
    app: &App,
    tx: &mut PgConnection,
    account: &Account,
    proof: &Proof,
) -> Outcome<()> {
    match proof {
        Proof::Password(_) => Ok(Err(Refusal::SecondFactorRequired)),
        Proof::TotpCode(code) => check_code(app, tx, account, code).await,
        Proof::RecoveryCode(code) => use_recovery_code(app, tx, account, code).await,
        Proof::Passkey { ceremony, credential } => {
            let ceremony = (ceremony.as_str(), Ceremony::Assertion(account.id()));
            check_passkey(app, tx, ceremony, credential, Some(account)).await
        }
    }
}

async fn check_code(app: &App, tx: &mut PgConnection, account: &Account, code: &str) -> Outcome<()> {
    let (user, now) = (account.id(), app.clock.now());
    let totp = store::totp(tx, &app.sealer, user, now).await?;
    match totp.judge(code, now)? {
        CodeVerdict::Accepted(step) => {
            store::accept_totp_step(tx, user, step).await?;
            Ok(Ok(()))
        }
        CodeVerdict::Wrong => {
            store::count_totp_failure(tx, user, now).await?;
            if totp.failures + 1 == MAX_CODE_FAILURES {
                // Somebody knows the password: its owner should choose another one.
                let entry = SecurityEvent::new(user, SecurityEventKind::SecondFactorFailed, now);
                let entry = entry.with_detail(format!("{MAX_CODE_FAILURES} wrong codes"));
                super::notify_security(app, tx, account, entry).await?;
            }
            Ok(Err(Refusal::InvalidCode))
        }
        CodeVerdict::TooManyFailures => Ok(Err(Refusal::TooManyCodes)),
    }
}

async fn use_recovery_code(app: &App, tx: &mut PgConnection, account: &Account, code: &str) -> Outcome<()> {
    let (user, now) = (account.id(), app.clock.now());
    let Some(code) = RecoveryCode::parse(code) else { return Ok(Err(Refusal::InvalidCode)) };
    if !store::use_recovery_code(tx, user, &code, now).await? {
        return Ok(Err(Refusal::InvalidCode));
    }
    let left = store::second_factors(tx, user).await?.recovery_codes;
    let entry = SecurityEvent::new(user, SecurityEventKind::RecoveryCodeUsed, now);
    super::notify_security(app, tx, account, entry.with_detail(format!("{left} left"))).await?;
    Ok(Ok(()))
}

/// Completes a ceremony with what a passkey of `owner`, whom the caller has locked, has signed. The ceremony is over, and what the
/// passkey's counter tells is written, so the caller commits its transaction when this refuses too.
pub(super) async fn check_passkey(
    app: &App,
    tx: &mut PgConnection,
    (token, ceremony): (&str, Ceremony),
    credential: &str,
    owner: Option<&Account>,
) -> Outcome<()> {
    let now = app.clock.now();
    let Some(token) = CeremonyToken::parse(token) else { return Ok(Err(Refusal::InvalidToken)) };
    let Some(state) = store::take_ceremony(tx, &token, ceremony, now).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    let (Some(assertion), Some(owner)) = (Assertion::parse(credential), owner) else {
        return Ok(Err(Refusal::InvalidPasskey));
    };
    let passkey = store::passkey_by_credential(tx, assertion.credential_id()).await?;
    let is_owner = passkey
        .as_ref()
        .is_some_and(|passkey| passkey.user_id == owner.id() && is_named(owner.id(), ceremony, &assertion));
    let Some(mut passkey) = passkey.filter(|_| is_owner) else { return Ok(Err(Refusal::InvalidPasskey)) };
    match app.webauthn.finish_assertion(&assertion, state, &passkey) {
        Ok(result) => {
            passkey.note_use(&result, now);
            store::save_passkey(tx, &passkey).await?;
            Ok(Ok(()))
        }
        Err(error) => {
            tracing::info!(%error, user.id = %passkey.user_id, "an assertion was not accepted");
            if matches!(error, WebauthnError::CredentialPossibleCompromise) {
                let entry = SecurityEvent::new(passkey.user_id, SecurityEventKind::PasskeyCloned, now);
                super::notify_security(app, tx, owner, entry.with_detail(passkey.name)).await?;
            }
            Ok(Err(Refusal::InvalidPasskey))
        }
    }
}

/// Whether the authenticator names this person. It may say nothing where it is known whose passkey is asked for; whoever signs in by
/// passkey alone is whom it names.
fn is_named(user: UserId, ceremony: Ceremony, assertion: &Assertion) -> bool {
    match assertion.user_handle() {
        Some(handle) => handle == user.0.as_bytes().as_slice(),
        None => ceremony.user().is_some(),
    }
}
