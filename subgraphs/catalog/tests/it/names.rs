//! Names of all scripts: which are one, which stay apart, and what becomes of forms that an earlier program derived.

use polyphony_catalog::commands::derive_names;
use polyphony_events::media::Tags;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, tags};

async fn import(app: &TestApp, artist: &str, album: &str, number: i32) {
    let title = format!("Track {number}");
    app.import(Tags { artists: vec![artist.to_owned()], ..tags(&title, artist, album, number) }).await;
}

async fn names(app: &TestApp, query: &str, list: &str, field: &str) -> Vec<String> {
    let data = app.ask(query, json!({})).await;
    let edges = data[list]["edges"].as_array().cloned().unwrap_or_default();
    edges.iter().map(|edge| edge["node"][field].as_str().unwrap_or_default().to_owned()).collect()
}

async fn artists(app: &TestApp) -> Vec<String> {
    names(app, "{ artists(first: 100) { edges { node { name } } } }", "artists", "name").await
}

#[sqlx::test(migrations = false)]
async fn names_that_differ_in_a_letter_are_artists_of_their_own(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let all = ["ハナ", "バナ", "パナ", "राम", "रमा", "रुम", "Бой", "Бои", "밤", "방", "தமிழ", "தமிழு", "ကာ", "ကိ"];
    for name in all {
        import(&app, name, "One", 1).await;
    }
    let mut found = artists(&app).await;
    found.sort_unstable();
    let mut expected = all.map(str::to_owned).to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[sqlx::test(migrations = false)]
async fn albums_whose_titles_differ_in_a_mark_are_two_and_their_tracks_stay(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for title in ["เก่า", "เก้า", "เกา"] {
        import(&app, "Artist", title, 1).await;
    }
    let query = "{ albums(first: 10) { edges { node { title trackCount } } } }";
    let mut titles = names(&app, query, "albums", "title").await;
    titles.sort_unstable();
    assert_eq!(titles, ["เกา", "เก่า", "เก้า"]);
    assert_eq!(app.ask("{ tracks { totalCount } }", json!({})).await["tracks"]["totalCount"], 3);
}

#[sqlx::test(migrations = false)]
async fn apostrophes_widths_and_invisible_characters_make_no_other_artist(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for name in [
        "Guns N' Roses",
        "Guns N’ Roses",
        "Guns N´ Roses",
        "Guns N\u{2032} Roses",
        "Ｇｕｎｓ　Ｎ＇　Ｒｏｓｅｓ",
        "Guns\u{200b} N' Roses",
    ] {
        import(&app, name, "Appetite", 1).await;
    }
    for name in ["Kamakawiwo'ole", "Kamakawiwoʻole", "Kamakawiwoʼole"] {
        import(&app, name, "Facing", 1).await;
    }
    assert_eq!(artists(&app).await, ["Guns N' Roses", "Kamakawiwo'ole"]);
}

#[sqlx::test(migrations = false)]
async fn forms_of_an_earlier_program_are_derived_anew_once(pool: PgPool) {
    let app = TestApp::new(pool).await;
    import(&app, "バナ", "ガール", 1).await;
    import(&app, "Plain", "Words", 1).await;
    app.deliver().await;
    // As the earlier program folded them.
    for statement in [
        "update artists set folded_name = 'ハナ', sort_key = 'ハナ' where name = 'バナ'",
        "update albums set folded_title = 'カール', edition_key = 'カール' where title = 'ガール'",
        "update tracks set folded_title = 'old' where title = 'Track 1'",
        "update search_documents set words = array_to_tsvector(array['ハナ']) where title = 'バナ'",
    ] {
        sqlx::query(statement).execute(app.pool()).await.unwrap();
    }
    derive_names(&app.app.store, &app.app.clock).await.unwrap();
    let editions = "select edition_key from albums order by edition_key";
    let editions: Vec<String> = sqlx::query_scalar(editions).fetch_all(app.pool()).await.unwrap();
    assert_eq!(editions, ["words", "ガール"]);
    let changed = app.sent().await;
    let titles: Vec<&Value> = changed.iter().map(|event| &event.data["track"]["artists"][0]["name"]).collect();
    assert_eq!(titles, [&json!("バナ")], "others hear of the names that they may keep in another form");
    let found = "{ search(query: \"バナ\", types: [ARTIST]) { edges { node { ... on Artist { name } } } } }";
    assert_eq!(app.ask(found, json!({})).await["search"]["edges"][0]["node"]["name"], "バナ");
    import(&app, "バナ", "ガール", 2).await;
    import(&app, "ハナ", "カール", 1).await;
    assert_eq!(artists(&app).await, ["Plain", "ハナ", "バナ"]);
    assert_eq!(app.ask("{ albums { totalCount } }", json!({})).await["albums"]["totalCount"], 3);
    app.sent().await;
    derive_names(&app.app.store, &app.app.clock).await.unwrap();
    assert!(app.sent().await.is_empty(), "it was done before");
}
