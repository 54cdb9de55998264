//! Tokens that are refused before their time.

use chrono::{DateTime, Utc};
use polyphony_kit::{SessionId, UserId};
use polyphony_revocations::Revocation;
use sqlx::PgConnection;

use super::Store;

impl Store {
    /// What was revoked since.
    pub async fn revocations_since(&self, since: DateTime<Utc>) -> Result<Vec<Revocation>, sqlx::Error> {
        let rows = sqlx::query!("select subject, version from revocations where created_at >= $1", since)
            .fetch_all(&self.pool)
            .await?;
        let revocations = rows.into_iter().map(|row| match row.version {
            Some(version) => Revocation::User { id: row.subject, version },
            None => Revocation::Session(row.subject),
        });
        Ok(revocations.collect())
    }
}

/// Revokes the tokens of these sessions or API keys.
pub async fn revoke_sessions(
    tx: &mut PgConnection,
    sessions: &[SessionId],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let subjects: Vec<String> = sessions.iter().map(ToString::to_string).collect();
    sqlx::query!(
        r#"
        insert into revocations (subject, created_at)
        select subject, $2 from unnest($1::text[]) as s(subject)
        on conflict do nothing
        "#,
        &subjects,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Revokes the tokens of this person that were made from their account at this version or before.
pub async fn revoke_user(
    tx: &mut PgConnection,
    user: UserId,
    version: i64,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into revocations (subject, version, created_at)
        values ($1, $2, $3)
        on conflict (subject) do update set version = excluded.version, created_at = excluded.created_at
        "#,
        user.to_string(),
        version,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Revokes the tokens that were signed with this key.
pub async fn revoke_signing_key(tx: &mut PgConnection, id: &str, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into revocations (subject, created_at) values ($1, $2) on conflict do nothing", id, now)
        .execute(tx)
        .await?;
    Ok(())
}
