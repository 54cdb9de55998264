//! Playlists as files of other programs, and whole albums.

use polyphony_events::{
    AlbumId, ArtistId, TrackId,
    catalog::{AlbumRef, ArtistRef, PublicationStatus, TrackChanged, TrackDeleted},
};
use polyphony_kit::{Role, UserId, Viewer};
use polyphony_testkit::{Statements, keys};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, changed, refusals, somebody, tracks},
    smart::one_rule,
};

const FORMATS: [&str; 3] = ["M3U8", "JSPF", "XSPF"];

/// A track with names as catalog tells of it: `artist`, `title`, `album`.
fn named(track: TrackId, [artist, title, album]: [&str; 3], duration_ms: i64) -> TrackChanged {
    let mut event = changed(track, duration_ms, 1);
    title.clone_into(&mut event.track.title);
    event.track.artists = vec![ArtistRef { id: ArtistId::new(), name: artist.to_owned() }];
    event.track.album = Some(AlbumRef { id: AlbumId::new(), title: album.to_owned() });
    event
}

impl TestApp {
    async fn named(&self, names: [&str; 3], duration_ms: i64) -> TrackId {
        let track = TrackId::new();
        self.hear(&named(track, names, duration_ms)).await;
        track
    }

    async fn export(&self, viewer: Option<&Viewer>, id: &str, format: &str) -> Value {
        let query = "query($id: ID!, $format: PlaylistFileFormat!) { playlist(id: $id) { export(format: $format) { \
                     format content fileName mediaType itemCount omittedCount } } }";
        self.door.query(viewer, query, json!({ "id": id, "format": format })).await["playlist"]["export"].take()
    }

    async fn import(&self, viewer: &Viewer, format: &str, content: &str, key: Option<&str>) -> Value {
        let query = "mutation($input: ImportPlaylistInput!, $key: String) { importPlaylist(input: $input, idempotencyKey: $key) { \
                     playlist { id title visibility itemCount } entryCount matchedCount \
                     unmatched { position title artist } userErrors { code path } } }";
        let input = json!({ "format": format, "content": content });
        self.door.query(Some(viewer), query, json!({ "input": input, "key": key })).await["importPlaylist"].take()
    }

    async fn imported(&self, viewer: &Viewer, format: &str, content: &str) -> Vec<String> {
        let payload = self.import(viewer, format, content, None).await;
        assert_eq!(refusals(&payload), [""; 0]);
        self.chosen(viewer, payload["playlist"]["id"].as_str().unwrap()).await
    }
}

fn texts(tracks: &[TrackId]) -> Vec<String> {
    tracks.iter().map(ToString::to_string).collect()
}

#[sqlx::test(migrations = false)]
async fn what_is_exported_is_imported_again_in_every_format(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let mut all = Vec::new();
    for title in ["Jóga", "Jóga", "A & B <c>"] {
        all.push(app.named(["Björk", title, "Homogenic"], 61_000).await);
    }
    // Nobody has told of this one yet, so that only its id is known, and this one is gone.
    let (gone, untold) = (tracks(1)[0], tracks(1)[0]);
    app.hear(&changed(gone, 1_000, 1)).await;
    let id = app.playlist(&ann, "PUBLIC").await;
    app.add(&ann, &id, &[all[1], all[0], gone, all[2], untold], None).await;
    app.hear(&TrackDeleted { track_id: gone, version: 2 }).await;
    for format in FORMATS {
        let statements = Statements::new();
        let file = app.export(Some(&bob), &id, format).await;
        assert_eq!(
            statements.count(),
            3,
            "the playlist, its tracks and what they are called: {:#?}",
            statements.seen()
        );
        drop(statements);
        assert_eq!((&file["itemCount"], &file["omittedCount"]), (&json!(4), &json!(1)));
        assert_eq!(file["fileName"], format!("Rain.{}", format.to_lowercase()));
        let payload = app.import(&bob, format, file["content"].as_str().unwrap(), None).await;
        assert_eq!((refusals(&payload), &payload["matchedCount"]), (vec![], &json!(3)));
        let unmatched = payload["unmatched"].as_array().unwrap();
        assert_eq!((unmatched.len(), &unmatched[0]["position"]), (1, &json!(4)), "what is not known is not taken");
        let made = &payload["playlist"];
        assert_eq!([&made["title"], &made["visibility"]], [&json!("Rain"), &json!("PRIVATE")]);
        assert_eq!(app.chosen(&bob, made["id"].as_str().unwrap()).await, texts(&[all[1], all[0], all[2]]));
    }
    // A smart playlist is exported as what its rules choose now.
    app.like(&ann, &all[..1], true).await;
    let smart = app.smart(&ann, one_rule("LIKED", "IS", "true", "TITLE")).await;
    let file = app.export(Some(&ann), &smart, "M3U8").await;
    let expected =
        format!("#EXTM3U\n#PLAYLIST:Mine\n#EXTINF:61,Björk - Jóga\n#EXTALB:Homogenic\npolyphony:{}\n", all[0]);
    assert_eq!(file["content"], expected);
}

