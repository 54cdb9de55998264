//! Tokens that were sent by mail, by their hashes.

use chrono::{DateTime, Utc};
use polyphony_kit::UserId;
use sqlx::PgConnection;

use crate::domain::{Account, Email, MailToken, Purpose, SentToken};

/// What is known of a token that somebody presents for this purpose; `None` when it is none of ours, or used, or too old.
pub async fn sent_token(
    tx: &mut PgConnection,
    token: &MailToken,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Option<SentToken>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select user_id as "user_id: UserId", email, created_at, expires_at
        from mail_tokens
        where hash = $1 and purpose = $2 and expires_at > $3
        "#,
        token.hash(),
        purpose.as_str(),
        now,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| SentToken {
        user_id: row.user_id,
        email: Email::stored(row.email),
        created_at: row.created_at,
        expires_at: row.expires_at,
    }))
}

/// When a token was last sent to this person for this purpose.
pub async fn last_sent(
    tx: &mut PgConnection,
    user: UserId,
    purpose: Purpose,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!(
        "select created_at from mail_tokens where user_id = $1 and purpose = $2",
        user.0,
        purpose.as_str(),
    )
    .fetch_optional(tx)
    .await
}

/// Keeps a token that is sent to this person; the one before it is worth nothing any more.
pub async fn keep_mail_token(
    tx: &mut PgConnection,
    account: &Account,
    purpose: Purpose,
    token: &MailToken,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into mail_tokens (user_id, purpose, hash, email, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (user_id, purpose) do update
        set hash = excluded.hash, email = excluded.email, created_at = excluded.created_at, expires_at = excluded.expires_at
        "#,
        account.id().0,
        purpose.as_str(),
        token.hash(),
        account.email.as_str(),
        now,
        now + purpose.life(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes the token of this person for this purpose, now that it was used or is of no use.
pub async fn delete_mail_token(tx: &mut PgConnection, user: UserId, purpose: Purpose) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from mail_tokens where user_id = $1 and purpose = $2", user.0, purpose.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// Deletes all tokens that were sent to this person.
pub async fn delete_mail_tokens(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from mail_tokens where user_id = $1", user.0).execute(tx).await?;
    Ok(())
}
