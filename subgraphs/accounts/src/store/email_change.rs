//! Changes of address that were asked for.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_kit::{SessionId, UserId};
use sqlx::PgConnection;

use super::{LoadError, Store};
use crate::domain::{Email, EmailChange, MailToken, Side};

struct Row {
    user_id: UserId,
    old_email: String,
    new_email: String,
    session_id: SessionId,
    requested_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    old_confirmed_at: Option<DateTime<Utc>>,
    new_confirmed_at: Option<DateTime<Utc>>,
    new_token_hash: Vec<u8>,
}

impl From<Row> for EmailChange {
    fn from(row: Row) -> Self {
        Self {
            user_id: row.user_id,
            old_email: Email::stored(row.old_email),
            new_email: Email::stored(row.new_email),
            session: row.session_id,
            requested_at: row.requested_at,
            expires_at: row.expires_at,
            old_confirmed_at: row.old_confirmed_at,
            new_confirmed_at: row.new_confirmed_at,
        }
    }
}

/// The rows of changes: the projection is written here and nowhere else.
macro_rules! email_changes {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                user_id as "user_id: UserId",
                old_email,
                new_email,
                session_id as "session_id: SessionId",
                requested_at,
                expires_at,
                old_confirmed_at,
                new_confirmed_at,
                new_token_hash
            from email_changes
            "# + $tail,
            $($argument),*
        )
    };
}

/// Finds the change that a person has asked for, over or not: the caller knows the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EmailChangeOf(pub UserId);

impl Loader<EmailChangeOf> for Store {
    type Value = EmailChange;
    type Error = LoadError;

    async fn load(&self, keys: &[EmailChangeOf]) -> Result<HashMap<EmailChangeOf, EmailChange>, LoadError> {
        let users: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = email_changes!("where user_id = any($1)", &users).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|row| (EmailChangeOf(row.user_id), row.into())).collect())
    }
}

/// The change that a person has asked for, if it is not over.
pub async fn email_change_of(
    tx: &mut PgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Option<EmailChange>, sqlx::Error> {
    let row = email_changes!("where user_id = $1 and expires_at > $2", user.0, now).fetch_optional(tx).await?;
    Ok(row.map(EmailChange::from))
}

/// The change that this token belongs to, and to which of its addresses the token was sent.
pub async fn email_change_by_token(
    tx: &mut PgConnection,
    token: &MailToken,
    now: DateTime<Utc>,
) -> Result<Option<(EmailChange, Side)>, sqlx::Error> {
    let hash = token.hash();
    let row = email_changes!("where (new_token_hash = $1 or old_token_hash = $1) and expires_at > $2", &hash, now)
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|row| {
        let side = if row.new_token_hash == hash { Side::New } else { Side::Old };
        (row.into(), side)
    }))
}

/// Keeps a change that was asked for, with the tokens for its addresses; one that was asked for before is given up.
pub async fn keep_email_change(
    tx: &mut PgConnection,
    change: &EmailChange,
    new_token: &MailToken,
    old_token: Option<&MailToken>,
) -> Result<(), sqlx::Error> {
    delete_email_change(tx, change.user_id).await?;
    sqlx::query!(
        r#"
        insert into email_changes
            (user_id, old_email, new_email, session_id, new_token_hash, old_token_hash, requested_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        change.user_id.0,
        change.old_email.as_str(),
        change.new_email.as_str(),
        change.session.0,
        new_token.hash(),
        old_token.map(MailToken::hash),
        change.requested_at,
        change.expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes which of the addresses have agreed.
pub async fn save_email_confirmations(tx: &mut PgConnection, change: &EmailChange) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update email_changes set old_confirmed_at = $2, new_confirmed_at = $3 where user_id = $1",
        change.user_id.0,
        change.old_confirmed_at,
        change.new_confirmed_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives up the change that a person has asked for; tells whether there was one.
pub async fn delete_email_change(tx: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from email_changes where user_id = $1", user.0).execute(tx).await?;
    Ok(done.rows_affected() > 0)
}
