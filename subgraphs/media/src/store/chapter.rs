//! SQL of the chapters of recordings.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{TrackId, UploadId};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::Reader;
use crate::domain::chapter::Chapter;

/// Finds the chapters of a track: those of the file that plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChaptersOf(pub TrackId);

impl Loader<ChaptersOf> for Reader {
    type Value = Vec<Chapter>;
    type Error = Arc<sqlx::Error>;

    /// Whether the viewer may know of the track is decided before, where the track itself is loaded.
    async fn load(&self, keys: &[ChaptersOf]) -> Result<HashMap<ChaptersOf, Vec<Chapter>>, Self::Error> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select t.track_id as "track!: TrackId", u.chapters as "chapters!: Json<Vec<Chapter>>"
            from track_media t join uploads u on u.id = t.upload_id
            where t.track_id = any($1) and u.chapters is not null
            "#,
            &ids,
        );
        let rows = rows.fetch_all(&self.store.pool).await?;
        Ok(rows.into_iter().map(|row| (ChaptersOf(row.track), row.chapters.0)).collect())
    }
}

/// Keeps the chapters of an upload.
pub async fn keep(tx: &mut PgConnection, id: UploadId, chapters: &[Chapter]) -> Result<(), sqlx::Error> {
    sqlx::query!("update uploads set chapters = $2 where id = $1", id.0, Json(chapters) as Json<&[Chapter]>)
        .execute(tx)
        .await?;
    Ok(())
}
