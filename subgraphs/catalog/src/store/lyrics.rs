//! Lyrics in the database.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::TrackId;
use sqlx::PgConnection;

use super::Reader;
use crate::domain::Lyrics;

/// Finds the lyrics of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LyricsOfTrack(pub TrackId);

impl Loader<LyricsOfTrack> for Reader {
    type Value = Lyrics;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[LyricsOfTrack]) -> Result<HashMap<LyricsOfTrack, Lyrics>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!("select track_id, language, source from lyrics where track_id = any($1)", &ids)
            .map(|row| (LyricsOfTrack(row.track_id), Lyrics { language: row.language, source: row.source }))
            .fetch_all(&self.store.pool)
            .await?;
        Ok(rows.into_iter().collect())
    }
}

/// The lyrics of a track as the transaction sees them.
pub async fn get(tx: &mut PgConnection, track: TrackId) -> Result<Option<Lyrics>, sqlx::Error> {
    sqlx::query_as!(Lyrics, "select language, source from lyrics where track_id = $1", track.0).fetch_optional(tx).await
}

/// Writes the lyrics of a track, or removes them.
pub async fn set(tx: &mut PgConnection, track: TrackId, lyrics: Option<&Lyrics>) -> Result<(), sqlx::Error> {
    let Some(lyrics) = lyrics else {
        sqlx::query!("delete from lyrics where track_id = $1", track.0).execute(tx).await?;
        return Ok(());
    };
    sqlx::query!(
        r#"
        insert into lyrics (track_id, language, source)
        values ($1, $2, $3)
        on conflict (track_id) do update set language = excluded.language, source = excluded.source
        "#,
        track.0,
        lyrics.language,
        lyrics.source
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes the lyrics of a track that has none.
pub async fn set_if_absent(tx: &mut PgConnection, track: TrackId, source: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into lyrics (track_id, source) values ($1, $2) on conflict (track_id) do nothing",
        track.0,
        source
    )
    .execute(tx)
    .await?;
    Ok(())
}
