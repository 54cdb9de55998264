//! Tracks through the GraphQL door: drafts, publication, lyrics.

use chrono::{DateTime, TimeDelta};
use polyphony_events::UploadId;
use polyphony_kit::{Clock, Role};
use polyphony_testkit::keys;
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestApp;

const CREATE: &str = "mutation($i: TrackInput!, $k: String) { createTrack(input: $i, idempotencyKey: $k) {
    track { id title isrc explicit durationMs playCount status artists { name } genres { slug } album { title } }
    userErrors { code path } } }";
const UPDATE: &str = "mutation($id: ID!, $i: TrackInput!) { updateTrack(id: $id, input: $i) {
    track { title discNumber trackNumber explicit album { id } } userErrors { code path } } }";
const PUBLISH: &str = "mutation($id: ID!) { publishTrack(id: $id) { track { status } userErrors { code } } }";
const DELETE: &str = "mutation($id: ID!) { deleteTrack(id: $id) { ok userErrors { code } } }";
const LYRICS: &str = "mutation($id: ID!, $l: String!) { setLyrics(trackId: $id, lrc: $l, language: \"nb\") {
    track { lyrics { language synced lines { startMs text words { startMs text } } } } userErrors { code path } } }";
const TRACK: &str = "query($id: ID!) { track(id: $id) { title status } }";

#[sqlx::test(migrations = false)]
async fn a_track_is_created_published_and_told_of(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("Röyksopp").await;
    let upload = UploadId::new().to_string();
    let input = json!({ "title": "Eple", "artistIds": [artist], "isrc": "no-b12-01-00001", "explicit": true,
        "durationMs": 216_000, "genres": ["Electronica"], "uploadId": upload });
    let track = app.mutate(CREATE, json!({ "i": input, "k": "k" })).await["track"].clone();
    assert_eq!(
        (&track["isrc"], &track["status"], &track["playCount"]),
        (&json!("NOB120100001"), &json!("DRAFT"), &json!(0))
    );
    let id = &track["id"];
    assert_eq!(app.ask(TRACK, json!({ "id": id })).await["track"], json!(null));
    app.mutate(PUBLISH, json!({ "id": id })).await;
    assert_eq!(app.ask(TRACK, json!({ "id": id })).await["track"]["status"], "PUBLISHED");
    let sent = app.sent().await;
    let kinds: Vec<_> = sent.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["ArtistChanged", "TrackChanged", "TrackChanged", "TrackPublished"]);
    let snapshot = &sent[2].data["track"];
    assert_eq!((&snapshot["upload_id"], &snapshot["status"]), (&json!(upload), &json!("PUBLISHED")));
    assert_eq!(sent[2].data["version"], 2);
    let again = app.mutate(CREATE, json!({ "i": input, "k": "k" })).await;
    assert_eq!((&again["track"]["id"], app.count("tracks").await), (id, 1), "the same key answers the first result");
    let other = json!({ "i": { "title": "Other", "artistIds": [artist] }, "k": "k" });
    assert_eq!(app.refused(&app.creator, CREATE, other).await, ["IDEMPOTENCY_KEY_REUSED"]);
    assert_eq!(app.kinds_sent().await, Vec::<String>::new());
    let taken = json!({ "i": { "title": "Other", "artistIds": [artist], "uploadId": upload } });
    assert_eq!(app.refused(&app.creator, CREATE, taken).await, ["CONFLICT"]);
}

#[sqlx::test(migrations = false)]
async fn what_a_track_needs_is_asked_for(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    for (field, value) in [
        ("title", json!("")),
        ("artistIds", json!([])),
        ("albumId", json!("nonsense")),
        ("albumId", json!("alb_01h455vb4pex5vsknk084sn02q")),
        ("discNumber", json!(0)),
        ("trackNumber", json!(-1)),
        ("durationMs", json!(-5)),
        ("isrc", json!("nonsense")),
        ("uploadId", json!("nonsense")),
    ] {
        let mut input = json!({ "title": "X", "artistIds": [artist] });
        input[field] = value;
        let payload = app.try_mutate(&app.creator, CREATE, json!({ "i": input })).await;
        assert_eq!(payload["userErrors"], json!([{ "code": "INVALID_INPUT", "path": ["input", field] }]));
    }
}

#[sqlx::test(migrations = false)]
async fn nobody_puts_a_track_on_somebody_elses_album(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, tracks) = app.published_album("Nordlys", 1).await;
    let stranger = keys::viewer(Role::Creator);
    let input = json!({ "title": "Mine", "artistIds": [artist], "albumId": album });
    assert_eq!(app.refused(&stranger, CREATE, json!({ "i": input })).await, ["NOT_ALLOWED"]);
    assert_eq!(app.refused(&stranger, UPDATE, json!({ "id": tracks[0], "i": input })).await, ["NOT_ALLOWED"]);
    assert_eq!(app.refused(&stranger, LYRICS, json!({ "id": tracks[0], "l": "La" })).await, ["NOT_ALLOWED"]);
    assert_eq!(app.refused(&stranger, DELETE, json!({ "id": tracks[0] })).await, ["NOT_ALLOWED"]);
}

