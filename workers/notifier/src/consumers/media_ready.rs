//! `MediaReady`: tell the owner that the track can be played.

use anyhow::Context;
use polyphony_events::media::MediaReady;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{domain::Letter, store};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let ready: MediaReady = event.decode()?;
    let letter = Letter::TrackReady {
        title: ready.tags.title.unwrap_or(ready.filename),
        duration_ms: ready.duration_ms,
        is_duplicate: ready.duplicate_of.is_some(),
    };
    store::write(tx, event, ready.owner_id, None, &letter).await.context("write that a track is ready")
}
