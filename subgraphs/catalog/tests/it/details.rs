//! What files say beside what tracks are matched by: it is kept with each source, and shown of tracks and albums.

use polyphony_events::media::{Details, Tags};
use polyphony_kit::{Role, Viewer};
use polyphony_testkit::keys;
use serde_json::json;
use sqlx::PgPool;

use crate::app::{TestApp, ready, tags};

fn one(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

#[sqlx::test(migrations = false)]
async fn tracks_and_albums_show_what_their_files_say(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let details = Details {
        original_released_on: Some("1973-03-01".to_owned()),
        composers: vec!["Waters".to_owned(), "Gilmour".to_owned()],
        conductors: one("Nobody"),
        work: Some("A Work".to_owned()),
        movement: Some("I".to_owned()),
        movement_number: Some(1),
        labels: one("Harvest"),
        catalog_numbers: one("SHVL 804"),
        barcode: Some("5099902987613".to_owned()),
        bpm: Some(63.5),
        moods: one("Calm"),
        comment: Some("first\nsecond".to_owned()),
        disc_subtitle: Some("The Dark Side".to_owned()),
        track_gain_db: Some(-3.5),
        ..Details::default()
    };
    let file = Tags { released_on: Some("2011".to_owned()), details, ..tags("Breathe", "Pink Floyd", "Moon", 1) };
    app.import(file).await;
    app.import(tags("On the Run", "Pink Floyd", "Moon", 2)).await;
    let query = "{ tracks(sort: TITLE, first: 2) { edges { node {
        composers conductor work movement movementNumber originalReleasedOn bpm mood comment replayGain { trackGainDb albumGainDb }
        album { releasedOn originalReleasedOn label catalogNumber barcode discs { number subtitle } }
    } } } }";
    let mut data = app.door.query(Some(&app.creator), query, json!({})).await;
    let breathe = data["tracks"]["edges"][0]["node"].take();
    assert_eq!(
        breathe,
        json!({
            "composers": ["Waters", "Gilmour"], "conductor": "Nobody", "work": "A Work", "movement": "I", "movementNumber": 1,
            "originalReleasedOn": "1973-03-01", "bpm": 63.5, "mood": "Calm", "comment": "first\nsecond",
            "replayGain": { "trackGainDb": -3.5, "albumGainDb": null },
            "album": {
                "releasedOn": "2011", "originalReleasedOn": "1973-03-01", "label": "Harvest", "catalogNumber": "SHVL 804",
                "barcode": "5099902987613", "discs": [{ "number": 1, "subtitle": "The Dark Side" }],
            },
        })
    );
    let other = data["tracks"]["edges"][1]["node"].take();
    assert_eq!((&other["composers"], &other["bpm"], &other["replayGain"]), (&json!([]), &json!(null), &json!(null)));
    assert_eq!(other["album"]["label"], "Harvest");
}

#[sqlx::test(migrations = false)]
async fn a_discography_is_in_the_order_of_first_release(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for (title, released, original) in
        [("Reissued", "2011", Some("1973")), ("Between", "1980", None), ("Oldest", "1999", Some("1969-05"))]
    {
        let details = Details { original_released_on: original.map(str::to_owned), ..Details::default() };
        let file = Tags { released_on: Some(released.to_owned()), details, ..tags(title, "Band", title, 1) };
        app.import(file).await;
    }
    let query = "query($after: String) { artists { edges { node { albums(first: 2, after: $after) {
        edges { node { title } } pageInfo { endCursor } } } } } }";
    let page = async |after: Option<String>| {
        let mut data = app.ask(query, json!({ "after": after })).await;
        data["artists"]["edges"][0]["node"]["albums"].take()
    };
    let first = page(None).await;
    assert_eq!(first["edges"], json!([{ "node": { "title": "Between" } }, { "node": { "title": "Reissued" } }]));
    let second = page(first["pageInfo"]["endCursor"].as_str().map(str::to_owned)).await;
    assert_eq!(second["edges"], json!([{ "node": { "title": "Oldest" } }]));
}

#[sqlx::test(migrations = false)]
async fn what_somebody_wrote_in_a_file_is_for_who_manages_its_track(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let said = |comment: &str| Details { comment: Some(comment.to_owned()), ..Details::default() };
    let mut mine = ready(app.creator.user, tags("So Easy", "Röyksopp", "Melody A.M.", 1));
    mine.recording = Some("a".repeat(64));
    app.hear_from(&mine).await.unwrap();
    let stranger = keys::viewer(Role::Creator);
    let bought = Tags { details: said("bought by bob@example.org"), ..tags("So Easy", "Röyksopp", "Melody A.M.", 1) };
    let mut theirs = ready(stranger.user, bought);
    theirs.recording = Some("a".repeat(64));
    app.hear_from(&theirs).await.unwrap();
    let query = "{ tracks { edges { node { comment sources { matchedBecause } } } } }";
    let seen =
        async |viewer: Option<&Viewer>| app.door.query(viewer, query, json!({})).await["tracks"]["edges"].clone();
    let managed = seen(Some(&app.creator)).await;
    assert_eq!(managed[0]["node"]["sources"].as_array().unwrap().len(), 2, "both are of one track");
    assert_eq!(managed[0]["node"]["comment"], json!(null), "it is in the file of somebody else");
    assert_eq!(seen(None).await[0]["node"]["comment"], json!(null));
    let own = Tags { details: said("ours"), ..tags("Eple", "Röyksopp", "Melody A.M.", 2) };
    app.import(own).await;
    let comments = async |viewer| {
        seen(viewer).await.as_array().unwrap().iter().map(|edge| edge["node"]["comment"].clone()).collect::<Vec<_>>()
    };
    assert!(comments(Some(&app.creator)).await.contains(&json!("ours")));
    assert_eq!(comments(None).await, [json!(null), json!(null)]);
}
