//! SQL of queues. An entry's place is a number far from its neighbours', so that moving one entry changes one row; when
//! there is no room left between two, all places are dealt out anew.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use polyphony_events::{PlayerId, QueueItemId, TrackId, UserId};
use polyphony_kit::page::Window;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Reader;
use crate::domain::player::{Around, Entry};

/// How far apart places are dealt out.
const STEP: i64 = 1 << 32;

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
                q.added_by as "added_by: UserId"
            from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[])
                with ordinality as k (player_id, after_place, after_id, most, skipped, number)
            left join queue_items a on a.player_id = k.player_id and a.id = k.after_id
            cross join lateral (
                select i.id, i.place, i.track_id, i.added_by
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
            let item = QueueItem { id: row.id, place: row.place, track: row.track, added_by: row.added_by };
            pages.entry(key.clone()).or_default().push(item);
        }
        Ok(pages)
    }
}

/// An entry of this queue, if there is one.
pub async fn entry(tx: &mut PgConnection, player: PlayerId, item: QueueItemId) -> Result<Option<Entry>, sqlx::Error> {
    sqlx::query_as!(
        Entry,
        r#"
        select q.id as "item: QueueItemId", q.track_id as "track: TrackId", t.duration_ms
        from queue_items q
        left join playable_tracks t on t.track_id = q.track_id
        where q.player_id = $1 and q.id = $2
        "#,
        player.0,
        item.0,
    )
    .fetch_optional(tx)
    .await
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
            select 1 as which, q.id, q.track_id, t.duration_ms
            from queue_items q
            join playable_tracks t on t.track_id = q.track_id and t.playable
            where q.player_id = $1 and q.place > $2
            order by q.place, q.id
            limit 1
        ), before as (
            select 2 as which, q.id, q.track_id, t.duration_ms
            from queue_items q
            join playable_tracks t on t.track_id = q.track_id and t.playable
            where q.player_id = $1 and q.place < $2
            order by q.place desc, q.id desc
            limit 1
        ), top as (
            select 3 as which, q.id, q.track_id, t.duration_ms
            from queue_items q
            join playable_tracks t on t.track_id = q.track_id and t.playable
            where q.player_id = $1
            order by q.place, q.id
            limit 1
        ), bottom as (
            select 4 as which, q.id, q.track_id, t.duration_ms
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
            duration_ms
        from (table behind union all table before union all table top union all table bottom) found
        "#,
        player.0,
        place,
    )
    .fetch_all(tx)
    .await?;
    let mut around = Around::default();
    for row in rows {
        let entry = Some(Entry { item: row.item, track: row.track, duration_ms: row.duration_ms });
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

/// Where new entries go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// Behind this place.
    Behind(i64),
    /// Behind all others.
    End,
}

/// Adds tracks at a spot, in order; gives their entries' ids. While the queue is shuffled they stand at the end of the other
/// order.
pub async fn insert(
    tx: &mut PgConnection,
    player: PlayerId,
    spot: Spot,
    tracks: &[TrackId],
    added_by: UserId,
) -> Result<Vec<QueueItemId>, sqlx::Error> {
    let (first, step) = make_room(&mut *tx, player, spot, tracks.len() as i64).await?;
    let items: Vec<QueueItemId> = tracks.iter().map(|_| QueueItemId::new()).collect();
    let ids: Vec<Uuid> = items.iter().map(|item| item.0).collect();
    let tracks: Vec<Uuid> = tracks.iter().map(|track| track.0).collect();
    sqlx::query!(
        r#"
        insert into queue_items (player_id, id, place, unshuffled_place, track_id, added_by)
        select
            $1,
            new.id,
            $4 + $5 * (new.number - 1),
            (select max(unshuffled_place) from queue_items where player_id = $1) + new.number * $7,
            new.track_id,
            $6
        from unnest($2::uuid[], $3::uuid[]) with ordinality as new (id, track_id, number)
        "#,
        player.0,
        &ids,
        &tracks,
        first,
        step,
        added_by.0,
        STEP,
    )
    .execute(tx)
    .await?;
    Ok(items)
}

/// The first place and the step for `count` new entries at a spot; all places are dealt out anew when there is no room.
async fn make_room(tx: &mut PgConnection, player: PlayerId, spot: Spot, count: i64) -> Result<(i64, i64), sqlx::Error> {
    if let Some(room) = room(&mut *tx, player, spot, count).await? {
        return Ok(room);
    }
    let spot = deal_out_around(&mut *tx, player, spot).await?;
    room(tx, player, spot, count).await?.ok_or(sqlx::Error::RowNotFound)
}

