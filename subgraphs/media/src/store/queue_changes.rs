//! SQL that changes queues. An entry's place is a number far from its neighbours', so that moving one entry changes one row; when
//! there is no room left between two, all places are dealt out anew.

use polyphony_events::{PlayContext, PlayerId, QueueItemId, TrackId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// How far apart places are dealt out.
const STEP: i64 = 1 << 32;

/// Where new entries go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// Behind this place.
    Behind(i64),
    /// Behind all others.
    End,
}

/// Tracks that are added to a queue together.
#[derive(Clone, Copy, Debug)]
pub struct Addition<'a> {
    /// The tracks, in order.
    pub tracks: &'a [TrackId],
    /// Who adds them.
    pub added_by: UserId,
    /// What they come from, when the client said so.
    pub context: Option<PlayContext>,
}

/// Adds tracks at a spot, in order; gives their entries' ids. While the queue is shuffled they stand at the end of the other
/// order.
pub async fn insert(
    tx: &mut PgConnection,
    player: PlayerId,
    spot: Spot,
    addition: Addition<'_>,
) -> Result<Vec<QueueItemId>, sqlx::Error> {
    let (first, step) = make_room(&mut *tx, player, spot, addition.tracks.len() as i64).await?;
    let items: Vec<QueueItemId> = addition.tracks.iter().map(|_| QueueItemId::new()).collect();
    let ids: Vec<Uuid> = items.iter().map(|item| item.0).collect();
    let tracks: Vec<Uuid> = addition.tracks.iter().map(|track| track.0).collect();
    let (context_kind, context_id) = addition.context.map(PlayContext::columns).unzip();
    sqlx::query!(
        r#"
        insert into queue_items (
            player_id, id, place, unshuffled_place, track_id, added_by, context_kind, context_id
        )
        select
            $1,
            new.id,
            $4 + $5 * (new.number - 1),
            (select max(unshuffled_place) from queue_items where player_id = $1) + new.number * $7,
            new.track_id,
            $6,
            $8,
            $9
        from unnest($2::uuid[], $3::uuid[]) with ordinality as new (id, track_id, number)
        "#,
        player.0,
        &ids,
        &tracks,
        first,
        step,
        addition.added_by.0,
        STEP,
        context_kind,
        context_id.flatten(),
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
            select
                id, gen_random_uuid() as copy, place, unshuffled_place, track_id, added_by, context_kind, context_id
            from queue_items
            where player_id = $1
        ), copies as (
            insert into queue_items (
                player_id, id, place, unshuffled_place, track_id, added_by, context_kind, context_id
            )
            select $2, copy, place, unshuffled_place, track_id, added_by, context_kind, context_id from originals
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
