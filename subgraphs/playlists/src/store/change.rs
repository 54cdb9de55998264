//! What changed in the last minutes, in the database.

use chrono::{DateTime, Utc};
use polyphony_events::PlaylistId;
use polyphony_kit::UserId;
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    domain::{
        change::{Head, follow},
        playlist::Playlist,
    },
    store::Store,
};

/// The most changes that are read at once.
const AT_ONCE: i64 = 20;
/// The most rows that are pruned at once.
const PRUNED_AT_ONCE: i64 = 5_000;

/// Keeps the version that a playlist has now.
pub async fn note(db: impl PgExecutor<'_>, playlist: &Playlist) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into changes (subject, version, happened_at, head)
        values ($1, $2, $3, $4)
        "#,
        playlist.id.0,
        playlist.version,
        playlist.updated_at,
        Json(Head::of(playlist)) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

impl Store {
    /// What somebody who has seen version `seen` of a playlist has not seen, in order, some of it when it is much; when it
    /// is too long ago to tell, or some of it is not for them, how the playlist stands now. None when the viewer may not see
    /// the playlist.
    pub async fn unseen_playlists(
        &self,
        viewer: Option<UserId>,
        id: PlaylistId,
        seen: Option<i64>,
    ) -> Result<Option<Vec<Playlist>>, sqlx::Error> {
        let Some(now) = self.visible_playlist(viewer, id).await? else { return Ok(None) };
        let Some(seen) = seen.filter(|seen| *seen <= now.version) else { return Ok(Some(vec![now])) };
        if seen == now.version {
            return Ok(Some(Vec::new()));
        }
        let heads = self.heads(id, seen).await?;
        let is_told =
            follow(seen, heads.iter().map(Head::version)) && heads.iter().all(|head| head.is_for_viewer_of(&now));
        Ok(Some(if is_told { heads.into_iter().map(|head| head.onto(&now)).collect() } else { vec![now] }))
    }

    async fn heads(&self, id: PlaylistId, seen: i64) -> Result<Vec<Head>, sqlx::Error> {
        let heads = sqlx::query_scalar!(
            r#"
            select head as "head!: Json<Head>"
            from changes
            where subject = $1 and version > $2
            order by version
            limit $3
            "#,
            id.0,
            seen,
            AT_ONCE
        );
        Ok(heads.fetch_all(&self.pool).await?.into_iter().map(|head| head.0).collect())
    }

    /// The versions of a library that somebody who has seen version `seen` has not seen, in order, some of them when they
    /// are many; when it is too long ago to tell, the one that it has now.
    pub async fn unseen_libraries(&self, user: UserId, seen: Option<i64>) -> Result<Vec<i64>, sqlx::Error> {
        let now = self.library_version(user).await?;
        let Some(seen) = seen.filter(|seen| *seen <= now) else { return Ok(vec![now]) };
        if seen == now {
            return Ok(Vec::new());
        }
        let versions = sqlx::query_scalar!(
            "select version from changes where subject = $1 and version > $2 order by version limit $3",
            user.0,
            seen,
            AT_ONCE
        );
        let versions = versions.fetch_all(&self.pool).await?;
        Ok(if follow(seen, versions.iter().copied()) { versions } else { vec![now] })
    }

    /// Forgets changes from before `limit`, of many the oldest; gives whether there may be more. Entries as they stood go last,
    /// so that no version is told of without some of its entries.
    pub async fn forget_changes(&self, limit: DateTime<Utc>) -> Result<bool, sqlx::Error> {
        let changes = sqlx::query!(
            r#"
            delete from changes
            where (subject, version) in (
                select subject, version from changes where happened_at < $1 order by happened_at, version limit $2
            )
            "#,
            limit,
            PRUNED_AT_ONCE
        );
        if changes.execute(&self.pool).await?.rows_affected() >= PRUNED_AT_ONCE as u64 {
            return Ok(true);
        }
        let entries = sqlx::query!(
            r#"
            delete from playlist_items_past
            where (playlist_id, id, since) in (
                select playlist_id, id, since from playlist_items_past where ended_at < $1 limit $2
            )
            "#,
            limit,
            PRUNED_AT_ONCE
        );
        Ok(entries.execute(&self.pool).await?.rows_affected() >= PRUNED_AT_ONCE as u64)
    }
}

/// Forgets what changed of a thing that is gone.
pub async fn forget(db: impl PgExecutor<'_>, subjects: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from changes where subject = any($1)", subjects).execute(db).await?;
    Ok(())
}
