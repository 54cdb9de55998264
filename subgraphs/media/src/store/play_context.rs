//! SQL of what an album or an artist plays, by what the catalog has told of their tracks.

use polyphony_events::{AlbumId, ArtistId, TrackId, UserId};

use super::Store;
use crate::domain::player::MAX_QUEUE;

impl Store {
    /// The tracks of an album that `user` may play, by disc and number; at most [`MAX_QUEUE`]. Tracks without audio are among
    /// them, withdrawn ones and drafts of others are not.
    pub async fn tracks_of_album(&self, user: UserId, album: AlbumId) -> Result<Vec<TrackId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select f.track_id as "id: TrackId"
            from track_facts f
            join track_media t on t.track_id = f.track_id and not t.deleted
            where f.album_id = $1 and (t.status = 'PUBLISHED' or t.status = 'DRAFT' and t.owner_id = $2)
            order by coalesce(f.disc_number, 1), coalesce(f.track_number, 2147483647), f.track_id
            limit $3
            "#,
            album.0,
            user.0,
            MAX_QUEUE as i64,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// The tracks of an artist that `user` may play: the newest release first, each by disc and number; at most [`MAX_QUEUE`].
    pub async fn tracks_of_artist(&self, user: UserId, artist: ArtistId) -> Result<Vec<TrackId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select f.track_id as "id: TrackId"
            from track_facts f
            join track_media t on t.track_id = f.track_id and not t.deleted
            where f.artist_ids && array[$1::uuid] and (t.status = 'PUBLISHED' or t.status = 'DRAFT' and t.owner_id = $2)
            order by
                f.released_on desc nulls last,
                f.album_id nulls last,
                coalesce(f.disc_number, 1),
                coalesce(f.track_number, 2147483647),
                f.track_id
            limit $3
            "#,
            artist.0,
            user.0,
            MAX_QUEUE as i64,
        )
        .fetch_all(&self.pool)
        .await
    }
}
