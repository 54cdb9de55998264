//! What follows a new or a lost second factor, as a part of other commands.

use polyphony_kit::{Result, Viewer};
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{Account, RECOVERY_CODES, RecoveryCode, Refusal, SecurityEvent},
    store,
};

/// Writes that the person has a second factor more, which they have shown just now in the session of `entry`. Other sessions proved
/// less than is asked from now on, so their proofs are forgotten. Gives recovery codes to whoever has none.
pub(super) async fn enrolled(
    app: &App,
    tx: &mut PgConnection,
    account: &mut Account,
    entry: SecurityEvent,
) -> Result<Option<Vec<RecoveryCode>>> {
    let now = app.clock.now();
    store::save_second_factor(tx, account).await?;
    store::forget_proofs(tx, account.id(), entry.session).await?;
    if let Some(session) = entry.session {
        store::prove_session(tx, session, now).await?;
    }
    super::notify_security(app, tx, account, entry).await?;
    if store::second_factors(tx, account.id()).await?.recovery_codes > 0 {
        return Ok(None);
    }
    let codes = new_recovery_codes();
    store::replace_recovery_codes(tx, account.id(), &codes, now).await?;
    Ok(Some(codes))
}

/// Recovery codes that nobody has had before.
pub(super) fn new_recovery_codes() -> Vec<RecoveryCode> {
    (0..RECOVERY_CODES).map(|_| RecoveryCode::random()).collect()
}

/// Refuses to take one second factor off somebody whose role asks for one and who has no other.
pub(super) async fn may_lose_one(
    app: &App,
    tx: &mut PgConnection,
    account: &Account,
    viewer: &Viewer,
) -> super::Outcome<()> {
    let is_last = !store::second_factors(tx, viewer.user).await?.has_several();
    let is_needed = app.second_factor.requires(account.role) && is_last;
    Ok(if is_needed { Err(Refusal::LastSecondFactor) } else { Ok(()) })
}
