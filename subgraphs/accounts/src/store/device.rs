//! Devices that people have signed in on.

use chrono::{DateTime, Utc};
use polyphony_kit::UserId;
use sqlx::PgConnection;

/// How many devices of a person are remembered.
const MAX_DEVICES: i64 = 100;

/// A device that somebody signed in on.
pub struct SeenDevice {
    /// Whether it was not seen before, beside others that were.
    pub is_new: bool,
    /// How many devices of the person were first seen within the last hour, this one among them.
    pub new_within_hour: i64,
}

/// Notes that somebody signed in on a device. Of too many, the ones are forgotten that were not seen for longest.
pub async fn see_device(
    tx: &mut PgConnection,
    user: UserId,
    fingerprint: &[u8],
    now: DateTime<Utc>,
) -> Result<SeenDevice, sqlx::Error> {
    let seen = sqlx::query_as!(
        SeenDevice,
        r#"
        insert into devices (user_id, fingerprint, last_seen_at, first_seen_at)
        values ($1, $2, $3, $3)
        on conflict (user_id, fingerprint) do update set last_seen_at = excluded.last_seen_at
        returning
            (xmax = 0 and exists (select 1 from devices where user_id = $1)) as "is_new!",
            (
                select count(*) + 1
                from devices
                where user_id = $1 and fingerprint <> $2 and first_seen_at > $3::timestamptz - interval '1 hour'
            ) as "new_within_hour!"
        "#,
        user.0,
        fingerprint,
        now,
    )
    .fetch_one(&mut *tx)
    .await?;
    if seen.is_new {
        sqlx::query!(
            r#"
            delete from devices
            where user_id = $1 and fingerprint in (
                select fingerprint from devices where user_id = $1 order by last_seen_at desc offset $2
            )
            "#,
            user.0,
            MAX_DEVICES,
        )
        .execute(tx)
        .await?;
    }
    Ok(seen)
}
