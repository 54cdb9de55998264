//! Files of tracks that are there: what plays, what is kept, and what belongs elsewhere.

use polyphony_events::{
    UploadId,
    media::{AudioQuality, MediaReady, Tags},
};
use polyphony_kit::{Role, Viewer};
use polyphony_testkit::keys;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, lossless, mp3, ready, tags, text};

const ALBUMS: &str =
    "{ albums(first: 50) { edges { node { id title releasedOn coverUrl editions { id } tracks(first: 50) {
    edges { node { id title discNumber trackNumber durationMs } } } } } } }";
const SOURCES: &str = "query($id: ID!) { track(id: $id) { durationMs matchedBecause sources {
    uploadId upload { id } owner { id } playing chosen codec lossless sampleRateHz bitDepth channels bitrateKbps durationMs
    matchedBecause } } }";
const SELECT: &str = "mutation($t: ID!, $u: ID) { selectTrackSource(trackId: $t, uploadId: $u) {
    track { id durationMs } userErrors { code path } } }";
const REMOVE: &str = "mutation($t: ID!, $u: ID!) { removeTrackSource(trackId: $t, uploadId: $u) {
    track { id } userErrors { code path } } }";
const DELETE: &str = "mutation($id: ID!) { deleteTrack(id: $id) { ok userErrors { code } } }";

/// A file of the creator.
struct File {
    event: MediaReady,
}

impl File {
    fn new(app: &TestApp, tags: Tags) -> Self {
        Self { event: ready(app.creator.user, tags) }
    }

    fn of(mut self, quality: AudioQuality) -> Self {
        self.event.quality = Some(quality);
        self
    }

    fn sounding(mut self, recording: &str) -> Self {
        self.event.recording = Some(recording.to_owned());
        self
    }

    fn at(mut self, path: &str) -> Self {
        let (folder, name) = path.rsplit_once('/').unwrap();
        (self.event.folder, self.event.filename) = (Some(folder.to_owned()), name.to_owned());
        self
    }

    fn lasting(mut self, duration_ms: i64) -> Self {
        self.event.duration_ms = duration_ms;
        self
    }

    fn by(mut self, who: &Viewer) -> Self {
        self.event.owner_id = who.user;
        self
    }

    async fn import(self, app: &TestApp) -> UploadId {
        app.hear_from(&self.event).await.unwrap();
        self.event.upload_id
    }
}

/// The albums with their tracks as `title disc-number number seconds`.
async fn albums(app: &TestApp) -> Vec<(String, Vec<String>)> {
    let data = app.ask(ALBUMS, json!({})).await;
    let mut albums: Vec<_> = data["albums"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            let album = &edge["node"];
            let line = |edge: &Value| {
                let track = &edge["node"];
                let seconds = track["durationMs"].as_i64().unwrap() / 1000;
                format!("{} {} {seconds}", text(&track["title"]), track["trackNumber"])
            };
            let tracks = album["tracks"]["edges"].as_array().unwrap().iter().map(line).collect();
            let year = album["releasedOn"].as_str().map(|year| format!(" {year}")).unwrap_or_default();
            (format!("{}{year}", text(&album["title"])), tracks)
        })
        .collect();
    albums.sort();
    albums
}

fn listed(of: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    of.iter().map(|(title, tracks)| ((*title).to_owned(), tracks.iter().map(ToString::to_string).collect())).collect()
}

/// The only track.
async fn only_track(app: &TestApp) -> String {
    let ids: Vec<polyphony_events::TrackId> =
        sqlx::query_scalar("select id from tracks").fetch_all(app.pool()).await.unwrap();
    assert_eq!(ids.len(), 1);
    ids[0].to_string()
}

async fn sources(app: &TestApp, who: &Viewer, track: &str) -> Value {
    app.door.query(Some(who), SOURCES, json!({ "id": track })).await["track"].take()
}

fn song(number: i32) -> Tags {
    tags("Song", "A", "First", number)
}

