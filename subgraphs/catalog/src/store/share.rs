//! Share links in the database.

use chrono::{DateTime, Utc};
use polyphony_events::{ShareId, TrackId, UserId};
use sqlx::{PgConnection, PgPool};

use super::{Store, Wanted, listed};
use crate::domain::{Audience, PublicationStatus, Share, Shared};

/// Selects links, each with a number: `shares!("the number", "from shares s …", arguments)`.
macro_rules! shares {
    ($of:literal, $tail:literal $(, $argument:expr)* $(,)?) => {
        sqlx::query!(
            "select " + $of + r#" as "of!", s.id, s.user_id, s.token, s.album_id, s.track_ids, s.created_at, s.expires_at "#
            + $tail
            $(, $argument)*
        )
        .map(|row| {
            let tracks = row.track_ids.into_iter().map(TrackId).collect();
            let share = Share {
                id: row.id,
                user_id: row.user_id,
                token: row.token,
                shared: row.album_id.map_or(Shared::Tracks(tracks), Shared::Album),
                created_at: row.created_at,
                expires_at: row.expires_at,
            };
            (row.of, share)
        })
    };
}

impl Store {
    /// The link of this token, unless it has expired.
    pub async fn share_of_token(&self, token: &str, now: DateTime<Utc>) -> Result<Option<Share>, sqlx::Error> {
        let found = shares!("0::bigint", "from shares s where s.token = $1 and s.expires_at > $2", token, now);
        Ok(found.fetch_optional(&self.pool).await?.map(|(_, share)| share))
    }

    /// A page of somebody's links that have not expired, the newest first, and how many there are.
    pub async fn shares(
        &self,
        user: UserId,
        wanted: Wanted<ShareId>,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Share>, i64), sqlx::Error> {
        let rows = shares!(
            "case when $4 then (select count(*) from shares where user_id = $1 and expires_at > $2) else 0 end",
            r#"
            from shares s
            where s.user_id = $1 and s.expires_at > $2 and ($3::uuid is null or s.id < $3)
            order by s.id desc
            limit $5
            "#,
            user.0,
            now,
            wanted.page.after.map(|id| id.0),
            wanted.total,
            wanted.page.limit()
        );
        Ok(listed(rows.fetch_all(&self.pool).await?))
    }
}

/// The link as the transaction sees it.
pub async fn get(tx: &mut PgConnection, id: ShareId) -> Result<Option<Share>, sqlx::Error> {
    let found = shares!("0::bigint", "from shares s where s.id = $1", id.0).fetch_optional(tx).await?;
    Ok(found.map(|(_, share)| share))
}

/// All links of a person, the oldest first.
pub async fn of_person(tx: &mut PgConnection, user: UserId) -> Result<Vec<Share>, sqlx::Error> {
    let rows = shares!("0::bigint", "from shares s where s.user_id = $1 order by s.id", user.0).fetch_all(tx).await?;
    Ok(rows.into_iter().map(|(_, share)| share).collect())
}

/// How many links of a person have not expired.
pub async fn count(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from shares where user_id = $1 and expires_at > $2"#,
        user.0,
        now
    )
    .fetch_one(tx)
    .await
}

/// How many of the tracks can be shared by this person: those that they see and that are not withdrawn.
pub async fn count_tracks(tx: &mut PgConnection, audience: Audience, tracks: &[TrackId]) -> Result<usize, sqlx::Error> {
    let ids: Vec<_> = tracks.iter().map(|id| id.0).collect();
    let found = sqlx::query!("select status, owner_id from tracks where id = any($1)", &ids).fetch_all(tx).await?;
    let can_be_shared = |status| status != PublicationStatus::Withdrawn;
    let seen = found.into_iter().map(|row| (PublicationStatus::from(row.status), row.owner_id));
    Ok(seen.filter(|(status, owner)| audience.sees(*status, *owner) && can_be_shared(*status)).count())
}

/// Writes a new link.
pub async fn insert(tx: &mut PgConnection, share: &Share) -> Result<(), sqlx::Error> {
    let (album, tracks) = match &share.shared {
        Shared::Album(album) => (Some(album.0), Vec::new()),
        Shared::Tracks(tracks) => (None, tracks.iter().map(|id| id.0).collect()),
    };
    sqlx::query!(
        r#"
        insert into shares (id, user_id, token, album_id, track_ids, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        share.id.0,
        share.user_id.0,
        share.token,
        album,
        &tracks,
        share.created_at,
        share.expires_at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes a link of this person; tells whether there was one.
pub async fn delete(tx: &mut PgConnection, user: UserId, id: ShareId) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!("delete from shares where id = $1 and user_id = $2", id.0, user.0).execute(tx).await?;
    Ok(deleted.rows_affected() > 0)
}

/// Removes all links of a person.
pub async fn forget(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from shares where user_id = $1", user.0).execute(tx).await?;
    Ok(())
}

/// Removes links that have expired, and those that people made while they were leaving.
pub async fn prune(pool: &PgPool, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from shares where expires_at <= $1 or user_id in (select user_id from departed)", now)
        .execute(pool)
        .await?;
    Ok(())
}
