//! Editions of albums in the database.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::AlbumId;
use sqlx::PgConnection;

use super::{Reader, album::albums, gather};
use crate::domain::Album;

/// So many editions of an album are listed at most.
const MAX_EDITIONS: i64 = 50;

/// Finds the other editions of an album that the reader's person may see and wants to, oldest release first: those of its release group,
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
                select e.*
                from (
                    select g.id from albums g where g.release_group_id = o.release_group_id
                    union
                    select k.id from albums k
                    where k.edition_key = o.edition_key
                      and array(select l.artist_id from album_artists l where l.album_id = k.id order by l.artist_id)
                        = array(select l.artist_id from album_artists l where l.album_id = o.id order by l.artist_id)
                ) as edition
                join albums e on e.id = edition.id and e.id <> o.id
                where (e.status <> 'DRAFT' or e.owner_id = $3 or $4)
                  and (
                      coalesce((select explicit_content from preferences where user_id = $3), true)
                      or not exists (
                          select from tracks h where h.album_id = e.id and h.status = 'PUBLISHED' and h.explicit
                      )
                      or exists (
                          select from tracks h where h.album_id = e.id and h.status = 'PUBLISHED' and not h.explicit
                      )
                  )
                order by e.released_on nulls last, e.created_at, e.id
                limit $2
            ) as b
            where o.id = any($1)
            order by b.released_on nulls last, b.created_at, b.id
            "#,
            &ids,
            MAX_EDITIONS,
            self.audience.user.map(|user| user.0),
            self.audience.is_admin
        );
        let rows = rows.fetch_all(&self.store.pool).await?;
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

/// Exchanges the release groups and first releases of two albums that the caller has locked.
pub async fn exchange(tx: &mut PgConnection, one: AlbumId, other: AlbumId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update albums b
        set release_group_id = o.release_group_id, original_released_on = o.original_released_on
        from albums o
        where (b.id = $1 and o.id = $2) or (b.id = $2 and o.id = $1)
        "#,
        one.0,
        other.0
    )
    .execute(tx)
    .await?;
    Ok(())
}
