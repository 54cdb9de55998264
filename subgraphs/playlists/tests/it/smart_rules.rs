//! Every rule and every order of smart playlists, against facts that are written down here.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{
    ArtistId, TrackId,
    catalog::{ArtistRef, TrackChanged},
};
use polyphony_kit::Viewer;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    app::{TestApp, changed, played, refusals, somebody, start},
    smart::one_rule,
};

/// A track that came into the catalog so many days before the test's clock.
fn track(title: &str, days_ago: i64, more: impl FnOnce(&mut TrackChanged)) -> TrackChanged {
    let at: DateTime<Utc> = start() - TimeDelta::days(days_ago);
    let id = TrackId(Uuid::new_v7(Timestamp::from_unix(NoContext, at.timestamp() as u64, 0)));
    let mut event = changed(id, 60_000, 1);
    title.clone_into(&mut event.track.title);
    more(&mut event);
    event
}

fn by(name: &str, id: ArtistId) -> ArtistRef {
    ArtistRef { id, name: name.to_owned() }
}

struct World {
    app: TestApp,
    ann: Viewer,
    tracks: Vec<TrackChanged>,
    bjork: ArtistId,
}

impl World {
    /// Five tracks, `a` to `e`; the test's clock stands at 2026-09-21.
    async fn new(pool: PgPool) -> Self {
        let (app, ann, bjork) = (TestApp::new(pool).await, somebody(), ArtistId::new());
        let tracks = vec![
            track("a Röyksopp Evening", 400, |event| {
                event.track.genres = vec!["Hip Hop".to_owned(), "Jazz".to_owned()];
                event.track.artists = vec![by("Björk", bjork), by("Other Band", ArtistId::new())];
                event.track.released_on = Some("2019".to_owned());
                event.track.duration_ms = 100_000;
            }),
            track("b Rain", 40, |event| {
                event.track.genres = vec!["hip-hop".to_owned()];
                event.track.artists = vec![by("Bjork Tribute", ArtistId::new())];
                event.track.released_on = Some("2019-05-31".to_owned());
                event.track.duration_ms = 200_000;
            }),
            track("c RAIN again", 20, |event| {
                event.track.genres = vec!["Rock".to_owned()];
                event.track.released_on = Some("2026-09".to_owned());
            }),
            track("d 100% %_\\' drop", 3, |event| event.track.released_on = Some("2027".to_owned())),
            track("e سلام \u{1f3b5}", 0, |_| {}),
        ];
        for event in &tracks {
            app.hear(event).await;
        }
        let day = 24 * 60;
        for (n, at) in [(0, -100 * day), (0, -1), (0, -2), (1, -50 * day), (1, -60 * day), (2, -5 * day)] {
            app.hear(&played(&ann, tracks[n].track_id, at)).await;
        }
        app.like(&ann, &[tracks[0].track_id, tracks[3].track_id], true).await;
        Self { app, ann, tracks, bjork }
    }

    /// The first letters of the titles of what rules choose, in order.
    async fn choose(&self, rules: Value) -> String {
        let id = self.app.smart(&self.ann, rules).await;
        let chosen = self.app.chosen(&self.ann, &id).await;
        let letter = |id: &String| {
            let track = self.tracks.iter().find(|event| event.track_id.to_string() == *id).unwrap();
            track.track.title.chars().next().unwrap()
        };
        chosen.iter().map(letter).collect()
    }
}

