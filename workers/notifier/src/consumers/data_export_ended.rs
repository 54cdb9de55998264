//! `DataExportEnded`: tell whoever asked for their data that it can be downloaded, or why not.

use anyhow::Context;
use polyphony_events::media::DataExportEnded;
use polyphony_kit::Envelope;
use sqlx::PgConnection;

use crate::{domain::Letter, store};

pub(super) async fn handle(tx: &mut PgConnection, event: &Envelope) -> anyhow::Result<()> {
    let ended: DataExportEnded = event.decode()?;
    let letter = Letter::DataExport { expires_at: ended.expires_at, failed_because: ended.failed_because };
    store::write(tx, event, ended.user_id, None, &letter).await.context("write of an export")
}
