//! SQL of who has which handle and address.

use polyphony_events::UserId;
use sqlx::PgConnection;

use super::Store;

impl Store {
    /// Whoever has this id, e-mail address or handle. An address comes before a handle.
    pub async fn person(&self, name: &str) -> Result<Option<UserId>, sqlx::Error> {
        if let Some(id) = UserId::parse(name) {
            return Ok(Some(id));
        }
        sqlx::query_scalar!(
            r#"
            select user_id as "id: UserId" from people
            where lower(email) = lower($1) or lower(handle) = lower($1)
            order by lower(email) = lower($1) desc, user_id limit 1
            "#,
            name,
        )
        .fetch_optional(&self.pool)
        .await
    }
}

/// Notes how somebody is called.
pub async fn register(
    tx: &mut PgConnection,
    id: UserId,
    (handle, email): (&str, &str),
    version: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into people (user_id, handle, email, version) values ($1, $2, $3, $4)
        on conflict (user_id) do update set handle = $2, email = $3, version = $4 where people.version < $4
        "#,
        id.0,
        handle,
        email,
        version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes where mail for somebody goes now.
pub async fn move_to(tx: &mut PgConnection, id: UserId, email: &str, version: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update people set email = $2, version = $3 where user_id = $1 and version < $3",
        id.0,
        email,
        version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets somebody who is gone.
pub async fn forget(tx: &mut PgConnection, id: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from people where user_id = $1", id.0).execute(tx).await?;
    Ok(())
}
