//! The viewer deletes their account.

use polyphony_events::accounts::UserDeleted;
use polyphony_kit::{Role, Viewer, db, outbox};

use super::{
    ADMINS_LOCK, Outcome,
    end_sessions::end_sessions,
    revoke_api_keys::revoke_api_keys,
    step_up::{check_password, require_step_up},
};
use crate::{
    app::App,
    domain::{Client, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Deletes the viewer's account, given a proof of who they are: their password once more, if they have one, or a step-up, which
/// whoever has a second factor needs in any case. Other parts of the platform drop what is theirs when they hear of it. The last admin stays.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn delete_account(app: &App, viewer: &Viewer, password: Option<&str>, client: &Client) -> Outcome<()> {
    let checked = match password {
        Some(password) => match check_password(app, viewer, password, client).await? {
            Ok(account) => Some(account),
            Err(refusal) => return Ok(Err(refusal)),
        },
        None => None,
    };
    let mut tx = app.store.begin().await?;
    db::lock(&mut tx, ADMINS_LOCK).await?;
    let locked = super::lock_viewer(&mut tx, viewer).await?;
    // Having just signed in proves enough for what can be taken back; this cannot.
    let is_proved = match checked {
        Some(checked) => checked.password_hash == locked.password_hash,
        None => locked.password_hash.is_none(),
    };
    if !is_proved {
        return Ok(Err(Refusal::InvalidCredentials));
    }
    let now = app.clock.now();
    if (password.is_none() || locked.has_second_factor)
        && let Err(refusal) = require_step_up(&mut tx, viewer, now).await?
    {
        return Ok(Err(refusal));
    }
    if locked.role == Role::Admin && !store::has_other_admin(&mut tx, viewer.user).await? {
        return Ok(Err(Refusal::LastAdmin));
    }
    end_sessions(app, &mut tx, viewer.user, None).await?;
    revoke_api_keys(app, &mut tx, viewer.user).await?;
    store::revoke_user(&mut tx, viewer.user, locked.version, now).await?;
    super::note(&mut tx, &SecurityEvent::new(viewer.user, SecurityEventKind::AccountDeleted, now)).await?;
    store::delete_account(&mut tx, viewer.user).await?;
    let event = UserDeleted { user_id: viewer.user, version: locked.version + 1 };
    outbox::push(&mut tx, &app.clock, &event).await?;
    tx.commit().await?;
    tracing::info!("somebody has deleted their account");
    Ok(Ok(()))
}
