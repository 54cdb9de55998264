//! `MediaReady`: tell the owner, with the next digest, that the track can be played.

use anyhow::Context;
use chrono::{DateTime, Utc};
use polyphony_events::media::MediaReady;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{domain::Letter, store};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope, now: DateTime<Utc>) -> anyhow::Result<()> {
    let ready: MediaReady = event.decode()?;
    let letter = Letter::TrackReady {
        title: ready.tags.title.unwrap_or(ready.filename),
        duration_ms: ready.duration_ms,
        is_duplicate: ready.duplicate_of.is_some(),
    };
    store::collect(tx, event, ready.owner_id, &letter, now).await.context("collect that a track is ready")
}