/// The first place and the step for `count` new entries at a spot; none when there is no room.
async fn room(
    tx: &mut PgConnection,
    player: PlayerId,
    spot: Spot,
    count: i64,
) -> Result<Option<(i64, i64)>, sqlx::Error> {
    let place = match spot {
        Spot::End => {
            let last = sqlx::query_scalar!("select max(place) from queue_items where player_id = $1", player.0);
            return Ok(Some((last.fetch_one(tx).await?.unwrap_or(0) + STEP, STEP)));
        }
        Spot::Behind(place) => place,
    };
    let next =
        sqlx::query_scalar!("select min(place) from queue_items where player_id = $1 and place > $2", player.0, place);
    let Some(next) = next.fetch_one(tx).await? else { return Ok(Some((place + STEP, STEP))) };
    let step = (next - place) / (count + 1);
    Ok((step > 0).then_some((place + step, step)))
}

/// Deals out all places anew; gives the spot with its new place.
async fn deal_out_around(tx: &mut PgConnection, player: PlayerId, spot: Spot) -> Result<Spot, sqlx::Error> {
    let Spot::Behind(place) = spot else { return Ok(spot) };
    let before = sqlx::query_scalar!(
        r#"select count(*) as "count!" from queue_items where player_id = $1 and place <= $2"#,
        player.0,
        place,
    )
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        update queue_items q
        set place = ordered.number * $2
        from (select id, row_number() over (order by place, id) as number from queue_items where player_id = $1) ordered
        where q.player_id = $1 and q.id = ordered.id
        "#,
        player.0,
        STEP,
    )
    .execute(tx)
    .await?;
    Ok(Spot::Behind(before * STEP))
}

/// Moves one entry behind another, or to the top.
pub async fn shift(
    tx: &mut PgConnection,
    player: PlayerId,
    item: QueueItemId,
    behind: Option<i64>,
) -> Result<(), sqlx::Error> {
    let place = match behind {
        None => {
            let first = sqlx::query_scalar!("select min(place) from queue_items where player_id = $1", player.0);
            first.fetch_one(&mut *tx).await?.unwrap_or(0) - STEP
        }
        Some(place) => make_room(&mut *tx, player, Spot::Behind(place), 1).await?.0,
    };
    sqlx::query!("update queue_items set place = $3 where player_id = $1 and id = $2", player.0, item.0, place)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes entries out; gives how many there were.
pub async fn remove(tx: &mut PgConnection, player: PlayerId, items: &[QueueItemId]) -> Result<u64, sqlx::Error> {
    let items: Vec<Uuid> = items.iter().map(|item| item.0).collect();
    let removed = sqlx::query!("delete from queue_items where player_id = $1 and id = any($2)", player.0, &items);
    Ok(removed.execute(tx).await?.rows_affected())
}

/// Empties a queue.
pub async fn clear(tx: &mut PgConnection, player: PlayerId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from queue_items where player_id = $1", player.0).execute(tx).await?;
    Ok(())
}

/// Puts a queue into a random order in which this entry comes first, and keeps the order that it had.
pub async fn shuffle(tx: &mut PgConnection, player: PlayerId, first: Option<QueueItemId>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update queue_items q
        set unshuffled_place = q.place, place = shuffled.number * $3
        from (
            select id, row_number() over (order by id = $2 desc, random()) as number
            from queue_items
            where player_id = $1
        ) shuffled
        where q.player_id = $1 and q.id = shuffled.id
        "#,
        player.0,
        first.map(|item| item.0),
        STEP,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives a queue the order back that it had before it was shuffled.
pub async fn unshuffle(tx: &mut PgConnection, player: PlayerId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update queue_items
        set place = unshuffled_place, unshuffled_place = null
        where player_id = $1 and unshuffled_place is not null
        "#,
        player.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Copies the queue of one player to another that has none, entries with new ids; gives the copy of `current`.
pub async fn copy(
    tx: &mut PgConnection,
    from: PlayerId,
    to: PlayerId,
    current: Option<QueueItemId>,
) -> Result<Option<QueueItemId>, sqlx::Error> {
    let copied = sqlx::query!(
        r#"
        with originals as materialized (
            select id, gen_random_uuid() as copy, place, unshuffled_place, track_id, added_by
            from queue_items
            where player_id = $1
        ), copies as (
            insert into queue_items (player_id, id, place, unshuffled_place, track_id, added_by)
            select $2, copy, place, unshuffled_place, track_id, added_by from originals
        )
        select copy as "copy!: QueueItemId" from originals where id = $3
        "#,
        from.0,
        to.0,
        current.map(|item| item.0),
    )
    .fetch_optional(tx)
    .await?;
    Ok(copied.map(|row| row.copy))
}
