//! Uploads that become part of the catalog.

use polyphony_events::{
    TrackId,
    accounts::UserRoleChanged,
    media::{MediaReady, Tags},
};
use polyphony_kit::{Role, consumer::handle_once};
use polyphony_testkit::keys;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, lossless, ready, tags, text};

const LIBRARY: &str = "{ tracks(first: 100) { edges { node { id title durationMs trackNumber status
    artists { name } album { id title kind coverUrl releasedOn trackCount artists { name } } genres { slug } lyrics { synced } } } } }";

async fn library(app: &TestApp) -> Vec<Value> {
    let mut data = app.ask(LIBRARY, json!({})).await;
    let edges = data["tracks"]["edges"].as_array_mut().map(std::mem::take).unwrap_or_default();
    edges.into_iter().map(|mut edge| edge["node"].take()).collect()
}

#[sqlx::test(migrations = false)]
async fn a_tagged_file_becomes_artist_album_and_track(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let file = Tags {
        released_on: Some("2019".to_owned()),
        genres: vec!["Ambient".to_owned()],
        lyrics: Some("[00:01.00]La".to_owned()),
        ..tags("So Easy", "Röyksopp", "Melody A.M.", 1)
    };
    let upload = app.import(file).await;
    let mut track = library(&app).await.remove(0);
    let (track_id, album_id) = (track["id"].take(), track["album"]["id"].take());
    assert_eq!(
        track,
        json!({ "id": null, "title": "So Easy", "durationMs": 40_000, "trackNumber": 1, "status": "PUBLISHED",
            "artists": [{ "name": "Röyksopp" }], "genres": [{ "slug": "ambient" }], "lyrics": { "synced": true },
            "album": { "id": null, "title": "Melody A.M.", "kind": "ALBUM", "releasedOn": "2019", "trackCount": 1,
                "coverUrl": format!("http://media.test/v1/images/img_{}.jpg", &upload.to_string()[4..]), "artists": [{ "name": "Röyksopp" }] } })
    );
    let sent = app.sent().await;
    let kinds: Vec<_> = sent.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["ArtistChanged", "AlbumChanged", "AlbumPublished", "TrackChanged", "TrackPublished"]);
    assert_eq!(sent[1].data["album_id"], album_id);
    assert_eq!((&sent[3].data["track_id"], &sent[3].data["track"]["upload_id"]), (&track_id, &json!(upload)));
}

#[sqlx::test(migrations = false)]
async fn a_file_without_tags_is_still_found(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.import(Tags::default()).await;
    let track = library(&app).await.remove(0);
    assert_eq!((&track["title"], &track["album"]), (&json!("01 so easy"), &json!(null)));
    assert_eq!(track["artists"], json!([{ "name": "Unknown Artist" }]));
}

#[sqlx::test(migrations = false)]
async fn spellings_of_one_name_are_one_artist_and_one_album(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for (n, (artist, album)) in
        [("Röyksopp", "Melody A.M."), ("ROYKSOPP", "melody a.m."), ("Ro\u{308}yksopp ", "Melody  A.M.")]
            .into_iter()
            .enumerate()
    {
        app.import(tags(&format!("T{n}"), artist, album, n as i32 + 1)).await;
    }
    assert_eq!((app.count("artists").await, app.count("albums").await, app.count("tracks").await), (1, 1, 3));
    app.import(tags("T0", "Other", "Melody A.M.", 1)).await;
    assert_eq!((app.count("artists").await, app.count("albums").await), (2, 2), "another artist's album is another");
}

#[sqlx::test(migrations = false)]
async fn a_compilation_stays_one_album_of_various_artists(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for n in 1..=3 {
        let file = Tags { compilation: true, ..tags(&format!("T{n}"), &format!("Artist {n}"), "Hits", n) };
        app.import(file).await;
    }
    assert_eq!((app.count("albums").await, app.count("artists").await), (1, 4));
    let track = library(&app).await.remove(0);
    assert_eq!((&track["album"]["kind"], &track["album"]["trackCount"]), (&json!("COMPILATION"), &json!(3)));
    assert_eq!(track["album"]["artists"], json!([{ "name": "Various Artists" }]));
}

