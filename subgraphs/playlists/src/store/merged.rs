//! What people keep of a thing that was merged into another is of that from then on.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// Gives the entries of a thing in libraries to what it became, where that is not kept already; the libraries have their next
/// versions then.
pub async fn move_entries(
    tx: &mut PgConnection,
    (from, to): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    // Libraries before their entries, as every change of a library has it.
    sqlx::query!(
        r#"
        with next as (
            insert into libraries (user_id, version)
            select distinct e.user_id, 1 from library_entries e where e.thing_id = $1 order by e.user_id
            on conflict (user_id) do update set version = libraries.version + 1
            returning user_id, version
        )
        insert into changes (subject, version, happened_at) select user_id, version, $2 from next
        "#,
        from,
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        update library_entries e
        set thing_id = $2
        where e.thing_id = $1
          and not exists (
              select from library_entries k
              where k.user_id = e.user_id and k.shelf = e.shelf and k.thing_id = $2
          )
        "#,
        from,
        to
    )
    .execute(&mut *tx)
    .await?;
    // Who keeps both keeps one.
    sqlx::query!("delete from library_entries where thing_id = $1", from).execute(tx).await?;
    Ok(())
}
