//! Charts in the database: plays by hour and day, and their sums within each chart's window.

use chrono::{DateTime, Utc};
use polyphony_events::TrackId;
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
    /// The first of a chart, published tracks only.
    pub async fn chart(&self, window: ChartWindow, first: i64) -> Result<Vec<Ranked>, sqlx::Error> {
        sqlx::query_as!(
            Ranked,
            r#"
            with current as (
                select c.track_id, c.plays, row_number() over (order by c.plays desc, c.track_id) as rank
                from chart_counts c
                join tracks t on t.id = c.track_id
                where c.chart = $1 and c.plays > 0 and t.status = 'PUBLISHED'
                order by c.plays desc, c.track_id
                limit $2
            ),
            previous as (
                select c.track_id, row_number() over (order by c.previous_plays desc, c.track_id) as rank
                from chart_counts c
                join tracks t on t.id = c.track_id
                where c.chart = $1 and c.previous_plays > 0 and t.status = 'PUBLISHED'
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
            MOST_RANKED
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// Where the charts stand, those that stand anywhere yet.
pub async fn standing(tx: &mut PgConnection) -> Result<Vec<(String, DateTime<Utc>)>, sqlx::Error> {
    sqlx::query!("select chart, stands_at from charts").map(|row| (row.chart, row.stands_at)).fetch_all(tx).await
}

/// Notes where a chart stands.
pub async fn stand_at(tx: &mut PgConnection, window: ChartWindow, at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into charts (chart, stands_at)
        values ($1, $2)
        on conflict (chart) do update set stands_at = excluded.stands_at
        "#,
        window.as_str(),
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Moves a chart from one time to another: plays that have left its window count for the rank before, or no more.
pub async fn roll(tx: &mut PgConnection, window: ChartWindow, from: Spans, to: Spans) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update chart_counts c
        set plays = c.plays + d.plays, previous_plays = c.previous_plays + d.previous_plays
        from (
            select
                track_id,
                sum(plays * (
                    (starts_at > coalesce($5::timestamptz, '-infinity'))::int
                    - (starts_at > coalesce($2::timestamptz, '-infinity'))::int
                ))::bigint as plays,
                sum(plays * (
                    (starts_at > coalesce($6::timestamptz, '-infinity') and starts_at <= $7)::int
                    - (starts_at > coalesce($3::timestamptz, '-infinity') and starts_at <= $4)::int
                ))::bigint as previous_plays
            from play_buckets
            where unit = $8
              and (
                  (starts_at > $4 and starts_at <= $7)
                  or (
                      starts_at > coalesce($3::timestamptz, '-infinity')
                      and starts_at <= coalesce($6::timestamptz, '-infinity')
                  )
              )
            group by track_id
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
        window.unit().as_str()
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from chart_counts where chart = $1 and plays = 0 and previous_plays = 0", window.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// Where a play counts.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// The charts.
    pub charts: Vec<String>,
    /// For each whether it counts now: 1 or 0.
    pub plays: Vec<i64>,
    /// For each whether it counts for the rank before: 1 or 0.
    pub previous_plays: Vec<i64>,
}

/// Adds a play to the hour and day that it began in, and to the charts.
pub async fn add(
    tx: &mut PgConnection,
    track: TrackId,
    began_at: DateTime<Utc>,
    counts: &Counts,
) -> Result<(), sqlx::Error> {
    let units: Vec<_> = Unit::ALL.iter().map(|unit| unit.as_str().to_owned()).collect();
    let begins: Vec<_> = Unit::ALL.iter().map(|unit| unit.begin(began_at)).collect();
    sqlx::query!(
        r#"
        insert into play_buckets (unit, starts_at, track_id, plays)
        select b.unit, b.starts_at, $1, 1
        from unnest($2::text[], $3::timestamptz[]) as b (unit, starts_at)
        on conflict (unit, starts_at, track_id) do update set plays = play_buckets.plays + 1
        "#,
        track.0,
        &units,
        &begins
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        insert into chart_counts (chart, track_id, plays, previous_plays)
        select c.chart, $1, c.plays, c.previous_plays
        from unnest($2::text[], $3::bigint[], $4::bigint[]) as c (chart, plays, previous_plays)
        on conflict (chart, track_id) do update
        set plays = chart_counts.plays + excluded.plays,
            previous_plays = chart_counts.previous_plays + excluded.previous_plays
        "#,
        track.0,
        &counts.charts,
        &counts.plays,
        &counts.previous_plays
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