#[sqlx::test(migrations = false)]
async fn musicbrainz_ids_win_over_names(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let with_id = |title: &str, name: &str, id: &str| Tags {
        musicbrainz_artist_ids: vec![id.to_owned()],
        ..tags(title, name, "", 1)
    };
    let (a, b) = ("5b11f4ce-a62d-471e-81fc-a69a8278c7da", "e302e264-1c2e-4ac8-a4ba-cc9ca5b5f0ee");
    app.import(with_id("One", "Nirvana", a)).await;
    app.import(with_id("Two", "Nirvana", b)).await;
    app.import(with_id("Three", "Nirvana (US)", a)).await;
    app.import(tags("Four", "Nirvana", "", 1)).await;
    assert_eq!(app.count("artists").await, 2);
    // The artists of an album have ids of their own, and the release and the recording have theirs.
    let (release, recording) = ("1bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d22", "2bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d22");
    let on_album = |title: &str, album: &str| Tags {
        album_artists: vec!["Nirvana".to_owned()],
        musicbrainz_album_artist_ids: vec![b.to_owned()],
        musicbrainz_release_id: Some(release.to_owned()),
        musicbrainz_recording_id: Some(recording.to_owned()),
        ..tags(title, "Guest", album, 3)
    };
    app.import(on_album("Rainbow Chaser", "All of Us")).await;
    app.import(on_album("Rainbow Chaser (mono)", "All Of Us, remastered")).await;
    let found = library(&app).await;
    let chasers: Vec<_> = found.iter().filter(|track| track["album"].is_object()).collect();
    assert_eq!(
        (chasers.len(), &chasers[0]["title"]),
        (1, &json!("Rainbow Chaser")),
        "one recording, whose older file plays"
    );
    assert_eq!((&chasers[0]["album"]["title"], app.count("albums").await), (&json!("All of Us"), 1), "one release");
    let query = "{ artists { edges { node { name musicbrainzId albums { totalCount } } } } }";
    let artists = app.ask(query, json!({})).await;
    let of_album = json!({ "node": { "name": "Nirvana", "musicbrainzId": b, "albums": { "totalCount": 1 } } });
    assert!(artists["artists"]["edges"].as_array().unwrap().contains(&of_album), "{artists:#}");
    assert_eq!(app.count("artists").await, 3);
    // An artist that was known by name only learns its id.
    app.import(tags("Five", "Robyn", "", 1)).await;
    app.import(with_id("Six", "Robyn", "0c3fd18a-9cd6-4b1c-8a1d-3c7a2f1f4a4e")).await;
    assert_eq!(app.count("artists").await, 4);
}

#[sqlx::test(migrations = false)]
async fn importing_the_same_file_again_changes_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let event = ready(
        app.creator.user,
        Tags { genres: vec!["Pop".to_owned()], ..tags("So Easy", "Röyksopp", "Melody A.M.", 1) },
    );
    app.hear_from(&event).await.unwrap();
    let before = library(&app).await;
    app.sent().await;
    app.hear_from(&event).await.unwrap();
    assert_eq!(app.kinds_sent().await, Vec::<String>::new());
    assert_eq!(library(&app).await, before);
}

#[sqlx::test(migrations = false)]
async fn a_better_file_of_a_track_keeps_the_track(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let isrc = Some("NOB120100001".to_owned());
    app.import(Tags { isrc: isrc.clone(), ..tags("So Easy", "Röyksopp", "Melody A.M.", 1) }).await;
    let before = library(&app).await.remove(0);
    // What people have of it is known by its id: plays here, likes and places in lists elsewhere.
    app.play(app.listener.user, before["id"].as_str().unwrap()).await;
    app.sent().await;
    let better = MediaReady {
        quality: Some(lossless(44_100, 16)),
        ..ready(app.creator.user, Tags { isrc: isrc.clone(), ..tags("So Easy!", "Röyksopp", "Melody A.M.", 1) })
    };
    app.hear_from(&better).await.unwrap();
    let upload = better.upload_id;
    let after = library(&app).await;
    assert_eq!((after.len(), &after[0]["id"], &after[0]["title"]), (1, &before["id"], &json!("So Easy!")));
    let sent = app.sent().await;
    assert_eq!((sent[0].kind.as_str(), &sent[0].data["track"]["upload_id"]), ("TrackChanged", &json!(upload)));
    let plays = app.ask("query($id: ID!) { track(id: $id) { playCount } }", json!({ "id": before["id"] })).await;
    assert_eq!(plays["track"]["playCount"], 1);
    assert!(sent.iter().all(|event| event.kind != "TrackDeleted"));
    // The same recording on a compilation is a track of its own.
    app.import(Tags { isrc, compilation: true, ..tags("So Easy", "Röyksopp", "Hits", 7) }).await;
    assert_eq!(app.count("tracks").await, 2);
}

