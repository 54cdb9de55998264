//! SQL of players and of their frames.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{ListeningSessionId, PlayerId, TrackId, UserId};
use polyphony_kit::Viewer;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{Reader, Store};
use crate::domain::player::Player;

/// How long a frame can be had again; clients are promised five minutes.
const FRAMES_KEPT: TimeDelta = TimeDelta::minutes(10);

type Frame = Json<Player>;

impl Store {
    /// Those of the players that `viewer` may see: the viewer's own, and those of the sessions that they take part in.
    pub async fn visible_players(&self, viewer: Option<&Viewer>, ids: &[PlayerId]) -> Result<Vec<Player>, sqlx::Error> {
        let Some(viewer) = viewer else { return Ok(Vec::new()) };
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let frames = sqlx::query_scalar!(
            r#"
            select frame as "frame: Frame"
            from players p
            where id = any($1)
                and (id = $2 or exists (select from participants where session_id = p.id and user_id = $2))
            "#,
            &ids,
            viewer.user.0,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(frames.into_iter().map(|frame| frame.0).collect())
    }

    /// What plays for a person: the player of the session that they listen in, else their own, if there is one yet.
    pub async fn player_for(&self, user: UserId) -> Result<Option<Player>, sqlx::Error> {
        let frame = sqlx::query_scalar!(
            r#"
            select coalesce(theirs.frame, own.frame) as "frame!: Frame"
            from players own
            left join players theirs on theirs.id = own.following
            where own.id = $1
            "#,
            user.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(frame.map(|frame| frame.0))
    }

    /// A person's own player, if there is one yet.
    pub async fn own_player(&self, user: UserId) -> Result<Option<Player>, sqlx::Error> {
        let frame = sqlx::query_scalar!(r#"select frame as "frame: Frame" from players where id = $1"#, user.0);
        Ok(frame.fetch_optional(&self.pool).await?.map(|frame| frame.0))
    }

    /// Makes a person's own player, if there is none yet.
    pub async fn ensure_player(&self, user: UserId, now: DateTime<Utc>) -> Result<PlayerId, sqlx::Error> {
        let id = Player::id_of(user);
        if self.own_player(user).await?.is_none() {
            create(&mut *self.pool.acquire().await?, &Player::new(id, None, now), now).await?;
        }
        Ok(id)
    }

    /// The players whose version is not the one that is known, as they are now. A version below zero is of one unknown.
    pub async fn changed_players(&self, known: &[(PlayerId, i64)]) -> Result<Vec<Player>, sqlx::Error> {
        let (ids, versions): (Vec<Uuid>, Vec<i64>) = known.iter().map(|(id, version)| (id.0, *version)).unzip();
        let frames = sqlx::query_scalar!(
            r#"
            select p.frame as "frame: Frame"
            from unnest($1::uuid[], $2::bigint[]) as known (id, version)
            join players p on p.id = known.id and p.version <> known.version
            "#,
            &ids,
            &versions,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(frames.into_iter().map(|frame| frame.0).collect())
    }

    /// The frames of a player behind `version`, in order, as far as they are kept.
    pub async fn frames_after(&self, id: PlayerId, version: i64, limit: i64) -> Result<Vec<Player>, sqlx::Error> {
        let frames = sqlx::query_scalar!(
            r#"
            select frame as "frame: Frame"
            from player_frames
            where player_id = $1 and version > $2
            order by version
            limit $3
            "#,
            id.0,
            version,
            limit,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(frames.into_iter().map(|frame| frame.0).collect())
    }

    /// Players to which something happens by itself that is due, the longest overdue first.
    pub async fn due_players(&self, now: DateTime<Utc>, limit: i64) -> Result<Vec<PlayerId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"select id as "id: PlayerId" from players where due_at <= $1 order by due_at limit $2"#,
            now,
            limit,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// When the next thing happens by itself to any player.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
        sqlx::query_scalar!("select min(due_at) from players").fetch_one(&self.pool).await
    }

    /// Forgets frames that nobody can ask for any more.
    pub async fn prune_frames(&self, now: DateTime<Utc>) -> Result<u64, sqlx::Error> {
        let done = sqlx::query!("delete from player_frames where at < $1", now - FRAMES_KEPT);
        Ok(done.execute(&self.pool).await?.rows_affected())
    }
}

/// Finds the player of a session, for those who have seen that they may see the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlayerOf(pub ListeningSessionId);

impl Loader<PlayerOf> for Reader {
    type Value = Player;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[PlayerOf]) -> Result<HashMap<PlayerOf, Player>, Self::Error> {
        let known: Vec<_> = keys.iter().map(|key| (PlayerId(key.0.0), -1)).collect();
        let players = self.store.changed_players(&known).await?;
        Ok(players.into_iter().map(|player| (PlayerOf(ListeningSessionId(player.id.0)), player)).collect())
    }
}

impl Loader<PlayerId> for Reader {
    type Value = Player;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, ids: &[PlayerId]) -> Result<HashMap<PlayerId, Player>, Self::Error> {
        let players = self.store.visible_players(self.viewer.as_ref(), ids).await?;
        Ok(players.into_iter().map(|player| (player.id, player)).collect())
    }
}

/// The player of the session that a person listens in.
pub async fn following(tx: &mut PgConnection, user: UserId) -> Result<Option<PlayerId>, sqlx::Error> {
    let following = sqlx::query_scalar!(r#"select following as "id: PlayerId" from players where id = $1"#, user.0);
    Ok(following.fetch_optional(tx).await?.flatten())
}

/// Holds a player until the transaction ends.
pub async fn lock(tx: &mut PgConnection, id: PlayerId) -> Result<Option<Player>, sqlx::Error> {
    let frame = sqlx::query_scalar!(r#"select frame as "frame: Frame" from players where id = $1 for update"#, id.0);
    Ok(frame.fetch_optional(tx).await?.map(|frame| frame.0))
}

/// Holds a player to which something due happens; none when it is done, or somebody else is at it. Tells when somebody did
/// something with it last.
pub async fn lock_due(
    tx: &mut PgConnection,
    id: PlayerId,
    now: DateTime<Utc>,
) -> Result<Option<(Player, DateTime<Utc>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select frame as "frame: Frame", touched_at
        from players
        where id = $1 and due_at <= $2
        for update skip locked
        "#,
        id.0,
        now,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| (row.frame.0, row.touched_at)))
}

/// Holds a player, which is made when there is none.
pub async fn lock_or_create(tx: &mut PgConnection, new: Player, now: DateTime<Utc>) -> Result<Player, sqlx::Error> {
    if let Some(player) = lock(&mut *tx, new.id).await? {
        return Ok(player);
    }
    create(&mut *tx, &new, now).await?;
    lock(tx, new.id).await?.ok_or(sqlx::Error::RowNotFound)
}

async fn create(tx: &mut PgConnection, new: &Player, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into players (id, version, touched_at, frame) values ($1, $2, $3, $4) on conflict (id) do nothing",
        new.id.0,
        new.version,
        now,
        Json(new) as _,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps a player and its frame of this version.
pub async fn save(tx: &mut PgConnection, player: &Player, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        with saved as (
            update players set version = $2, following = $3, due_at = $4, touched_at = $5, frame = $6 where id = $1
        )
        insert into player_frames (player_id, version, at, frame) values ($1, $2, $5, $6)
        "#,
        player.id.0,
        player.version,
        player.following.map(|id| id.0),
        player.due_at(),
        now,
        Json(player) as _,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps what happened to a player by itself: the same as [`save`], but nobody has touched it. What is not shown makes no
/// frame.
pub async fn save_quietly(
    tx: &mut PgConnection,
    player: &Player,
    now: DateTime<Utc>,
    is_shown: IsShown,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        with saved as (update players set version = $2, due_at = $3, frame = $4 where id = $1)
        insert into player_frames (player_id, version, at, frame) select $1, $2, $5, $4 where $6
        "#,
        player.id.0,
        player.version,
        player.due_at(),
        Json(player) as _,
        now,
        is_shown == IsShown::Yes,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Has the players that play a track look at once how long it is: that may be known better now.
pub async fn look_again(tx: &mut PgConnection, track: TrackId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update players set due_at = to_timestamp(0)
        where frame ->> 'state' = 'PLAYING' and frame #>> '{current,track}' = $1
        "#,
        track.to_string(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// When the queue was last replaced as a whole, or when that was asked for.
pub async fn queue_time(tx: &mut PgConnection, id: PlayerId) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    let time = sqlx::query_scalar!("select queue_set_at from players where id = $1", id.0);
    Ok(time.fetch_optional(tx).await?.flatten())
}

/// Keeps when the queue was replaced.
pub async fn set_queue_time(tx: &mut PgConnection, id: PlayerId, at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update players set queue_set_at = $2 where id = $1", id.0, at).execute(tx).await?;
    Ok(())
}

/// Whether a change is one that people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsShown {
    /// It is a frame.
    Yes,
    /// Only we know.
    No,
}

/// The people whose players follow this one, in the order in which their players are to be locked.
pub async fn followers(tx: &mut PgConnection, id: PlayerId) -> Result<Vec<PlayerId>, sqlx::Error> {
    sqlx::query_scalar!(r#"select id as "id: PlayerId" from players where following = $1 order by id"#, id.0)
        .fetch_all(tx)
        .await
}

/// Forgets a player with its queue and frames, or a session with all that is of it.
pub async fn remove(tx: &mut PgConnection, id: PlayerId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from players where id = $1", id.0).execute(tx).await?;
    Ok(())
}
