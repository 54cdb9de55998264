//! Collaborators of playlists in the database.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::PlaylistId;
use polyphony_kit::UserId;
use sqlx::{PgConnection, PgExecutor};

use crate::{
    domain::playlist::{Collaborator, PlaylistRole},
    store::{
        ReadError, Reader,
        columns::{role_of, role_text},
    },
};

/// The collaborators of a playlist that the viewer was shown already, the first that came first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CollaboratorsOf(pub PlaylistId);

impl Loader<CollaboratorsOf> for Reader {
    type Value = Vec<Collaborator>;
    type Error = ReadError;

    async fn load(&self, keys: &[CollaboratorsOf]) -> Result<HashMap<CollaboratorsOf, Vec<Collaborator>>, ReadError> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = sqlx::query!(
            r#"
            select playlist_id as "playlist: PlaylistId", user_id as "user: UserId", role, added_at
            from playlist_collaborators
            where playlist_id = any($1)
            order by added_at, user_id
            "#,
            &ids as &[PlaylistId]
        );
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows.fetch_all(&self.store.pool).await? {
            let collaborator = Collaborator { user: row.user, role: role_of(&row.role), added_at: row.added_at };
            found.entry(CollaboratorsOf(row.playlist)).or_default().push(collaborator);
        }
        Ok(found)
    }
}

/// Whether somebody is let in.
pub async fn is_in(tx: &mut PgConnection, playlist: PlaylistId, user: UserId) -> Result<bool, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"select exists (select from playlist_collaborators where playlist_id = $1 and user_id = $2) as "is_in!""#,
        playlist.0,
        user.0
    );
    sql.fetch_one(tx).await
}

/// Lets somebody in, or gives them another role.
pub async fn put(
    db: impl PgExecutor<'_>,
    playlist: PlaylistId,
    user: UserId,
    role: PlaylistRole,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into playlist_collaborators (playlist_id, user_id, role, added_at)
        values ($1, $2, $3, $4)
        on conflict (playlist_id, user_id) do update set role = excluded.role
        "#,
        playlist.0,
        user.0,
        role_text(role),
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets somebody in no more; gives whether they were in.
pub async fn remove(db: impl PgExecutor<'_>, playlist: PlaylistId, user: UserId) -> Result<bool, sqlx::Error> {
    let sql =
        sqlx::query!("delete from playlist_collaborators where playlist_id = $1 and user_id = $2", playlist.0, user.0);
    Ok(sql.execute(db).await?.rows_affected() > 0)
}
