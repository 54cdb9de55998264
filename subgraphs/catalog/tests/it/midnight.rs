//! A day that begins in a large library, every track of which was heard: what is seen of the charts is right at once, the rest
//! follows when it is due, and plays are counted beside it. `CHART_TRACKS=250000` makes it large.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_catalog::{
    commands::roll_charts::roll_charts,
    domain::{ChartWindow, chart::Unit},
};
use polyphony_events::{TrackId, UserId};
use polyphony_kit::Clock;
use sqlx::{AssertSqlSafe, PgPool};

use crate::{app::TestApp, charts::chart};

/// How many tracks there are when nobody says so.
const TRACKS: usize = 8_000;

async fn execute(app: &TestApp, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(app.pool()).await.unwrap();
}

/// The sums of every track in a chart that stands there, by the plays that are kept.
fn sums(window: ChartWindow, at: DateTime<Utc>) -> String {
    let (spans, unit) = (window.spans(at), window.unit().as_str());
    let bound = |at: Option<DateTime<Utc>>| at.map_or("-infinity".to_owned(), |at| at.to_rfc3339());
    let (current, after) = (bound(spans.current_after), bound(spans.previous_after));
    let until = bound(Some(spans.previous_until));
    format!(
        "select track_id,
             coalesce(sum(plays) filter (where starts_at > '{current}'), 0)::bigint as plays,
             coalesce(sum(plays) filter (where starts_at > '{after}' and starts_at <= '{until}'), 0)::bigint as before
         from play_buckets where unit = '{unit}' group by track_id"
    )
}

/// Tracks of which few are heard often, in days and hours that enter and leave each window at midnight, and charts of them.
async fn heard(app: &TestApp, tracks: usize, now: DateTime<Utc>) {
    let owner = UserId::new().0;
    execute(
        app,
        format!(
            "insert into tracks (id, title, folded_title, status, explicit, owner_id, created_at, updated_at, published_at)
             select overlay(overlay(md5(n::text) placing '7' from 13) placing '8' from 17)::uuid, n::text, n::text,
                 'PUBLISHED', n % 10 = 0, '{owner}', now(), now(), now()
             from generate_series(1, {tracks}) as n"
        ),
    )
    .await;
    for (unit, of_all, last, often) in
        [(Unit::Day, "0, 6, 13, 29, 59", 60, 20_000), (Unit::Hour, "0, 23, 47", 48, 2_000)]
    {
        let (name, at, length) = (unit.as_str(), unit.begin(now).to_rfc3339(), unit.length().num_hours());
        execute(
            app,
            format!(
                "insert into play_buckets (unit, starts_at, track_id, plays)
                 select '{name}', '{at}'::timestamptz - make_interval(hours => {length} * ago), t.id,
                     1 + {often} / t.title::int + (t.title::int + ago) % 3
                 from tracks t cross join generate_series(0, {last}) as ago
                 where ago in ({of_all}) or t.title::int <= {tracks} / 100"
            ),
        )
        .await;
    }
    for window in ChartWindow::ALL {
        let (name, at) = (window.as_str(), window.unit().begin(now));
        let (sums, at) = (sums(window, at), at.to_rfc3339());
        execute(app, format!("insert into charts (chart, stands_at) values ('{name}', '{at}')")).await;
        execute(
            app,
            format!(
                "insert into chart_counts (chart, track_id, plays, previous_plays, stands_at)
                 select '{name}', track_id, plays, before, '{at}' from ({sums}) as s"
            ),
        )
        .await;
    }
    execute(app, "vacuum (analyze) chart_counts, play_buckets, tracks".to_owned()).await;
}

/// The charts show what the plays say that are kept.
async fn assert_seen(app: &TestApp, now: DateTime<Utc>, windows: &[ChartWindow]) {
    for window in windows.iter().copied() {
        let sums = sums(window, window.unit().begin(now));
        let expected = format!(
            "with s as materialized ({sums}),
             ranked as (
                 select track_id, row_number() over (order by before desc, track_id) as rank
                 from s where before > 0 order by rank limit 500
             )
             select row_number() over (order by s.plays desc, s.track_id), r.rank, s.plays, s.track_id
             from s left join ranked r using (track_id)
             where s.plays > 0
             order by s.plays desc, s.track_id limit 100"
        );
        let expected: Vec<(i64, Option<i64>, i64, TrackId)> =
            sqlx::query_as(AssertSqlSafe(expected)).fetch_all(app.pool()).await.unwrap();
        let expected: Vec<_> =
            expected.into_iter().map(|(rank, was, plays, id)| (rank, was, plays, id.to_string())).collect();
        assert_eq!(chart(app, window.as_str()).await, expected, "{window:?}");
    }
}

