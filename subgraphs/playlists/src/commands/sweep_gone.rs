//! Taking what catalog has deleted from everybody's library.

use anyhow::Context;
use polyphony_kit::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{App, Topic},
    store::gone,
};

/// So many libraries are changed in one transaction: what a great many keep leaves them batch after batch.
const BATCH: i64 = 500;

/// Notes that something is gone, and takes it from the first libraries; gives whose they are.
pub async fn note_gone(tx: &mut PgConnection, app: &App, thing: Uuid) -> anyhow::Result<Vec<UserId>> {
    let now = app.clock.now();
    gone::note(tx, thing, now).await.context("note what is gone")?;
    gone::sweep(tx, thing, BATCH, now).await.context("take what is gone from libraries")
}

/// Takes what is gone from the libraries that have it still, until none has.
pub async fn sweep_gone(app: &App) -> anyhow::Result<()> {
    while let Some(thing) = app.store.unswept().await.context("look for what is gone")? {
        let mut tx = app.store.begin().await.context("begin")?;
        let users = gone::sweep(&mut tx, thing, BATCH, app.clock.now()).await.context("take it from libraries")?;
        tx.commit().await.context("commit")?;
        for user in users {
            app.tell(Topic::Library(user)).await;
        }
    }
    Ok(())
}
