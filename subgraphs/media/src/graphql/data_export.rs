//! Exports of all that is kept about the viewer.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_events::UserId;
use polyphony_kit::{Error, Result, blobs::Presentation, scalar::Url, viewer::require_viewer};

use super::app;
use crate::domain::{
    data_export::{self, ARCHIVE_URL_TTL},
    keys,
};

/// The scope that sessions have and API keys never.
const ACCOUNT_SCOPE: &str = "account";

/// What has become of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "data_export::DataExportState")]
pub enum DataExportState {
    /// It is being made: minutes, at most a day.
    Pending,
    /// It can be downloaded.
    Ready,
    /// It could be downloaded for 7 days, and its archive is deleted.
    Expired,
    /// It could not be made; `failedBecause` says why.
    Failed,
}

/// An export of everything that is kept about the viewer, a ZIP archive.
pub struct DataExport(data_export::DataExport);

/// An export of everything that is kept about the viewer, a ZIP archive of JSON files. Made by `exportMyData`.
#[Object]
impl DataExport {
    /// The id of the export, `exp_…`.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What has become of it.
    async fn state(&self) -> DataExportState {
        self.0.state.into()
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When the archive is deleted, 7 days after it was made; null before it is there.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// The size of the archive in bytes; null before it is there.
    async fn size_bytes(&self) -> Option<f64> {
        self.0.size_bytes.map(|size| size as f64)
    }

    /// Where the archive is downloaded, without further credentials, for 10 minutes from now: do not hand it on. Null unless `state`
    /// is `READY`.
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
        let (app, export) = (app(ctx), &self.0);
        if !export.is_downloadable(app.clock.now()) {
            return Ok(None);
        }
        let shown = Presentation {
            content_type: Some("application/zip".to_owned()),
            content_disposition: Some(format!(
                "attachment; filename=\"polyphony-{}.zip\"",
                export.requested_at.format("%Y-%m-%d")
            )),
            cache_control: Some("private, no-store".to_owned()),
        };
        let valid = ARCHIVE_URL_TTL.to_std().unwrap_or_default();
        Ok(Some(Url(app.blobs.sign_get(&keys::archive(export.id, export.attempt), valid, &shown).await?)))
    }

    /// Why it could not be made, a sentence in English; null unless `state` is `FAILED`.
    async fn failed_because(&self) -> Option<&str> {
        self.0.failed_because.as_deref()
    }
}

/// The exports of the viewer, who must have signed in: a program that leaks its API key shows nobody all that there is.
pub(super) async fn of_viewer(ctx: &Context<'_>, user: UserId) -> Result<Vec<DataExport>> {
    if !require_viewer(ctx)?.has_scope(ACCOUNT_SCOPE) {
        return Err(Error::forbidden("an API key does not see exports of its owner's data; sign in"));
    }
    Ok(app(ctx).store.data_exports_of(user).await?.into_iter().map(DataExport).collect())
}
