//! Mails: written by consumers, taken up by senders, marked when they are gone.

use chrono::{DateTime, Utc};
use polyphony_events::UserId;
use polyphony_kit::Envelope;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::Store;
use crate::domain::{Letter, Mail, Person};

/// Writes a mail to be sent; does nothing when this event has one already. `addressee` is for events that say themselves
/// where the mail goes.
pub async fn write(
    tx: &mut PgConnection,
    event: &Envelope,
    to: UserId,
    addressee: Option<&Person>,
    letter: &Letter,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r"
        insert into mails (event_id, user_id, email, display_name, letter, created_at, next_attempt_at)
        values ($1, $2, $3, $4, $5, $6, $6)
        on conflict on constraint mails_pkey do nothing
        ",
        event.id,
        to.0,
        addressee.map(|person| &person.email),
        addressee.map(|person| &person.display_name),
        Json(letter) as _,
        event.time,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets the mails to a person that were not sent.
pub async fn forget_mails_of(tx: &mut PgConnection, id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from mails where user_id = $1 and sent_at is null", id.0).execute(tx).await?;
    Ok(())
}

impl Store {
    /// Takes up to `limit` mails that are due and whose person is known. They are nobody else's until `lease_end`; whoever
    /// took them and is not heard of again loses them then.
    pub async fn take_mails(
        &self,
        limit: i64,
        now: DateTime<Utc>,
        lease_end: DateTime<Utc>,
    ) -> Result<Vec<Mail>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            with due as (
                select
                    mails.event_id,
                    coalesce(mails.email, people.email) as email,
                    coalesce(mails.display_name, people.display_name) as display_name
                from mails
                left join people on people.user_id = mails.user_id
                where (mails.email is not null or people.user_id is not null)
                    and mails.sent_at is null and mails.given_up_at is null and mails.next_attempt_at <= $1
                order by mails.next_attempt_at
                limit $2
                for update of mails skip locked
            )
            update mails
            set attempts = mails.attempts + 1, next_attempt_at = $3
            from due
            where mails.event_id = due.event_id
            returning
                mails.event_id,
                mails.user_id,
                mails.letter as "letter: Json<Letter>",
                mails.created_at,
                mails.attempts,
                due.email as "email!",
                due.display_name as "display_name!"
            "#,
            now,
            limit,
            lease_end,
        )
        .fetch_all(&self.pool)
        .await?;
        let mails = rows.into_iter().map(|row| Mail {
            event_id: row.event_id,
            user_id: row.user_id,
            to: Person { email: row.email, display_name: row.display_name },
            letter: row.letter.0,
            created_at: row.created_at,
            attempt: row.attempts,
        });
        Ok(mails.collect())
    }

    /// Marks a mail as sent.
    pub async fn mark_sent(&self, event_id: Uuid, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update mails set sent_at = $2, last_error = null, letter = letter - 'token' - 'sealed' where event_id = $1",
            event_id,
            now
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Keeps why a mail was not sent, and when to try again; never again when there is no such time.
    pub async fn mark_failed(
        &self,
        event_id: Uuid,
        reason: &str,
        next_attempt_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r"
            update mails
            set last_error = $2,
                next_attempt_at = coalesce($3, next_attempt_at),
                given_up_at = case when $3::timestamptz is null then $4::timestamptz end,
                letter = case when $3::timestamptz is null then letter - 'token' - 'sealed' else letter end
            where event_id = $1 and sent_at is null
            ",
            event_id,
            reason,
            next_attempt_at,
            now,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives back a mail that was taken up while the mail server was away, as if it had not been.
    pub async fn release(&self, event_id: Uuid, reason: &str, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r"
            update mails
            set last_error = $2,
                attempts = greatest(attempts - 1, 0),
                next_attempt_at = $3
            where event_id = $1 and sent_at is null
            ",
            event_id,
            reason,
            now,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// When the next mail or digest is due; `None` when there is none.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select least(
                (
                    select mails.next_attempt_at
                    from mails
                    left join people on people.user_id = mails.user_id
                    where (mails.email is not null or people.user_id is not null)
                        and mails.sent_at is null and mails.given_up_at is null
                    order by mails.next_attempt_at
                    limit 1
                ),
                (select min(due_at) from digests)
            ) as "due_at"
            "#
        )
        .fetch_one(&self.pool)
        .await
    }

    /// Forgets the mails that were written before `limit`, sent or not.
    pub async fn forget_mails_before(&self, limit: DateTime<Utc>) -> Result<u64, sqlx::Error> {
        let done = sqlx::query!("delete from mails where created_at < $1", limit).execute(&self.pool).await?;
        Ok(done.rows_affected())
    }
}
