//! SQL that reads queues; `queue_changes` writes them.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{PlayContext, PlayerId, QueueItemId, TrackId, UserId};
use polyphony_kit::page::Window;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Reader;
use crate::domain::player::{Around, Entry};

/// An entry of a queue.
#[derive(Clone, Debug)]
pub struct QueueItem {
    /// Which.
    pub id: QueueItemId,
    /// Where it stands.
    pub place: i64,
    /// What it plays.
    pub track: TrackId,
    /// Who added it.
    pub added_by: UserId,
    /// What it came from, when the client said so.
    pub context: Option<PlayContext>,
}

/// Finds a page of a player's queue, one entry more than the page has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueuePage {
    /// Whose queue.
    pub player: PlayerId,
    /// Which part; the sort key is the entry's place and id.
    pub window: Window<(i64, QueueItemId)>,
}

impl Loader<QueuePage> for Reader {
    type Value = Vec<QueueItem>;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[QueuePage]) -> Result<HashMap<QueuePage, Vec<QueueItem>>, Self::Error> {
        let players: Vec<Uuid> = keys.iter().map(|key| key.player.0).collect();
        let after: Vec<_> =
            keys.iter().map(|key| key.window.page.after.unwrap_or((i64::MIN, QueueItemId(Uuid::nil())))).collect();
        let (places, items): (Vec<i64>, Vec<Uuid>) = after.into_iter().map(|(place, item)| (place, item.0)).unzip();
        let limits: Vec<i64> = keys.iter().map(|key| key.window.page.limit()).collect();
        let offsets: Vec<i64> = keys.iter().map(|key| key.window.offset).collect();
        // The entry before the page may have been moved since; then the page begins behind where it stands now.
        let rows = sqlx::query!(
            r#"
            select
                k.number as "number!",
                q.id as "id: QueueItemId",
                q.place,
                q.track_id as "track: TrackId",
                q.added_by as "added_by: UserId",
                q.context_kind as "context_kind?",
                q.context_id as "context_id?"
            from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[])
                with ordinality as k (player_id, after_place, after_id, most, skipped, number)
            left join queue_items a on a.player_id = k.player_id and a.id = k.after_id
            cross join lateral (
                select i.id, i.place, i.track_id, i.added_by, i.context_kind, i.context_id
                from queue_items i
                where i.player_id = k.player_id and (i.place, i.id) > (coalesce(a.place, k.after_place), k.after_id)
                order by i.place, i.id
                limit k.most offset k.skipped
            ) q
            order by k.number, q.place, q.id
            "#,
            &players,
            &places,
            &items,
            &limits,
            &offsets,
        )
        .fetch_all(&self.store.pool)
        .await?;
        let mut pages: HashMap<_, _> = keys.iter().map(|key| (key.clone(), Vec::new())).collect();
        for row in rows {
            let key = &keys[row.number as usize - 1];
            let context = context_of(row.context_kind.as_deref(), row.context_id);
            let item = QueueItem { id: row.id, place: row.place, track: row.track, added_by: row.added_by, context };
            pages.entry(key.clone()).or_default().push(item);
        }
        Ok(pages)
    }
}

/// An entry of this queue, if there is one.
pub async fn entry(tx: &mut PgConnection, player: PlayerId, item: QueueItemId) -> Result<Option<Entry>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select
            q.id as "item: QueueItemId",
            q.track_id as "track: TrackId",
            t.duration_ms as "duration_ms?",
            q.context_kind,
            q.context_id
        from queue_items q
        left join playable_tracks t on t.track_id = q.track_id
        where q.player_id = $1 and q.id = $2
        "#,
        player.0,
        item.0,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| {
        let context = context_of(row.context_kind.as_deref(), row.context_id);
        Entry { item: row.item, track: row.track, duration_ms: row.duration_ms, context }
    }))
}

/// What the columns of an entry say that it came from; a kind that only a newer version knows says nothing.
fn context_of(kind: Option<&str>, id: Option<Uuid>) -> Option<PlayContext> {
    PlayContext::from_columns(kind?, id)
}

/// Where an entry stands.
pub async fn place(tx: &mut PgConnection, player: PlayerId, item: QueueItemId) -> Result<Option<i64>, sqlx::Error> {
    let place = sqlx::query_scalar!("select place from queue_items where player_id = $1 and id = $2", player.0, item.0);
    place.fetch_optional(tx).await
}

/// What can be played around this place.
pub async fn around(tx: &mut PgConnection, player: PlayerId, place: Option<i64>) -> Result<Around, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        with behind as (
            select 1 as which, q.id, q.track_id, t.duration_ms, q.context_kind, q.context_id
            from queue_items q
            join playable_tracks t on t.track_id = q.track_id and t.playable
            where q.player_id = $1 and q.place > $2
            order by q.place, q.id
            limit 1
        ), before as (
            select 2 as which, q.id, q.track_id, t.duration_ms, q.context_kind, q.context_id
            from queue_items q
            join playable_tracks t on t.track_id = q.track_id and t.playable
            where q.player_id = $1 and q.place < $2
            order by q.place desc, q.id desc
            limit 1
        ), top as (
            select 3 as which, q.id, q.track_id, t.duration_ms, q.context_kind, q.context_id
            from queue_items q
            join playable_tracks t on t.track_id = q.track_id and t.playable
            where q.player_id = $1
            order by q.place, q.id
            limit 1
        ), bottom as (
            select 4 as which, q.id, q.track_id, t.duration_ms, q.context_kind, q.context_id
            from queue_items q
            join playable_tracks t on t.track_id = q.track_id and t.playable
            where q.player_id = $1
            order by q.place desc, q.id desc
            limit 1
        )
        select
            which as "which!",
            id as "item!: QueueItemId",
            track_id as "track!: TrackId",
            duration_ms,
            context_kind,
            context_id
        from (table behind union all table before union all table top union all table bottom) found
        "#,
        player.0,
        place,
    )
    .fetch_all(tx)
    .await?;
    let mut around = Around::default();
    for row in rows {
        let context = context_of(row.context_kind.as_deref(), row.context_id);
        let entry = Some(Entry { item: row.item, track: row.track, duration_ms: row.duration_ms, context });
        match row.which {
            1 => around.next = entry,
            2 => around.previous = entry,
            3 => around.first = entry,
            _ => around.last = entry,
        }
    }
    Ok(around)
}

/// How many entries stand before this one (none when it is not there), and how many there are.
pub async fn locate(
    tx: &mut PgConnection,
    player: PlayerId,
    item: Option<QueueItemId>,
) -> Result<(Option<i64>, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select
            here.place as "place?",
            (select count(*) from queue_items q where q.player_id = $1 and q.place < here.place) as "before!",
            (select count(*) from queue_items q where q.player_id = $1) as "total!"
        from (select 1) one
        left join queue_items here on here.player_id = $1 and here.id = $2
        "#,
        player.0,
        item.map(|item| item.0),
    )
    .fetch_one(tx)
    .await?;
    Ok((row.place.map(|_| row.before), row.total))
}
