//! A thing changed: search learns of it.

use anyhow::Context;
use sqlx::PgConnection;

use crate::{
    domain::{Document, Kind},
    store::search,
};

pub(super) async fn handle(tx: &mut PgConnection, document: &Document) -> anyhow::Result<()> {
    let is_newer = search::put(tx, document).await.context("write a document")?;
    if !is_newer {
        tracing::debug!(document.id = %document.id, document.version, "an older state came after a newer one");
    }
    if document.kind == Kind::Track {
        search::judge_albums_of(tx, document.id).await.context("see whether its albums are explicit")?;
    }
    Ok(())
}
