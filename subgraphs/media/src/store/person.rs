//! SQL of who has which address.

use polyphony_events::UserId;
use sqlx::PgConnection;

use super::Store;

impl Store {
    /// Whoever has this id or e-mail address, unless they are kept out; nobody while two are known by one address. Handles change
    /// hands, and count for nothing here.
    pub async fn person(&self, name: &str) -> Result<Option<UserId>, sqlx::Error> {
        let known = match UserId::parse(name) {
            Some(id) => vec![id],
            None => {
                sqlx::query_scalar!(
                    r#"select user_id as "id: UserId" from people where lower(email) = lower($1) limit 2"#,
                    name,
                )
                .fetch_all(&self.pool)
                .await?
            }
        };
        match known[..] {
            [id] if !self.is_barred(id).await? => Ok(Some(id)),
            _ => Ok(None),
        }
    }
}

/// Notes where mail for somebody goes, unless something newer is known.
pub async fn keep(tx: &mut PgConnection, id: UserId, email: &str, version: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into people (user_id, email, version) values ($1, $2, $3)
        on conflict (user_id) do update set email = $2, version = $3 where people.version < $3
        "#,
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
