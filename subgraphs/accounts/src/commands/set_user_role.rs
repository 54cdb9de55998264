//! An admin gives somebody a role.

use polyphony_events::accounts::UserRoleChanged;
use polyphony_kit::{Role, UserId, Viewer, db, outbox};
use sqlx::PgConnection;

use super::{ADMINS_LOCK, Outcome, step_up::require_step_up};
use crate::{
    app::App,
    domain::{Account, Refusal, SecurityEvent, SecurityEventKind, User},
    store,
};

/// Gives a person a role; their next token bears it. Tokens of a higher role are refused at once. The last admin stays one.
#[tracing::instrument(skip_all, fields(user.id = %user, by.id = %viewer.user))]
pub async fn set_user_role(app: &App, viewer: &Viewer, user: UserId, role: Role) -> Outcome<User> {
    viewer.require(Role::Admin)?;
    let mut tx = app.store.begin().await?;
    db::lock(&mut tx, ADMINS_LOCK).await?;
    super::lock_admin(&mut tx, viewer).await?;
    if let Err(refusal) = require_step_up(&mut tx, viewer, app.clock.now()).await? {
        return Ok(Err(refusal));
    }
    let Some(mut account) = store::lock_account(&mut tx, user).await? else { return Ok(Err(Refusal::UserNotFound)) };
    if let Err(refusal) = change_role(app, &mut tx, &mut account, role, RoleGiver::Admin(viewer.user)).await? {
        return Ok(Err(refusal));
    }
    tx.commit().await?;
    Ok(Ok(account.user))
}

/// Who gives a role.
#[derive(Clone, Copy)]
pub(super) enum RoleGiver<'a> {
    /// An admin.
    Admin(UserId),
    /// A provider, by the person's groups there.
    Provider(&'a str),
}

/// Changes the role of a person whose row is locked, while [`ADMINS_LOCK`] is held; `by` is for the log. The last
/// admin stays one.
pub(super) async fn change_role(
    app: &App,
    tx: &mut PgConnection,
    account: &mut Account,
    role: Role,
    by: RoleGiver<'_>,
) -> polyphony_kit::Result<Result<(), Refusal>> {
    let (user, now) = (account.id(), app.clock.now());
    if account.role == role {
        return Ok(Ok(()));
    }
    if account.role == Role::Admin && !store::has_other_admin(tx, user).await? {
        return Ok(Err(Refusal::LastAdmin));
    }
    if role < account.role {
        store::revoke_user(tx, user, account.version, now).await?;
    }
    account.role = role;
    account.version += 1;
    store::save_role(tx, account).await?;
    let event = UserRoleChanged { user_id: user, role, version: account.version };
    outbox::push(tx, &app.clock, &event).await?;
    let entry = SecurityEvent::new(user, SecurityEventKind::RoleChanged, now);
    let entry = match by {
        RoleGiver::Admin(admin) => entry.with_detail(format!("{role:?} by {admin}")).done_by(admin),
        RoleGiver::Provider(provider) => entry.with_detail(format!("{role:?} by {provider}")),
    };
    super::notify_security(app, tx, account, entry).await?;
    tracing::info!("a role was changed");
    Ok(Ok(()))
}
