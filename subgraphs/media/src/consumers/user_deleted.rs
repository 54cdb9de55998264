//! A deleted person's uploads go, unless tracks that stay play from them; so does what plays for them.

use chrono::{DateTime, Utc};
use polyphony_events::accounts::UserDeleted;
use sqlx::PgConnection;

use crate::{
    commands::{forget_listener::forget_listener, forget_user::forget_user},
    store::listener,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &UserDeleted, now: DateTime<Utc>) -> anyhow::Result<()> {
    forget_user(tx, event.user_id, now).await?;
    forget_listener(tx, event.user_id, now).await?;
    listener::bar(tx, event.user_id, true, event.version).await?;
    Ok(())
}
