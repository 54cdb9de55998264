//! What people have listened to, in the database.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{PlayContext, PlayId, PlaylistId, TrackId, media::TrackPlayed};
use polyphony_kit::{UserId, page::Page};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::{
    domain::{
        play::{Play, PlayCursor, PlayedPlaylistCursor},
        playlist::Playlist,
    },
    store::{Listed, ReadError, Reader, Store},
};

impl Store {
    /// A page of what somebody listened to, the latest first, without tracks that are gone.
    pub async fn history(&self, user: UserId, page: &Page<PlayCursor>) -> Result<Vec<Play>, sqlx::Error> {
        let rows = sqlx::query_as!(
            Play,
            r#"
            select
                p.id as "id: PlayId",
                p.play_id,
                p.track_id as "track: TrackId",
                p.started_at,
                p.played_ms,
                p.device_name,
                case when p.context_kind = 'PLAYLIST' then p.context_id end as "playlist: PlaylistId"
            from plays p
            left join tracks t on t.id = p.track_id
            where p.user_id = $1 and (p.started_at, p.play_id) < (coalesce($2::timestamptz, 'infinity'), $3)
              and t.status is distinct from 'DELETED'
            order by p.started_at desc, p.play_id desc
            limit $4
            "#,
            user.0,
            page.after.as_ref().map(|after| after.started_at),
            page.after.as_ref().map_or("", |after| &after.play),
            page.limit()
        );
        rows.fetch_all(&self.pool).await
    }

    /// A page of the playlists that somebody played and still sees, each with where its page would end, the last played first.
    pub async fn played_playlists(
        &self,
        user: UserId,
        page: &Page<PlayedPlaylistCursor>,
        with_total: bool,
    ) -> Result<Listed<(PlayedPlaylistCursor, Playlist)>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            with played as (
                select l.context_id as id, max(l.started_at) as played_at
                from plays l
                join playlists p on p.id = l.context_id
                where l.user_id = $1
                  and l.context_kind = 'PLAYLIST'
                  and (
                    p.visibility <> 'PRIVATE'
                    or p.owner_id = $1
                    or exists (select from playlist_collaborators c where c.playlist_id = p.id and c.user_id = $1)
                  )
                group by l.context_id
            )
            select n.total, r.id as "id?: PlaylistId", r.played_at as "played_at?"
            from (select case when $2 then (select count(*) from played) end as total) n
            left join (
                select id, played_at
                from played
                where (played_at, id) < (coalesce($3::timestamptz, 'infinity'), $4)
                order by played_at desc, id desc
                limit $5
            ) r on true
            order by r.played_at desc, r.id desc
            "#,
            user.0,
            with_total,
            page.after.as_ref().map(|after| after.played_at),
            page.after.as_ref().map_or(Uuid::max(), |after| after.playlist.0),
            page.limit()
        );
        let rows = rows.fetch_all(&self.pool).await?;
        let total = rows.first().and_then(|row| row.total).unwrap_or_default();
        let cursors = rows
            .into_iter()
            .filter_map(|row| Some(PlayedPlaylistCursor { playlist: row.id?, played_at: row.played_at? }));
        let cursors: Vec<_> = cursors.collect();
        let ids: Vec<_> = cursors.iter().map(|cursor| cursor.playlist).collect();
        let seen = self.visible_playlists(Some(user), &ids).await?;
        let mut seen: HashMap<_, _> = seen.into_iter().map(|playlist| (playlist.id, playlist)).collect();
        let rows = cursors.into_iter().filter_map(|cursor| seen.remove(&cursor.playlist).map(|found| (cursor, found)));
        Ok(Listed { rows: rows.collect(), total })
    }
}

impl Store {
    /// Forgets up to 10,000 plays that began before then.
    pub async fn forget_plays(&self, before: DateTime<Utc>) -> Result<(), sqlx::Error> {
        let old = sqlx::query!(
            "delete from plays where ctid in (select ctid from plays where started_at < $1 limit 10000)",
            before
        );
        old.execute(&self.pool).await?;
        Ok(())
    }
}

/// Finds what the viewer's plays of a track come to; nothing when they never played it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListensTo(pub TrackId);

/// What somebody's plays of a track come to.
#[derive(Clone, Copy, Debug)]
pub struct Listens {
    /// How many they are.
    pub play_count: i64,
    /// When the last one began.
    pub last_played_at: DateTime<Utc>,
}

