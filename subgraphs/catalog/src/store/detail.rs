//! SQL of what files say beside what tracks are matched by.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{AlbumId, TrackId, UploadId, media::Details};
use sqlx::{PgConnection, types::Json};

use super::{Reader, gather};
use crate::domain::detail::merged;

/// Finds what the sources of a track say, that which plays first. Those of others than its owner say nothing of it unless they
/// play: what is in somebody's file is not shown by a track of somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DetailsOfTrack(pub TrackId);

impl Loader<DetailsOfTrack> for Reader {
    type Value = Details;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DetailsOfTrack]) -> Result<HashMap<DetailsOfTrack, Details>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select t.id as "track!: TrackId", s.details as "details!: Json<Details>"
            from tracks t
            join track_sources s on s.track_id = t.id and (s.upload_id = t.upload_id or s.owner_id = t.owner_id)
            where t.id = any($1) and s.details is not null
            order by t.id, s.upload_id is not distinct from t.upload_id desc, s.added_at, s.upload_id
            "#,
            &ids,
        )
        .map(|row| (DetailsOfTrack(row.track), row.details.0))
        .fetch_all(&self.store.pool)
        .await?;
        let gathered: HashMap<DetailsOfTrack, Vec<Details>> = gather(keys, rows);
        Ok(gathered.into_iter().map(|(key, all)| (key, merged(all))).collect())
    }
}

/// What the tracks of an album say of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlbumDetails {
    /// When its music was first released.
    pub original_released_on: Option<String>,
    /// What its first track says, completed by the others.
    pub details: Details,
    /// What its discs are called, by number.
    pub subtitles: HashMap<i32, String>,
}

/// Finds what the tracks of an album say of it, as far as they are not drafts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DetailsOfAlbum(pub AlbumId);

impl Loader<DetailsOfAlbum> for Reader {
    type Value = AlbumDetails;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[DetailsOfAlbum]) -> Result<HashMap<DetailsOfAlbum, AlbumDetails>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                b.id as "album!: AlbumId",
                b.original_released_on,
                coalesce(t.disc_number, 1) as "disc!",
                s.details as "details?: Json<Details>"
            from albums b
            left join tracks t on t.album_id = b.id and (t.status <> 'DRAFT' or t.owner_id = $2 or $3)
            left join track_sources s on s.upload_id = t.upload_id
            where b.id = any($1)
            order by b.id, coalesce(t.disc_number, 1), t.track_number, t.id
            "#,
            &ids,
            self.audience.user.map(|user| user.0),
            self.audience.is_admin,
        )
        .fetch_all(&self.store.pool)
        .await?;
        let mut found = HashMap::<DetailsOfAlbum, AlbumDetails>::new();
        for row in rows {
            let album = found.entry(DetailsOfAlbum(row.album)).or_default();
            album.original_released_on = row.original_released_on;
            let Some(Json(details)) = row.details else { continue };
            if let Some(subtitle) = &details.disc_subtitle {
                album.subtitles.entry(row.disc).or_insert_with(|| subtitle.clone());
            }
            album.details = merged([std::mem::take(&mut album.details), details]);
        }
        Ok(found)
    }
}

/// Keeps what the file of a source says.
pub async fn keep(tx: &mut PgConnection, upload: UploadId, details: &Details) -> Result<(), sqlx::Error> {
    if details.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "update track_sources set details = $2 where upload_id = $1",
        upload.0,
        Json(details) as Json<&Details>
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps when the music of an album was first released, if that is not known. The caller has locked the album, and its tracks
/// only after it.
pub async fn learn_original_date(tx: &mut PgConnection, album: AlbumId, details: &Details) -> Result<(), sqlx::Error> {
    let Some(date) = &details.original_released_on else { return Ok(()) };
    sqlx::query!(
        "update albums set original_released_on = $2 where id = $1 and original_released_on is null",
        album.0,
        date
    )
    .execute(tx)
    .await?;
    Ok(())
}