#[sqlx::test(migrations = false)]
async fn files_that_only_seem_the_same_are_tracks_of_their_own(pool: PgPool) {
    let app = TestApp::new(pool).await;
    // Two files without tags that are called alike.
    app.import(Tags::default()).await;
    app.import(Tags::default()).await;
    assert_eq!(app.count("tracks").await, 2);
    // A song and its long version, on no album.
    let single = ready(app.creator.user, tags("So Easy", "Röyksopp", "", 1));
    let long = MediaReady { duration_ms: 400_000, ..ready(app.creator.user, tags("So Easy", "Röyksopp", "", 1)) };
    let again = MediaReady { duration_ms: 400_900, ..ready(app.creator.user, tags("So Easy", "Röyksopp", "", 1)) };
    for event in [&single, &long, &again] {
        app.hear_from(event).await.unwrap();
    }
    assert_eq!(app.count("tracks").await, 4);
}

#[sqlx::test(migrations = false)]
async fn a_draft_that_waits_for_its_file_is_completed_and_published(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("Röyksopp").await;
    let album = app.album("Melody A.M.", &[&artist]).await;
    let track = app.track(json!({ "title": "So Easy", "artistIds": [artist], "albumId": album })).await;
    app.import(tags("so easy", "röyksopp", "melody a.m.", 1)).await;
    let seen = library(&app).await;
    assert_eq!((seen.len(), &seen[0]["id"], &seen[0]["album"]["id"]), (1, &json!(track), &json!(album)));
    assert_eq!((app.count("albums").await, app.count("artists").await), (1, 1));
}

#[sqlx::test(migrations = false)]
async fn nobody_completes_what_is_somebody_elses(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.import(tags("So Easy", "Röyksopp", "Melody A.M.", 1)).await;
    let mine = library(&app).await.remove(0);
    let stranger = ready(keys::viewer(Role::Creator).user, tags("So Easy", "Röyksopp", "Melody A.M.", 1));
    app.hear_from(&stranger).await.unwrap();
    assert_eq!((app.count("tracks").await, app.count("albums").await, app.count("artists").await), (2, 1, 1));
    let track = app.ask("query($id: ID!) { track(id: $id) { id title } }", json!({ "id": mine["id"] })).await;
    assert_eq!(track["track"]["id"], mine["id"]);
    let rows: Vec<i64> =
        sqlx::query_scalar("select version from tracks order by created_at").fetch_all(app.pool()).await.unwrap();
    assert_eq!(rows, [1, 1], "the first track is as it was");
    // Whoever owns the album manages it all the same: it is withdrawn with the stranger's track, and not deleted under it.
    let album = json!({ "id": mine["album"]["id"] });
    let delete = "mutation($id: ID!) { deleteAlbum(id: $id) { ok userErrors { code message } } }";
    let refused = app.try_mutate(&app.creator, delete, album.clone()).await;
    let reason = json!([{ "code": "HAS_DEPENDENTS", "message": "tracks stand on the album; it can be withdrawn" }]);
    assert_eq!(refused["userErrors"], reason);
    let withdraw = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { status trackCount } userErrors { code } } }";
    let withdrawn = app.mutate(withdraw, album).await["album"].take();
    assert_eq!(withdrawn, json!({ "status": "WITHDRAWN", "trackCount": 2 }));
    assert_eq!(library(&app).await, Vec::<Value>::new());
}

