//! Counts and charts from plays.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_catalog::upkeep;
use polyphony_events::{TrackId, UserId};
use polyphony_kit::Clock;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, envelope_of, played},
    dice::Dice,
};

const CHART: &str =
    "query($w: ChartWindow) { charts(window: $w, first: 100) { rank previousRank playCount track { id } } }";

fn noon() -> Clock {
    Clock::standing_at("2026-03-20T12:30:00Z".parse().unwrap())
}

pub(crate) async fn chart(app: &TestApp, window: &str) -> Vec<(i64, Option<i64>, i64, String)> {
    let data = app.ask(CHART, json!({ "w": window })).await;
    let entries = data["charts"].as_array().expect("a chart").iter();
    let read = |entry: &Value| {
        let number = |field: &str| entry[field].as_i64();
        let id = entry["track"]["id"].as_str().unwrap().to_owned();
        (number("rank").unwrap(), number("previousRank"), number("playCount").unwrap(), id)
    };
    entries.map(read).collect()
}

#[sqlx::test(migrations = false)]
async fn a_play_counts_once_however_often_it_is_told(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, tracks) = app.published_album("Nordlys", 2).await;
    let play = played(app.listener.user, &tracks[1], app.app.clock.now());
    let envelope = envelope_of(&play);
    for _ in 0..2 {
        // The same message twice, and the same play in another message.
        app.hear_envelope(&envelope).await.unwrap();
        app.hear_from(&play).await.unwrap();
    }
    let query = "query($t: ID!, $a: ID!) { track(id: $t) { playCount } artist(id: $a) { topTracks(first: 1) { id playCount } } }";
    let seen = app.ask(query, json!({ "t": tracks[1], "a": artist })).await;
    assert_eq!(seen["track"]["playCount"], 1);
    assert_eq!(seen["artist"]["topTracks"], json!([{ "id": tracks[1], "playCount": 1 }]));
    for window in ["DAY", "WEEK", "MONTH", "ALL_TIME"] {
        assert_eq!(chart(&app, window).await, [(1, None, 1, tracks[1].clone())], "{window}");
    }
    // Another person's play of that name is another play.
    let other = polyphony_events::media::TrackPlayed { user_id: UserId::new(), ..play };
    app.hear_from(&other).await.unwrap();
    assert_eq!(chart(&app, "DAY").await[0].2, 2);
    app.published_album("Midnight", 1).await;
    let popular = app.ask("{ albums(sort: POPULAR) { edges { node { id } } } }", json!({})).await;
    assert_eq!(popular["albums"]["edges"][0]["node"]["id"], json!(album));
}

#[sqlx::test(migrations = false)]
async fn plays_leave_a_chart_when_its_window_has_passed(pool: PgPool) {
    let clock = noon();
    let app = TestApp::at(pool, clock.clone()).await;
    let ids = app.singles("A", "Pop", &["One", "Two"]).await;
    for _ in 0..2 {
        app.play(UserId::new(), &ids[0]).await;
    }
    app.play(UserId::new(), &ids[1]).await;
    clock.advance(TimeDelta::hours(25));
    for _ in 0..3 {
        app.play(UserId::new(), &ids[1]).await;
    }
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(chart(&app, "DAY").await, [(1, Some(2), 3, ids[1].clone())]);
    assert_eq!(chart(&app, "WEEK").await, [(1, None, 4, ids[1].clone()), (2, None, 2, ids[0].clone())]);
    // Nobody listens for ten days.
    clock.advance(TimeDelta::days(10));
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(chart(&app, "DAY").await, []);
    assert_eq!(chart(&app, "WEEK").await, []);
    assert_eq!(chart(&app, "MONTH").await.len(), 2);
    assert_eq!(chart(&app, "ALL_TIME").await, [(1, Some(1), 4, ids[1].clone()), (2, Some(2), 2, ids[0].clone())]);
}

#[sqlx::test(migrations = false)]
async fn a_chart_has_published_tracks_only(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, tracks) = app.published_album("Nordlys", 1).await;
    let others = app.singles("A", "Pop", &["One"]).await;
    for _ in 0..2 {
        app.play(UserId::new(), &tracks[0]).await;
    }
    app.play(UserId::new(), &others[0]).await;
    let withdraw = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { id } userErrors { code } } }";
    app.mutate(withdraw, json!({ "id": album })).await;
    assert_eq!(chart(&app, "WEEK").await, [(1, None, 1, others[0].clone())]);
    app.publish_album(&album).await;
    assert_eq!(chart(&app, "WEEK").await.len(), 2);
    // A play of what is gone is nothing.
    app.play(UserId::new(), "trk_01h455vb4pex5vsknk084sn02q").await;
    assert_eq!(chart(&app, "WEEK").await.len(), 2);
    for first in [0, -1, 101, 10_000] {
        let query = format!("{{ charts(first: {first}) {{ rank }} }}");
        assert_eq!(app.door.codes(None, &query, json!({})).await, ["BAD_USER_INPUT"]);
    }
}

