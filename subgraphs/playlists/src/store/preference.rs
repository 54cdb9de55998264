//! What people chose in their preferences, as accounts tells.

use polyphony_kit::UserId;
use sqlx::PgConnection;

use super::Store;

impl Store {
    /// Whether explicit tracks are shown to a person; to whoever is not signed in they are.
    pub async fn shows_explicit(&self, user: Option<UserId>) -> Result<bool, sqlx::Error> {
        let Some(user) = user else { return Ok(true) };
        let chosen = sqlx::query_scalar!("select explicit_content from preferences where user_id = $1", user.0);
        Ok(chosen.fetch_optional(&self.pool).await?.unwrap_or(true))
    }
}

/// Keeps whether explicit tracks are shown to a person, unless something newer is known; tells whether it did.
pub async fn put(
    tx: &mut PgConnection,
    user: UserId,
    explicit_content: bool,
    version: i64,
) -> Result<bool, sqlx::Error> {
    let kept = sqlx::query!(
        r#"
        insert into preferences as p (user_id, explicit_content, version) values ($1, $2, $3)
        on conflict (user_id) do update
        set explicit_content = excluded.explicit_content, version = excluded.version
        where p.version < excluded.version
        "#,
        user.0,
        explicit_content,
        version
    );
    Ok(kept.execute(tx).await?.rows_affected() > 0)
}
