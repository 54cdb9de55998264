//! Packs exports of people's data whose parts are all there: to a file on this machine, then to the object store. Whatever breaks
//! off is begun anew by any worker.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use polyphony_kit::notifications;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{
    archive::{Archive, JspfFiles},
    files::store_file,
};
use crate::{
    app::App,
    commands::end_export::{fail_export, finish_export},
    domain::{
        data_export::{DataExport, DataExportState, MAX_EXPORT_ATTEMPTS},
        keys,
    },
    store::export_lease::{ClaimedExport, ExportedSession, ExportedUpload, PAGE_ROWS},
};

/// The channel of PostgreSQL on which exports are announced (`data_exports_notify`, `data_export_parts_notify`).
const CHANNEL: &str = "exports";
/// How often a worker looks for exports to pack that nobody told it of: those whose wait or whose lease has ended.
const FALLBACK_POLL_INTERVAL: Duration = Duration::from_secs(30);
/// How long an export is one worker's.
const LEASE: Duration = Duration::from_mins(10);
/// Packing that takes longer has failed; shorter than the lease, so that no two workers pack the same.
const PACK_TIMEOUT: Duration = Duration::from_mins(9);
/// The wait before the next attempt.
const RETRY_DELAY: Duration = Duration::from_mins(1);

/// Packs exports, one at a time.
pub struct Exporter {
    app: App,
    folder: PathBuf,
}

impl Exporter {
    /// An exporter that writes archives to this folder before they are stored; the system's for temporary files without one.
    pub fn new(app: App, folder: Option<PathBuf>) -> Self {
        Self { app, folder: folder.unwrap_or_else(std::env::temp_dir) }
    }

    /// Packs until `stop`; what is not done by then is given back.
    pub async fn run(self, stop: CancellationToken) {
        let wake = Notify::new();
        let listening = notifications::listen(self.app.store.pool(), CHANNEL, &stop, || wake.notify_one());
        tokio::join!(listening, self.pack_all(&wake, &stop));
    }

    async fn pack_all(&self, wake: &Notify, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.pack_next(stop).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(error = format!("{error:#}"), "no export can be packed just now"),
            }
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(FALLBACK_POLL_INTERVAL) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Packs one export; false when there was none.
    pub async fn pack_once(&self) -> anyhow::Result<bool> {
        self.pack_next(&CancellationToken::new()).await
    }

    async fn pack_next(&self, stop: &CancellationToken) -> anyhow::Result<bool> {
        let Some(claimed) = self.app.store.claim_export(LEASE).await.context("take an export")? else {
            return Ok(false);
        };
        let packed = tokio::select! {
            packed = tokio::time::timeout(PACK_TIMEOUT, self.pack(&claimed)) => packed,
            () = stop.cancelled() => {
                self.app.store.release_export(&claimed, Duration::ZERO).await?;
                return Ok(false);
            }
        };
        let failed = match packed {
            Ok(Ok(())) => return Ok(true),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => "it took too long".to_owned(),
        };
        tracing::warn!(export.id = %claimed.id, attempt = claimed.attempt, error = failed, "an export was not packed");
        if claimed.attempt >= MAX_EXPORT_ATTEMPTS {
            let because = "The archive could not be made. Please try again, and tell the operator if it fails again.";
            fail_export(&self.app, &as_export(&claimed), because).await?;
        } else {
            self.app.store.release_export(&claimed, RETRY_DELAY).await?;
        }
        Ok(true)
    }

    async fn pack(&self, claimed: &ClaimedExport) -> anyhow::Result<()> {
        anyhow::ensure!(claimed.attempt <= MAX_EXPORT_ATTEMPTS, "it was begun too often");
        tokio::fs::create_dir_all(&self.folder).await.context("make the folder for jobs")?;
        let file = tempfile::Builder::new().prefix("polyphony-export-").tempfile_in(&self.folder);
        let file = file.context("make the file of an archive")?;
        self.write(claimed, file.as_file().try_clone().context("open the file of an archive")?).await?;
        self.store(claimed, file.path()).await
    }

