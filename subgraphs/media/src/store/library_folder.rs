//! SQL of folders on the server: how each stands, and who looks after it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, unknown};
use crate::domain::library_folder::FolderState;

/// How a folder stands.
#[derive(Clone, Debug)]
pub struct FolderStanding {
    /// What is done about it.
    pub state: FolderState,
    /// What could not be read, for an admin.
    pub problem: Option<String>,
    /// How many files could not be read.
    pub unreadable: i32,
    /// When it was last gone through to its end.
    pub last_scanned_at: Option<DateTime<Utc>>,
    /// Files of music in it.
    pub files: i64,
    /// Files that were in it and are gone.
    pub missing: i64,
}

impl Store {
    /// How the folder of this path stands; none while no worker has ever seen it.
    pub async fn folder_standing(&self, path: &str) -> Result<Option<FolderStanding>, sqlx::Error> {
        let row = sqlx::query!(
            r#"
            select
                case when lease_until > now() then state else 'WAITING' end as "state!",
                problem,
                unreadable,
                last_scanned_at,
                (select count(*) from library_files f where f.folder = path and f.missing_since is null) as "files!",
                (select count(*) from library_files f where f.folder = path and f.missing_since is not null) as "missing!"
            from library_folders where path = $1
            "#,
            path,
        );
        let Some(row) = row.fetch_optional(&self.pool).await? else { return Ok(None) };
        Ok(Some(FolderStanding {
            state: FolderState::parse(&row.state).ok_or_else(|| unknown("state", &row.state))?,
            problem: row.problem,
            unreadable: row.unreadable,
            last_scanned_at: row.last_scanned_at,
            files: row.files,
            missing: row.missing,
        }))
    }

    /// Takes or keeps the right to look after a folder for so long; false while somebody else has it.
    pub async fn hold_folder(&self, path: &str, token: Uuid, lease: Duration) -> Result<bool, sqlx::Error> {
        let held = sqlx::query!(
            r#"
            insert into library_folders (path, state, lease_token, lease_until)
            values ($1, 'WAITING', $2, now() + make_interval(secs => $3))
            on conflict (path) do update set lease_token = $2, lease_until = now() + make_interval(secs => $3)
            where library_folders.lease_token is not distinct from $2
            or coalesce(library_folders.lease_until, '-infinity') < now()
            "#,
            path,
            token,
            lease.as_secs_f64(),
        );
        Ok(held.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Leaves a folder to others.
    pub async fn release_folder(&self, path: &str, token: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update library_folders set lease_token = null, lease_until = null where path = $1 and lease_token = $2",
            path,
            token,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Asks for a scan of a folder.
    pub async fn request_scan(&self, path: &str, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"
            insert into library_folders (path, state, requested_at) values ($1, 'WAITING', $2)
            on conflict (path) do update set requested_at = $2
            "#,
            path,
            now,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whether a scan of a folder was asked for; takes the request.
    pub async fn take_scan_request(&self, path: &str) -> Result<bool, sqlx::Error> {
        let taken = sqlx::query!(
            "update library_folders set requested_at = null where path = $1 and requested_at is not null",
            path,
        );
        Ok(taken.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Notes how a folder stands; `scanned_at` when a scan came to its end.
    pub async fn note_folder(
        &self,
        path: &str,
        state: FolderState,
        (problem, unreadable): (Option<&str>, i32),
        scanned_at: Option<DateTime<Utc>>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"
            update library_folders
            set state = $2, problem = $3, unreadable = $4, last_scanned_at = coalesce($5, last_scanned_at)
            where path = $1
            "#,
            path,
            state.as_str(),
            problem,
            unreadable,
            scanned_at,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// Whether whoever knows `token` looks after a folder; it stays theirs until the transaction ends, and for so long from now.
pub async fn is_held(tx: &mut PgConnection, path: &str, token: Uuid, lease: Duration) -> Result<bool, sqlx::Error> {
    let held = sqlx::query!(
        "update library_folders set lease_until = now() + make_interval(secs => $3) where path = $1 and lease_token = $2",
        path,
        token,
        lease.as_secs_f64(),
    );
    Ok(held.execute(tx).await?.rows_affected() > 0)
}
