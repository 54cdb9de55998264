//! What a person played lately, as things that they go on with.

use polyphony_events::{AlbumId, ArtistId};
use polyphony_kit::UserId;

use super::Store;

impl Store {
    /// Published albums, but for explicit ones where the person wants none, of which the person played something, the latest first; of the last 500 tracks that they played.
    pub async fn recent_albums(&self, user: UserId, first: i64) -> Result<Vec<AlbumId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select b.id
            from (
                select track_id, last_at
                from tastes
                where user_id = $1 and plays > 0
                order by last_at desc
                limit 500
            ) as y
            join tracks t on t.id = y.track_id
            join albums b on b.id = t.album_id
            where b.status = 'PUBLISHED'
              and (
                  coalesce((select explicit_content from preferences where user_id = $1), true)
                  or not exists (
                      select from tracks h where h.album_id = b.id and h.status = 'PUBLISHED' and h.explicit
                  )
                  or exists (
                      select from tracks h where h.album_id = b.id and h.status = 'PUBLISHED' and not h.explicit
                  )
              )
            group by b.id
            order by max(y.last_at) desc, b.id desc
            limit $2
            "#,
            user.0,
            first
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Artists of whom the person played something, the latest first; of the last 500 tracks that they played.
    pub async fn recent_artists(&self, user: UserId, first: i64) -> Result<Vec<ArtistId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select l.artist_id
            from (
                select track_id, last_at
                from tastes
                where user_id = $1 and plays > 0
                order by last_at desc
                limit 500
            ) as y
            join tracks t on t.id = y.track_id
            join track_artists l on l.track_id = t.id
            where t.status = 'PUBLISHED'
            group by l.artist_id
            order by max(y.last_at) desc, l.artist_id desc
            limit $2
            "#,
            user.0,
            first
        )
        .fetch_all(&self.pool)
        .await
    }
}
