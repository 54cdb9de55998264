//! `AlbumPublished`: note that the followers of its artists are to be told, if it is news. They may be many: the sender writes
//! to them, some at a time.

use anyhow::Context;
use polyphony_events::catalog::AlbumPublished;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{domain::announcement::is_news, store};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let published: AlbumPublished = event.decode()?;
    if !is_news(published.released_on.as_deref(), published.is_imported, event.time) {
        return Ok(());
    }
    store::announce(tx, &published, event.time).await.context("note a new album")
}
