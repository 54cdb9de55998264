//! Addresses of people, where more than their account is read or written.

use chrono::{DateTime, Utc};
use polyphony_kit::UserId;
use sqlx::PgConnection;

use super::Store;
use crate::domain::{Account, Email};

/// An address in the form of an earlier release, with whom it belongs to.
pub struct StoredEmail {
    /// Who.
    pub id: UserId,
    /// The address as it is stored.
    pub email: String,
}

impl Store {
    /// Addresses that are not ASCII, which earlier releases stored as they were typed.
    pub async fn emails_beyond_ascii(&self) -> Result<Vec<StoredEmail>, sqlx::Error> {
        sqlx::query_as!(StoredEmail, r#"select id as "id: UserId", email from users where email !~ '^[ -~]*$'"#)
            .fetch_all(&self.pool)
            .await
    }
}

/// Writes where mail for a person goes.
pub async fn save_email(tx: &mut PgConnection, id: UserId, email: &Email) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set email = $2 where id = $1", id.0, email.as_str()).execute(tx).await?;
    Ok(())
}

/// Moves a person to an address that they have shown to be theirs. Since when the account is known to be its owner's stays.
pub async fn change_email(tx: &mut PgConnection, account: &Account, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update users set email = $2, email_verified_at = coalesce(email_verified_at, $3), version = $4 where id = $1",
        account.id().0,
        account.email.as_str(),
        now,
        account.version,
    )
    .execute(tx)
    .await?;
    Ok(())
}