/// What a chart should say, from the plays themselves.
fn expected(
    plays: &[(String, DateTime<Utc>)],
    now: DateTime<Utc>,
    window: &str,
) -> Vec<(i64, Option<i64>, i64, String)> {
    let (unit, length) = match window {
        "DAY" => (3_600, 24),
        "MONTH" => (86_400, 30),
        _ => (86_400, 7),
    };
    let number = |at: DateTime<Utc>| at.timestamp().div_euclid(unit);
    let age = |at: &DateTime<Utc>| number(now) - number(*at);
    let is_all_time = window == "ALL_TIME";
    let ranks = |counts: &dyn Fn(i64) -> bool| {
        let mut sums: BTreeMap<TrackId, i64> = BTreeMap::new();
        for (track, at) in plays.iter().filter(|(_, at)| counts(age(at))) {
            let _ = at;
            *sums.entry(TrackId::parse(track).unwrap()).or_default() += 1;
        }
        let mut ranked: Vec<_> = sums.into_iter().collect();
        ranked.sort_by_key(|(track, plays)| (-plays, *track));
        ranked
    };
    let current = ranks(&|age| is_all_time || age < length);
    let previous = ranks(&|age| age >= length && (is_all_time || age < 2 * length));
    let rank_before = |track: &TrackId| previous.iter().position(|(other, _)| other == track).map(|at| at as i64 + 1);
    let entries = current.iter().enumerate();
    entries.map(|(at, (track, plays))| (at as i64 + 1, rank_before(track), *plays, track.to_string())).collect()
}

/// Plays of eight tracks, some told up to 70 days late, while hours and days pass.
#[sqlx::test(migrations = false)]
async fn charts_say_what_the_plays_say(pool: PgPool) {
    let clock = noon();
    let app = TestApp::at(pool, clock.clone()).await;
    let ids = app.singles("A", "Pop", &["1", "2", "3", "4", "5", "6", "7", "8"]).await;
    let mut dice = Dice(7);
    let mut plays = Vec::new();
    for round in 0..60 {
        for _ in 0..dice.below(6) {
            let late = match dice.below(4) {
                0 => TimeDelta::hours(dice.below(70) as i64),
                1 => TimeDelta::days(dice.below(70) as i64),
                _ => TimeDelta::minutes(dice.below(90) as i64),
            };
            let (track, at) = (&ids[dice.below(ids.len())], clock.now() - late);
            app.play_at(UserId::new(), track, at).await;
            plays.push((track.clone(), at));
        }
        match dice.below(4) {
            0 => clock.advance(TimeDelta::days(dice.below(12) as i64)),
            1 => clock.advance(TimeDelta::minutes(dice.below(90) as i64)),
            _ => clock.advance(TimeDelta::hours(dice.below(30) as i64)),
        }
        upkeep::once(&app.app).await.unwrap();
        for window in ["DAY", "WEEK", "MONTH", "ALL_TIME"] {
            assert_eq!(chart(&app, window).await, expected(&plays, clock.now(), window), "{window}, round {round}");
        }
    }
    // Old buckets do not pile up.
    let oldest: DateTime<Utc> =
        sqlx::query_scalar("select min(starts_at) from play_buckets").fetch_one(app.pool()).await.unwrap();
    assert!(clock.now() - oldest < TimeDelta::days(72));
}

#[sqlx::test(migrations = false)]
async fn search_learns_what_is_played(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let ids = app.singles("A", "Pop", &["Zanzibar", "Zanzibar"]).await;
    app.deliver().await;
    for (loud, plays) in [(&ids[1], 1), (&ids[0], 2)] {
        for _ in 0..plays {
            app.play(UserId::new(), loud).await;
        }
        upkeep::once(&app.app).await.unwrap();
        let query = "{ search(query: \"zanzibar\", types: [TRACK]) { edges { node { ... on Track { id } } } } }";
        let found = app.ask(query, json!({})).await;
        assert_eq!(found["search"]["edges"][0]["node"]["id"], json!(loud));
    }
    assert_eq!(app.count("popularity_changes").await, 0);
}
