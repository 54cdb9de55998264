//! An album or an artist was merged into another: who kept it keeps that.

use anyhow::Context;
use sqlx::PgConnection;
use uuid::Uuid;

use super::thing_deleted;
use crate::{app::App, store::merged};

/// Gives what people keep of it to what it became, if it became something, and notes that it is gone.
pub(super) async fn apply(tx: &mut PgConnection, app: &App, thing: Uuid, into: Option<Uuid>) -> anyhow::Result<()> {
    if let Some(into) = into {
        merged::move_entries(tx, (thing, into), app.clock.now()).await.context("follow what was merged")?;
    }
    thing_deleted::apply(tx, app, thing).await
}