#[sqlx::test(migrations = false)]
async fn a_file_for_a_track_gives_it_its_sound(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let track = app.track(json!({ "title": "X", "artistIds": [artist] })).await;
    let for_track = |owner| MediaReady { track_id: TrackId::parse(&track), ..ready(owner, Tags::default()) };
    app.sent().await;
    let stranger = keys::viewer(Role::Creator).user;
    app.hear_from(&for_track(stranger)).await.unwrap();
    assert_eq!(app.kinds_sent().await, Vec::<String>::new(), "a stranger's file is left alone");

    let event = for_track(app.creator.user);
    app.hear_from(&event).await.unwrap();
    let sent = app.sent().await;
    let snapshot = &sent[0].data["track"];
    assert_eq!((&snapshot["upload_id"], &snapshot["duration_ms"]), (&json!(event.upload_id), &json!(40_000)));
    assert_eq!(snapshot["title"], "X");
    app.hear_from(&event).await.unwrap();
    assert_eq!(app.kinds_sent().await, Vec::<String>::new());

    let role = |role, version| UserRoleChanged { user_id: stranger, role, version };
    app.hear_from(&role(Role::Admin, 2)).await.unwrap();
    app.hear_from(&role(Role::Listener, 1)).await.unwrap();
    app.hear_from(&for_track(stranger)).await.unwrap();
    assert_eq!(app.kinds_sent().await, ["TrackChanged"], "an admin's file is taken");
}

#[sqlx::test(migrations = false)]
async fn an_upload_that_somebody_claimed_goes_to_its_owners_track(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let event = ready(app.creator.user, tags("So Easy", "Röyksopp", "", 1));
    let artist = app.artist("Thief").await;
    let input = json!({ "title": "Stolen", "artistIds": [artist], "uploadId": event.upload_id });
    let mutation = "mutation($i: TrackInput!) { createTrack(input: $i) { track { id } userErrors { code } } }";
    app.mutate_as(&app.admin, mutation, json!({ "i": input })).await;
    app.sent().await;
    app.hear_from(&event).await.unwrap();
    let sent = app.sent().await;
    let uploads: Vec<_> = sent
        .iter()
        .filter(|event| event.kind == "TrackChanged")
        .map(|event| (text(&event.data["track"]["title"]), event.data["track"]["upload_id"].clone()))
        .collect();
    assert_eq!(uploads, [("Stolen".to_owned(), Value::Null), ("So Easy".to_owned(), json!(event.upload_id))]);
}

/// Twenty files of two albums by one artist arrive at the same moment, each twice.
#[sqlx::test(migrations = false)]
async fn files_that_arrive_at_once_make_one_artist_and_one_album_each(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let event = |n: i32| {
        let album = if n % 2 == 0 { "Melody A.M." } else { "The Understanding" };
        let guests = Tags {
            artists: vec!["Röyksopp".to_owned(), format!("Guest {}", n % 3)],
            genres: vec!["Electronica".to_owned(), "Ambient".to_owned()],
            ..tags(&format!("T{n}"), "", album, n)
        };
        ready(app.creator.user, guests)
    };
    let events: Vec<_> = (1..=20).map(event).collect();
    let envelopes: Vec<_> = events.iter().chain(&events).map(crate::app::envelope_of).collect();
    let consumers = app.consumers();
    let work = envelopes.iter().map(|event| handle_once(app.pool(), "catalog", &consumers, event));
    for result in futures::future::join_all(work).await {
        result.unwrap();
    }
    assert_eq!((app.count("artists").await, app.count("albums").await, app.count("tracks").await), (4, 2, 20));
    for track in library(&app).await {
        assert_eq!(track["album"]["trackCount"], 10);
    }
}

#[sqlx::test(migrations = false)]
async fn advisory_kind_and_sort_names_of_files_are_taken_unless_somebody_said_otherwise(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let file = |number: i32, sort: &str| Tags {
        explicit: Some(true),
        release_types: vec!["ep".to_owned()],
        artist_sort: Some(sort.to_owned()),
        ..tags(&format!("Song {number}"), "David Bowie", "Baal", number)
    };
    app.import(Tags { artist_sort: None, ..file(1, "") }).await;
    app.import(file(2, "Bowie, David")).await;
    app.import(file(3, "Somebody, Else")).await;
    let query = "{ artists { edges { node { sortName } } } albums { edges { node { kind } } }
        tracks(first: 3) { edges { node { explicit } } } }";
    let data = app.ask(query, json!({})).await;
    assert_eq!(data["artists"]["edges"], json!([{ "node": { "sortName": "Bowie, David" } }]));
    assert_eq!(data["albums"]["edges"], json!([{ "node": { "kind": "EP" } }]));
    let explicit = json!({ "node": { "explicit": true } });
    assert_eq!(data["tracks"]["edges"], json!([explicit, explicit, explicit]));
}