/// Every track of a chart has the sums of the hour or day at which it stands.
async fn assert_sums(app: &TestApp, window: ChartWindow) {
    let name = window.as_str();
    let stands = format!("select distinct stands_at from chart_counts where chart = '{name}'");
    let stands: Vec<DateTime<Utc>> = sqlx::query_scalar(AssertSqlSafe(stands)).fetch_all(app.pool()).await.unwrap();
    for at in stands {
        let (sums, at) = (sums(window, at), at.to_rfc3339());
        let wrong = format!(
            "chart_counts c left join ({sums}) as s using (track_id)
             where c.chart = '{name}' and c.stands_at = '{at}'
               and (c.plays, c.previous_plays) is distinct from (s.plays, s.before)"
        );
        assert_eq!(app.count(&wrong).await, 0, "{name} at {at}");
    }
}

/// Counts plays of tracks one after the other until `stop`; gives how long the slowest took.
async fn play_until(app: &TestApp, tracks: &[String], stop: &AtomicBool) -> Duration {
    let mut slowest = Duration::ZERO;
    for track in tracks.iter().cycle() {
        let began = Instant::now();
        app.play(UserId::new(), track).await;
        slowest = slowest.max(began.elapsed());
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    slowest
}

#[sqlx::test(migrations = false)]
async fn at_midnight_what_is_seen_of_the_charts_moves_and_the_rest_when_it_is_due(pool: PgPool) {
    let clock = Clock::standing_at("2026-03-20T23:59:00Z".parse().unwrap());
    let app = TestApp::at(pool, clock.clone()).await;
    let tracks = std::env::var("CHART_TRACKS").map_or(TRACKS, |tracks| tracks.parse().unwrap());
    heard(&app, tracks, clock.now()).await;
    assert_seen(&app, clock.now(), &ChartWindow::ALL).await;
    let top: Vec<String> = chart(&app, "WEEK").await.into_iter().map(|(.., track)| track).collect();
    let usual = play_until(&app, &top[..40], &AtomicBool::new(true)).await;
    clock.advance(TimeDelta::minutes(2));
    let (began, stop) = (Instant::now(), AtomicBool::new(false));
    let roll = async {
        roll_charts(&app.app).await.unwrap();
        stop.store(true, Ordering::Relaxed);
        began.elapsed()
    };
    let (took, slowest) = futures::future::join(roll, play_until(&app, &top, &stop)).await;
    println!(
        "{tracks} tracks: the charts of midnight in {took:.1?}, the slowest play meanwhile {slowest:.1?} (one alone {usual:.1?})"
    );
    assert_seen(&app, clock.now(), &ChartWindow::ALL).await;
    for window in ChartWindow::ALL {
        let (name, at) = (window.as_str(), window.unit().begin(clock.now()).to_rfc3339());
        let moved = app.count(&format!("chart_counts where chart = '{name}' and stands_at = '{at}'")).await;
        println!("{name}: {moved} tracks were moved");
        assert!(moved < 4_000, "{name}: {moved} tracks were moved at once");
        assert_sums(&app, window).await;
    }
    // A track that stands far behind is heard, and then all of it is due.
    let last = "select id from tracks order by title::int desc limit 1";
    let (last,): (TrackId,) = sqlx::query_as(last).fetch_one(app.pool()).await.unwrap();
    clock.advance(TimeDelta::days(5));
    app.play(UserId::new(), &last.to_string()).await;
    assert_sums(&app, ChartWindow::Week).await;
    clock.advance(TimeDelta::days(4));
    let began = Instant::now();
    let behind = format!("chart_counts where stands_at < '{}'", (clock.now() - TimeDelta::days(8)).to_rfc3339());
    while app.count(&behind).await > 0 {
        roll_charts(&app.app).await.unwrap();
    }
    println!("all of the charts in {:.1?}", began.elapsed());
    roll_charts(&app.app).await.unwrap();
    // Of all time nothing is forgotten, but the plays are.
    let windows = [ChartWindow::Day, ChartWindow::Week, ChartWindow::Month];
    assert_seen(&app, clock.now(), &windows).await;
    for window in windows {
        assert_sums(&app, window).await;
    }
    let forgotten = (clock.now() - TimeDelta::days(70)).to_rfc3339();
    assert_eq!(app.count(&format!("play_buckets where starts_at < '{forgotten}'")).await, 0);
}
