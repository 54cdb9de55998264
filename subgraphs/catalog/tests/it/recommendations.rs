//! What is recommended, and what never is.

use chrono::TimeDelta;
use polyphony_events::{
    PlaylistId, TrackId, UserId,
    accounts::UserPreferencesChanged,
    playlists::{HistoryCleared, PlaylistDeleted, PlaylistItemsAdded, TracksLiked},
};
use polyphony_kit::{Clock, Viewer, cache::Cache};
use polyphony_testkit::{Statements, keys::viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

fn noon() -> Clock {
    Clock::standing_at("2026-03-20T12:30:00Z".parse().unwrap())
}

/// Title, reason and cause of what is recommended to somebody.
async fn recommended(app: &TestApp, viewer: &Viewer, first: usize) -> Vec<(String, String, Value)> {
    let fields = format!("recommendations(first: {first}) {{ track {{ title }} reason because }}");
    let seen = app.door.entities(Some(viewer), "Viewer", &[viewer_id(viewer)], &fields).await;
    read(&seen[0]["recommendations"])
}

fn read(list: &Value) -> Vec<(String, String, Value)> {
    let entries = list.as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries.map(|one| (text(&one["track"]["title"]), text(&one["reason"]), one["because"].clone())).collect()
}

fn titles(list: &[(String, String, Value)]) -> Vec<&str> {
    list.iter().map(|(title, _, _)| title.as_str()).collect()
}

fn liked(user_id: UserId, track: &str, liked: bool, version: i64) -> TracksLiked {
    TracksLiked { user_id, track_ids: vec![TrackId::parse(track).unwrap()], liked, version }
}

/// Three people hear `first` and then `second`.
async fn hear_together(app: &TestApp, first: &str, second: &str) {
    for _ in 0..3 {
        let user = UserId::new();
        app.play(user, first).await;
        app.play(user, second).await;
    }
}

#[sqlx::test(migrations = false)]
async fn what_others_hear_beside_it_comes_first_and_says_why(pool: PgPool) {
    let app = TestApp::at(pool, noon()).await;
    let jazz = app.singles("Monk", "Jazz", &["Misterioso", "Ruby"]).await;
    let pop = app.singles("Robyn", "Pop", &["Dancing"]).await;
    app.singles("Bud", "Jazz", &["Celia"]).await;
    app.singles("Nobody", "Folk", &["Obscure"]).await;
    hear_together(&app, &jazz[0], &pop[0]).await;
    app.play(app.listener.user, &jazz[0]).await;
    let list = recommended(&app, &app.listener, 10).await;
    let expected = [
        ("Dancing", "LISTENED_TOGETHER", json!("Misterioso")),
        ("Ruby", "SAME_ARTIST", json!("Monk")),
        ("Celia", "SAME_GENRE", json!("Jazz")),
        ("Obscure", "NEW_RELEASE", json!(null)),
    ];
    let expected: Vec<_> =
        expected.into_iter().map(|(title, why, because)| (title.to_owned(), why.to_owned(), because)).collect();
    assert_eq!(list, expected);
    assert_eq!(titles(&recommended(&app, &app.listener, 1).await), ["Dancing"]);
}

#[sqlx::test(migrations = false)]
async fn what_was_just_played_disliked_withdrawn_or_deleted_is_never_recommended(pool: PgPool) {
    let clock = noon();
    let app = TestApp::at(pool, clock.clone()).await;
    let ids = app.singles("A", "Pop", &["Heard", "Disliked", "Withdrawn", "Deleted", "Good"]).await;
    for id in &ids[1..] {
        hear_together(&app, &ids[0], id).await;
    }
    let me = &app.listener;
    app.play(me.user, &ids[0]).await;
    app.hear_from(&liked(me.user, &ids[1], true, 1)).await.unwrap();
    app.hear_from(&liked(me.user, &ids[1], false, 2)).await.unwrap();
    // Older news changes nothing.
    app.hear_from(&liked(me.user, &ids[1], true, 1)).await.unwrap();
    let delete = "mutation($id: ID!) { deleteTrack(id: $id) { ok userErrors { code } } }";
    for id in [&ids[2], &ids[3]] {
        app.mutate(delete, json!({ "id": id })).await;
    }
    clock.advance(TimeDelta::minutes(10));
    app.mutate(delete, json!({ "id": ids[3] })).await;
    assert_eq!(titles(&recommended(&app, me, 10).await), ["Good"]);
    let query = "query($id: ID!) { track(id: $id) { radio { track { title } reason because } similar { title } } }";
    let seen = app.door.query(Some(me), query, json!({ "id": ids[0] })).await;
    assert_eq!(titles(&read(&seen["track"]["radio"])), ["Good"]);
    assert_eq!(seen["track"]["similar"], json!([{ "title": "Good" }]));
    // Half a day later it may come again, behind what is new to them; what they dislike does not.
    clock.advance(TimeDelta::hours(13));
    assert_eq!(titles(&recommended(&app, me, 10).await), ["Good", "Heard"]);
    // What they like again is no longer disliked.
    app.hear_from(&liked(me.user, &ids[1], true, 3)).await.unwrap();
    clock.advance(TimeDelta::hours(13));
    assert_eq!(titles(&recommended(&app, me, 10).await).len(), 3);
}

#[sqlx::test(migrations = false)]
async fn what_somebody_forgot_to_have_heard_is_not_built_upon(pool: PgPool) {
    let clock = noon();
    let app = TestApp::at(pool, clock.clone()).await;
    let ids = app.singles("Monk", "Jazz", &["Heard", "Other"]).await;
    let (me, other, before) = (&app.listener, UserId::new(), clock.now());
    for user in [me.user, other] {
        app.play(user, &ids[0]).await;
    }
    let of_monk = async || recommended(&app, me, 10).await.iter().filter(|one| one.1 == "SAME_ARTIST").count();
    assert_eq!(of_monk().await, 1);
    clock.advance(TimeDelta::minutes(1));
    let cleared = |cleared_at, version| HistoryCleared { user_id: me.user, cleared_at, version };
    app.hear_from(&cleared(clock.now(), 2)).await.unwrap();
    assert_eq!(of_monk().await, 0);
    // What is told late.
    app.play_at(me.user, &ids[0], before).await;
    assert_eq!(of_monk().await, 0);
    clock.advance(TimeDelta::minutes(1));
    app.play(me.user, &ids[0]).await;
    for at in [before, before + TimeDelta::minutes(1)] {
        app.hear_from(&cleared(at, 2)).await.unwrap();
    }
    assert_eq!(of_monk().await, 1, "what was heard since then stays, whatever is told again");
    app.hear_from(&liked(me.user, &ids[0], true, 3)).await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    app.hear_from(&cleared(clock.now(), 4)).await.unwrap();
    let mut kept: Vec<(UserId, i32, Option<String>)> =
        sqlx::query_as("select user_id, plays, opinion from tastes").fetch_all(app.pool()).await.unwrap();
    kept.sort_by_key(|row| row.1);
    assert_eq!(kept, [(me.user, 0, Some("LIKED".to_owned())), (other, 1, None)], "an opinion is no play");
}

#[sqlx::test(migrations = false)]
async fn somebody_new_hears_what_is_popular_and_then_what_is_new(pool: PgPool) {
    let clock = noon();
    let app = TestApp::at(pool, clock.clone()).await;
    let old = app.singles("A", "Pop", &["Hit", "Dust"]).await;
    clock.advance(TimeDelta::days(70));
    app.singles("A", "Pop", &["Fresh"]).await;
    app.play(UserId::new(), &old[0]).await;
    let list = recommended(&app, &app.listener, 10).await;
    let seen: Vec<_> = list.iter().map(|(title, why, _)| (title.as_str(), why.as_str())).collect();
    assert_eq!(
        seen,
        [("Hit", "POPULAR"), ("Fresh", "NEW_RELEASE"), ("Dust", "NEW_RELEASE")],
        "what nobody has heard is not popular"
    );
}

#[sqlx::test(migrations = false)]
async fn explicit_tracks_are_kept_from_those_who_do_not_want_them(pool: PgPool) {
    let app = TestApp::at(pool, noon()).await;
    let artist = app.artist("A").await;
    let id = app.track(json!({ "title": "Rude", "artistIds": [artist], "explicit": true, "genres": ["Pop"] })).await;
    let publish = "mutation($id: ID!) { publishTrack(id: $id) { track { id } userErrors { code } } }";
    app.mutate(publish, json!({ "id": id })).await;
    let clean = app.singles("B", "Pop", &["Clean"]).await;
    let me = &app.listener;
    assert_eq!(recommended(&app, me, 10).await.len(), 2);
    let preferences = |explicit_content, version| UserPreferencesChanged {
        user_id: me.user,
        locale: "en".to_owned(),
        explicit_content,
        streaming_quality: "HIGH".to_owned(),
        email_notifications: true,
        autoplay: true,
        version,
    };
    app.hear_from(&preferences(false, 2)).await.unwrap();
    app.hear_from(&preferences(true, 1)).await.unwrap();
    assert_eq!(titles(&recommended(&app, me, 10).await), ["Clean"]);
    let query = "query($id: ID!) { track(id: $id) { similar { title } } }";
    let (mine, any) = (
        app.door.query(Some(me), query, json!({ "id": clean[0] })).await,
        app.ask(query, json!({ "id": clean[0] })).await,
    );
    assert_eq!(mine["track"]["similar"], json!([]));
    assert_eq!(any["track"]["similar"], json!([{ "title": "Rude" }]));
}

#[sqlx::test(migrations = false)]
async fn likes_and_playlists_tell_what_goes_together_too(pool: PgPool) {
    let app = TestApp::at(pool, noon()).await;
    let (a, b, c) = (
        app.singles("A", "Pop", &["Seed"]).await.remove(0),
        app.singles("B", "Jazz", &["Liked with it"]).await.remove(0),
        app.singles("C", "Folk", &["Listed with it"]).await.remove(0),
    );
    let fan = UserId::new();
    app.play(fan, &a).await;
    app.hear_from(&liked(fan, &b, true, 1)).await.unwrap();
    let playlist_id = PlaylistId::new();
    let added = |tracks: &[&String], version| PlaylistItemsAdded {
        playlist_id,
        added_by: fan,
        track_ids: tracks.iter().map(|id| TrackId::parse(id).unwrap()).collect(),
        version,
    };
    app.hear_from(&added(&[&a], 2)).await.unwrap();
    app.hear_from(&added(&[&a, &c], 3)).await.unwrap();
    let radio = "query($id: ID!) { track(id: $id) { radio { track { title } reason because } } }";
    let together = async |id: &str| {
        let list = read(&app.ask(radio, json!({ "id": id })).await["track"]["radio"]);
        list.into_iter().filter(|(_, why, _)| why == "LISTENED_TOGETHER").map(|(title, _, _)| title).collect::<Vec<_>>()
    };
    assert_eq!(together(&a).await, ["Liked with it", "Listed with it"]);
    assert_eq!((together(&b).await, together(&c).await), (vec!["Seed".to_owned()], vec!["Seed".to_owned()]));
    app.hear_from(&PlaylistDeleted { playlist_id, version: 4 }).await.unwrap();
    assert_eq!(app.count("playlist_tracks").await, 0);
}

#[sqlx::test(migrations = false)]
async fn artists_are_alike_who_are_heard_together_or_play_alike(pool: PgPool) {
    let app = TestApp::at(pool, noon()).await;
    let monk = app.singles("Monk", "Jazz", &["Misterioso"]).await.remove(0);
    let robyn = app.singles("Robyn", "Pop", &["Dancing"]).await.remove(0);
    app.singles("Bud", "Jazz", &["Celia"]).await;
    app.singles("Far", "Folk", &["Away"]).await;
    hear_together(&app, &monk, &robyn).await;
    let query = "query($id: ID!) { track(id: $id) { artists { similar { name } } } }";
    let seen = app.ask(query, json!({ "id": monk })).await;
    assert_eq!(seen["track"]["artists"], json!([{ "similar": [{ "name": "Robyn" }, { "name": "Bud" }] }]));
}

#[sqlx::test(migrations = false)]
async fn nobody_sees_what_is_recommended_to_somebody_else(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.singles("A", "Pop", &["One"]).await;
    let ids = [viewer_id(&app.creator), app.listener.user.to_string(), viewer_id(&app.listener)];
    let seen = app.door.entities(Some(&app.listener), "Viewer", &ids, "recommendations { reason }").await;
    assert_eq!(seen, [json!(null), json!(null), json!({ "recommendations": [{ "reason": "NEW_RELEASE" }] })]);
    assert_eq!(app.door.entities(None, "Viewer", &ids, "id").await, vec![json!(null); 3]);
    let query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Viewer { recommendations(first: 101) { reason } } } }";
    let me = json!({ "r": [{ "__typename": "Viewer", "id": viewer_id(&app.listener) }] });
    assert_eq!(app.door.codes(Some(&app.listener), query, me).await, ["BAD_USER_INPUT"]);
}

