//! Transcoding jobs: what has become of them and when they are tried again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use polyphony_events::{JobId, UploadId, UserId};

use super::text_enum;

/// A job that failed this often by our fault is given up.
pub const MAX_FAILURES: i32 = 5;
/// A job that was begun this often since it was asked for, without an end, kills its workers, and is given up.
pub const MAX_ATTEMPTS: i32 = 12;
/// A worker that is silent for so long has lost its job.
pub const LEASE: Duration = Duration::from_secs(15);
/// How often a worker says that it is there.
pub const HEARTBEAT: Duration = Duration::from_secs(3);

text_enum! {
    /// What has become of a job.
    JobState {
        /// Waits for a worker.
        Queued = "QUEUED",
        /// A worker is at it.
        Running = "RUNNING",
        /// Done.
        Ready = "READY",
        /// Given up, or the file was rejected.
        Failed = "FAILED",
        /// Somebody asked to stop it.
        Cancelled = "CANCELLED",
    }
}

impl JobState {
    /// Whether nothing more happens unless somebody asks for it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Ready | Self::Failed | Self::Cancelled)
    }
}

/// A job as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// Of which upload.
    pub upload: UploadId,
    /// Whose.
    pub owner: UserId,
    /// What has become of it.
    pub state: JobState,
    /// How far it is, 0 to 100; it never falls.
    pub percent: f64,
    /// Up to where the track can be played already.
    pub playable_until_ms: i64,
    /// How much longer it takes, as far as can be told.
    pub eta_ms: Option<i64>,
    /// Which attempt this is, from 1; 0 before the first.
    pub attempt: i32,
    /// Why it failed, for a person.
    pub failed_because: Option<String>,
    /// When it was asked for.
    pub queued_at: DateTime<Utc>,
    /// When the newest attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// How long a job waits after so many failures: 2 s, 6 s, 18 s, 54 s. An object store that is away for half a minute
/// costs no job its life.
pub fn backoff(failures: i32) -> Duration {
    Duration::from_secs(2 * 3_u64.pow(failures.clamp(1, 5) as u32 - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_between_attempts_last_longer_than_an_outage_of_half_a_minute() {
        let waits: u64 = (1..MAX_FAILURES).map(|failures| backoff(failures).as_secs()).sum();
        assert!(waits > 30, "{waits}");
    }
}
