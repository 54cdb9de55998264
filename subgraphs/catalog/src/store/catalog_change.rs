//! What has changed of what everybody sees of the catalog, in the database.

use super::Store;
use crate::domain::{CatalogChange, ChangePlace};

impl Store {
    /// The revision at which the catalog stands.
    pub async fn revision(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar!("select revision from catalog_revision").fetch_one(&self.pool).await
    }

    /// Up to `limit` things that have changed behind `after`, each where it changed last.
    pub async fn changes(&self, after: ChangePlace, limit: i64) -> Result<Vec<CatalogChange>, sqlx::Error> {
        sqlx::query!(
            r#"
            select id, kind, live, revision
            from search_documents
            where kind <> 'PLAYLIST' and (revision, id) > ($1, $2)
            order by revision, id
            limit $3
            "#,
            after.revision,
            after.id,
            limit
        )
        .map(|row| CatalogChange {
            place: ChangePlace { revision: row.revision, id: row.id },
            kind: row.kind.into(),
            is_live: row.live,
        })
        .fetch_all(&self.pool)
        .await
    }
}
