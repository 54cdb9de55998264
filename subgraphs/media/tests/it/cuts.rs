//! Whole albums in one file: with a cue sheet they become their tracks, which are cuts of one recording.

use chrono::TimeDelta;
use polyphony_events::{
    UploadId,
    accounts::UserDeleted,
    catalog::{PublicationStatus, TrackDeleted},
};
use polyphony_kit::{Role, UserId, Viewer};
use polyphony_media::{housekeeping, store::upload};
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, sound};

const SHEET: &str = "PERFORMER \"The Band\"\nTITLE \"The Album\"\nREM DATE 1987\nREM GENRE Jazz\nFILE \"album.wav\" WAVE\n\
    TRACK 01 AUDIO\nTITLE One\nISRC GBAYE6800011\nINDEX 01 00:00:00\n\
    TRACK 02 AUDIO\nTITLE Two\nPERFORMER \"Somebody; Else\"\nINDEX 00 00:03:50\nINDEX 01 00:04:01\n\
    TRACK 03 AUDIO\nTITLE Three\nINDEX 01 00:08:37";

/// Where the tracks begin and the file ends, in samples at 44.1 kHz: 588 are a frame.
const BOUNDS: [u64; 4] = [0, 301 * 588, 637 * 588, 12 * 44_100];

impl TestApp {
    /// Uploads a file with this sheet and works until nothing is left to do; gives the upload.
    async fn divided(&self, owner: &Viewer, name: &str, bytes: &[u8], sheet: Option<&str>) -> Value {
        let id = self.upload(owner, name, bytes, json!({ "catalogFromTags": true, "cueSheet": sheet })).await;
        while self.worker().work_once().await.unwrap() {}
        self.whole(owner, &id).await
    }

    async fn whole(&self, owner: &Viewer, id: &str) -> Value {
        let query = "query($id: ID!) { upload(id: $id) {
            id state notSplitBecause cutOf { id } track { id } job { state percent failedBecause }
            cuts { id filename state sizeBytes cutOf { id } job { state } }
        } }";
        self.door.query(Some(owner), query, json!({ "id": id })).await["upload"].take()
    }

    /// What the catalog is told of ready uploads, in order.
    async fn announced(&self) -> Vec<Value> {
        let ready = |(kind, data): (String, Value)| (kind == "MediaReady").then_some(data);
        self.events().await.into_iter().filter_map(ready).collect()
    }

    /// Objects that are left of the file and of what was made of its tracks.
    async fn left(&self) -> (usize, usize) {
        housekeeping::retire_unused(&self.app).await.unwrap();
        self.collect_all_garbage().await;
        let count = async |prefix| self.app.blobs.list(prefix).await.unwrap().len();
        (count("uploads/").await, count("tracks/").await)
    }
}

fn album(name: &str, options: &str) -> Vec<u8> {
    // A tone that never repeats, so that no two parts are alike.
    sound(12.0, 311, name, &format!("-af vibrato=f=0.1:d=0.5 {options}"))
}

