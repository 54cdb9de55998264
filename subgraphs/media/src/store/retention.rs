//! SQL of which uploads are still needed. One that a track keeps is; one that none keeps any more waits in its owner's trash; what
//! was made of it is, as long as any upload of the same audio is.

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

/// An upload that was let go.
#[derive(Clone, Debug)]
pub struct Retired {
    /// Whose it was.
    pub owner: UserId,
    /// The upload whose objects nothing needs any more: itself, or that which it played from.
    pub needless: Option<UploadId>,
    /// The uploads that it, and that which it played from, are cut from.
    pub cut_of: Vec<UploadId>,
}

impl Store {
    /// Uploads that have been in the trash since before `since`.
    pub async fn unused_uploads(&self, since: DateTime<Utc>) -> Result<Vec<UploadId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select u.id as "id: UploadId"
            from uploads u
            where u.unused_since <= $1 and u.state = 'READY'
            and not exists (select from jobs j where j.upload_id = u.id and j.state in ('QUEUED', 'RUNNING'))
            order by u.unused_since limit 100
            "#,
            since,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// The uploads in the trash of a person, those of these if any are named.
    pub async fn trashed_uploads(&self, owner: UserId, of: Option<&[UploadId]>) -> Result<Vec<UploadId>, sqlx::Error> {
        let of: Option<Vec<Uuid>> = of.map(|ids| ids.iter().map(|id| id.0).collect());
        sqlx::query_scalar!(
            r#"
            select id as "id: UploadId" from uploads
            where owner_id = $1 and unused_since is not null and state = 'READY' and ($2::uuid[] is null or id = any($2))
            order by unused_since, id
            "#,
            owner.0,
            of.as_deref() as Option<&[Uuid]>,
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// Notes for each of these uploads whether a track keeps it now.
pub async fn note_use(tx: &mut PgConnection, ids: &[UploadId], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        update uploads u
        set unused_since = case
            when exists (select from track_sources s where s.upload_id = u.id) then null
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

/// Whether other uploads play from this one.
pub async fn has_duplicates(tx: &mut PgConnection, id: UploadId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from uploads where duplicate_of = $1) as "has!""#, id.0)
        .fetch_one(tx)
        .await
}

/// Lets go of an upload, if it is still in the trash and nobody works on it; none when it is needed again or gone. What was made
/// of it stays while another upload of the same audio plays from it.
pub async fn retire(tx: &mut PgConnection, id: UploadId, since: DateTime<Utc>) -> Result<Option<Retired>, sqlx::Error> {
    let found = sqlx::query!(
        r#"
        select owner_id as "owner: UserId", duplicate_of as "original: UploadId" from uploads u
        where id = $1 and unused_since <= $2 and state = 'READY'
        and not exists (select from track_sources s where s.upload_id = u.id)
        and not exists (select from jobs j where j.upload_id = u.id and j.state in ('QUEUED', 'RUNNING'))
        for update
        "#,
        id.0,
        since,
    );
    let Some(found) = found.fetch_optional(&mut *tx).await? else { return Ok(None) };
    sqlx::query!(
        r#"
        update uploads
        set state = 'EXPIRED', unused_since = null, duplicate_of = null, track_id = null, multipart_id = null,
            announced = null
        where id = $1
        "#,
        id.0,
    )
    .execute(&mut *tx)
    .await?;
    let holder = found.original.unwrap_or(id);
    // What is made now waits for this row: nothing begins to play from it between this look and the end.
    let is_needless = sqlx::query_scalar!(
        r#"
        select not exists (select from uploads d where d.duplicate_of = u.id) as "is!" from uploads u
        where u.id = $1 and u.state = 'EXPIRED'
        for update
        "#,
        holder.0,
    );
    let is_needless = is_needless.fetch_optional(&mut *tx).await?.unwrap_or(false);
    if is_needless {
        sqlx::query!("delete from encodings where upload_id = $1", holder.0).execute(&mut *tx).await?;
    }
    let cut_of = sqlx::query_scalar!(
        r#"select distinct cut_of as "of!: UploadId" from uploads where id = any($1) and cut_of is not null"#,
        &[id.0, holder.0],
    );
    let cut_of = cut_of.fetch_all(&mut *tx).await?;
    forget_nobodys(tx, &[id, holder]).await?;
    Ok(Some(Retired { owner: found.owner, needless: is_needless.then_some(holder), cut_of }))
}

/// Removes those of these that are given up and of a person who is gone: what nobody owns is in nobody's list.
pub async fn forget_nobodys(tx: &mut PgConnection, ids: &[UploadId]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query!(
        r#"
        delete from uploads u
        where id = any($1) and owner_id = $2 and state = 'EXPIRED'
        and not exists (select from uploads d where d.duplicate_of = u.id)
        and not exists (select from uploads c where c.cut_of = u.id)
        "#,
        &ids,
        NOBODY,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes the uploads of a person; gives those whose objects are to go. What published tracks (the catalog keeps them, as
/// nobody's) and others' tracks play from stays, and what others uploaded too, without owner and name, until they need it no
/// more.
pub async fn remove_all_of(
    tx: &mut PgConnection,
    owner: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<Removed>, sqlx::Error> {
    sqlx::query!(
        r#"
        with kept as (
            update uploads u
            set owner_id = $2, filename = 'audio', folder = null, announced = null, unused_since = case
                when u.state = 'EXPIRED' then null
                when exists (select from track_media t where t.upload_id = u.id and not t.deleted) then null
                else coalesce(u.unused_since, $3)
            end
            where u.owner_id = $1 and u.state in ('READY', 'EXPIRED')
            and (
                exists (
                    select from track_media t join uploads d on d.id = t.upload_id
                    where (d.id = u.id or d.duplicate_of = u.id) and not t.deleted
                    and (t.status = 'PUBLISHED' or t.owner_id not in ($1, $2))
                )
                or exists (select from uploads d where d.duplicate_of = u.id and d.owner_id <> $1)
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
    // What is kept may be cut from a file that has no track itself.
    sqlx::query!(
        r#"
        with kept as (
            update uploads u
            set owner_id = $2, filename = 'audio', folder = null, cue_sheet = null
            where u.owner_id = $1 and exists (select from uploads c where c.cut_of = u.id and c.owner_id = $2)
            returning u.id
        )
        update jobs set owner_id = $2 where upload_id in (select id from kept)
        "#,
        owner.0,
        NOBODY,
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