#[sqlx::test(migrations = false)]
async fn drafts_of_others_are_neither_named_nor_found(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), keys::viewer(Role::Creator));
    let draft = TrackId::new();
    let mut event = named(draft, ["Björk", "Secret", "Hush"], 61_000);
    (event.track.status, event.track.owner_id) = (PublicationStatus::Draft, bob.user);
    app.hear(&event).await;
    let id = app.playlist(&bob, "PUBLIC").await;
    app.add(&bob, &id, &[draft], None).await;
    for (viewer, is_named) in [(Some(&ann), false), (None, false), (Some(&bob), true)] {
        let file = app.export(viewer, &id, "JSPF").await;
        let content = file["content"].as_str().unwrap();
        assert_eq!((content.contains("Secret"), content.contains(&draft.to_string())), (is_named, true));
    }
    let file = format!("#EXTINF:61,Björk - Secret\npolyphony:{draft}\n");
    let refused = app.import(&ann, "M3U8", &file, None).await;
    assert_eq!((refusals(&refused), &refused["playlist"]), (vec!["NOT_FOUND input.content".to_owned()], &Value::Null));
    assert_eq!(refused["unmatched"], json!([{ "position": 1, "title": "Secret", "artist": "Björk" }]));
    assert_eq!(app.imported(&bob, "M3U8", &file).await, texts(&[draft]));
}

#[sqlx::test(migrations = false)]
async fn files_of_others_are_matched_by_title_artist_and_length(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let single = app.named(["Röyksopp", "Eple", "Eple (single)"], 215_000).await;
    let album = app.named(["Röyksopp", "Eple", "Melody A.M."], 216_000).await;
    let live = app.named(["Röyksopp", "Eple", "Live"], 480_000).await;
    let other = app.named(["Somebody", "Eple", "Cover"], 216_000).await;
    let joined = app.named(["Simon", "The Boxer", "Bridge"], 300_000).await;
    let dashed = app.named(["A - B", "C - D", "E"], 100_000).await;
    let m3u = |seconds: i32, text: &str| format!("#EXTINF:{seconds},{text}\nx.mp3\n");
    for (content, expected) in [
        (m3u(216, "ROYKSOPP - eple"), album),
        (m3u(481, "Röyksopp - Eple"), live),
        (m3u(215, "Röyksopp - Eple").replace("x.mp3", "#EXTALB:melody a.m.\nx.mp3"), album),
        (m3u(215, "Röyksopp - Eple"), single),
        (m3u(216, "Somebody - Eple"), other),
        (m3u(300, "Simon & Garfunkel - The Boxer"), joined),
        (m3u(-1, "A - B - C - D"), dashed),
        ("/music/Simon/Bridge/11 The Boxer.mp3\n".to_owned(), joined),
        (m3u(301, "The Boxer"), joined),
    ] {
        assert_eq!(app.imported(&ann, "M3U8", &content).await, [expected.to_string()], "{content}");
    }
    for (content, title, artist) in [
        (m3u(900, "Röyksopp - Eple"), "Eple", json!("Röyksopp")),
        (m3u(216, "Nobody - Eple"), "Eple", json!("Nobody")),
        (m3u(-1, "The Boxer"), "The Boxer", Value::Null),
    ] {
        let payload = app.import(&ann, "M3U8", &content, None).await;
        assert_eq!(payload["unmatched"], json!([{ "position": 1, "title": title, "artist": artist }]), "{content}");
    }
    let xspf = "<?xml version='1.0'?><playlist xmlns='http://xspf.org/ns/0/' version='1'><trackList>\
                <track><title>Eple</title><creator>R&#246;yksopp</creator><duration>480500</duration></track>\
                <track><title>None</title></track></trackList></playlist>";
    let payload = app.import(&ann, "XSPF", xspf, None).await;
    assert_eq!((&payload["entryCount"], &payload["matchedCount"]), (&json!(2), &json!(1)));
    assert_eq!(payload["playlist"]["title"], "Imported playlist");
    assert_eq!(payload["unmatched"], json!([{ "position": 2, "title": "None", "artist": null }]));
}