#[sqlx::test(migrations = false)]
async fn a_change_keeps_what_it_does_not_speak_of(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let album = app.album("B", &[&artist]).await;
    let full = json!({ "title": "X", "artistIds": [artist], "albumId": album, "discNumber": 1, "trackNumber": 4, "explicit": true });
    let id = app.track(full).await;
    app.sent().await;
    let kept = app.mutate(UPDATE, json!({ "id": id, "i": { "title": "X", "artistIds": [artist] } })).await;
    assert_eq!(
        kept["track"],
        json!({ "title": "X", "discNumber": 1, "trackNumber": 4, "explicit": true, "album": { "id": album } })
    );
    assert_eq!(app.kinds_sent().await, Vec::<String>::new());
    let cleared = json!({ "title": "Y", "artistIds": [artist], "albumId": null, "trackNumber": null });
    let cleared = app.mutate(UPDATE, json!({ "id": id, "i": cleared })).await;
    assert_eq!((&cleared["track"]["album"], &cleared["track"]["trackNumber"]), (&json!(null), &json!(null)));
    assert_eq!(app.kinds_sent().await, ["TrackChanged"]);
}

#[sqlx::test(migrations = false)]
async fn a_published_track_is_withdrawn_and_a_draft_deleted(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let id = app.track(json!({ "title": "X", "artistIds": [artist] })).await;
    app.mutate(PUBLISH, json!({ "id": id })).await;
    app.mutate(DELETE, json!({ "id": id })).await;
    assert_eq!(app.ask(TRACK, json!({ "id": id })).await["track"]["status"], "WITHDRAWN");
    app.mutate(PUBLISH, json!({ "id": id })).await;
    assert_eq!(app.ask(TRACK, json!({ "id": id })).await["track"]["status"], "PUBLISHED");
    let draft = app.track(json!({ "title": "Y", "artistIds": [artist] })).await;
    app.sent().await;
    app.mutate(DELETE, json!({ "id": draft })).await;
    assert_eq!(app.kinds_sent().await, ["TrackDeleted"]);
    assert_eq!(app.refused(&app.creator, DELETE, json!({ "id": draft })).await, ["NOT_FOUND"]);
}

#[sqlx::test(migrations = false)]
async fn deleting_again_at_once_keeps_what_was_withdrawn_and_later_deletes_it(pool: PgPool) {
    let clock = Clock::standing_at(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
    let app = TestApp::at(pool, clock.clone()).await;
    let (_, _, tracks) = app.published_album("Nordlys", 1).await;
    let id = json!({ "id": tracks[0] });
    app.play(app.listener.user, &tracks[0]).await;
    app.mutate(DELETE, id.clone()).await;
    app.sent().await;
    clock.advance(TimeDelta::minutes(9));
    assert_eq!(app.mutate(DELETE, id.clone()).await["ok"], true);
    assert_eq!(app.kinds_sent().await, Vec::<String>::new());
    assert_eq!(app.ask(TRACK, id.clone()).await["track"]["status"], "WITHDRAWN");
    // What was published since is withdrawn anew.
    app.mutate(PUBLISH, id.clone()).await;
    app.mutate(DELETE, id.clone()).await;
    clock.advance(TimeDelta::minutes(9));
    app.mutate(DELETE, id.clone()).await;
    assert_eq!(app.ask(TRACK, id.clone()).await["track"]["status"], "WITHDRAWN");
    clock.advance(TimeDelta::minutes(1));
    app.mutate(DELETE, id.clone()).await;
    assert_eq!(app.ask(TRACK, id).await["track"], json!(null));
}

#[sqlx::test(migrations = false)]
async fn a_track_that_was_withdrawn_by_itself_does_not_return_with_its_album(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, tracks) = app.published_album("Nordlys", 2).await;
    app.mutate(DELETE, json!({ "id": tracks[0] })).await;
    let withdraw = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { id } userErrors { code } } }";
    app.mutate(withdraw, json!({ "id": album })).await;
    app.publish_album(&album).await;
    let status = async |id: &str| app.ask(TRACK, json!({ "id": id })).await["track"]["status"].take();
    assert_eq!((status(&tracks[0]).await, status(&tracks[1]).await), (json!("WITHDRAWN"), json!("PUBLISHED")));
    // Brought back by itself it goes and returns with the album again.
    app.mutate(PUBLISH, json!({ "id": tracks[0] })).await;
    app.mutate(withdraw, json!({ "id": album })).await;
    app.publish_album(&album).await;
    assert_eq!(status(&tracks[0]).await, json!("PUBLISHED"));
}