#[sqlx::test(migrations = false)]
async fn every_test_of_every_field_chooses_what_it_says(pool: PgPool) {
    let world = World::new(pool).await;
    let bjork = world.bjork.to_string();
    for (field, op, value, chosen) in [
        ("GENRE", "IS", "Hip-Hop", "ab"),
        ("GENRE", "IS", "hip hop", "ab"),
        ("GENRE", "IS", "hip", ""),
        ("GENRE", "IS_NOT", "hip hop", "cde"),
        ("GENRE", "CONTAINS", "a", "a"),
        ("ARTIST", "IS", "BJÖRK", "a"),
        ("ARTIST", "IS", bjork.as_str(), "a"),
        ("ARTIST", "IS_NOT", bjork.as_str(), "bcde"),
        ("ARTIST", "IS_NOT", "bjork", "bcde"),
        ("ARTIST", "CONTAINS", "bjork", "ab"),
        ("TITLE", "IS", "B RAIN", "b"),
        ("TITLE", "IS_NOT", "b rain", "acde"),
        ("TITLE", "CONTAINS", "royksopp", "a"),
        ("TITLE", "CONTAINS", "%", "d"),
        ("TITLE", "CONTAINS", "_\\'", "d"),
        ("TITLE", "CONTAINS", "\u{1f3b5}", "e"),
        ("TITLE", "CONTAINS", "'; drop table tracks; --", ""),
        ("RELEASED_ON", "IS", "2019", "ab"),
        ("RELEASED_ON", "IS", "2019-05", "b"),
        ("RELEASED_ON", "IS_NOT", "2019", "cde"),
        ("RELEASED_ON", "GREATER_THAN", "2019", "cd"),
        ("RELEASED_ON", "LESS_THAN", "2019-05-31", "a"),
        ("RELEASED_ON", "IN_LAST_DAYS", "30", "c"),
        ("ADDED_ON", "IN_LAST_DAYS", "30", "cde"),
        ("ADDED_ON", "LESS_THAN", "2026-09", "ab"),
        ("ADDED_ON", "GREATER_THAN", "2026-08", "cde"),
        ("ADDED_ON", "IS", "2026-09-18", "d"),
        ("ADDED_ON", "IS_NOT", "2026", "a"),
        ("PLAY_COUNT", "IS", "0", "de"),
        ("PLAY_COUNT", "IS_NOT", "0", "abc"),
        ("PLAY_COUNT", "GREATER_THAN", "1", "ab"),
        ("PLAY_COUNT", "LESS_THAN", "2", "cde"),
        ("LAST_PLAYED", "IN_LAST_DAYS", "30", "ac"),
        ("LAST_PLAYED", "LESS_THAN", "2026-09", "b"),
        ("LAST_PLAYED", "GREATER_THAN", "2026-08", "ac"),
        ("LAST_PLAYED", "IS", "2026-09-16", "c"),
        ("LAST_PLAYED", "IS_NOT", "2026-09", "bde"),
        ("LIKED", "IS", "true", "ad"),
        ("LIKED", "IS_NOT", "true", "bce"),
        ("LIKED", "IS", "false", "bce"),
        ("DURATION_MS", "IS", "60000", "cde"),
        ("DURATION_MS", "IS_NOT", "60000", "ab"),
        ("DURATION_MS", "GREATER_THAN", "100000", "b"),
        ("DURATION_MS", "LESS_THAN", "100001", "acde"),
    ] {
        assert_eq!(world.choose(one_rule(field, op, value, "TITLE")).await, chosen, "{field} {op} {value}");
    }
}

#[sqlx::test(migrations = false)]
async fn all_rules_or_any_of_them_up_to_the_limit(pool: PgPool) {
    let world = World::new(pool).await;
    let rules = json!([
        { "field": "GENRE", "op": "IS", "value": "hip-hop" },
        { "field": "LIKED", "op": "IS", "value": "true" },
        { "field": "PLAY_COUNT", "op": "GREATER_THAN", "value": "0" },
    ]);
    let with =
        |matching: &str, limit: i32| json!({ "match": matching, "rules": rules, "sort": "TITLE", "limit": limit });
    assert_eq!(world.choose(with("ALL", 10)).await, "a");
    assert_eq!(world.choose(with("ANY", 10)).await, "abcd");
    assert_eq!(world.choose(with("ANY", 2)).await, "ab");
}

