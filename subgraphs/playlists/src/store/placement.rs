//! Placing, moving and removing entries in the database. The caller holds the lock of the playlist.

use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId};
use polyphony_kit::UserId;
use sqlx::{PgConnection, PgExecutor};

use crate::{
    domain::{
        playlist_item::{Place, PlacedItem},
        rank::{Gap, Rank},
    },
    store::playlist_item::rank,
};

/// The gap at `place`, not counting the entries that are about to move; none when the entry to stand behind is missing.
pub async fn gap(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    place: Place,
    moving: &[PlaylistItemId],
) -> Result<Option<Gap>, sqlx::Error> {
    let after = match place {
        Place::Top => None,
        Place::After(anchor) => match position(&mut *tx, playlist, anchor).await? {
            None => return Ok(None),
            found => found,
        },
        Place::End => return Ok(Some(Gap { after: last(tx, playlist).await?, before: None })),
    };
    let before = sqlx::query_scalar!(
        r#"
        select position
        from playlist_items
        where playlist_id = $1 and position > $2 and not id = any($3)
        order by position
        limit 1
        "#,
        playlist.0,
        after.as_ref().map_or("", Rank::as_str),
        moving as &[PlaylistItemId]
    );
    let before = before.fetch_optional(tx).await?.map(|text| rank(&text)).transpose()?;
    Ok(Some(Gap { after, before }))
}

async fn position(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    id: PlaylistItemId,
) -> Result<Option<Rank>, sqlx::Error> {
    let sql =
        sqlx::query_scalar!("select position from playlist_items where playlist_id = $1 and id = $2", playlist.0, id.0);
    sql.fetch_optional(tx).await?.map(|text| rank(&text)).transpose()
}

async fn last(tx: &mut PgConnection, playlist: PlaylistId) -> Result<Option<Rank>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        "select position from playlist_items where playlist_id = $1 order by position desc limit 1",
        playlist.0
    );
    sql.fetch_optional(tx).await?.map(|text| rank(&text)).transpose()
}

/// The entry behind this many others; none behind the end.
pub async fn at(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    offset: i64,
) -> Result<Option<PlaylistItemId>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        select id as "id: PlaylistItemId"
        from playlist_items
        where playlist_id = $1
        order by position
        offset $2
        limit 1
        "#,
        playlist.0,
        offset
    );
    sql.fetch_optional(tx).await
}

/// Those of the tracks that stand in the playlist.
pub async fn standing(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    tracks: &[TrackId],
) -> Result<Vec<TrackId>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        select distinct track_id as "track_id: TrackId"
        from playlist_items
        where playlist_id = $1 and track_id = any($2)
        "#,
        playlist.0,
        tracks as &[TrackId]
    );
    sql.fetch_all(tx).await
}

/// The tracks of a playlist's entries, in order, without those that were deleted.
pub async fn tracks(tx: &mut PgConnection, playlist: PlaylistId) -> Result<Vec<TrackId>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        select i.track_id as "track_id: TrackId"
        from playlist_items i
        where i.playlist_id = $1
          and not exists (select from tracks t where t.id = i.track_id and t.status = 'DELETED')
        order by i.position
        "#,
        playlist.0
    );
    sql.fetch_all(tx).await
}

/// The entries of a playlist with their tracks, in order, without those whose tracks were deleted.
pub async fn items(tx: &mut PgConnection, playlist: PlaylistId) -> Result<Vec<(PlaylistItemId, TrackId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select i.id as "id: PlaylistItemId", i.track_id as "track_id: TrackId"
        from playlist_items i
        where i.playlist_id = $1
          and not exists (select from tracks t where t.id = i.track_id and t.status = 'DELETED')
        order by i.position
        "#,
        playlist.0
    );
    Ok(rows.fetch_all(tx).await?.into_iter().map(|row| (row.id, row.track_id)).collect())
}