#[sqlx::test(migrations = false)]
async fn what_goes_with_a_hundred_tracks_costs_what_it_costs_for_one(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    let (_, _, tracks) = app.published_album("Nordlys", 30).await;
    for track in &tracks {
        app.play(app.listener.user, track).await;
    }
    let fields =
        "radio(first: 5) { reason track { id artists { similar(first: 3) { name } } } } similar(first: 5) { id }";
    let query = format!("query($n: Int) {{ tracks(first: $n) {{ edges {{ node {{ {fields} }} }} }} }}");
    let mut counts = Vec::new();
    for n in [1, 30] {
        let statements = Statements::new();
        app.ask(&query, json!({ "n": n })).await;
        counts.push(statements.count());
        println!("{n}: {:#?}", statements.seen());
    }
    // The tracks; what goes with them far and near, one loader for both; those tracks, their artists, whom these are like.
    assert!(counts[0] <= counts[1] && counts[1] <= 8, "{counts:?}");
    for (query, most) in [("{ charts { rank track { title } } }", 2)] {
        let statements = Statements::new();
        app.ask(query, json!({})).await;
        assert_eq!(statements.count(), most);
    }
    let statements = Statements::new();
    assert!(!recommended(&app, &app.admin, 20).await.is_empty());
    assert_eq!(statements.count(), 2);
}