#[sqlx::test(migrations = false)]
async fn lyrics_are_moved_in_time_by_who_manages_the_track(pool: PgPool) {
    const MOVE: &str = "mutation($id: ID!, $ms: Int!) { setLyricsOffset(trackId: $id, offsetMs: $ms) {
        track { lyrics { language offsetMs lines { startMs } } } userErrors { code path } } }";
    let app = TestApp::new(pool).await;
    let (_, _, tracks) = app.published_album("Nordlys", 1).await;
    let by = |ms: i32| json!({ "id": tracks[0], "ms": ms });
    assert_eq!(app.refused(&app.creator, MOVE, by(100)).await, ["NOT_FOUND"], "there are none");
    app.mutate(LYRICS, json!({ "id": tracks[0], "l": "[offset:+500]\n[00:02]Ja\n[00:09]Nei" })).await;
    let moved = app.mutate(MOVE, by(-1500)).await;
    let lines = json!([{ "startMs": 3500 }, { "startMs": 10_500 }]);
    assert_eq!(moved["track"]["lyrics"], json!({ "language": "nb", "offsetMs": -1500, "lines": lines }));
    for far in [-10_001, 10_001] {
        let payload = app.try_mutate(&app.creator, MOVE, by(far)).await;
        assert_eq!(payload["userErrors"], json!([{ "code": "INVALID_INPUT", "path": ["offsetMs"] }]));
    }
    let stranger = keys::viewer(Role::Creator);
    assert_eq!(app.refused(&stranger, MOVE, by(0)).await, ["NOT_ALLOWED"]);
    let still = app.mutate(MOVE, by(0)).await;
    assert_eq!(still["track"]["lyrics"]["lines"], json!([{ "startMs": 2000 }, { "startMs": 9000 }]));
    app.mutate(LYRICS, json!({ "id": tracks[0], "l": "Ja\nNei" })).await;
    assert_eq!(app.refused(&app.creator, MOVE, by(100)).await, ["CONFLICT"], "plain text has no times");
}

#[sqlx::test(migrations = false)]
async fn lyrics_are_plain_or_timed(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, _, tracks) = app.published_album("Nordlys", 1).await;
    let set = app.mutate(LYRICS, json!({ "id": tracks[0], "l": "[00:01.50]Ja\n[00:03.00]Nei" })).await;
    assert_eq!(
        set["track"]["lyrics"],
        json!({ "language": "nb", "synced": true, "lines": [
            { "startMs": 1500, "text": "Ja", "words": null }, { "startMs": 3000, "text": "Nei", "words": null }] })
    );
    // Two times before a line, and words with theirs.
    let timed = "[offset:+500]\n[00:02][01:02]<00:02>Ja <00:02.60>og nei<00:03>\n[00:09]Slutt";
    let set = app.mutate(LYRICS, json!({ "id": tracks[0], "l": timed })).await;
    let sung = |at: i32| {
        json!({ "startMs": at, "text": "Ja og nei",
            "words": [{ "startMs": at, "text": "Ja" }, { "startMs": at + 600, "text": "og nei" }] })
    };
    let end = json!({ "startMs": 8500, "text": "Slutt", "words": null });
    assert_eq!(set["track"]["lyrics"]["lines"], json!([sung(1500), end, sung(61_500)]));
    let plain = app.mutate(LYRICS, json!({ "id": tracks[0], "l": "Ja\nNei" })).await;
    assert_eq!(plain["track"]["lyrics"]["synced"], false);
    let none = app.mutate(LYRICS, json!({ "id": tracks[0], "l": " " })).await;
    assert_eq!(none["track"]["lyrics"], json!(null));
    let long = json!({ "id": tracks[0], "l": "x".repeat(50_001) });
    assert_eq!(app.refused(&app.creator, LYRICS, long).await, ["INVALID_INPUT"]);
}

#[sqlx::test(migrations = false)]
async fn unknown_and_malformed_ids_are_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for id in ["trk_01h455vb4pex5vsknk084sn02q", "nonsense", "", "alb_01h455vb4pex5vsknk084sn02q"] {
        let query = "query($id: ID!) { track(id: $id) { id } album(id: $id) { id } artist(id: $id) { id } node(id: $id) { id } }";
        let seen = app.ask(query, json!({ "id": id })).await;
        assert_eq!(seen, json!({ "track": null, "album": null, "artist": null, "node": null }), "{id}");
    }
}
