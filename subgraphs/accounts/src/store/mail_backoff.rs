//! How many mails an address was sent in a row.

use chrono::{DateTime, Utc};
use polyphony_kit::db;
use sqlx::PgConnection;

use crate::domain::{MailBackoff, MailKind};

/// Counts a mail of this kind that is about to be sent, if there may be one now; else gives when. Of several at once one is
/// counted: the address is locked until the transaction ends.
pub async fn claim_mail(
    tx: &mut PgConnection,
    subject: &[u8],
    kind: MailKind,
    now: DateTime<Utc>,
) -> Result<Result<MailBackoff, DateTime<Utc>>, sqlx::Error> {
    // An address that was never sent one has no row that could be locked.
    db::lock(tx, &format!("accounts mails to {}", hex::encode(subject))).await?;
    let last = sqlx::query_as!(
        MailBackoff,
        "select sent, last_sent_at from mail_backoffs where subject = $1 and kind = $2",
        subject,
        kind.as_str(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    let next = match MailBackoff::next(last, kind, now) {
        Ok(next) => next,
        Err(allowed_at) => return Ok(Err(allowed_at)),
    };
    sqlx::query!(
        r#"
        insert into mail_backoffs (subject, kind, sent, last_sent_at)
        values ($1, $2, $3, $4)
        on conflict on constraint mail_backoffs_pkey do update
        set sent = excluded.sent, last_sent_at = excluded.last_sent_at
        "#,
        subject,
        kind.as_str(),
        next.sent,
        next.last_sent_at,
    )
    .execute(tx)
    .await?;
    Ok(Ok(next))
}

/// Ends the row of mails of this kind: what they were for is done.
pub async fn end_mail_backoff(tx: &mut PgConnection, subject: &[u8], kind: MailKind) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from mail_backoffs where subject = $1 and kind = $2", subject, kind.as_str())
        .execute(tx)
        .await?;
    Ok(())
}