#[sqlx::test(migrations = false)]
async fn bad_files_are_refused_and_a_repeated_import_makes_one_playlist(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><playlist><trackList><track><title>&a;</title></track></trackList></playlist>";
    for (format, content, refusal) in [
        ("XSPF", bomb, "INVALID_INPUT input.content"),
        ("JSPF", "{}", "INVALID_INPUT input.content"),
        ("M3U8", "", "INVALID_INPUT input.content"),
        ("M3U8", &"x\n".repeat(10_001), "QUOTA_EXCEEDED input.content"),
        ("M3U8", &"x".repeat((1 << 20) + 1), "QUOTA_EXCEEDED input.content"),
    ] {
        assert_eq!(refusals(&app.import(&ann, format, content, None).await), [refusal]);
    }
    let track = app.named(["Air", "Sexy Boy", "Moon Safari"], 298_000).await;
    let file = format!("polyphony:{track}\nunknown.mp3\n");
    let first = app.import(&ann, "M3U8", &file, Some("k")).await;
    assert_eq!((&first["matchedCount"], &first["entryCount"]), (&json!(1), &json!(2)));
    assert_eq!(app.import(&ann, "M3U8", &file, Some("k")).await, first);
    let other = app.import(&ann, "M3U8", &format!("{file}x\n"), Some("k")).await;
    assert_eq!(refusals(&other), ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]);
    let query = "mutation { importPlaylist(input: {format: M3U8, content: \"x\"}) { entryCount } }";
    assert_eq!(app.door.codes(None, query, json!({})).await, ["UNAUTHENTICATED"]);
    let many: Vec<_> = (0..6).map(|n| format!("e{n}: export(format: M3U8) {{ itemCount }}")).collect();
    let id = app.playlist(&ann, "PRIVATE").await;
    let query = format!("{{ playlist(id: \"{id}\") {{ {} }} }}", many.join(" "));
    assert_eq!(app.door.codes(Some(&ann), &query, json!({})).await, ["BAD_USER_INPUT"]);
}

#[sqlx::test(migrations = false)]
async fn ten_thousand_entries_are_imported_in_as_many_statements_as_two(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let known = app.named(["Air", "Sexy Boy", "Moon Safari"], 298_000).await;
    let cost = async |entries: usize| {
        let content =
            format!("#EXTINF:298,Air - Sexy Boy\n{known}\n#EXTINF:298,Air - Sexy Boy\nx.mp3\n").repeat(entries / 2);
        let statements = Statements::new();
        let payload = app.import(&ann, "M3U8", &content, None).await;
        assert_eq!((&payload["matchedCount"], &payload["playlist"]["itemCount"]), (&json!(entries), &json!(entries)));
        statements.count()
    };
    assert_eq!(cost(2).await, cost(10_000).await);
}

