//! The viewer proves again who they are, before a dangerous change.

use chrono::{DateTime, Utc};
use polyphony_kit::{Error, Viewer};
use sqlx::PgConnection;

use super::{Outcome, check_proof::check_second_factor};
use crate::{
    app::App,
    domain::{Account, Client, Proof, Refusal, STEP_UP_TTL, SecurityEvent, SecurityEventKind},
    store,
};

/// Refuses with [`Refusal::StepUpRequired`] unless the viewer's session has proved lately who is behind it: by signing in or by
/// [`step_up`], with the second factor if they have one. Every command that a thief of a token must not run asks here, after
/// it has locked the viewer.
pub(super) async fn require_step_up(tx: &mut PgConnection, viewer: &Viewer, now: DateTime<Utc>) -> Outcome<()> {
    let proved_at = store::session_proved_at(tx, viewer.session).await?;
    let is_fresh = proved_at.is_some_and(|at| now - at < STEP_UP_TTL);
    Ok(if is_fresh { Ok(()) } else { Err(Refusal::StepUpRequired) })
}

/// Proves the viewer's session; gives until when that is good.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn step_up(app: &App, viewer: &Viewer, proof: Proof, client: Client) -> Outcome<DateTime<Utc>> {
    let account = app.store.account(viewer.user).await?.ok_or_else(Error::unauthenticated)?;
    let is_password_right = match &proof {
        Proof::Password(_) if account.has_second_factor => return Ok(Err(Refusal::SecondFactorRequired)),
        Proof::Password(password) => app.passwords.verify(password, account.password_hash.as_deref()).await?,
        _ => false,
    };

    let mut tx = app.store.begin().await?;
    let locked = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    let checked = match &proof {
        Proof::Password(_) => judge_password(&account, &locked, is_password_right),
        proof => check_second_factor(app, &mut tx, &locked, proof).await?,
    };
    if let Err(refusal) = checked {
        let kind = match proof {
            Proof::Password(_) => SecurityEventKind::SignInFailed,
            _ => SecurityEventKind::SecondFactorFailed,
        };
        let entry = SecurityEvent::new(viewer.user, kind, now).in_session(viewer.session).by(&client);
        super::note(&mut tx, &entry.with_detail("step-up")).await?;
        tx.commit().await?;
        return Ok(Err(refusal));
    }
    store::prove_session(&mut tx, viewer.session, now).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::SteppedUp, now);
    super::note(&mut tx, &entry.in_session(viewer.session).by(&client)).await?;
    tx.commit().await?;
    Ok(Ok(now + STEP_UP_TTL))
}

/// The viewer's account, if this is its password, which they give once more before a change. Whatever is no session is refused before
/// the password is looked at, so that an API key tries none, and a wrong one is in the security log: whoever has stolen a token
/// guesses no more quietly than whoever signs in.
pub(super) async fn check_password(app: &App, viewer: &Viewer, given: &str, client: &Client) -> Outcome<Account> {
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    // Nobody is held up while the password is hashed, which takes long.
    tx.rollback().await?;
    if app.passwords.verify(given, account.password_hash.as_deref()).await? {
        return Ok(Ok(account));
    }
    let mut tx = app.store.begin().await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::SignInFailed, app.clock.now());
    super::note(&mut tx, &entry.in_session(viewer.session).by(client).with_detail("password asked again")).await?;
    tx.commit().await?;
    Ok(Err(Refusal::InvalidCredentials))
}

/// Looks at the account again under its lock: password and factors may have changed while the password was checked.
fn judge_password(account: &Account, locked: &Account, is_right: bool) -> Result<(), Refusal> {
    if locked.has_second_factor {
        Err(Refusal::SecondFactorRequired)
    } else if is_right && locked.password_hash == account.password_hash {
        Ok(())
    } else {
        Err(Refusal::InvalidCredentials)
    }
}