#[sqlx::test(migrations = false)]
async fn a_file_with_a_sheet_becomes_its_tracks_and_is_ready_when_they_are(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let bytes = album("album.flac", "-metadata LABEL=Blue -metadata TITLE=Whole -metadata ALBUM_ARTIST=Band");
    let whole = app.divided(&owner, "Album.flac", &bytes, Some(SHEET)).await;
    assert_eq!(whole["state"], "READY", "{whole:#}");
    assert_eq!(whole["job"], json!({ "state": "READY", "percent": 100.0, "failedBecause": null }));
    assert_eq!(
        (&whole["track"], &whole["cutOf"], &whole["notSplitBecause"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let cuts = whole["cuts"].as_array().unwrap();
    let names: Vec<_> = cuts.iter().map(|cut| cut["filename"].as_str().unwrap()).collect();
    assert_eq!(names, ["Album.flac #01", "Album.flac #02", "Album.flac #03"]);
    assert!(cuts.iter().all(|cut| cut["state"] == "READY" && cut["cutOf"]["id"] == whole["id"]), "{cuts:#?}");
    let sizes: f64 = cuts.iter().map(|cut| cut["sizeBytes"].as_f64().unwrap()).sum();
    assert!((sizes / bytes.len() as f64 - 1.0).abs() < 0.01, "{sizes} of {}", bytes.len());

    let ready = app.announced().await;
    assert_eq!(ready.len(), 3, "nothing is told of the whole");
    let said = |index: usize| &ready[index]["tags"];
    let titles: Vec<_> = (0..3).map(|index| said(index)["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["One", "Two", "Three"]);
    assert_eq!(said(1)["artists"], json!(["Somebody", "Else"]));
    assert_eq!((said(0)["album"].as_str(), &said(0)["album_artists"]), (Some("The Album"), &json!(["The Band"])));
    assert_eq!((said(2)["track_number"].as_i64(), said(2)["track_total"].as_i64()), (Some(3), Some(3)));
    assert_eq!((said(0)["isrc"].as_str(), said(0)["released_on"].as_str()), (Some("GBAYE6800011"), Some("1987")));
    let lengths: Vec<_> = ready.iter().map(|event| event["duration_ms"].as_i64().unwrap()).collect();
    let expected = BOUNDS.windows(2).map(|bound| ((bound[1] - bound[0]) as f64 / 44.1).round() as i64);
    assert_eq!(lengths, expected.collect::<Vec<_>>());
    let quota: (i64,) = sqlx::query_as("select sum(size_bytes)::bigint from uploads where cut_of is null")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(quota.0, bytes.len() as i64);
}

#[sqlx::test(migrations = false)]
async fn a_track_that_is_cut_out_is_the_recording_that_is_there_by_itself(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let (first, last) = (BOUNDS[1], BOUNDS[2]);
    let alone = album(
        "two.flac",
        &format!("-sample_fmt s16 -af vibrato=f=0.1:d=0.5,atrim=start_sample={first}:end_sample={last}"),
    );
    app.divided(&owner, "two.flac", &alone, None).await;
    app.divided(&owner, "album.wav", &album("album.wav", ""), Some(SHEET)).await;
    let ready = app.announced().await;
    assert_eq!(ready.len(), 4);
    assert_eq!(ready[0]["recording"], ready[2]["recording"]);
    assert_ne!(ready[1]["recording"], ready[3]["recording"]);
}

#[sqlx::test(migrations = false)]
async fn a_sheet_inside_the_file_divides_it_as_well(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("tags"),
        format!(";FFMETADATA1\nCUESHEET={}", SHEET.replace('\n', "\\\n").replace('"', "")),
    )
    .unwrap();
    let tags = format!("-f ffmetadata -i {} -map 0:a -map_metadata 1", folder.path().join("tags").display());
    for (name, codec) in [
        ("a.flac", ""),
        ("b.wv", "-sample_fmt s16p"),
        ("c.mp3", "-id3v2_version 4"),
        ("d.m4a", "-movflags use_metadata_tags"),
    ] {
        let whole = app
            .divided(&owner, name, &sound(12.0, 200 + name.len() as u32, name, &format!("{tags} {codec}")), None)
            .await;
        assert_eq!(
            (&whole["state"], whole["cuts"].as_array().unwrap().len()),
            (&json!("READY"), 3),
            "{name}: {whole:#}"
        );
    }
}

#[sqlx::test(migrations = false)]
async fn a_sheet_that_is_broken_or_of_another_file_leaves_it_whole_and_says_so(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let short = sound(5.0, 440, "album.flac", "");
    for (sheet, because) in [
        (SHEET, "the sheet is of another file: its last track begins at 8 s, and the file ends at 5 s"),
        ("FILE a WAVE\nTRACK x AUDIO", "line 2: a track without a number"),
    ] {
        let whole = app.divided(&owner, "album.flac", &short, Some(sheet)).await;
        assert_eq!((&whole["state"], &whole["cuts"]), (&json!("READY"), &json!([])));
        assert_eq!(whole["notSplitBecause"], because);
    }
    let long = "x".repeat(65 * 1024);
    let refused = app.create(&owner, json!({ "filename": "a.flac", "sizeBytes": 1, "cueSheet": long })).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "INVALID_INPUT", "path": ["input", "cueSheet"] }]));
}

