//! SQL of what people chose in their preferences, as accounts says.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reader, Store, unknown};
use crate::domain::quality::Quality;

/// Finds the quality that a person wants; nothing for those who never chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QualityOf(pub UserId);

impl Loader<QualityOf> for Reader {
    type Value = Quality;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QualityOf]) -> Result<HashMap<QualityOf, Quality>, Self::Error> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"select user_id as "user: UserId", streaming_quality from listeners where user_id = any($1)"#,
            &ids,
        );
        let mut chosen = HashMap::new();
        for row in rows.fetch_all(&self.store.pool).await? {
            let quality = Quality::parse(&row.streaming_quality);
            let quality = quality.ok_or_else(|| unknown("streaming_quality", &row.streaming_quality))?;
            chosen.insert(QualityOf(row.user), quality);
        }
        Ok(chosen)
    }
}

/// Keeps what a person chose, unless something newer is known.
pub async fn upsert(
    tx: &mut PgConnection,
    user: UserId,
    quality: Quality,
    explicit_content: bool,
    version: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into listeners (user_id, streaming_quality, version, explicit_content) values ($1, $2, $3, $4)
        on conflict (user_id) do update
        set streaming_quality = excluded.streaming_quality, version = excluded.version,
            explicit_content = excluded.explicit_content
        where listeners.version < excluded.version
        "#,
        user.0,
        quality.as_str(),
        version,
        explicit_content,
    )
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// Whether this person is kept out, or gone.
    pub async fn is_barred(&self, user: UserId) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(
            r#"select exists (select from barred_listeners where user_id = $1 and is_barred) as "barred!""#,
            user.0,
        )
        .fetch_one(&self.pool)
        .await
    }
}

/// Notes that somebody is kept out or gone, or let in again, unless something newer is known.
pub async fn bar(tx: &mut PgConnection, user: UserId, is_barred: bool, version: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into barred_listeners (user_id, is_barred, version) values ($1, $2, $3)
        on conflict (user_id) do update set is_barred = excluded.is_barred, version = excluded.version
        where barred_listeners.version < excluded.version
        "#,
        user.0,
        is_barred,
        version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets a person.
pub async fn forget(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from listeners where user_id = $1", user.0).execute(tx).await?;
    Ok(())
}
