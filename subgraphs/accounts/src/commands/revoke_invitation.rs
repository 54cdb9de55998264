//! An admin takes an invitation back.

use polyphony_events::InvitationId;
use polyphony_kit::{Role, Viewer};

use super::Outcome;
use crate::{
    app::App,
    domain::{Invitation, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Takes an invitation back; accounts that were made with it stay. Done twice it is as done once.
#[tracing::instrument(skip_all, fields(by.id = %viewer.user))]
pub async fn revoke_invitation(app: &App, viewer: &Viewer, id: InvitationId) -> Outcome<Invitation> {
    viewer.require(Role::Admin)?;
    let mut tx = app.store.begin().await?;
    super::lock_admin(&mut tx, viewer).await?;
    let now = app.clock.now();
    let Some(invitation) = store::revoke_invitation(&mut tx, id, now).await? else {
        return Ok(Err(Refusal::InvitationNotFound));
    };
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::InvitationRevoked, now);
    super::note(&mut tx, &entry.in_session(viewer.session).with_detail(id.to_string())).await?;
    tx.commit().await?;
    Ok(Ok(invitation))
}