#[sqlx::test(migrations = false)]
async fn the_bytes_of_the_file_live_as_long_as_one_of_its_tracks(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let file = album("album.flac", "");
    let whole = app.divided(&owner, "album.flac", &file, Some(SHEET)).await;
    let id = whole["id"].as_str().unwrap();
    let cuts: Vec<_> = whole["cuts"].as_array().unwrap().iter().map(|cut| cut["id"].as_str().unwrap()).collect();
    let mut tracks = Vec::new();
    for cut in &cuts {
        tracks.push(app.track(owner.user, Some(cut), PublicationStatus::Published).await);
    }
    let download = "downloadUrl(format: ORIGINAL) { url sizeBytes }";
    let mut found = app.door.entities(Some(&owner), "Track", &[tracks[1].to_string()], download).await;
    let original = found[0]["downloadUrl"].take();
    assert_eq!(app.fetch(original["url"].as_str().unwrap()).await, (200, file), "the file as it was uploaded");
    // Others are given the track alone: what stands beside it may be withdrawn, or a draft.
    let listener = viewer(Role::Listener);
    let both = "original: downloadUrl(format: ORIGINAL) { url } mp3: downloadUrl(format: MP3) { url }";
    let found = app.door.entities(Some(&listener), "Track", &[tracks[1].to_string()], both).await;
    assert!(found[0]["original"].is_null() && found[0]["mp3"].is_object(), "{found:?}");
    app.wait(TimeDelta::days(40));
    let (bytes, made) = app.left().await;
    assert_eq!(bytes, 1);
    for track in &tracks[..2] {
        app.hear(&TrackDeleted { track_id: *track, version: 2 }).await;
    }
    app.wait(TimeDelta::days(31));
    let (bytes, fewer) = app.left().await;
    assert!(bytes == 1 && fewer < made, "{bytes} {fewer} {made}");
    assert_eq!(app.whole(&owner, id).await["state"], "READY");
    app.hear(&TrackDeleted { track_id: tracks[2], version: 2 }).await;
    app.wait(TimeDelta::days(31));
    assert_eq!(app.left().await, (0, 0));
    assert_eq!(app.whole(&owner, id).await["state"], "EXPIRED");
}

#[sqlx::test(migrations = false)]
async fn cuts_are_not_asked_for_within_cuts_and_a_sheet_of_many_short_tracks_divides_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let tracks = |count: usize, frames: usize| {
        let track = |n: usize| {
            let at = (n - 1) * frames;
            let (minutes, seconds, rest) = (at / 4500, at / 75 % 60, at % 75);
            format!("\nTRACK {n:02} AUDIO\nINDEX 01 {minutes:02}:{seconds:02}:{rest:02}")
        };
        format!("FILE \"album.flac\" WAVE{}", (1..=count).map(track).collect::<String>())
    };
    let file = album("album.flac", "");
    for (sheet, because) in [
        (tracks(100, 2), "the sheet names 100 tracks, and a file is divided into at most 99"),
        (tracks(10, 74), "the sheet names a track that is shorter than a second"),
    ] {
        let whole = app.divided(&owner, "album.flac", &file, Some(&sheet)).await;
        assert_eq!((&whole["cuts"], &whole["notSplitBecause"]), (&json!([]), &json!(because)));
    }
    for within in ["cuts { cutOf { cuts { id } } }", "a: cuts { job { upload { ...B } } }"] {
        let query =
            format!("query($id: ID!) {{ upload(id: $id) {{ {within} }} }} fragment B on Upload {{ b: cuts {{ id }} }}");
        let query = if within.contains("...B") { query } else { query.split(" fragment").next().unwrap().to_owned() };
        let id = app.upload(&owner, "a.flac", &file, json!({})).await;
        assert_eq!(app.door.codes(Some(&owner), &query, json!({ "id": id })).await, ["BAD_USER_INPUT"], "{within}");
    }
}

