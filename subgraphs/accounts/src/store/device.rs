//! Devices that people have signed in on.

use chrono::{DateTime, Utc};
use polyphony_kit::UserId;
use sqlx::PgConnection;

/// Notes that somebody signed in on a device; gives whether it is a new one, beside others that were seen before.
pub async fn see_device(
    tx: &mut PgConnection,
    user: UserId,
    fingerprint: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        insert into devices (user_id, fingerprint, last_seen_at)
        values ($1, $2, $3)
        on conflict (user_id, fingerprint) do update set last_seen_at = excluded.last_seen_at
        returning (xmax = 0 and exists (select 1 from devices where user_id = $1)) as "is_new!"
        "#,
        user.0,
        fingerprint,
        now,
    )
    .fetch_one(tx)
    .await
}