impl Loader<ListensTo> for Reader {
    type Value = Listens;
    type Error = ReadError;

    async fn load(&self, keys: &[ListensTo]) -> Result<HashMap<ListensTo, Listens>, ReadError> {
        let Some(viewer) = self.viewer else { return Ok(HashMap::new()) };
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                track_id as "track_id: TrackId",
                play_count,
                last_played_at
            from listens
            where user_id = $1 and track_id = any($2)
            "#,
            viewer.0,
            &ids as &[TrackId]
        );
        let listens = |play_count, last_played_at| Listens { play_count, last_played_at };
        let rows = rows.fetch_all(&self.store.pool).await?.into_iter();
        Ok(rows.map(|row| (ListensTo(row.track_id), listens(row.play_count, row.last_played_at))).collect())
    }
}

/// Writes a play, unless it is known, was removed, or began when history was cleared later; gives whether it was written.
pub async fn insert(tx: &mut PgConnection, play: &TrackPlayed) -> Result<bool, sqlx::Error> {
    let (kind, id) = play.context.map(PlayContext::columns).map_or((None, None), |(kind, id)| (Some(kind), id));
    let written = sqlx::query!(
        r#"
        insert into plays (user_id, play_id, track_id, started_at, played_ms, device_name, context_kind, context_id)
        select $1, $2, $3, $4, $5, $6, $7, $8
        where not exists (select from libraries where user_id = $1 and history_cleared_at >= $4)
          and not exists (select from removed_plays where user_id = $1 and play_id = $2)
        on conflict (user_id, play_id) do nothing
        "#,
        play.user_id.0,
        play.play_id,
        play.track_id.0,
        play.started_at,
        play.played_ms,
        play.device_name,
        kind,
        id
    );
    Ok(written.execute(tx).await?.rows_affected() > 0)
}

/// Counts a play that was written.
pub async fn count(db: impl PgExecutor<'_>, play: &TrackPlayed) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into listens (user_id, track_id, play_count, last_played_at)
        values ($1, $2, 1, $3)
        on conflict (user_id, track_id) do update
        set play_count = listens.play_count + 1,
            last_played_at = greatest(listens.last_played_at, excluded.last_played_at)
        "#,
        play.user_id.0,
        play.track_id.0,
        play.started_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets all plays of somebody, and those that are told later but began before now; the caller holds the lock of the
/// library.
pub async fn clear(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update libraries set history_cleared_at = $2 where user_id = $1", user.0, now)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("delete from plays where user_id = $1", user.0).execute(&mut *tx).await?;
    // What began before now is not written any more.
    sqlx::query!("delete from removed_plays where user_id = $1", user.0).execute(&mut *tx).await?;
    sqlx::query!("delete from listens where user_id = $1", user.0).execute(&mut *tx).await?;
    Ok(())
}

/// Removes plays from somebody's history, so that they stay removed when they are told again; gives how many were there. The
/// caller holds the lock of the library.
pub async fn remove(
    tx: &mut PgConnection,
    user: UserId,
    plays: &[PlayId],
    now: DateTime<Utc>,
) -> Result<usize, sqlx::Error> {
    let removed = sqlx::query!(
        r#"
        with gone as (
            delete from plays where user_id = $1 and id = any($2)
            returning play_id, track_id
        ), noted as (
            insert into removed_plays (user_id, play_id, removed_at)
            select $1, play_id, $3 from gone
            on conflict (user_id, play_id) do nothing
        )
        select track_id as "track_id!: TrackId" from gone
        "#,
        user.0,
        plays as &[PlayId],
        now
    );
    let tracks: Vec<_> = removed.fetch_all(&mut *tx).await?.into_iter().map(|row| row.track_id).collect();
    recount(tx, user, &tracks).await?;
    Ok(tracks.len())
}

/// Sums up anew what is left of somebody's plays of these tracks.
async fn recount(tx: &mut PgConnection, user: UserId, tracks: &[TrackId]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from listens where user_id = $1 and track_id = any($2)", user.0, tracks as &[TrackId])
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        r#"
        insert into listens (user_id, track_id, play_count, last_played_at)
        select $1, track_id, count(*), max(started_at)
        from plays
        where user_id = $1 and track_id = any($2)
        group by track_id
        "#,
        user.0,
        tracks as &[TrackId]
    )
    .execute(tx)
    .await?;
    Ok(())
}
