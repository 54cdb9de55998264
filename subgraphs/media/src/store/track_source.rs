//! SQL of which track keeps which upload, as the catalog says.

use polyphony_events::{TrackId, UploadId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// The uploads that are kept for a track.
pub async fn of_track(tx: &mut PgConnection, track: TrackId) -> Result<Vec<UploadId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select upload_id as "upload: UploadId" from track_sources where track_id = $1 order by upload_id"#,
        track.0,
    )
    .fetch_all(tx)
    .await
}

/// Keeps that these uploads and no others are kept for a track. Whoever uploaded one is shown the track, if the same person
/// manages both, or the upload asked for it.
pub async fn replace(
    tx: &mut PgConnection,
    track: TrackId,
    owner: UserId,
    uploads: &[UploadId],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = uploads.iter().map(|id| id.0).collect();
    sqlx::query!("delete from track_sources where track_id = $1 and upload_id <> all($2)", track.0, &ids)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        r#"
        insert into track_sources (upload_id, track_id)
        select id, $2 from unnest($1::uuid[]) as id
        on conflict (upload_id) do update set track_id = excluded.track_id
        "#,
        &ids,
        track.0,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("update uploads set track_id = null where track_id = $1 and id <> all($2)", track.0, &ids,)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        r#"
        with shown as (
            update uploads set track_id = $2
            where id = any($1) and (owner_id = $3 or catalog_from_tags or for_track_id = $2)
            and track_id is distinct from $2
            returning id
        )
        update uploads set changed_at = clock_timestamp() where duplicate_of in (select id from shown)
        "#,
        &ids,
        track.0,
        owner.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}
