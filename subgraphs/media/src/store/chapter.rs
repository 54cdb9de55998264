//! SQL of the chapters of recordings.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{TrackId, UploadId};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::Reader;
use crate::domain::chapter::Chapter;

/// Finds the chapters of a track, at most so many: those of the file that plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChaptersOf(pub TrackId, pub i32);

impl Loader<ChaptersOf> for Reader {
    type Value = Vec<Chapter>;
    type Error = Arc<sqlx::Error>;

    /// Whether the viewer may know of the track is decided before, where the track itself is loaded.
    async fn load(&self, keys: &[ChaptersOf]) -> Result<HashMap<ChaptersOf, Vec<Chapter>>, Self::Error> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0.0).collect();
        let counts: Vec<i32> = keys.iter().map(|key| key.1).collect();
        let rows = sqlx::query!(
            r#"
            select
                k.id as "track!: TrackId",
                k.count as "count!",
                (
                    select jsonb_agg(c.value order by c.position)
                    from (
                        select e.value, e.position from jsonb_array_elements(u.chapters) with ordinality e (value, position)
                        order by e.position limit k.count
                    ) c
                ) as "chapters!: Json<Vec<Chapter>>"
            from unnest($1::uuid[], $2::integer[]) k (id, count)
            join track_media t on t.track_id = k.id
            join uploads u on u.id = t.upload_id
            where u.chapters is not null
            "#,
            &ids,
            &counts,
        );
        let rows = rows.fetch_all(&self.store.pool).await?;
        Ok(rows.into_iter().map(|row| (ChaptersOf(row.track, row.count), row.chapters.0)).collect())
    }
}

/// Keeps the chapters of an upload.
pub async fn keep(tx: &mut PgConnection, id: UploadId, chapters: &[Chapter]) -> Result<(), sqlx::Error> {
    sqlx::query!("update uploads set chapters = $2 where id = $1", id.0, Json(chapters) as Json<&[Chapter]>)
        .execute(tx)
        .await?;
    Ok(())
}
