//! Somebody who is signed in adds an account at a provider to sign in with.

use polyphony_kit::Viewer;

use super::{
    Outcome,
    complete_oidc_login::{OidcReturn, redeem},
    step_up::require_step_up,
};
use crate::{
    app::App,
    domain::{Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Links the identity that came back with the viewer. Its address does not matter: the viewer is known already.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn link_identity(app: &App, viewer: &Viewer, back: OidcReturn<'_>) -> Outcome<()> {
    let identity = match redeem(app, back).await? {
        Ok((_, identity)) => identity,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    // It is a way in that outlasts the session.
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    store::link_identity(&mut tx, account.id(), &identity, now).await?;
    if store::identified_user(&mut tx, &identity).await? != Some(account.id()) {
        return Ok(Err(Refusal::IdentityTaken));
    }
    let entry = SecurityEvent::new(account.id(), SecurityEventKind::IdentityLinked, now);
    let entry = entry.in_session(viewer.session).with_detail(identity.provider);
    super::notify_security(app, &mut tx, &account, entry).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