#[sqlx::test(migrations = false)]
async fn the_better_file_plays_whichever_comes_first_and_the_other_is_kept(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let flac = File::new(&app, song(1)).of(lossless(44_100, 16)).sounding("r1").at("q/x.flac").import(&app).await;
    app.sent().await;
    let worse = File::new(&app, song(1)).of(mp3(64)).sounding("r2").at("q/x.mp3").lasting(40_900).import(&app).await;
    let track = only_track(&app).await;
    let sent = app.sent().await;
    assert_eq!(sent.len(), 1);
    let snapshot = &sent[0].data["track"];
    assert_eq!((&snapshot["upload_id"], &snapshot["sources"]), (&json!(flac), &json!([flac, worse])));
    assert_eq!(snapshot["duration_ms"], 40_000);
    let best = File::new(&app, song(1)).of(lossless(96_000, 24)).sounding("r3").at("h/x.flac").import(&app).await;
    let seen = sources(&app, &app.creator, &track).await;
    let playing: Vec<_> =
        seen["sources"].as_array().unwrap().iter().map(|source| (&source["uploadId"], &source["playing"])).collect();
    let [flac, worse, best] = [flac, worse, best].map(|id| json!(id));
    assert_eq!(playing, [(&flac, &json!(false)), (&worse, &json!(false)), (&best, &json!(true))]);
    assert_eq!(
        seen["sources"][1],
        json!({ "uploadId": worse, "upload": { "id": worse }, "owner": { "id": app.creator.user }, "playing": false,
            "chosen": false, "codec": "mp3", "lossless": false, "sampleRateHz": 44_100, "bitDepth": null, "channels": 2,
            "bitrateKbps": 64, "durationMs": 40_900,
            "matchedBecause": ["SAME_PLACE", "SAME_TITLE", "SAME_LENGTH", "SAME_ALBUM_TITLE", "SAME_FOLDER"] })
    );
    assert_eq!(seen["matchedBecause"], json!(["SAME_PLACE", "SAME_TITLE", "SAME_LENGTH", "SAME_ALBUM_TITLE"]));
    let others = sources(&app, &app.listener, &track).await;
    assert_eq!((&others["sources"], &others["matchedBecause"]), (&Value::Null, &Value::Null));
}

#[sqlx::test(migrations = false)]
async fn what_stands_at_another_place_or_is_another_performance_stays_a_track(pool: PgPool) {
    let app = TestApp::new(pool).await;
    // Silence shares no recording; two movements have one ISRC; two discs have no numbers.
    for number in 1..=4 {
        let silence = tags(&format!("[silence] {number}"), "Broken", "Broken", number);
        File::new(&app, silence).at(&format!("s/{number}.flac")).lasting(4_000).import(&app).await;
    }
    let movement =
        |title: &str, number| Tags { isrc: Some("GBAYE6800011".to_owned()), ..tags(title, "Q", "Quartet", number) };
    File::new(&app, movement("I. Allegro", 1)).sounding("q1").at("i/1.flac").lasting(20_000).import(&app).await;
    File::new(&app, movement("II. Adagio", 2)).sounding("q2").at("i/2.flac").lasting(25_000).import(&app).await;
    for (disc, seconds) in [("CD1", 30), ("CD2", 90)] {
        let path = format!("box/{disc}/01.flac");
        File::new(&app, tags("Intro", "B", "Box", 1))
            .sounding(disc)
            .at(&path)
            .lasting(seconds * 1000)
            .import(&app)
            .await;
    }
    let expected = listed(&[
        ("Box", &["Intro 1 30", "Intro 1 90"]),
        ("Broken", &["[silence] 1 1 4", "[silence] 2 2 4", "[silence] 3 3 4", "[silence] 4 4 4"]),
        ("Quartet", &["I. Allegro 1 20", "II. Adagio 2 25"]),
    ]);
    assert_eq!(albums(&app).await, expected);
}

