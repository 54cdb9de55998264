//! Digests: what became of uploads is collected by consumers, and written as one mail when it is due.

use chrono::{DateTime, Utc};
use polyphony_events::UserId;
use polyphony_kit::Envelope;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::Store;
use crate::domain::{
    Digest, Letter,
    digest::{MAX_UPLOADS, MAX_WAIT, QUIET_PERIOD},
};

/// Keeps what became of an upload for the next digest to its owner. The digest is due when nothing more was heard for the
/// quiet period, or when it has waited for long enough.
pub async fn collect(
    tx: &mut PgConnection,
    event: &Envelope,
    owner: UserId,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    // First the digest, whose lock a sender holds while it writes the mail: what is added meanwhile is in the next one.
    sqlx::query!(
        r"
        insert into digests (user_id, first_at, due_at)
        values ($1, $2, $3)
        on conflict on constraint digests_pkey do update
        set due_at = least(excluded.due_at, digests.first_at + make_interval(secs => $4))
        ",
        owner.0,
        now,
        now + QUIET_PERIOD,
        MAX_WAIT.num_seconds() as f64,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r"
        insert into finished_uploads (event_id, user_id, letter)
        values ($1, $2, $3)
        on conflict on constraint finished_uploads_pkey do nothing
        ",
        event.id,
        owner.0,
        Json(letter) as _,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets what was still to be told to this person.
pub async fn forget_digest_of(tx: &mut PgConnection, id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from digests where user_id = $1", id.0).execute(&mut *tx).await?;
    sqlx::query!("delete from finished_uploads where user_id = $1", id.0).execute(tx).await?;
    Ok(())
}

impl Store {
    /// Writes the mail of one digest that is due; gives whether there was one. Any number of processes may do so.
    pub async fn write_due_digest(&self, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        let due = sqlx::query_scalar!(
            r#"
            select user_id as "user_id: UserId"
            from digests
            where due_at <= $1
            order by due_at
            limit 1
            for update skip locked
            "#,
            now
        );
        let Some(owner) = due.fetch_optional(&mut *tx).await? else { return Ok(false) };
        let (ids, letters) = take_finished(&mut tx, owner).await?;
        let is_last = (letters.len() as i64) < MAX_UPLOADS;
        if let Some(first) = ids.first() {
            write_mail(&mut tx, *first, owner, &Digest::letter(letters), now).await?;
        }
        if is_last {
            sqlx::query!("delete from digests where user_id = $1", owner.0).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

async fn take_finished(tx: &mut PgConnection, owner: UserId) -> Result<(Vec<Uuid>, Vec<Letter>), sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        with taken as (
            delete from finished_uploads
            where event_id in (select event_id from finished_uploads where user_id = $1 order by seq limit $2)
            returning event_id, seq, letter
        )
        select event_id as "event_id!", letter as "letter!: Json<Letter>" from taken order by seq
        "#,
        owner.0,
        MAX_UPLOADS,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.event_id, row.letter.0)).unzip())
}

async fn write_mail(
    tx: &mut PgConnection,
    id: Uuid,
    owner: UserId,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r"
        insert into mails (event_id, user_id, letter, created_at, next_attempt_at)
        values ($1, $2, $3, $4, $4)
        on conflict on constraint mails_pkey do nothing
        ",
        id,
        owner.0,
        Json(letter) as _,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