    async fn write(&self, claimed: &ClaimedExport, file: File) -> anyhow::Result<()> {
        let mut archive = Archive::begin(BufWriter::new(file))?;
        let mut part = None;
        while let Some(next) = self.app.store.next_export_part(claimed.id, part.as_ref()).await? {
            for record in &next.records.0 {
                archive.add(&record.file, &record.data)?;
            }
            part = Some(next);
        }
        self.add_own(claimed, &mut archive).await?;
        let jspf = self.add_jspf(claimed, archive.into_jspf()?).await?;
        jspf.finish()?.flush().context("write the file of an archive")
    }

    /// What media itself keeps.
    async fn add_own(&self, claimed: &ClaimedExport, archive: &mut Archive<BufWriter<File>>) -> anyhow::Result<()> {
        let store = &self.app.store;
        let mut after = None;
        loop {
            let page = store.exported_uploads(claimed.user, after).await?;
            page.iter().try_for_each(|upload| archive.add("uploads", &exported_upload(upload)))?;
            after = page.last().map(|upload| upload.id);
            if page.len() < PAGE_ROWS {
                break;
            }
        }
        for device in store.devices_of(claimed.user).await? {
            let data = json!({
                "id": device.id,
                "name": device.name,
                "kind": device.kind.as_str(),
                "volumePercent": device.volume_percent,
                "lastSeenAt": device.last_seen_at,
            });
            archive.add("devices", &data)?;
        }
        for session in store.private_sessions(claimed.user).await? {
            let data = json!({ "startedAt": session.started_at, "endsAt": session.ends_at });
            archive.add("private_sessions", &data)?;
        }
        let mut after = None;
        loop {
            let page = store.exported_sessions(claimed.user, after).await?;
            page.iter().try_for_each(|session| archive.add("listening_sessions", &exported_session(session)))?;
            after = page.last().map(|session| session.id);
            if page.len() < PAGE_ROWS {
                return Ok(());
            }
        }
    }

    async fn add_jspf(
        &self,
        claimed: &ClaimedExport,
        mut jspf: JspfFiles<BufWriter<File>>,
    ) -> anyhow::Result<JspfFiles<BufWriter<File>>> {
        let mut part = None;
        while let Some(next) = self.app.store.next_export_part(claimed.id, part.as_ref()).await? {
            for record in &next.records.0 {
                jspf.add(&record.file, &record.data)?;
            }
            part = Some(next);
        }
        Ok(jspf)
    }

    async fn store(&self, claimed: &ClaimedExport, path: &Path) -> anyhow::Result<()> {
        let key = keys::archive(claimed.id, claimed.attempt);
        store_file(&self.app.blobs, &key, path, "application/zip").await?;
        let size = tokio::fs::metadata(path).await.context("ask for the size of an archive")?.len();
        if finish_export(&self.app, claimed, i64::try_from(size)?).await? {
            tracing::info!(export.id = %claimed.id, size, "an export of somebody's data is ready");
            return Ok(());
        }
        tracing::info!(export.id = %claimed.id, "the export is not ours any more");
        self.app.blobs.delete(&[key]).await
    }
}

fn as_export(claimed: &ClaimedExport) -> DataExport {
    DataExport {
        id: claimed.id,
        user: claimed.user,
        state: DataExportState::Pending,
        requested_at: claimed.requested_at,
        attempt: claimed.attempt,
        size_bytes: None,
        expires_at: None,
        failed_because: None,
    }
}

fn exported_upload(upload: &ExportedUpload) -> Value {
    json!({
        "id": upload.id,
        "filename": upload.filename,
        "sizeBytes": upload.size_bytes,
        "sha256": upload.sha256,
        "state": upload.state,
        "rejectedReason": upload.rejected_reason,
        "trackId": upload.track,
        "createdAt": upload.created_at,
        "contentType": upload.content_type,
        "durationMs": upload.duration_ms,
        "sampleRateHz": upload.sample_rate_hz,
        "title": upload.title,
        "artist": upload.artist,
        "integratedLufs": upload.integrated_lufs,
        "audioSha256": upload.audio_hash.as_ref().map(hex::encode),
    })
}

fn exported_session(session: &ExportedSession) -> Value {
    json!({
        "id": session.id,
        "isHost": session.is_host,
        "startedAt": session.started_at,
        "endedAt": session.ended_at,
    })
}
