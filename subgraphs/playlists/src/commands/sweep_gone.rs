//! Taking what catalog has deleted from everybody's library.

use anyhow::Context;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{App, Topic},
    store::gone,
};

/// So many libraries are changed in one transaction: what a great many keep leaves them batch after batch.
const BATCH: i64 = 500;

/// Notes that something is gone, and what it became if it was merged; takes it from the first libraries. Nothing, when something
/// newer is known.
pub async fn note_gone(
    tx: &mut PgConnection,
    app: &App,
    (thing, version): (Uuid, i64),
    merged_into: Option<Uuid>,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    if gone::note(tx, (thing, version), merged_into, now).await.context("note what is gone")? {
        // Whoever is live sees it at their next look.
        gone::sweep(tx, thing, BATCH, now).await.context("take what is gone from libraries")?;
    }
    Ok(())
}

/// Takes what is gone from the libraries that have it still, until none has.
pub async fn sweep_gone(app: &App) -> anyhow::Result<()> {
    while let Some(thing) = app.store.unswept().await.context("look for what is gone")? {
        let mut tx = app.store.begin().await.context("begin")?;
        let users = gone::sweep(&mut tx, thing, BATCH, app.clock.now()).await.context("take it from libraries")?;
        tx.commit().await.context("commit")?;
        for user in users {
            app.tell(Topic::Library(user));
        }
    }
    Ok(())
}
