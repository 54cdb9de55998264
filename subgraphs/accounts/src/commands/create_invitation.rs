//! An admin invites somebody to make an account.

use polyphony_kit::{Role, Viewer};

use super::Outcome;
use crate::{
    app::App,
    domain::{Invitation, InvitationCode, InvitationForm, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// An invitation with its code, which is nowhere else.
pub struct MadeInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// What whoever is invited registers with.
    pub code: InvitationCode,
}

/// Makes an invitation. All that is wrong with the form is told at once.
#[tracing::instrument(skip_all, fields(by.id = %viewer.user))]
pub async fn create_invitation(
    app: &App,
    viewer: &Viewer,
    form: InvitationForm,
) -> Outcome<MadeInvitation, Vec<Refusal>> {
    viewer.require(Role::Admin)?;
    let mut tx = app.store.begin().await?;
    super::lock_admin(&mut tx, viewer).await?;
    let now = app.clock.now();
    let invitation = match form.parse(viewer.user, now) {
        Ok(invitation) => invitation,
        Err(refusals) => return Ok(Err(refusals)),
    };
    let code = InvitationCode::random();
    store::add_invitation(&mut tx, &invitation, &code).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::InvitationCreated, now);
    super::note(&mut tx, &entry.in_session(viewer.session).with_detail(invitation.id.to_string())).await?;
    tx.commit().await?;
    Ok(Ok(MadeInvitation { invitation, code }))
}
