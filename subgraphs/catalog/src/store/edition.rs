//! Editions of albums in the database.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::AlbumId;
use sqlx::PgConnection;

use super::{Reader, album::albums, gather};
use crate::domain::Album;

/// So many editions of an album are listed at most.
const MAX_EDITIONS: i64 = 50;

/// Finds the other editions of an album that the reader's person may see, oldest release first: those of its release group,
/// and those of the same artists whose title differs in the words for an edition alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EditionsOfAlbum(pub AlbumId);

impl Loader<EditionsOfAlbum> for Reader {
    type Value = Vec<Album>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[EditionsOfAlbum]) -> Result<HashMap<EditionsOfAlbum, Vec<Album>>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = albums!(
            "o.id",
            r#"
            from albums o
            cross join lateral (
                select e.id from albums e where e.release_group_id = o.release_group_id
                union
                select e.id from albums e
                where e.edition_key = o.edition_key
                  and array(select l.artist_id from album_artists l where l.album_id = e.id order by l.artist_id)
                    = array(select l.artist_id from album_artists l where l.album_id = o.id order by l.artist_id)
                limit $2
            ) as edition
            join albums b on b.id = edition.id and b.id <> o.id
            where o.id = any($1)
            order by b.released_on nulls last, b.created_at, b.id
            "#,
            &ids,
            MAX_EDITIONS + 1
        );
        let mut rows = rows.fetch_all(&self.store.pool).await?;
        rows.retain(|(_, album)| self.audience.sees(album.status, album.owner_id));
        Ok(gather(keys, rows.into_iter().map(|(of, album)| (EditionsOfAlbum(of), album)).collect()))
    }
}

/// Keeps the release group of an album that has none yet.
pub async fn learn_group(tx: &mut PgConnection, album: AlbumId, group: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update albums set release_group_id = $2 where id = $1 and release_group_id is null", album.0, group)
        .execute(tx)
        .await?;
    Ok(())
}
