//! Who may make an account: the one rule for registration and for the first sign-in through another provider.

use polyphony_events::{InvitationId, accounts::UserRoleChanged};
use polyphony_kit::{Result, Role, outbox};
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{self, Account, Email, InvitationCode, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Somebody who may make an account.
pub(super) struct Admitted {
    /// The role that the account gets.
    pub(super) role: Role,
    /// The invitation that was used.
    invitation: Option<InvitationId>,
}

/// Refuses whoever may not make an account, before anything else is looked at: neither is work done for them, nor do they learn
/// which addresses have accounts. Whom it lets through still needs [`admit`].
pub(super) async fn may_register(app: &App, invitation: Option<&str>) -> Result<Result<(), Refusal>> {
    let code = match presented(app, invitation) {
        Ok(Some(code)) => code,
        Ok(None) => return Ok(Ok(())),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let found = app.store.invitation(&code).await?;
    let is_usable = found.is_some_and(|invitation| invitation.is_usable(app.clock.now()));
    Ok(if is_usable { Ok(()) } else { Err(Refusal::InvalidInvitation) })
}

/// Uses the invitation for a new account with this address, in the transaction that makes the account: what comes to nothing
/// uses nothing.
pub(super) async fn admit(
    app: &App,
    tx: &mut PgConnection,
    invitation: Option<&str>,
    email: &Email,
) -> Result<Result<Admitted, Refusal>> {
    let code = match presented(app, invitation) {
        Ok(Some(code)) => code,
        Ok(None) => return Ok(Ok(Admitted { role: Role::Listener, invitation: None })),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let found = store::lock_invitation(tx, &code).await?;
    let usable = found.filter(|invitation| invitation.is_usable(app.clock.now()) && invitation.admits(email));
    let Some(invitation) = usable else { return Ok(Err(Refusal::InvalidInvitation)) };
    store::count_invitation_use(tx, invitation.id).await?;
    Ok(Ok(Admitted { role: invitation.role, invitation: Some(invitation.id) }))
}

impl Admitted {
    /// Notes with which invitation the account was made, and tells other services of a role that they do not expect.
    pub(super) async fn tell(&self, app: &App, tx: &mut PgConnection, account: &Account) -> Result<()> {
        if let Some(id) = self.invitation {
            let entry = SecurityEvent::new(account.id(), SecurityEventKind::InvitationUsed, app.clock.now());
            super::note(tx, &entry.with_detail(id.to_string())).await?;
        }
        if self.role != Role::Listener {
            let event = UserRoleChanged { user_id: account.id(), role: self.role, version: account.version };
            outbox::push(tx, &app.clock, &event).await?;
        }
        Ok(())
    }
}

/// The code that was shown, if one was or had to be.
fn presented(app: &App, invitation: Option<&str>) -> Result<Option<InvitationCode>, Refusal> {
    let text = invitation.map(str::trim).filter(|text| !text.is_empty());
    domain::may_register(app.registration, text.is_some())?;
    text.map(|text| InvitationCode::parse(text).ok_or(Refusal::InvalidInvitation)).transpose()
}
