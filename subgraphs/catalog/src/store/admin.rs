//! Who is ADMIN, as accounts told.

use polyphony_events::UserId;
use sqlx::PgConnection;

/// Keeps what accounts told about a person's role, unless something newer is known.
pub async fn set(tx: &mut PgConnection, user: UserId, is_admin: bool, version: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into admins (user_id, is_admin, version)
        values ($1, $2, $3)
        on conflict (user_id) do update set is_admin = excluded.is_admin, version = excluded.version
        where admins.version < excluded.version
        "#,
        user.0,
        is_admin,
        version
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the person is known to be ADMIN.
pub async fn is_admin(tx: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    let known = sqlx::query_scalar!("select is_admin from admins where user_id = $1", user.0);
    Ok(known.fetch_optional(tx).await?.unwrap_or(false))
}
