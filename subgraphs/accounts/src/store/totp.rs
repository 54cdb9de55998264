//! One-time codes.

use std::ops::Range;

use anyhow::Context;
use chrono::{DateTime, Utc};
use polyphony_kit::{UserId, seal::Sealer};
use sqlx::PgConnection;

use crate::domain::{CODE_FAILURE_WINDOW, PENDING_TOTP_TTL, Totp, TotpSecret};

/// What is known of a person's one-time codes now. The caller has locked the person, so that two codes are judged one after
/// the other.
pub async fn totp(tx: &mut PgConnection, sealer: &Sealer, user: UserId, now: DateTime<Utc>) -> anyhow::Result<Totp> {
    let row = sqlx::query!(
        r#"
        select
            secret,
            last_step,
            case when pending_until > $2 then pending_secret end as pending_secret,
            case when failures_since > $3 then failures else 0 end as "failures!"
        from totps
        where user_id = $1
        "#,
        user.0,
        now,
        now - CODE_FAILURE_WINDOW,
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(Totp::default()) };
    let open = |sealed: Option<String>| {
        let secret = |sealed: String| TotpSecret::from_base32(&sealer.open(&sealed, &context(user))?);
        sealed
            .map(|sealed| secret(sealed).context("open the secret of one-time codes: the keys have changed"))
            .transpose()
    };
    let (secret, pending) = (open(row.secret)?, open(row.pending_secret)?);
    Ok(Totp { secret, last_step: row.last_step, pending, failures: row.failures })
}

/// What a secret is sealed for: it opens as this person's alone.
fn context(user: UserId) -> String {
    format!("totp\n{user}")
}

/// Keeps a secret until it is confirmed; what is on stays on.
pub async fn keep_pending_totp(
    tx: &mut PgConnection,
    sealer: &Sealer,
    user: UserId,
    secret: &TotpSecret,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let pending = sealer.seal(&secret.to_base32(), &context(user))?;
    sqlx::query!(
        r#"
        insert into totps (user_id, pending_secret, pending_until)
        values ($1, $2, $3)
        on conflict (user_id) do update
        set pending_secret = excluded.pending_secret, pending_until = excluded.pending_until
        "#,
        user.0,
        pending,
        now + PENDING_TOTP_TTL,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Turns the pending secret on, whose code of this step was shown; it replaces the one before it.
pub async fn enable_totp(
    tx: &mut PgConnection,
    user: UserId,
    step: i64,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update totps
        set secret = pending_secret,
            enabled_at = $3,
            last_step = $2,
            pending_secret = null,
            pending_until = null,
            failures = 0
        where user_id = $1
        "#,
        user.0,
        step,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Turns one-time codes off; gives whether they were on.
pub async fn delete_totp(tx: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query_scalar!(
        r#"delete from totps where user_id = $1 returning enabled_at is not null as "was_on!""#,
        user.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(deleted == Some(true))
}

/// Turns one-time codes off unless they were turned on in this time; without one, whenever that was.
pub async fn delete_totp_unless(
    tx: &mut PgConnection,
    user: UserId,
    kept: Option<&Range<DateTime<Utc>>>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from totps
        where user_id = $1
            and ($2::timestamptz is null or enabled_at is null or enabled_at < $2 or enabled_at >= $3)",
        user.0,
        kept.map(|kept| kept.start),
        kept.map(|kept| kept.end),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that the code of this step was accepted: it is good no more.
pub async fn accept_totp_step(tx: &mut PgConnection, user: UserId, step: i64) -> Result<(), sqlx::Error> {
    sqlx::query!("update totps set last_step = $2, failures = 0 where user_id = $1", user.0, step).execute(tx).await?;
    Ok(())
}

/// Counts a wrong code.
pub async fn count_totp_failure(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update totps
        set failures = case when failures_since > $3 then failures + 1 else 1 end,
            failures_since = case when failures > 0 and failures_since > $3 then failures_since else $2 end
        where user_id = $1
        "#,
        user.0,
        now,
        now - CODE_FAILURE_WINDOW,
    )
    .execute(tx)
    .await?;
    Ok(())
}
