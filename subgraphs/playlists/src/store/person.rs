//! Everything of one person, for when their account is deleted.

use chrono::{DateTime, Utc};
use polyphony_events::PlaylistId;
use polyphony_kit::UserId;
use sqlx::PgConnection;

/// Deletes the playlists of somebody; gives which they were, with their versions.
pub async fn delete_playlists(tx: &mut PgConnection, user: UserId) -> Result<Vec<(PlaylistId, i64)>, sqlx::Error> {
    let rows =
        sqlx::query!(r#"delete from playlists where owner_id = $1 returning id as "id: PlaylistId", version"#, user.0);
    Ok(rows.fetch_all(tx).await?.into_iter().map(|row| (row.id, row.version)).collect())
}

/// Takes somebody out of the playlists of others, and ends their invitations; gives which playlists they were in.
pub async fn leave_playlists(tx: &mut PgConnection, user: UserId) -> Result<Vec<PlaylistId>, sqlx::Error> {
    sqlx::query!("delete from playlist_invitations where user_id = $1", user.0).execute(&mut *tx).await?;
    let sql = sqlx::query_scalar!(
        r#"
        delete from playlist_collaborators
        where user_id = $1
        returning playlist_id as "playlist_id: PlaylistId"
        "#,
        user.0
    );
    sql.fetch_all(tx).await
}

/// Empties the library of somebody. A row without anything in it stays, so that plays which are told later are not kept.
pub async fn empty_library(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    super::play::clear(&mut *tx, user, now).await?;
    sqlx::query!("update libraries set history_cleared_at = 'infinity' where user_id = $1", user.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("delete from library_entries where user_id = $1", user.0).execute(&mut *tx).await?;
    sqlx::query!("delete from preferences where user_id = $1", user.0).execute(&mut *tx).await?;
    Ok(())
}
