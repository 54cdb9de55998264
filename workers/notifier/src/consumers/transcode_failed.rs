//! `TranscodeFailed`: tell the owner why the track cannot be played.

use anyhow::Context;
use polyphony_events::media::TranscodeFailed;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{domain::Letter, store};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let failed: TranscodeFailed = event.decode()?;
    let letter = Letter::TrackFailed { filename: failed.filename, rejected: failed.rejected, reason: failed.reason };
    store::write(tx, event, failed.owner_id, None, &letter).await.context("write that a track failed")
}
