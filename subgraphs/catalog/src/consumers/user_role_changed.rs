//! Somebody has another role: imports of an ADMIN may complete what others own.

use anyhow::Context;
use polyphony_events::accounts::UserRoleChanged;
use polyphony_kit::Role;
use sqlx::PgConnection;

use crate::store::admin;

pub(super) async fn handle(tx: &mut PgConnection, event: &UserRoleChanged) -> anyhow::Result<()> {
    admin::set(tx, event.user_id, event.role == Role::Admin, event.version).await.context("keep a role")
}
