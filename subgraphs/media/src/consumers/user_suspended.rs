//! Who is kept out plays nothing more, with the URLs that they have neither.

use polyphony_events::accounts::{UserReinstated, UserSuspended};
use sqlx::PgConnection;

use crate::store::listener;

pub(super) async fn handle(tx: &mut PgConnection, event: &UserSuspended) -> anyhow::Result<()> {
    Ok(listener::bar(tx, event.user_id, true, event.version).await?)
}

pub(super) async fn undo(tx: &mut PgConnection, event: &UserReinstated) -> anyhow::Result<()> {
    Ok(listener::bar(tx, event.user_id, false, event.version).await?)
}
