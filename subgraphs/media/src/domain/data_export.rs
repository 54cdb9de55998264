//! Exports of all that is kept about a person.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{DataExportId, UserId};

use super::text_enum;

/// How long an archive can be downloaded.
pub const ARCHIVE_TTL: TimeDelta = TimeDelta::days(7);
/// An export whose parts are not all there by then has failed. accounts lets nobody ask for the next one earlier.
pub const EXPORT_TIMEOUT: TimeDelta = TimeDelta::hours(24);
/// How long exports that are over are listed.
pub const EXPORT_RETENTION: TimeDelta = TimeDelta::days(30);
/// How long the URL of an archive is good.
pub const ARCHIVE_URL_TTL: TimeDelta = TimeDelta::minutes(10);
/// An export that a worker began to pack so often without an end is given up.
pub const MAX_EXPORT_ATTEMPTS: i32 = 5;

text_enum! {
    /// What has become of an export.
    DataExportState {
        /// Parts are awaited, or it waits for a worker.
        Pending = "PENDING",
        /// It can be downloaded.
        Ready = "READY",
        /// It was ready, and its archive is deleted.
        Expired = "EXPIRED",
        /// It could not be made.
        Failed = "FAILED",
    }
}

text_enum! {
    /// Who contributes parts.
    ExportSource {
        /// accounts: the account and its security.
        Accounts = "ACCOUNTS",
        /// playlists, with the names of catalog: playlists, library and history.
        Library = "LIBRARY",
    }
}

/// An export as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataExport {
    /// Its id.
    pub id: DataExportId,
    /// The person whose data it is.
    pub user: UserId,
    /// What has become of it.
    pub state: DataExportState,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The attempt that made the archive, or is at it.
    pub attempt: i32,
    /// The size of the archive, bytes, once it is there.
    pub size_bytes: Option<i64>,
    /// When the archive is deleted, once it is there.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it has failed, for a person.
    pub failed_because: Option<String>,
}

impl DataExport {
    /// Whether the archive can be downloaded now.
    pub fn is_downloadable(&self, now: DateTime<Utc>) -> bool {
        self.state == DataExportState::Ready && self.expires_at.is_some_and(|end| now < end)
    }
}
