//! SQL of pictures.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{UploadId, UserId, ids::ImageId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reader, Store, unknown};
use crate::{
    domain::{
        image::{Image, ImageState, ImageUpload, LIFETIME, Origin},
        refusal::{Refusal, RefusalCode},
    },
    pipeline::Look,
};

struct UploadRow {
    id: ImageId,
    owner: UserId,
    state: String,
    size_bytes: i64,
    multipart_id: Option<String>,
    rejected_because: Option<String>,
    rejected_reason: Option<String>,
    expires_at: DateTime<Utc>,
}

impl TryFrom<UploadRow> for ImageUpload {
    type Error = sqlx::Error;

    fn try_from(row: UploadRow) -> Result<Self, sqlx::Error> {
        let code = row.rejected_because.as_deref().and_then(RefusalCode::parse);
        Ok(Self {
            id: row.id,
            owner: row.owner,
            state: ImageState::parse(&row.state).ok_or_else(|| unknown("state", &row.state))?,
            size_bytes: row.size_bytes,
            multipart_id: row.multipart_id,
            rejected: code.map(|code| Refusal::new(code, row.rejected_reason.unwrap_or_default())),
            expires_at: row.expires_at,
        })
    }
}

/// `select` of [`UploadRow`] with this rest of the statement.
macro_rules! select_image_uploads {
    ($rest:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            UploadRow,
            r#"
            select
                id as "id: ImageId",
                owner_id as "owner: UserId",
                state,
                size_bytes,
                multipart_id,
                rejected_because,
                rejected_reason,
                expires_at
            from images
            "# + $rest,
            $($argument),*
        )
    };
}

impl Store {
    /// Those of these pictures that can be shown: uploaded ones, and covers that were found in uploads.
    pub async fn images(&self, ids: &[ImageId]) -> Result<Vec<Image>, sqlx::Error> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                id as "id!: ImageId", null::uuid as "upload: UploadId", null::integer as attempt, width, height, blurhash,
                dominant_color, sizes as "sizes!"
            from images
            where id = any($1) and state = 'READY'
            union all
            select
                u.id, e.upload_id, e.attempt, e.cover_width, e.cover_height, e.cover_blurhash, e.cover_color, e.cover_sizes
            from uploads u
            join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
            where u.id = any($1) and e.has_cover and not exists (select from images where id = u.id)
            "#,
            &ids,
        )
        .fetch_all(&self.pool)
        .await?;
        let image = rows.into_iter().map(|row| Image {
            id: row.id,
            origin: row
                .upload
                .zip(row.attempt)
                .map_or(Origin::Uploaded, |(upload, attempt)| Origin::Cover(upload, attempt)),
            dimensions: row.width.zip(row.height),
            blurhash: row.blurhash,
            dominant_color: row.dominant_color,
            sizes: row.sizes,
        });
        Ok(image.collect())
    }

    /// An upload of a picture, whatever has become of it.
    pub async fn image_upload(&self, id: ImageId) -> Result<Option<ImageUpload>, sqlx::Error> {
        let row = select_image_uploads!("where id = $1", id.0).fetch_optional(&self.pool).await?;
        row.map(ImageUpload::try_from).transpose()
    }

    /// Uploads of pictures whose bytes did not come in time, and those that were rejected as long ago.
    pub async fn overdue_images(&self, now: DateTime<Utc>) -> Result<Vec<ImageId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select id as "id: ImageId" from images
            where state <> 'READY' and expires_at <= $1
            order by expires_at limit 100
            "#,
            now,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Those of these pictures of which objects may be stored.
    pub async fn known_images(&self, ids: &[ImageId]) -> Result<Vec<ImageId>, sqlx::Error> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        sqlx::query_scalar!(r#"select id as "id: ImageId" from images where id = any($1)"#, &ids)
            .fetch_all(&self.pool)
            .await
    }
}

impl Loader<ImageId> for Reader {
    type Value = Image;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, ids: &[ImageId]) -> Result<HashMap<ImageId, Image>, Self::Error> {
        let images = self.store.images(ids).await?;
        Ok(images.into_iter().map(|image| (image.id, image)).collect())
    }
}

/// An upload of a picture, held until the transaction ends.
pub async fn lock(tx: &mut PgConnection, id: ImageId) -> Result<Option<ImageUpload>, sqlx::Error> {
    let row = select_image_uploads!("where id = $1 for update", id.0).fetch_optional(tx).await?;
    row.map(ImageUpload::try_from).transpose()
}

/// How many pictures a person has, and how many of these await their bytes.
pub async fn usage(tx: &mut PgConnection, owner: UserId) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select count(*) as "all!", count(*) filter (where state = 'AWAITING_BYTES') as "open!"
        from images where owner_id = $1
        "#,
        owner.0,
    );
    let row = row.fetch_one(tx).await?;
    Ok((row.all, row.open))
}

/// Writes a picture that awaits its bytes.
pub async fn insert(
    tx: &mut PgConnection,
    id: ImageId,
    owner: UserId,
    size_bytes: i64,
    multipart_id: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into images (id, owner_id, state, size_bytes, multipart_id, created_at, expires_at)
        values ($1, $2, 'AWAITING_BYTES', $3, $4, $5, $6)
        "#,
        id.0,
        owner.0,
        size_bytes,
        multipart_id,
        now,
        now + LIFETIME,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that a picture is stored in these sizes.
pub async fn finish(tx: &mut PgConnection, id: ImageId, look: &Look, sizes: &[i32]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update images
        set state = 'READY', multipart_id = null, width = $2, height = $3, blurhash = $4, dominant_color = $5, sizes = $6
        where id = $1
        "#,
        id.0,
        look.width as i32,
        look.height as i32,
        look.blurhash,
        look.dominant_color,
        sizes,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes why a file cannot become a picture.
pub async fn reject(tx: &mut PgConnection, id: ImageId, refusal: &Refusal) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update images
        set state = 'REJECTED', multipart_id = null, rejected_because = $2, rejected_reason = $3
        where id = $1
        "#,
        id.0,
        refusal.code.as_str(),
        refusal.message,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets a picture.
pub async fn remove(tx: &mut PgConnection, id: ImageId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from images where id = $1", id.0).execute(tx).await?;
    Ok(())
}

/// Forgets all pictures of a person; gives which, each with the multipart upload that it awaited. What an album shows stays, as
/// nobody's, until it shows another.
pub async fn remove_all_of(
    tx: &mut PgConnection,
    owner: UserId,
) -> Result<Vec<(ImageId, Option<String>)>, sqlx::Error> {
    sqlx::query!(
        r#"
        update images i
        set owner_id = '00000000-0000-0000-0000-000000000000'
        where i.owner_id = $1 and i.state = 'READY' and exists (select from album_covers c where c.image_id = i.id)
        "#,
        owner.0,
    )
    .execute(&mut *tx)
    .await?;
    let removed =
        sqlx::query!(r#"delete from images where owner_id = $1 returning id as "id: ImageId", multipart_id"#, owner.0,);
    Ok(removed.fetch_all(tx).await?.into_iter().map(|row| (row.id, row.multipart_id)).collect())
}
