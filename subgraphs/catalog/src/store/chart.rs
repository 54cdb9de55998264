//! Charts in the database: plays by hour and day, and their sums within each chart's window.
//!
//! Each track of a chart says at which hour or day it stands, so that charts move on a few tracks at a time, and nobody who counts a
//! play waits for it. What is seen of a chart is right when its head has moved, as time alone makes no sum larger; the rest may
//! stand where it is for as long as the plays are kept that move it.

use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, UserId};
use sqlx::PgConnection;

use super::Store;
use crate::domain::chart::{ChartWindow, Spans, Unit};

/// A rank is known within so many.
const MOST_RANKED: i64 = 500;

/// A place in a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Which track.
    pub track: TrackId,
    /// Its rank, from 1.
    pub rank: i64,
    /// Its rank in the window before.
    pub previous_rank: Option<i64>,
    /// Its plays within the window.
    pub plays: i64,
}

impl Store {
    /// The first of a chart, of published tracks, as a person sees it: without explicit ones when they want none.
    pub async fn chart(
        &self,
        window: ChartWindow,
        first: i64,
        user: Option<UserId>,
    ) -> Result<Vec<Ranked>, sqlx::Error> {
        sqlx::query_as!(
            Ranked,
            r#"
            with current as (
                select c.track_id, c.plays, row_number() over (order by c.plays desc, c.track_id) as rank
                from chart_counts c
                join tracks t on t.id = c.track_id
                where c.chart = $1 and c.plays > 0 and t.status = 'PUBLISHED'
                  and (not t.explicit or coalesce((select explicit_content from preferences where user_id = $4), true))
                order by c.plays desc, c.track_id
                limit $2
            ),
            previous as (
                select c.track_id, row_number() over (order by c.previous_plays desc, c.track_id) as rank
                from chart_counts c
                join tracks t on t.id = c.track_id
                where c.chart = $1 and c.previous_plays > 0 and t.status = 'PUBLISHED'
                  and (not t.explicit or coalesce((select explicit_content from preferences where user_id = $4), true))
                order by c.previous_plays desc, c.track_id
                limit $3
            )
            select
                c.track_id as "track: TrackId",
                c.rank as "rank!",
                p.rank as "previous_rank?",
                c.plays
            from current c
            left join previous p on p.track_id = c.track_id
            order by c.rank
            "#,
            window.as_str(),
            first,
            MOST_RANKED,
            user.map(|user| user.0)
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// No track of a chart stands before this, of those charts that stand anywhere yet.
pub async fn standing(tx: &mut PgConnection) -> Result<Vec<(String, DateTime<Utc>)>, sqlx::Error> {
    sqlx::query!("select chart, stands_at from charts").map(|row| (row.chart, row.stands_at)).fetch_all(tx).await
}

/// Notes that no track of a chart stands before this.
pub async fn stand_at(tx: &mut PgConnection, window: ChartWindow, at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into charts (chart, stands_at)
        values ($1, $2)
        on conflict (chart) do update set stands_at = greatest(charts.stands_at, excluded.stands_at)
        "#,
        window.as_str(),
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Tracks that stand before `at` and are at the head of a chart, or of the window before, as it is now. The head of the chart is
/// right when there is none: time alone makes no sum larger.
pub async fn head_to_move(
    tx: &mut PgConnection,
    window: ChartWindow,
    at: DateTime<Utc>,
) -> Result<Vec<TrackId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select track_id as "track_id!: TrackId"
        from (
            (
                select c.track_id, c.stands_at from chart_counts c join tracks t on t.id = c.track_id
                where c.chart = $1 and t.status = 'PUBLISHED' order by c.plays desc, c.track_id limit $3
            )
            union
            (
                select c.track_id, c.stands_at from chart_counts c join tracks t on t.id = c.track_id
                where c.chart = $1 and t.status = 'PUBLISHED' and not t.explicit
                order by c.plays desc, c.track_id limit $3
            )
            union
            (
                select c.track_id, c.stands_at from chart_counts c join tracks t on t.id = c.track_id
                where c.chart = $1 and t.status = 'PUBLISHED' order by c.previous_plays desc, c.track_id limit $3
            )
            union
            (
                select c.track_id, c.stands_at from chart_counts c join tracks t on t.id = c.track_id
                where c.chart = $1 and t.status = 'PUBLISHED' and not t.explicit
                order by c.previous_plays desc, c.track_id limit $3
            )
        ) as head
        where stands_at < $2
        "#,
        window.as_str(),
        at,
        MOST_RANKED
    )
    .fetch_all(tx)
    .await
}

/// Up to `limit` tracks that stand before `at` and may come into the head of the window before, as plays of a chart enter it when
/// time passes: those with the most plays in both. The head as it is now is right already.
pub async fn rising_to_move(
    tx: &mut PgConnection,
    window: ChartWindow,
    at: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<TrackId>, sqlx::Error> {
    let last = sqlx::query_scalar!(
        r#"
        select c.previous_plays from chart_counts c join tracks t on t.id = c.track_id
        where c.chart = $1 and t.status = 'PUBLISHED' and not t.explicit
        order by c.previous_plays desc, c.track_id
        offset $2 limit 1
        "#,
        window.as_str(),
        MOST_RANKED - 1
    );
    let last = last.fetch_optional(&mut *tx).await?.unwrap_or(0);
    sqlx::query_scalar!(
        r#"
        select c.track_id as "track_id: TrackId" from chart_counts c join tracks t on t.id = c.track_id
        where c.chart = $1
          and c.stands_at < $2
          and t.status = 'PUBLISHED'
          -- One of two is more than half of their sum: both are found along an index.
          and (c.plays > $4 or c.previous_plays > $4)
          and c.plays + c.previous_plays > $3
        order by c.plays + c.previous_plays desc
        limit $5
        "#,
        window.as_str(),
        at,
        last,
        last / 2,
        limit
    )
    .fetch_all(tx)
    .await
}

/// Up to `limit` tracks of a chart that stand before `before`.
pub async fn behind(
    tx: &mut PgConnection,
    window: ChartWindow,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<TrackId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select track_id as "track_id: TrackId" from chart_counts where chart = $1 and stands_at < $2 limit $3"#,
        window.as_str(),
        before,
        limit
    )
    .fetch_all(tx)
    .await
}

/// Where the track of a chart stands that is furthest behind.
pub async fn furthest_behind(tx: &mut PgConnection, window: ChartWindow) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!("select min(stands_at) from chart_counts where chart = $1", window.as_str()).fetch_one(tx).await
}

/// Locks these tracks of a chart, those that stand before `at`, and gives where each stands. Those that somebody else has locked are
/// left out when nobody is to wait: who counts a play moves its track.
pub async fn lock_stale(
    tx: &mut PgConnection,
    window: ChartWindow,
    tracks: &[TrackId],
    at: DateTime<Utc>,
) -> Result<Vec<(TrackId, DateTime<Utc>)>, sqlx::Error> {
    sqlx::query!(
        r#"
        select track_id, stands_at
        from chart_counts
        where chart = $1 and track_id = any($2) and stands_at < $3
        order by track_id
        for no key update skip locked
        "#,
        window.as_str(),
        tracks as &[TrackId],
        at
    )
    .map(|row| (row.track_id, row.stands_at))
    .fetch_all(tx)
    .await
}

/// Moves tracks of a chart, which the caller holds and which all stand at one time, to another: plays that have left the window count
/// for the rank before, or no more.
pub async fn roll(
    tx: &mut PgConnection,
    window: ChartWindow,
    tracks: &[TrackId],
    from: Spans,
    (to, at): (Spans, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update chart_counts c
        set plays = c.plays + d.plays, previous_plays = c.previous_plays + d.previous_plays, stands_at = $10
        from (
            select
                k.id as track_id,
                coalesce(sum(b.plays * (
                    (b.starts_at > coalesce($5::timestamptz, '-infinity'))::int
                    - (b.starts_at > coalesce($2::timestamptz, '-infinity'))::int
                )), 0)::bigint as plays,
                coalesce(sum(b.plays * (
                    (b.starts_at > coalesce($6::timestamptz, '-infinity') and b.starts_at <= $7)::int
                    - (b.starts_at > coalesce($3::timestamptz, '-infinity') and b.starts_at <= $4)::int
                )), 0)::bigint as previous_plays
            from unnest($9::uuid[]) as k (id)
            left join play_buckets b on b.track_id = k.id
                and b.unit = $8
                and (
                    (b.starts_at > $4 and b.starts_at <= $7)
                    or (
                        b.starts_at > coalesce($3::timestamptz, '-infinity')
                        and b.starts_at <= coalesce($6::timestamptz, '-infinity')
                    )
                )
            group by k.id
        ) as d
        where c.chart = $1 and c.track_id = d.track_id
        "#,
        window.as_str(),
        from.current_after,
        from.previous_after,
        from.previous_until,
        to.current_after,
        to.previous_after,
        to.previous_until,
        window.unit().as_str(),
        tracks as &[TrackId],
        at
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from chart_counts where chart = $1 and track_id = any($2) and plays = 0 and previous_plays = 0",
        window.as_str(),
        tracks as &[TrackId]
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Plays of one track that began in one hour and day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Of which track.
    pub track: TrackId,
    /// In which unit of time they are kept apart.
    pub unit: Unit,
    /// When the hour or day begins.
    pub begin: DateTime<Utc>,
    /// How many.
    pub plays: i64,
}

/// Adds plays to the hours and days that they began in. Each hour and day of each track is there once.
pub async fn add_buckets(tx: &mut PgConnection, buckets: &[Bucket]) -> Result<(), sqlx::Error> {
    let tracks: Vec<_> = buckets.iter().map(|bucket| bucket.track).collect();
    let units: Vec<_> = buckets.iter().map(|bucket| bucket.unit.as_str().to_owned()).collect();
    let begins: Vec<_> = buckets.iter().map(|bucket| bucket.begin).collect();
    let plays: Vec<_> = buckets.iter().map(|bucket| bucket.plays).collect();
    sqlx::query!(
        r#"
        insert into play_buckets (unit, starts_at, track_id, plays)
        select b.unit, b.starts_at, b.track_id, b.plays
        from unnest($1::text[], $2::timestamptz[], $3::uuid[], $4::bigint[]) as b (unit, starts_at, track_id, plays)
        order by b.unit, b.starts_at, b.track_id
        on conflict (unit, starts_at, track_id) do update set plays = play_buckets.plays + excluded.plays
        "#,
        &units,
        &begins,
        &tracks as &[TrackId],
        &plays
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What plays add to a track's place in a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// To which track.
    pub track: TrackId,
    /// How many count now.
    pub plays: i64,
    /// How many count for the rank before.
    pub previous_plays: i64,
}

/// Adds plays to tracks of a chart that stand at `at`, each of which is there once.
pub async fn add(
    tx: &mut PgConnection,
    window: ChartWindow,
    added: &[Added],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let tracks: Vec<_> = added.iter().map(|one| one.track).collect();
    let plays: Vec<_> = added.iter().map(|one| one.plays).collect();
    let previous: Vec<_> = added.iter().map(|one| one.previous_plays).collect();
    sqlx::query!(
        r#"
        insert into chart_counts (chart, track_id, plays, previous_plays, stands_at)
        select $1, c.track_id, c.plays, c.previous_plays, $5
        from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as c (track_id, plays, previous_plays)
        order by c.track_id
        on conflict (chart, track_id) do update
        set plays = chart_counts.plays + excluded.plays,
            previous_plays = chart_counts.previous_plays + excluded.previous_plays
        "#,
        window.as_str(),
        &tracks as &[TrackId],
        &plays,
        &previous,
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets hours or days that no chart needs any more.
pub async fn forget_before(tx: &mut PgConnection, unit: Unit, oldest: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from play_buckets where unit = $1 and starts_at < $2", unit.as_str(), oldest)
        .execute(tx)
        .await?;
    Ok(())
}
