//! Tokens that were sent by mail, by their hashes.

use chrono::{DateTime, Utc};
use polyphony_kit::UserId;
use sqlx::PgConnection;

use crate::domain::{Account, Email, MAX_VALID_TOKENS, MailToken, Purpose, SentToken};

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
        from sent_tokens
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

/// Keeps a token that is sent to this person, beside the newest that they were sent before.
pub async fn keep_mail_token(
    tx: &mut PgConnection,
    account: &Account,
    purpose: Purpose,
    token: &MailToken,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        delete from sent_tokens
        where hash in (
            select hash from sent_tokens
            where user_id = $1 and purpose = $2
            order by created_at desc
            offset $3
        )
        "#,
        account.id().0,
        purpose.as_str(),
        MAX_VALID_TOKENS - 1,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into sent_tokens (hash, user_id, purpose, email, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        token.hash(),
        account.id().0,
        purpose.as_str(),
        account.email.as_str(),
        now,
        expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes all tokens that were sent to this person.
pub async fn delete_mail_tokens(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sent_tokens where user_id = $1", user.0).execute(tx).await?;
    Ok(())
}

/// Deletes all tokens of this person for this purpose, now that one was used or they are of no use.
pub async fn delete_mail_tokens_for(tx: &mut PgConnection, user: UserId, purpose: Purpose) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sent_tokens where user_id = $1 and purpose = $2", user.0, purpose.as_str())
        .execute(tx)
        .await?;
    Ok(())
}
