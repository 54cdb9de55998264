//! What a person rates, and what they do not want to hear.

use polyphony_events::{ArtistId, playlists::TracksLiked};
use polyphony_kit::Viewer;
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, refusals, somebody, tracks};

async fn hide(app: &TestApp, viewer: &Viewer, ids: Value, hidden: bool) -> Value {
    let query = "mutation($tracks: [ID!], $artists: [ID!], $on: Boolean!) { \
                 setHidden(trackIds: $tracks, artistIds: $artists, hidden: $on) { userErrors { code path } library { version \
                 hiddenTracks { totalCount edges { node { id } } } hiddenArtists { edges { node { id hidden } } } \
                 likedTracks { totalCount } } } }";
    let variables = json!({ "tracks": ids["tracks"], "artists": ids["artists"], "on": hidden });
    app.door.query(Some(viewer), query, variables).await["setHidden"].take()
}

async fn rate(app: &TestApp, viewer: &Viewer, ids: Value, rating: Value) -> Value {
    let query = "mutation($ids: [ID!]!, $rating: Int) { setRating(trackIds: $ids, rating: $rating) { \
                 library { version } userErrors { code path } } }";
    app.door.query(Some(viewer), query, json!({ "ids": ids, "rating": rating })).await["setRating"].take()
}

#[sqlx::test(migrations = false)]
async fn what_is_hidden_is_listed_and_liked_no_more(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (all, artist) = (tracks(2), ArtistId::new());
    app.like(&ann, &all, true).await;
    app.events::<TracksLiked>().await;
    let hidden = hide(&app, &ann, json!({ "tracks": [all[0]], "artists": [artist] }), true).await;
    let expected = json!({
        "version": 2,
        "hiddenTracks": { "totalCount": 1, "edges": [{ "node": { "id": all[0] } }] },
        "hiddenArtists": { "edges": [{ "node": { "id": artist, "hidden": true } }] },
        "likedTracks": { "totalCount": 1 },
    });
    assert_eq!((refusals(&hidden), &hidden["library"]), (vec![], &expected));
    let told: Vec<_> =
        app.events::<TracksLiked>().await.into_iter().map(|event| (event.liked, event.track_ids)).collect();
    assert_eq!(told, [(false, vec![all[0]])]);
    // Again changes nothing.
    assert_eq!(hide(&app, &ann, json!({ "tracks": [all[0]] }), true).await["library"]["version"], 2);
    let ids = all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let flags = |a: bool, b: bool| [json!({ "hidden": a }), json!({ "hidden": b })];
    assert_eq!(app.door.entities(Some(&ann), "Track", &ids, "hidden").await, flags(true, false));
    assert_eq!(app.door.entities(Some(&bob), "Track", &ids, "hidden").await, flags(false, false));
    assert_eq!(app.door.entities(None, "Track", &ids[..1], "hidden").await, [json!({ "hidden": null })]);
    let shown = hide(&app, &ann, json!({ "tracks": all, "artists": [artist] }), false).await;
    assert_eq!(shown["library"]["hiddenTracks"]["totalCount"], 0);
    assert_eq!(app.events::<TracksLiked>().await.len(), 0);
}

#[sqlx::test(migrations = false)]
async fn tracks_are_rated_anew_and_no_more(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let all = tracks(2);
    let ids = all.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(rate(&app, &ann, json!(all), json!(4)).await, json!({ "library": { "version": 1 }, "userErrors": [] }));
    rate(&app, &ann, json!(all[..1]), json!(5)).await;
    assert_eq!(rate(&app, &ann, json!(all[..1]), json!(5)).await["library"]["version"], 2, "it was so already");
    let statements = Statements::new();
    let seen = app.door.entities(Some(&ann), "Track", &ids, "rating liked hidden").await;
    assert_eq!(statements.count(), 1);
    let of = |rating: Value| json!({ "rating": rating, "liked": false, "hidden": false });
    assert_eq!(seen, [of(json!(5)), of(json!(4))]);
    rate(&app, &ann, json!(all[..1]), Value::Null).await;
    assert_eq!(app.door.entities(Some(&ann), "Track", &ids[..1], "rating").await, [json!({ "rating": null })]);
    assert_eq!(app.door.entities(Some(&bob), "Track", &ids[1..], "rating").await, [json!({ "rating": null })]);
}

#[sqlx::test(migrations = false)]
async fn opinions_that_make_no_sense_are_refused(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let all = tracks(1);
    for rating in [0, 6, -1] {
        assert_eq!(refusals(&rate(&app, &ann, json!(all), json!(rating)).await), ["INVALID_INPUT rating"]);
    }
    assert_eq!(refusals(&rate(&app, &ann, json!(["nonsense"]), json!(1)).await), ["INVALID_INPUT trackIds.0"]);
    assert_eq!(refusals(&hide(&app, &ann, json!({}), true).await), ["INVALID_INPUT trackIds"]);
    assert_eq!(refusals(&hide(&app, &ann, json!({ "artists": all }), true).await), ["INVALID_INPUT artistIds.0"]);
    let query = "mutation { setRating(trackIds: [], rating: 1) { userErrors { code } } }";
    assert_eq!(app.door.codes(None, query, json!({})).await, ["UNAUTHENTICATED"]);
}