#[sqlx::test(migrations = false)]
async fn a_whole_album_is_added_in_its_order(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let album = AlbumRef { id: AlbumId::new(), title: "Both".to_owned() };
    let mut all = Vec::new();
    for (disc, number, title, status) in [
        (None, None, "b", PublicationStatus::Published),
        (None, None, "a", PublicationStatus::Published),
        (Some(2), Some(1), "x", PublicationStatus::Published),
        (Some(1), Some(2), "x", PublicationStatus::Published),
        (Some(1), Some(1), "x", PublicationStatus::Published),
        (Some(1), Some(3), "x", PublicationStatus::Withdrawn),
        (Some(1), Some(4), "x", PublicationStatus::Draft),
    ] {
        let mut event = changed(TrackId::new(), 1_000, 1);
        event.track.title = title.to_owned();
        (event.track.album, event.track.status) = (Some(album.clone()), status);
        (event.track.disc_number, event.track.track_number) = (disc, number);
        event.track.owner_id = UserId::new();
        app.hear(&event).await;
        all.push(event.track_id);
    }
    let id = app.playlist(&ann, "PUBLIC").await;
    app.add(&ann, &id, &[all[3]], None).await;
    let add = async |viewer: &Viewer, album: &str, how: &str| {
        let query = format!(
            "mutation($id: ID!, $album: ID!) {{ addAlbumToPlaylist(playlistId: $id, albumId: $album {how}) {{ \
             itemIds skippedTrackIds userErrors {{ code path }} }} }}"
        );
        let variables = json!({ "id": id, "album": album });
        app.door.query(Some(viewer), &query, variables).await["addAlbumToPlaylist"].take()
    };
    let both = album.id.to_string();
    let added = add(&ann, &both, ", onDuplicate: SKIP, position: 0, idempotencyKey: \"k\"").await;
    assert_eq!((refusals(&added), &added["skippedTrackIds"]), (vec![], &json!([all[3]])));
    let order = texts(&[all[4], all[1], all[0], all[2], all[3]]);
    assert_eq!(app.chosen(&ann, &id).await, order);
    assert_eq!(add(&ann, &both, ", onDuplicate: SKIP, position: 0, idempotencyKey: \"k\"").await, added);
    assert_eq!(app.chosen(&ann, &id).await, order);
    assert_eq!(refusals(&add(&ann, &both, ", onDuplicate: REFUSE").await), ["DUPLICATE trackIds.0"]);
    assert_eq!(refusals(&add(&bob, &both, "").await), ["NOT_ALLOWED"]);
    for missing in [AlbumId::new().to_string(), "nonsense".to_owned()] {
        assert_eq!(refusals(&add(&ann, &missing, "").await), ["NOT_FOUND albumId"]);
    }
}

#[sqlx::test(migrations = false)]
async fn a_track_of_before_has_its_names_once_it_is_told_again(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let track = app.named(["Air", "Sexy Boy", "Moon Safari"], 298_000).await;
    sqlx::query("update tracks set name = null, credit = '{}', album_id = null").execute(&app.pool).await.unwrap();
    let id = app.playlist(&ann, "PRIVATE").await;
    app.add(&ann, &id, &[track], None).await;
    let line = format!("#EXTINF:-1,\npolyphony:{track}\n");
    assert!(app.export(Some(&ann), &id, "M3U8").await["content"].as_str().unwrap().ends_with(&line));
    let mut again = named(track, ["Air", "Sexy Boy", "Moon Safari"], 298_000);
    again.version = 2;
    app.hear(&again).await;
    assert!(app.export(Some(&ann), &id, "M3U8").await["content"].as_str().unwrap().contains("Air - Sexy Boy"));
    app.hear(&TrackDeleted { track_id: track, version: 3 }).await;
    app.hear(&again).await;
    assert_eq!(app.export(Some(&ann), &id, "M3U8").await["omittedCount"], 1);
}

#[sqlx::test(migrations = false)]
async fn what_other_services_call_a_recording_finds_it(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let mut event = named(TrackId::new(), ["Air", "Sexy Boy", "Moon Safari"], 298_000);
    event.track.isrc = Some("FRZ039800212".to_owned());
    event.track.musicbrainz_id = Some("b1a9c0e9-d987-4042-ae91-78d6a3267d69".to_owned());
    app.hear(&event).await;
    let mut edit = event.clone();
    (edit.track_id, edit.track.duration_ms) = (TrackId::new(), 180_000);
    (edit.track.id, edit.track.musicbrainz_id) = (edit.track_id, None);
    app.hear(&edit).await;
    let file = |identifier: &str, duration: i64| {
        json!({ "playlist": { "track": [{ "identifier": identifier, "duration": duration, "title": "?" }] } })
            .to_string()
    };
    for (identifier, duration, expected) in [
        ("https://musicbrainz.org/recording/b1a9c0e9-d987-4042-ae91-78d6a3267d69", 180_000, event.track_id),
        ("isrc:FR-Z03-98-00212", 181_000, edit.track_id),
        ("urn:isrc:frz039800212", 297_000, event.track_id),
    ] {
        assert_eq!(
            app.imported(&ann, "JSPF", &file(identifier, duration)).await,
            [expected.to_string()],
            "{identifier}"
        );
    }
    let id = app.playlist(&ann, "PRIVATE").await;
    app.add(&ann, &id, &[event.track_id], None).await;
    let written = app.export(Some(&ann), &id, "XSPF").await;
    assert!(written["content"].as_str().unwrap().contains("<identifier>isrc:FRZ039800212</identifier>"));
}