#[sqlx::test(migrations = false)]
async fn one_recording_stands_on_every_release_that_has_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let hits =
        Tags { album_artists: vec!["Various Artists".to_owned()], compilation: true, ..tags("Song", "A", "Hits", 7) };
    File::new(&app, tags("Song", "A", "First", 1)).sounding("r1").at("c/a.flac").import(&app).await;
    File::new(&app, hits).sounding("r1").at("c/b.flac").import(&app).await;
    File::new(&app, tags("Song", "A", "Song (single)", 1)).sounding("r1").at("d/a.flac").import(&app).await;
    let expected = listed(&[("First", &["Song 1 40"]), ("Hits", &["Song 7 40"]), ("Song (single)", &["Song 1 40"])]);
    assert_eq!(albums(&app).await, expected);
}

#[sqlx::test(migrations = false)]
async fn a_remaster_is_an_edition_of_its_own_and_the_mp3s_of_an_album_are_not(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let of = |year: &str, number| Tags { released_on: Some(year.to_owned()), ..tags("Song", "A", "Kick", number) };
    File::new(&app, of("1987", 1)).sounding("r1").at("old/1.flac").lasting(200_000).import(&app).await;
    File::new(&app, of("2009", 1)).sounding("r2").at("new/1.flac").lasting(203_000).import(&app).await;
    File::new(&app, of("1987", 1)).sounding("r3").at("mp3/1.mp3").lasting(200_500).import(&app).await;
    File::new(&app, tags("Song", "A", "Kick (Deluxe Edition)", 1)).sounding("r4").at("de/1.flac").import(&app).await;
    let expected = listed(&[
        ("Kick (Deluxe Edition)", &["Song 1 40"]),
        ("Kick 1987", &["Song 1 200"]),
        ("Kick 2009", &["Song 1 203"]),
    ]);
    assert_eq!(albums(&app).await, expected);
    let data = app.ask(ALBUMS, json!({})).await;
    for edge in data["albums"]["edges"].as_array().unwrap() {
        let editions = edge["node"]["editions"].as_array().unwrap();
        assert!(editions.len() == 2 && editions.iter().all(|other| other["id"] != edge["node"]["id"]), "{edge:#}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_source_can_be_chosen_and_removed_by_whoever_uploaded_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let flac = File::new(&app, song(1)).of(lossless(44_100, 16)).sounding("r1").import(&app).await;
    let lossy = File::new(&app, song(1)).of(mp3(320)).sounding("r2").lasting(41_000).import(&app).await;
    let track = only_track(&app).await;
    app.sent().await;
    let chosen = app.mutate(SELECT, json!({ "t": track, "u": lossy })).await;
    assert_eq!(chosen["track"]["durationMs"], 41_000);
    assert_eq!(app.sent().await[0].data["track"]["upload_id"], json!(lossy));
    // What is chosen plays on when something better comes, until the choice is taken back.
    let best = File::new(&app, song(1)).of(lossless(96_000, 24)).sounding("r3").import(&app).await;
    assert_eq!(app.sent().await[0].data["track"]["upload_id"], json!(lossy));
    app.mutate(SELECT, json!({ "t": track, "u": null })).await;
    assert_eq!(app.sent().await[0].data["track"]["upload_id"], json!(best));

    let stranger = keys::viewer(Role::Creator);
    let unknown = json!({ "t": track, "u": UploadId::new() });
    for (who, mutation, input, code) in [
        (&stranger, SELECT, json!({ "t": track, "u": flac }), "NOT_ALLOWED"),
        (&app.creator, SELECT, unknown.clone(), "INVALID_INPUT"),
        (&app.creator, REMOVE, unknown, "NOT_FOUND"),
        (&stranger, REMOVE, json!({ "t": track, "u": flac }), "NOT_FOUND"),
    ] {
        assert_eq!(app.refused(who, mutation, input).await, [code]);
    }
    app.mutate(REMOVE, json!({ "t": track, "u": best })).await;
    let snapshot = app.sent().await[0].data["track"].take();
    assert_eq!((&snapshot["upload_id"], &snapshot["sources"]), (&json!(flac), &json!([flac, lossy])));
    app.mutate_as(&app.admin, REMOVE, json!({ "t": track, "u": flac })).await;
    assert_eq!(app.refused(&app.creator, REMOVE, json!({ "t": track, "u": lossy })).await, ["CONFLICT"]);
}

#[sqlx::test(migrations = false)]
async fn whoever_uploaded_the_same_bytes_keeps_the_music_when_the_first_owner_deletes_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let other = keys::viewer(Role::Creator);
    let first = File::new(&app, song(1)).sounding("r1").at("a/1.flac").import(&app).await;
    let second = File::new(&app, song(1)).by(&other).sounding("r1").at("b/1.flac").import(&app).await;
    // Under tags of their own it is a track of their own.
    let own = tags("My Song", "Me", "Mine", 1);
    File::new(&app, own).by(&other).sounding("r1").at("b/2.flac").import(&app).await;
    let expected = listed(&[("First", &["Song 1 40"]), ("Mine", &["My Song 1 40"])]);
    assert_eq!(albums(&app).await, expected);
    let id: polyphony_events::TrackId = sqlx::query_scalar("select track_id from track_sources where upload_id = $1")
        .bind(first.0)
        .fetch_one(app.pool())
        .await
        .unwrap();
    let track = id.to_string();
    let sent = app.sent().await;
    let kept = sent.iter().rfind(|event| event.data["track_id"] == json!(track)).unwrap();
    assert_eq!(kept.data["track"]["sources"], json!([first, second]));

    app.mutate(DELETE, json!({ "id": track })).await;
    let snapshot = app.sent().await[0].data["track"].take();
    assert_eq!(snapshot["upload_id"], json!(second));
    assert_eq!((&snapshot["owner_id"], &snapshot["sources"]), (&json!(other.user), &json!([second])));
    assert_eq!(snapshot["status"], "PUBLISHED");
    assert_eq!(albums(&app).await, expected);
    assert_eq!(app.refused(&app.creator, DELETE, json!({ "id": track })).await, ["NOT_ALLOWED"]);
}

#[sqlx::test(migrations = false)]
async fn an_admin_who_deletes_a_track_of_their_own_leaves_it_to_whoever_uploaded_it_too(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let other = keys::viewer(Role::Creator);
    File::new(&app, song(1)).by(&app.admin).sounding("r1").at("a/1.flac").import(&app).await;
    let second = File::new(&app, song(1)).by(&other).sounding("r1").at("b/1.flac").import(&app).await;
    let id: polyphony_events::TrackId =
        sqlx::query_scalar("select id from tracks").fetch_one(app.pool()).await.unwrap();
    app.sent().await;
    app.mutate_as(&app.admin, DELETE, json!({ "id": id.to_string() })).await;
    let snapshot = app.sent().await[0].data["track"].take();
    assert_eq!((&snapshot["owner_id"], &snapshot["sources"]), (&json!(other.user), &json!([second])));
    assert_eq!(snapshot["status"], "PUBLISHED");
}

#[sqlx::test(migrations = false)]
async fn a_strangers_file_never_plays_in_place_of_a_track(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let other = keys::viewer(Role::Creator);
    File::new(&app, song(1)).of(mp3(128)).sounding("r1").import(&app).await;
    let better = File::new(&app, song(1)).of(lossless(96_000, 24)).sounding("r2");
    better.by(&other).import(&app).await;
    assert_eq!(albums(&app).await, listed(&[("First", &["Song 1 40", "Song 1 40"])]));
}

#[sqlx::test(migrations = false)]
async fn the_cover_of_an_album_outlives_the_upload_that_it_was_found_in(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let first = File::new(&app, song(1)).sounding("r1").import(&app).await;
    let second = File::new(&app, song(2)).sounding("r2").import(&app).await;
    let shown = async || app.ask(ALBUMS, json!({})).await["albums"]["edges"][0]["node"]["coverUrl"].take();
    let of = |upload: UploadId| json!(format!("http://media.test/v1/images/img_{}.jpg", &upload.to_string()[4..]));
    assert_eq!(shown().await, of(first));
    let track = "select track_id from track_sources where upload_id = $1";
    let id: polyphony_events::TrackId = sqlx::query_scalar(track).bind(first.0).fetch_one(app.pool()).await.unwrap();
    app.mutate(DELETE, json!({ "id": id.to_string() })).await;
    sqlx::query("update tracks set withdrawn_at = now() - interval '1 hour' where withdrawn_at is not null")
        .execute(app.pool())
        .await
        .unwrap();
    app.sent().await;
    app.mutate(DELETE, json!({ "id": id.to_string() })).await;
    assert_eq!(shown().await, of(second));
    let sent = app.sent().await;
    let album = sent.iter().find(|event| event.kind == "AlbumChanged").unwrap();
    assert_eq!(album.data["cover"], json!(format!("img_{}", &second.to_string()[4..])));
}

/// Files of one library in some order: what becomes of them does not depend on it.
#[sqlx::test(migrations = false)]
async fn a_library_is_the_same_in_whatever_order_it_comes(pool: PgPool) {
    let of = |app: &TestApp| -> Vec<File> {
        let year = |year: &str, tags: Tags| Tags { released_on: Some(year.to_owned()), ..tags };
        let song = |n: i32, album: &str| tags(&format!("Song {n}"), "A", album, n);
        let mut files = Vec::new();
        for n in 1..=4 {
            let (flac, mp) = (format!("f/{n}.flac"), format!("m/{n}.mp3"));
            let length = 100_000 + i64::from(n) * 10_000;
            let old = year("1987", song(n, "Kick"));
            files.push(File::new(app, old.clone()).of(lossless(44_100, 16)).sounding(&flac).at(&flac).lasting(length));
            files.push(File::new(app, old).of(mp3(192)).sounding(&mp).at(&mp).lasting(length + 700));
            let new = format!("r/{n}.flac");
            let remaster = year("2009", song(n, "Kick"));
            files.push(
                File::new(app, remaster).of(lossless(44_100, 16)).sounding(&new).at(&new).lasting(length + 3_000),
            );
            let sampler = Tags { compilation: true, ..tags(&format!("Song {n}"), "A", "Hits", 9 - n) };
            files.push(
                File::new(app, sampler)
                    .of(lossless(44_100, 16))
                    .sounding(&flac)
                    .at(&format!("h/{n}.flac"))
                    .lasting(length),
            );
            let loose = tags(&format!("Song {n}"), "A", "", n);
            files.push(
                File::new(app, loose)
                    .of(lossless(44_100, 16))
                    .sounding(&flac)
                    .at(&format!("l/{n}.flac"))
                    .lasting(length),
            );
        }
        files
    };
    let app = TestApp::new(pool).await;
    let mut seen = Vec::new();
    for turn in 0..6_u64 {
        sqlx::query("truncate artists, albums, tracks cascade").execute(app.pool()).await.unwrap();
        let mut files = of(&app);
        shuffle(&mut files, turn);
        for file in files {
            file.import(&app).await;
        }
        let sources: Vec<(i64, i64)> = sqlx::query_as(
            "select n, count(*) from (select count(*) as n from track_sources group by track_id) of group by n order by n",
        )
        .fetch_all(app.pool())
        .await
        .unwrap();
        assert_eq!(app.count("track_sources").await, 20, "no upload is without a track");
        seen.push((albums(&app).await, sources));
    }
    let expected = listed(&[
        ("Hits", &["Song 4 5 140", "Song 3 6 130", "Song 2 7 120", "Song 1 8 110"]),
        ("Kick 1987", &["Song 1 1 110", "Song 2 2 120", "Song 3 3 130", "Song 4 4 140"]),
        ("Kick 2009", &["Song 1 1 113", "Song 2 2 123", "Song 3 3 133", "Song 4 4 143"]),
    ]);
    for (albums, _) in &seen {
        assert_eq!(*albums, expected);
    }
}

/// The same order for the same seed.
fn shuffle(files: &mut [File], seed: u64) {
    let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    for at in (1..files.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        files.swap(at, (state >> 33) as usize % (at + 1));
    }
}