#[sqlx::test(migrations = false)]
async fn every_order_is_what_it_says(pool: PgPool) {
    let world = World::new(pool).await;
    let sorted = |sort: &str| one_rule("DURATION_MS", "GREATER_THAN", "0", sort);
    assert_eq!(world.choose(sorted("RECENTLY_ADDED")).await, "edcba");
    assert_eq!(world.choose(sorted("MOST_PLAYED")).await, "abced");
    assert_eq!(world.choose(sorted("RECENTLY_PLAYED")).await, "acbed");
    assert_eq!(world.choose(sorted("TITLE")).await, "abcde");
}

#[sqlx::test(migrations = false)]
async fn the_order_of_the_day_stays_for_a_day_and_is_each_playlists_own(pool: PgPool) {
    let world = World::new(pool).await;
    for n in 0..30 {
        world.app.hear(&track(&format!("more {n}"), 1, |_| {})).await;
    }
    let rules = one_rule("DURATION_MS", "GREATER_THAN", "0", "RANDOM_DAILY");
    let id = world.app.smart(&world.ann, rules.clone()).await;
    let other = world.app.smart(&world.ann, rules).await;
    let today = world.app.chosen(&world.ann, &id).await;
    assert_eq!(today.len(), 35);
    world.app.app.clock.advance(TimeDelta::hours(2));
    assert_eq!(world.app.chosen(&world.ann, &id).await, today);
    assert_ne!(world.app.chosen(&world.ann, &other).await, today);
    world.app.app.clock.advance(TimeDelta::hours(24));
    let mut tomorrow = world.app.chosen(&world.ann, &id).await;
    assert_ne!(tomorrow, today);
    let mut today = today;
    today.sort();
    tomorrow.sort();
    assert_eq!(today, tomorrow, "the same tracks in another order");
}

#[sqlx::test(migrations = false)]
async fn rules_that_make_no_sense_are_refused_where_they_stand(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let rule = json!({ "field": "LIKED", "op": "IS", "value": "true" });
    let second = |field: &str, op: &str, value: &str| json!({ "match": "ALL", "rules": [rule, { "field": field, "op": op, "value": value }] });
    for (rules, refusal) in [
        (second("TITLE", "GREATER_THAN", "x"), "INVALID_INPUT rules.rules.1.op"),
        (second("LIKED", "IN_LAST_DAYS", "3"), "INVALID_INPUT rules.rules.1.op"),
        (second("PLAY_COUNT", "CONTAINS", "3"), "INVALID_INPUT rules.rules.1.op"),
        (second("PLAY_COUNT", "IS", "-3"), "INVALID_INPUT rules.rules.1.value"),
        (second("RELEASED_ON", "IS", "soon"), "INVALID_INPUT rules.rules.1.value"),
        (second("TITLE", "IS", " \u{0} "), "INVALID_INPUT rules.rules.1.value"),
        (json!({ "match": "ALL", "rules": [] }), "INVALID_INPUT rules.rules"),
        (json!({ "match": "ALL", "rules": vec![&rule; 51] }), "INVALID_INPUT rules.rules"),
        (json!({ "match": "ALL", "rules": [rule], "limit": 0 }), "INVALID_INPUT rules.limit"),
        (json!({ "match": "ALL", "rules": [rule], "limit": 1001 }), "INVALID_INPUT rules.limit"),
    ] {
        let payload = app.try_smart(&ann, rules.clone(), None).await;
        assert_eq!((refusals(&payload), &payload["playlist"]), (vec![refusal.to_owned()], &Value::Null), "{rules}");
    }
    let made: i64 = sqlx::query_scalar("select count(*) from playlists").fetch_one(&app.pool).await.unwrap();
    assert_eq!(made, 0);
    let nobody =
        "mutation($r: SmartRulesInput!) { createSmartPlaylist(title: \"x\", rules: $r) { userErrors { code } } }";
    let rules = json!({ "r": { "match": "ALL", "rules": [rule] } });
    assert_eq!(app.door.codes(None, nobody, rules).await, ["UNAUTHENTICATED"]);
}
