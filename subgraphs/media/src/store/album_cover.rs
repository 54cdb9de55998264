//! SQL of which album shows which picture, as the catalog says.

use polyphony_events::{AlbumId, ids::ImageId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Keeps what an album shows, unless something newer is known; gives the picture that nothing shows any more because of that.
pub async fn set(
    tx: &mut PgConnection,
    album: AlbumId,
    image: Option<ImageId>,
    version: i64,
) -> Result<Option<ImageId>, sqlx::Error> {
    let before = sqlx::query_scalar!("select image_id from album_covers where album_id = $1 for update", album.0);
    let before = before.fetch_optional(&mut *tx).await?.flatten();
    let written = sqlx::query!(
        r#"
        insert into album_covers (album_id, image_id, version) values ($1, $2, $3)
        on conflict (album_id) do update set image_id = excluded.image_id, version = excluded.version
        where album_covers.version < excluded.version
        "#,
        album.0,
        image.map(|id| id.0),
        version,
    );
    if written.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(None);
    }
    let Some(left) = before.filter(|before| Some(*before) != image.map(|id| id.0)) else { return Ok(None) };
    Ok((!is_shown(tx, ImageId(left)).await?).then_some(ImageId(left)))
}

/// Whether an album shows the picture.
pub async fn is_shown(tx: &mut PgConnection, image: ImageId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from album_covers where image_id = $1) as "is!""#, image.0)
        .fetch_one(tx)
        .await
}

/// A cover that was found in an upload, as it is stored.
#[derive(Clone, Debug)]
pub struct StoredCover {
    /// The upload that holds its objects.
    pub upload: Uuid,
    /// The attempt that made them.
    pub attempt: i32,
    /// In which sizes.
    pub sizes: Vec<i32>,
}

/// The cover that was found in an upload, or in the one that it plays from, when an album shows it.
pub async fn shown_cover(tx: &mut PgConnection, upload: ImageId) -> Result<Option<StoredCover>, sqlx::Error> {
    sqlx::query_as!(
        StoredCover,
        r#"
        select e.upload_id as "upload!", e.attempt as "attempt!", e.cover_sizes as "sizes!"
        from uploads u join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
        where u.id = $1 and e.has_cover and e.measured_at is not null
        and exists (select from album_covers where image_id = $1)
        and not exists (select from images where id = $1)
        "#,
        upload.0,
    )
    .fetch_optional(tx)
    .await
}

/// Makes a picture of its own of the cover that was found in an upload, under the same id and nobody's.
pub async fn keep(tx: &mut PgConnection, upload: ImageId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into images (
            id, owner_id, state, size_bytes, width, height, blurhash, dominant_color, sizes, created_at, expires_at
        )
        select
            u.id, '00000000-0000-0000-0000-000000000000', 'READY', 1, e.cover_width, e.cover_height, e.cover_blurhash,
            e.cover_color, e.cover_sizes, u.created_at, u.created_at
        from uploads u join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
        where u.id = $1 and e.has_cover
        on conflict (id) do nothing
        "#,
        upload.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets a picture that was made of a cover, if it is one; tells whether it was.
pub async fn forget(tx: &mut PgConnection, image: ImageId) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from images where id = $1 and owner_id = '00000000-0000-0000-0000-000000000000' and state = 'READY'",
        image.0,
    );
    Ok(removed.execute(tx).await?.rows_affected() > 0)
}
