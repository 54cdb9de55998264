//! What catalog has told of tracks, as far as playlists need it.

use polyphony_events::{TrackId, catalog::PublicationStatus};
use sqlx::PgConnection;

/// Keeps what an event says, unless something newer is known.
pub async fn put(
    tx: &mut PgConnection,
    id: TrackId,
    duration_ms: i64,
    status: Option<PublicationStatus>,
    version: i64,
) -> Result<(), sqlx::Error> {
    let status = match status {
        Some(PublicationStatus::Draft) => "DRAFT",
        Some(PublicationStatus::Published) => "PUBLISHED",
        Some(PublicationStatus::Withdrawn) => "WITHDRAWN",
        None => "DELETED",
    };
    sqlx::query!(
        r#"
        insert into tracks (id, duration_ms, status, version)
        values ($1, $2, $3, $4)
        on conflict (id) do update
        set duration_ms = excluded.duration_ms, status = excluded.status, version = excluded.version
        where tracks.version < excluded.version
        "#,
        id.0,
        duration_ms,
        status,
        version
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Those of the tracks that are known to be deleted.
pub async fn deleted(tx: &mut PgConnection, ids: &[TrackId]) -> Result<Vec<TrackId>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"select id as "id: TrackId" from tracks where id = any($1) and status = 'DELETED'"#,
        ids as &[TrackId]
    );
    sql.fetch_all(tx).await
}
