//! Which tracks have to be told of again, because events have come to say more of them.

use polyphony_events::TrackId;
use sqlx::PgConnection;

/// Takes up to `limit` tracks that are to be told again; their versions have grown, so that whoever hears takes what they hear.
/// Several processes take different ones.
pub async fn take(tx: &mut PgConnection, limit: i64) -> Result<Vec<TrackId>, sqlx::Error> {
    sqlx::query!(
        r#"
        with untold as (
            select id from tracks where not is_told order by id limit $1 for update skip locked
        )
        update tracks t
        set is_told = true, version = t.version + 1
        from untold u
        where t.id = u.id
        returning t.id as "id: TrackId"
        "#,
        limit
    )
    .map(|row| row.id)
    .fetch_all(tx)
    .await
}