/// Those of the entries that stand in the playlist.
pub async fn present(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    ids: &[PlaylistItemId],
) -> Result<Vec<PlaylistItemId>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"select id as "id: PlaylistItemId" from playlist_items where playlist_id = $1 and id = any($2)"#,
        playlist.0,
        ids as &[PlaylistItemId]
    );
    sql.fetch_all(tx).await
}

/// The version of a playlist that a command makes, and when. What it changes of the entries is so from this version on; how
/// they stood before is kept for clients that are away for a few minutes.
#[derive(Clone, Copy, Debug)]
pub struct Making {
    /// Of which playlist.
    pub playlist: PlaylistId,
    /// Its next version.
    pub version: i64,
    /// Now.
    pub at: DateTime<Utc>,
}

/// Writes new entries of the playlist in `making`.
pub async fn insert(db: impl PgExecutor<'_>, making: Making, items: &[PlacedItem]) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = items.iter().map(|placed| placed.item.id).collect();
    let tracks: Vec<_> = items.iter().map(|placed| placed.item.track).collect();
    let positions: Vec<_> = items.iter().map(|placed| placed.position.as_str().to_owned()).collect();
    let people: Vec<_> = items.iter().map(|placed| placed.item.added_by).collect();
    let times: Vec<_> = items.iter().map(|placed| placed.item.added_at).collect();
    sqlx::query!(
        r#"
        insert into playlist_items (playlist_id, since, id, track_id, position, added_by, added_at)
        select $1, $2, n.*
        from unnest($3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::timestamptz[]) as n
        "#,
        making.playlist.0,
        making.version,
        &ids as &[PlaylistItemId],
        &tracks as &[TrackId],
        &positions,
        &people as &[UserId],
        &times
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives entries new positions, each the one at its place of `ranks`.
pub async fn place(
    db: impl PgExecutor<'_>,
    making: Making,
    ids: &[PlaylistItemId],
    ranks: &[Rank],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        with past as (
            insert into playlist_items_past
            select id, playlist_id, track_id, position, added_by, added_at, since, $2, $3
            from playlist_items
            where playlist_id = $1 and id = any($4) and since < $2
        )
        update playlist_items i
        set position = r.position, since = $2
        from unnest($4::uuid[], $5::text[]) as r (id, position)
        where i.id = r.id and i.playlist_id = $1
        "#,
        making.playlist.0,
        making.version,
        making.at,
        ids as &[PlaylistItemId],
        &texts(ranks)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deals out all positions of a playlist anew, in the order that its entries have.
pub async fn deal_out(db: impl PgExecutor<'_>, making: Making, ranks: &[Rank]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        with past as (
            insert into playlist_items_past
            select id, playlist_id, track_id, position, added_by, added_at, since, $2, $3
            from playlist_items
            where playlist_id = $1 and since < $2
        )
        update playlist_items i
        set position = r.position, since = $2
        from (select id, row_number() over (order by position) as n from playlist_items where playlist_id = $1) o
        join unnest($4::text[]) with ordinality as r (position, n) using (n)
        where i.id = o.id
        "#,
        making.playlist.0,
        making.version,
        making.at,
        &texts(ranks)
    )
    .execute(db)
    .await?;
    Ok(())
}

fn texts(ranks: &[Rank]) -> Vec<String> {
    ranks.iter().map(|rank| rank.as_str().to_owned()).collect()
}

/// Removes those of the entries that stand in the playlist, and tells how many that were.
pub async fn delete(db: impl PgExecutor<'_>, making: Making, ids: &[PlaylistItemId]) -> Result<u64, sqlx::Error> {
    let sql = sqlx::query!(
        r#"
        with gone as (
            delete from playlist_items where playlist_id = $1 and id = any($4) returning *
        ), past as (
            insert into playlist_items_past
            select id, playlist_id, track_id, position, added_by, added_at, since, $2, $3
            from gone
            where since < $2
        )
        select count(*) as "removed!" from gone
        "#,
        making.playlist.0,
        making.version,
        making.at,
        ids as &[PlaylistItemId]
    );
    Ok(sql.fetch_one(db).await?.removed as u64)
}
