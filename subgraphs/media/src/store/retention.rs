//! SQL of which uploads are still needed: by a track that plays from them, or from a duplicate of them.

use chrono::{DateTime, Utc};
use polyphony_events::{UploadId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;

/// The owner of what a deleted person uploaded and others still play.
const NOBODY: Uuid = Uuid::nil();

/// An upload whose row is gone, with what the object store may hold of it.
#[derive(Clone, Debug)]
pub struct Removed {
    /// Which.
    pub id: UploadId,
    /// The multipart upload that it awaited.
    pub multipart_id: Option<String>,
}

impl Store {
    /// Uploads that no track has played from since before `since`.
    pub async fn unused_uploads(&self, since: DateTime<Utc>) -> Result<Vec<UploadId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select u.id as "id: UploadId"
            from uploads u
            where u.unused_since <= $1
            and not exists (
                select from track_media t join uploads d on d.id = t.upload_id
                where (d.id = u.id or d.duplicate_of = u.id) and not t.deleted
            )
            and not exists (select from jobs j where j.upload_id = u.id and j.state in ('QUEUED', 'RUNNING'))
            order by u.unused_since limit 100
            "#,
            since,
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// Notes for each of these uploads whether a track plays from it now.
pub async fn note_use(tx: &mut PgConnection, ids: &[UploadId], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        update uploads u
        set unused_since = case
            when exists (select from track_media t where t.upload_id = u.id and not t.deleted) then null
            else coalesce(u.unused_since, $2)
        end
        where u.id = any($1)
        "#,
        &ids,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes an upload out of use with its duplicates, if it is still unused and nobody works on it; gives whose it
/// was, none when it is needed again or gone.
pub async fn retire(tx: &mut PgConnection, id: UploadId, since: DateTime<Utc>) -> Result<Option<UserId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"
        select owner_id as "owner: UserId" from uploads u
        where id = $1 and unused_since <= $2
        and not exists (select from jobs j where j.upload_id = u.id and j.state in ('QUEUED', 'RUNNING'))
        for update
        "#,
        id.0,
        since,
    );
    let Some(owner) = found.fetch_optional(&mut *tx).await? else { return Ok(None) };
    sqlx::query!(
        r#"
        update uploads
        set state = 'EXPIRED', unused_since = null, duplicate_of = null, track_id = null, multipart_id = null
        where id = $1 or duplicate_of = $1
        "#,
        id.0,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from encodings where upload_id = $1", id.0).execute(&mut *tx).await?;
    // What nobody owns is in nobody's list.
    sqlx::query!("delete from uploads where id = $1 and owner_id = $2", id.0, NOBODY).execute(tx).await?;
    Ok(Some(owner))
}

/// Removes the uploads of a person; gives those whose objects are to go. What published tracks (the catalog keeps them, as
/// nobody's) and others' tracks play from stays, without owner and name, until they do no more.
pub async fn remove_all_of(
    tx: &mut PgConnection,
    owner: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<Removed>, sqlx::Error> {
    sqlx::query!(
        r#"
        with kept as (
            update uploads u
            set owner_id = $2, filename = 'audio', unused_since = case
                when exists (select from track_media t where t.upload_id = u.id and not t.deleted) then null
                else coalesce(u.unused_since, $3)
            end
            where u.owner_id = $1 and u.state = 'READY'
            and exists (
                select from track_media t join uploads d on d.id = t.upload_id
                where (d.id = u.id or d.duplicate_of = u.id) and not t.deleted
                and (t.status = 'PUBLISHED' or t.owner_id not in ($1, $2))
            )
            returning u.id
        )
        update jobs set owner_id = $2 where upload_id in (select id from kept)
        "#,
        owner.0,
        NOBODY,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        update uploads set state = 'EXPIRED', duplicate_of = null
        where duplicate_of in (select id from uploads where owner_id = $1) and owner_id <> $1
        "#,
        owner.0,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_as!(
        Removed,
        r#"delete from uploads where owner_id = $1 returning id as "id: UploadId", multipart_id"#,
        owner.0,
    )
    .fetch_all(tx)
    .await
}
