//! SQL of what the catalog was told of uploads.

use polyphony_events::{
    JobId, UploadId, UserId,
    media::{MediaReady, Tags},
};
use sqlx::{PgConnection, types::Json};

/// What the catalog was told of an upload. Of one that was ready before that was kept, it is what is known still.
pub async fn announced(tx: &mut PgConnection, id: UploadId) -> Result<MediaReady, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select
            u.announced as "announced: Json<MediaReady>",
            u.owner_id as "owner: UserId",
            u.filename,
            j.id as "job: JobId",
            e.title as "title?",
            e.artist as "artist?",
            coalesce(e.duration_ms, 0) as "duration_ms!",
            coalesce(e.has_cover, false) as "has_cover!"
        from uploads u
        join jobs j on j.upload_id = u.id
        left join encodings e on e.upload_id = coalesce(u.duplicate_of, u.id)
        where u.id = $1
        "#,
        id.0,
    );
    let row = row.fetch_one(tx).await?;
    Ok(row.announced.map_or_else(
        || MediaReady {
            upload_id: id,
            job_id: row.job,
            owner_id: row.owner,
            filename: row.filename,
            track_id: None,
            catalog_from_tags: true,
            duplicate_of: None,
            retags: None,
            replaces: None,
            recording: None,
            quality: None,
            folder: None,
            tags: Tags { title: row.title, artists: row.artist.into_iter().collect(), ..Tags::default() },
            duration_ms: row.duration_ms,
            loudness: None,
            renditions: Vec::new(),
            cover_url: row.has_cover.then(String::new),
        },
        |announced| announced.0,
    ))
}
