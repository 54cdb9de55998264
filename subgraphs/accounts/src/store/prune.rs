//! Deleting what is of no use to anybody any more.

use chrono::{DateTime, TimeDelta, Utc};

use super::Store;
use crate::domain::{EXPORT_INTERVAL, INVITATION_RETENTION, MAIL_BACKOFF_RETENTION, SECURITY_EVENT_LIFE};

/// Rows that one statement deletes: few enough to be done well within a statement's time, and to hold no lock for long.
const CHUNK_ROWS: i64 = 1_000;
/// Statements for one table in a round; what is left waits for the next round.
const MAX_CHUNKS: usize = 50;
/// A used refresh token is kept for this long: whoever presents it in that time ends the session.
const USED_TOKEN_RETENTION: TimeDelta = TimeDelta::days(1);
/// A device on which nobody has signed in for so long is new again.
const DEVICE_RETENTION: TimeDelta = TimeDelta::days(365);
/// Revocations are of use while a token that they are about could be good.
const REVOCATION_RETENTION: TimeDelta = TimeDelta::hours(1);
/// An API key that has expired is shown for so long, so that its owner sees why a program stopped.
const EXPIRED_KEY_RETENTION: TimeDelta = TimeDelta::days(30);

/// What a round of deleting came to, for one table.
#[derive(Debug)]
pub struct Pruned {
    /// The table.
    pub table: &'static str,
    /// How many rows were deleted, also when it then failed.
    pub rows: u64,
    /// Whether more may be left than one round deletes.
    pub has_more: bool,
    /// Why it ended early.
    pub error: Option<sqlx::Error>,
}

/// Deletes a table's rows that meet a condition on `$1`, chunk by chunk.
macro_rules! prune {
    ($store:expr, $table:literal, $condition:literal, $argument:expr) => {{
        let mut pruned = Pruned { table: $table, rows: 0, has_more: true, error: None };
        for _ in 0..MAX_CHUNKS {
            let chunk = sqlx::query!(
                "delete from "
                    + $table
                    + " where ctid = any(array(select ctid from "
                    + $table
                    + " t where "
                    + $condition
                    + " limit $2))",
                $argument,
                CHUNK_ROWS,
            );
            let deleted = chunk.execute(&$store.pool).await.map(|done| done.rows_affected());
            pruned.rows += deleted.as_ref().copied().unwrap_or_default();
            if !deleted.as_ref().is_ok_and(|rows| *rows == CHUNK_ROWS as u64) {
                pruned.has_more = false;
                pruned.error = deleted.err();
                break;
            }
        }
        pruned
    }};
}

impl Store {
    /// Deletes sessions that are over, tokens and log entries that are too old, and the like. Each table is a matter of its own:
    /// one that fails leaves the others to be pruned.
    pub async fn prune(&self, now: DateTime<Utc>) -> Vec<Pruned> {
        let used = now - USED_TOKEN_RETENTION;
        vec![
            // The newest token of a session and the one before it stay: they tell a lost answer from a stolen token.
            prune!(
                self,
                "refresh_tokens",
                "t.used_at < $1 and exists (
                    select 1 from refresh_tokens n
                    where n.session_id = t.session_id and n.generation = t.generation + 1 and n.used_at is not null
                )",
                used
            ),
            prune!(self, "refresh_tokens", "expires_at < $1", now),
            prune!(self, "sessions", "expires_at < $1", now),
            prune!(self, "sent_tokens", "expires_at < $1", now),
            prune!(self, "mail_backoffs", "last_sent_at < $1", now - MAIL_BACKOFF_RETENTION),
            prune!(self, "email_changes", "expires_at < $1", now),
            prune!(self, "invitations", "expires_at < $1", now - INVITATION_RETENTION),
            prune!(self, "oidc_logins", "expires_at < $1", now),
            prune!(self, "second_factor_challenges", "expires_at < $1", now),
            prune!(self, "webauthn_ceremonies", "expires_at < $1", now),
            prune!(self, "api_keys", "expires_at < $1", now - EXPIRED_KEY_RETENTION),
            prune!(self, "devices", "last_seen_at < $1", now - DEVICE_RETENTION),
            prune!(self, "revocations", "created_at < $1", now - REVOCATION_RETENTION),
            prune!(self, "data_exports", "requested_at < $1", now - EXPORT_INTERVAL),
            prune!(self, "security_events", "created_at < $1", now - SECURITY_EVENT_LIFE),
        ]
    }
}
