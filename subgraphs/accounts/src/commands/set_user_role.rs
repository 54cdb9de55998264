//! An admin gives somebody a role.

use polyphony_events::accounts::UserRoleChanged;
use polyphony_kit::{Role, UserId, Viewer, db, outbox};

use super::{ADMINS_LOCK, Outcome};
use crate::{
    app::App,
    domain::{Refusal, SecurityEvent, SecurityEventKind, User},
    store,
};

/// Gives a person a role; their next token bears it. Tokens of a higher role are refused at once. The last admin stays one.
#[tracing::instrument(skip_all, fields(user.id = %user, by.id = %viewer.user))]
pub async fn set_user_role(app: &App, viewer: &Viewer, user: UserId, role: Role) -> Outcome<User> {
    viewer.require(Role::Admin)?;
    let mut tx = app.store.begin().await?;
    db::lock(&mut tx, ADMINS_LOCK).await?;
    super::lock_admin(&mut tx, viewer).await?;
    let Some(mut account) = store::lock_account(&mut tx, user).await? else { return Ok(Err(Refusal::UserNotFound)) };
    if account.role == role {
        return Ok(Ok(account.user));
    }
    if account.role == Role::Admin && !store::has_other_admin(&mut tx, user).await? {
        return Ok(Err(Refusal::LastAdmin));
    }
    let now = app.clock.now();
    if role < account.role {
        store::revoke_user(&mut tx, user, account.version, now).await?;
    }
    account.role = role;
    account.version += 1;
    store::save_role(&mut tx, &account).await?;
    let event = UserRoleChanged { user_id: user, role, version: account.version };
    outbox::push(&mut tx, &app.clock, &event).await?;
    let entry = SecurityEvent::new(user, SecurityEventKind::RoleChanged, now);
    let entry = entry.with_detail(format!("{role:?} by {}", viewer.user)).done_by(viewer.user);
    super::notify_security(app, &mut tx, &account, entry).await?;
    tx.commit().await?;
    tracing::info!("a role was changed");
    Ok(Ok(account.user))
}
