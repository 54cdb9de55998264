//! An admin keeps somebody out, or lets them in again.

use polyphony_events::accounts::{UserReinstated, UserSuspended};
use polyphony_kit::{Role, UserId, Viewer, db, outbox};

use super::{ADMINS_LOCK, Outcome, end_sessions::end_sessions, step_up::require_step_up};
use crate::{
    app::App,
    domain::{Refusal, SecurityEvent, SecurityEventKind, User},
    store,
};

/// Whether somebody may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Kept out; their sessions end.
    Suspended,
    /// As everybody.
    Admitted,
}

/// Keeps a person out or lets them in. The last admin cannot be kept out.
#[tracing::instrument(skip_all, fields(user.id = %user, by.id = %viewer.user))]
pub async fn set_user_suspended(app: &App, viewer: &Viewer, user: UserId, admission: Admission) -> Outcome<User> {
    viewer.require(Role::Admin)?;
    let mut tx = app.store.begin().await?;
    db::lock(&mut tx, ADMINS_LOCK).await?;
    super::lock_admin(&mut tx, viewer).await?;
    if let Err(refusal) = require_step_up(&mut tx, viewer, app.clock.now()).await? {
        return Ok(Err(refusal));
    }
    let Some(mut account) = store::lock_account(&mut tx, user).await? else { return Ok(Err(Refusal::UserNotFound)) };
    let suspended = admission == Admission::Suspended;
    if account.suspended == suspended {
        return Ok(Ok(account.user));
    }
    if suspended && account.role == Role::Admin && !store::has_other_admin(&mut tx, user).await? {
        return Ok(Err(Refusal::LastAdmin));
    }
    let now = app.clock.now();
    if suspended {
        store::revoke_user(&mut tx, user, account.version, now).await?;
    }
    account.suspended = suspended;
    account.version += 1;
    store::save_suspension(&mut tx, &account, now).await?;
    let kind = if suspended { SecurityEventKind::Suspended } else { SecurityEventKind::Reinstated };
    let entry = SecurityEvent::new(user, kind, now).with_detail(format!("by {}", viewer.user)).done_by(viewer.user);
    super::notify_security(app, &mut tx, &account, entry).await?;
    let version = account.version;
    if suspended {
        end_sessions(app, &mut tx, user, None).await?;
        outbox::push(&mut tx, &app.clock, &UserSuspended { user_id: user, version }).await?;
    } else {
        outbox::push(&mut tx, &app.clock, &UserReinstated { user_id: user, version }).await?;
    }
    tx.commit().await?;
    tracing::info!(suspended, "a person was kept out or let in");
    Ok(Ok(account.user))
}
