//! `ArtistDeleted`: who followed an artist that was merged into another follows that.

use anyhow::Context;
use polyphony_events::catalog::ArtistDeleted;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::store;

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let gone: ArtistDeleted = event.decode()?;
    let Some(into) = gone.merged_into else { return Ok(()) };
    store::follow_merged(tx, gone.artist_id, into).await.context("follow what an artist was merged into")
}
