//! `TranscodeFailed`: tell the owner, with the next digest, why the track cannot be played.

use anyhow::Context;
use chrono::{DateTime, Utc};
use polyphony_events::media::TranscodeFailed;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{domain::Letter, store};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope, now: DateTime<Utc>) -> anyhow::Result<()> {
    let failed: TranscodeFailed = event.decode()?;
    let letter = Letter::TrackFailed { filename: failed.filename, rejected: failed.rejected, reason: failed.reason };
    store::collect(tx, event, failed.owner_id, &letter, now).await.context("collect that a track failed")
}