#[sqlx::test(migrations = false)]
async fn giving_up_the_file_gives_up_what_is_not_ready_of_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let options = json!({ "catalogFromTags": true, "cueSheet": SHEET });
    let id = app.upload(&owner, "album.flac", &album("album.flac", ""), options).await;
    for _ in 0..2 {
        assert!(app.worker().work_once().await.unwrap());
    }
    let underway = app.whole(&owner, &id).await;
    assert_eq!((&underway["state"], &underway["job"]["state"]), (&json!("TRANSCODING"), &json!("RUNNING")));
    let stop = "mutation($id: ID!) { cancelTranscode(jobId: $id) { userErrors { code } } }";
    let job = app.see(&owner, &id).await["job"]["id"].take();
    let refused = app.door.query(Some(&owner), stop, json!({ "id": job })).await;
    assert_eq!(refused["cancelTranscode"]["userErrors"], json!([{ "code": "CONFLICT" }]));
    let give_up = "mutation($id: ID!) { cancelUpload(uploadId: $id) { userErrors { code } } }";
    app.door.query(Some(&owner), give_up, json!({ "id": id })).await;
    let whole = app.whole(&owner, &id).await;
    let states: Vec<_> = whole["cuts"].as_array().unwrap().iter().map(|cut| cut["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["READY", "EXPIRED", "EXPIRED"]);
    assert_eq!(whole["state"], "READY");
}

#[sqlx::test(migrations = false)]
async fn tracks_of_a_person_who_is_gone_keep_the_file_while_others_play_them(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let whole = app.divided(&owner, "album.flac", &album("album.flac", ""), Some(SHEET)).await;
    let cut = whole["cuts"][1]["id"].as_str().unwrap();
    let track = app.track(owner.user, Some(cut), PublicationStatus::Published).await;
    app.hear(&UserDeleted { user_id: owner.user, version: 2 }).await;
    let left: Vec<(UploadId, UserId)> =
        sqlx::query_as("select id, owner_id from uploads order by id").fetch_all(&app.pool).await.unwrap();
    assert_eq!(left.len(), 2, "the file, and the track that is published");
    app.hear(&TrackDeleted { track_id: track, version: 2 }).await;
    app.wait(TimeDelta::days(31));
    assert_eq!(app.left().await, (0, 0));
}

#[sqlx::test(migrations = false)]
async fn an_audiobook_is_one_track_with_its_chapters(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let folder = tempfile::tempdir().unwrap();
    let chapter = |title: &str, from: u32, to: u32| {
        format!("[CHAPTER]\nTIMEBASE=1/1000\nSTART={from}\nEND={to}\ntitle={title}\n")
    };
    let text = [
        ";FFMETADATA1\n",
        &chapter("Once", 0, 4000),
        &chapter("Upon a time", 4000, 9000),
        &chapter("The end", 9000, 12000),
    ];
    let file = folder.path().join("chapters");
    std::fs::write(&file, text.concat()).unwrap();
    let tags = format!("-f ffmetadata -i {} -map 0:a -map_metadata 1 -map_chapters 1", file.display());
    for (name, options) in
        [("book.m4b", "-c:a aac"), ("book.mka", "-c:a flac"), ("book.opus", "-c:a libopus"), ("book.mp3", "")]
    {
        let bytes = sound(12.0, 300 + options.len() as u32, name, &format!("{tags} {options}"));
        let book = app.divided(&owner, name, &bytes, None).await;
        assert_eq!((&book["state"], &book["cuts"]), (&json!("READY"), &json!([])), "{name}");
        let track = app.track(owner.user, book["id"].as_str(), PublicationStatus::Published).await;
        let seen =
            app.door.entities(Some(&owner), "Track", &[track.to_string()], "chapters { title startMs endMs }").await;
        let chapters = seen[0]["chapters"].as_array().unwrap();
        let titles: Vec<_> = chapters.iter().map(|chapter| chapter["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["Once", "Upon a time", "The end"], "{name}");
        assert_eq!((&chapters[1]["startMs"], &chapters[1]["endMs"]), (&json!(4000.0), &json!(9000.0)), "{name}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_file_whose_tracks_are_all_doubles_keeps_no_bytes_and_takes_no_quota(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let file = album("album.flac", "");
    let first = app.divided(&owner, "album.flac", &file, Some(SHEET)).await;
    let second = app.divided(&owner, "again.flac", &file, Some(SHEET)).await;
    assert_eq!((&first["state"], &second["state"]), (&json!("READY"), &json!("READY")));
    app.wait(TimeDelta::minutes(20));
    assert_eq!(app.left().await.0, 1, "the bytes of the first alone");
    let mut tx = app.pool.begin().await.unwrap();
    let (used, _) = upload::usage(&mut tx, owner.user).await.unwrap();
    assert_eq!(used, file.len() as i64);
}

#[sqlx::test(migrations = false)]
async fn a_file_of_which_nothing_is_left_goes_though_nobody_could_say_so(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let whole = app.divided(&owner, "album.flac", &album("album.flac", ""), Some(SHEET)).await;
    housekeeping::settle_emptied(&app.app).await.unwrap();
    let id = whole["id"].as_str().unwrap();
    assert_eq!(app.whole(&owner, id).await["state"], "READY");
    // As by a process that was killed between letting go of the last track and saying so of the file.
    let gone = "update uploads set state = 'EXPIRED' where cut_of is not null";
    sqlx::query(gone).execute(&app.pool).await.unwrap();
    housekeeping::settle_emptied(&app.app).await.unwrap();
    assert_eq!(app.whole(&owner, id).await["state"], "EXPIRED");
    assert_eq!(app.left().await.0, 0);
}

#[sqlx::test(migrations = false)]
async fn giving_up_a_file_while_it_is_divided_gives_up_its_tracks(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let id = app.upload(&owner, "album.flac", &album("album.flac", ""), json!({ "cueSheet": SHEET })).await;
    let whole = UploadId::parse(&id).unwrap();
    let mut division = app.pool.begin().await.unwrap();
    sqlx::query("select from jobs where upload_id = $1 for update")
        .bind(whole.0)
        .execute(&mut *division)
        .await
        .unwrap();
    let give_up = "mutation($id: ID!) { cancelUpload(uploadId: $id) { userErrors { code } } }";
    let given_up = app.door.query(Some(&owner), give_up, json!({ "id": id }));
    let divided = async {
        // The mutation has seen no tracks by now, and waits.
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let cut = "with cut as (
                insert into uploads (id, owner_id, filename, size_bytes, catalog_from_tags, state, part_size_bytes, created_at,
                    expires_at, cut_of, cut_number, cut_start)
                select gen_random_uuid(), owner_id, 'a #01', 1, true, 'RECEIVED', 1, now(), now(), id, 1, 0
                from uploads where id = $1 returning id, owner_id
            )
            insert into jobs (id, upload_id, owner_id, size_bytes, state, request_id, queued_at)
            select gen_random_uuid(), id, owner_id, 1, 'QUEUED', 'r', now() from cut";
        sqlx::query(cut).bind(whole.0).execute(&mut *division).await.unwrap();
        division.commit().await.unwrap();
    };
    tokio::join!(given_up, divided);
    assert_eq!(app.whole(&owner, &id).await["cuts"][0]["state"], "EXPIRED");
}
