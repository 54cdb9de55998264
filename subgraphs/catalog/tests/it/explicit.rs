//! Whoever wants nothing explicit is shown nothing explicit: in lists, charts, search and on the first page. What an album lists
//! stays whole.

use polyphony_events::accounts::UserPreferencesChanged;
use polyphony_kit::Viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, text};

/// An album with a clean track and an explicit one, and an album that has an explicit one alone; all of it was played.
struct Library {
    artist: String,
    mixed: String,
    clean: String,
}

impl Library {
    async fn new(app: &TestApp) -> Self {
        let artist = app.artist("Foulmouth").await;
        let (mixed, rude) = (app.album("Mixed Album", &[&artist]).await, app.album("Rude Album", &[&artist]).await);
        let mut ids = Vec::new();
        for (title, album, explicit) in
            [("Clean Song", &mixed, false), ("Rude Song", &mixed, true), ("Rude Other Song", &rude, true)]
        {
            let input = json!({
                "title": title, "artistIds": [artist], "albumId": album, "explicit": explicit, "genres": ["Pop"],
            });
            ids.push(app.track(input).await);
        }
        for album in [&mixed, &rude] {
            app.publish_album(album).await;
        }
        app.deliver().await;
        for id in &ids {
            app.play(app.listener.user, id).await;
        }
        Self { artist, mixed, clean: ids.remove(0) }
    }
}

async fn prefer(app: &TestApp, explicit_content: bool, version: i64) {
    let event = UserPreferencesChanged {
        user_id: app.listener.user,
        locale: "en".to_owned(),
        explicit_content,
        streaming_quality: "HIGH".to_owned(),
        email_notifications: true,
        autoplay: true,
        version,
    };
    app.hear_from(&event).await.unwrap();
}

const EVERYTHING: &str = r#"query($artist: ID!, $album: ID!) {
    tracks(sort: TITLE) { totalCount edges { node { title } } }
    trackIndex { count }
    albums(sort: TITLE) { totalCount edges { node { title } } }
    artist(id: $artist) {
        albums { totalCount edges { node { title } } }
        topTracks { title }
    }
    charts(window: DAY) { rank track { title } }
    search(query: "song") { edges { node { ... on Track { title } } } }
    found: search(query: "album", types: [ALBUM]) { edges { node { ... on Album { title } } } }
    searchSuggestions(prefix: "rude")
    home { kind items { ... on Album { title } ... on Track { title } } }
    album(id: $album) { tracks { edges { node { title explicit } } } }
}"#;

/// All titles in an answer, each once, in order of the alphabet.
fn titles(value: &Value) -> Vec<String> {
    fn gather(value: &Value, titles: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                titles.extend(fields.get("title").map(text));
                fields.values().for_each(|value| gather(value, titles));
            }
            Value::Array(values) => values.iter().for_each(|value| gather(value, titles)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    gather(value, &mut all);
    all.sort();
    all.dedup();
    all
}

async fn see(app: &TestApp, viewer: Option<&Viewer>, library: &Library) -> Value {
    app.door.query(viewer, EVERYTHING, json!({ "artist": library.artist, "album": library.mixed })).await
}

#[sqlx::test(migrations = false)]
async fn nothing_explicit_is_listed_or_found_for_who_wants_none(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let library = Library::new(&app).await;
    let (all, without) =
        (["Clean Song", "Mixed Album", "Rude Album", "Rude Other Song", "Rude Song"], ["Clean Song", "Mixed Album"]);
    assert_eq!(titles(&see(&app, Some(&app.listener), &library).await), all, "before anything was chosen");
    prefer(&app, false, 1).await;
    let mut seen = see(&app, Some(&app.listener), &library).await;
    let listed = seen["album"].take();
    assert_eq!(titles(&seen), without);
    assert_eq!((&seen["tracks"]["totalCount"], &seen["albums"]["totalCount"]), (&json!(1), &json!(1)));
    assert_eq!(seen["artist"]["albums"]["totalCount"], json!(1));
    assert_eq!((&seen["trackIndex"][0]["count"], seen["trackIndex"].as_array().unwrap().len()), (&json!(1), 1));
    assert_eq!((&seen["charts"][0]["rank"], &seen["searchSuggestions"]), (&json!(1), &json!([])));
    let listed: Vec<_> = listed["tracks"]["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]).collect();
    let shown = json!([{ "title": "Clean Song", "explicit": false }, { "title": "Rude Song", "explicit": true }]);
    assert_eq!(json!(listed), shown, "an album lists all that is on it, marked");

    assert_eq!(titles(&see(&app, None, &library).await), all, "whoever is not signed in sees everything");
    prefer(&app, true, 2).await;
    assert_eq!(titles(&see(&app, Some(&app.listener), &library).await), all, "and so does who has changed their mind");
}

#[sqlx::test(migrations = false)]
async fn an_album_whose_last_clean_track_goes_is_found_no_more(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let library = Library::new(&app).await;
    prefer(&app, false, 1).await;
    let found = async || {
        app.deliver().await;
        let query = "{ search(query: \"mixed\", types: [ALBUM]) { edges { node { ... on Album { title } } } } }";
        titles(&app.door.query(Some(&app.listener), query, json!({})).await)
    };
    assert_eq!(found().await, ["Mixed Album"]);
    let update =
        "mutation($id: ID!, $i: TrackInput!) { updateTrack(id: $id, input: $i) { track { id } userErrors { code } } }";
    let mut input = json!({ "title": "Clean Song", "artistIds": [library.artist], "albumId": null });
    app.mutate(update, json!({ "id": library.clean, "i": input })).await;
    assert_eq!(found().await, Vec::<String>::new(), "only what is explicit is left on it");
    input["albumId"] = json!(library.mixed);
    app.mutate(update, json!({ "id": library.clean, "i": input })).await;
    assert_eq!(found().await, ["Mixed Album"]);
}

#[sqlx::test(migrations = false)]
async fn no_edition_is_shown_that_is_explicit_alone(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("Foulmouth").await;
    let mut albums = Vec::new();
    for (title, explicit) in [("Album", false), ("Album (Deluxe)", true), ("Album (Remastered)", false)] {
        let album = app.album(title, &[&artist]).await;
        app.track(json!({ "title": "T", "artistIds": [artist], "albumId": album, "explicit": explicit })).await;
        app.publish_album(&album).await;
        albums.push(album);
    }
    let query = "query($id: ID!) { album(id: $id) { editions { title } } }";
    let editions = async || {
        let seen = app.door.query(Some(&app.listener), query, json!({ "id": albums[0] })).await;
        titles(&seen["album"]["editions"])
    };
    assert_eq!(editions().await, ["Album (Deluxe)", "Album (Remastered)"]);
    prefer(&app, false, 1).await;
    assert_eq!(editions().await, ["Album (Remastered)"]);
}
