//! Somebody takes an account at a provider from those that they sign in with.

use polyphony_kit::Viewer;
use sqlx::PgConnection;

use super::{Outcome, step_up::require_step_up};
use crate::{
    app::App,
    domain::{Account, IdentityId, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Unlinks an identity of the viewer's. The last way to sign in stays.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn unlink_identity(app: &App, viewer: &Viewer, id: IdentityId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    // Whoever has a stolen token must not take its owner's way in.
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    let Some(provider) = store::delete_identity(&mut tx, account.id(), id).await? else {
        return Ok(Err(Refusal::IdentityNotFound));
    };
    if !has_way_in(&mut tx, &account).await? {
        return Ok(Err(Refusal::LastWayIn));
    }
    let entry = SecurityEvent::new(account.id(), SecurityEventKind::IdentityUnlinked, now);
    let entry = entry.in_session(viewer.session).with_detail(provider);
    super::notify_security(app, &mut tx, &account, entry).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Whether this person can sign in by anything: their password, an account at a provider, or a passkey.
pub(super) async fn has_way_in(tx: &mut PgConnection, account: &Account) -> Result<bool, sqlx::Error> {
    Ok(account.password_hash.is_some()
        || store::has_identity(tx, account.id()).await?
        || store::second_factors(tx, account.id()).await?.passkeys > 0)
}
