//! `ArtistDeleted`: who followed an artist that was merged into another follows that. `ArtistChanged`: it is there (again).

use anyhow::Context;
use polyphony_events::catalog::{ArtistChanged, ArtistDeleted};
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::store;

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let gone: ArtistDeleted = event.decode()?;
    let Some(into) = gone.merged_into else { return Ok(()) };
    let merge = store::learn_merge(tx, (gone.artist_id, gone.version), Some(into));
    if merge.await.context("learn what an artist was merged into")? {
        store::follow_merged(tx, gone.artist_id).await.context("follow what an artist was merged into")?;
    }
    Ok(())
}

pub(super) async fn handle_change(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let artist: ArtistChanged = event.decode()?;
    store::learn_merge(tx, (artist.artist_id, artist.version), None).await.context("learn that an artist is there")?;
    Ok(())
}
