//! The whole way: bytes into a real object store, through the real FFmpeg, to playlists that FFmpeg plays.

use std::{process::Command, sync::Arc};

use polyphony_events::{UploadId, catalog::PublicationStatus};
use polyphony_kit::{Role, Viewer};
use polyphony_media::housekeeping;
use polyphony_testkit::{eventually, keys::viewer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::{
    app::{TestApp, sound},
    playback::preferences,
};

const PLAN: &str = "playable playbackPlan { mode url expiresAt durationMs playableUntilMs reason
    renditions { codec bitrateKbps lossless sizeBytes }
    gapless { encoderDelay padding sampleRateHz totalSamples } loudness { integratedLufs truePeakDbtp trackGainDb } }";

fn flac(frequency: u32) -> Vec<u8> {
    sound(
        8.0,
        frequency,
        "a.flac",
        "-sample_fmt s16 -metadata title=Aria -metadata artist=Ensemble -metadata album=Suite \
         -metadata musicbrainz_albumartistid=1bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d22",
    )
}

impl TestApp {
    /// What the track says to somebody.
    async fn track_fields(&self, who: Option<&Viewer>, id: &str, fields: &str) -> Value {
        self.door.entities(who, "Track", &[id.to_owned()], fields).await.remove(0)
    }

    async fn objects(&self, prefix: &str) -> usize {
        self.app.blobs.list(prefix).await.unwrap().len()
    }
}

#[sqlx::test(migrations = false)]
async fn a_flac_becomes_a_track_that_players_play(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, listener) = (viewer(Role::Creator), viewer(Role::Listener));
    let bytes = flac(440);
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let id = app.upload(&owner, "x.bin", &bytes, json!({ "sha256": sha256, "catalogFromTags": true })).await;
    assert!(app.worker().work_once().await.unwrap());

    let upload = app.see(&owner, &id).await;
    assert_eq!(upload["state"], "READY", "{upload:#}");
    assert_eq!((upload["job"]["state"].clone(), upload["job"]["percent"].clone()), (json!("READY"), json!(100.0)));
    let codecs: Vec<_> = upload["job"]["renditions"].as_array().unwrap().iter().map(|one| &one["codec"]).collect();
    assert_eq!(codecs, ["AAC", "AAC", "AAC", "FLAC", "MP3"]);
    let (kind, ready) = app.events().await.pop().unwrap();
    assert_eq!(kind, "MediaReady");
    assert_eq!(ready["tags"]["title"], "Aria");
    assert_eq!(ready["tags"]["musicbrainz_album_artist_ids"], json!(["1bc9ee27-ae5e-4b7a-ac90-9a2e1d4e8d22"]));
    assert_eq!((ready["duration_ms"].clone(), ready["catalog_from_tags"].clone()), (json!(8000), json!(true)));

    let track = app.track(owner.user, Some(&id), PublicationStatus::Published).await.to_string();
    app.hear(&preferences(listener.user, "LOSSLESS", 1)).await;
    assert_eq!(app.see(&owner, &id).await["track"]["id"], track);
    let fields = app.track_fields(Some(&listener), &track, PLAN).await;
    let plan = &fields["playbackPlan"];
    assert_eq!((fields["playable"].clone(), plan["mode"].clone()), (json!(true), json!("HLS")));
    assert_eq!((plan["durationMs"].clone(), plan["playableUntilMs"].clone()), (json!(8000), json!(8000)));
    assert_eq!(plan["gapless"]["totalSamples"], json!(352_800.0));
    assert!(plan["loudness"]["integratedLufs"].as_f64().unwrap() < 0.0);

    let master_url = plan["url"].as_str().unwrap();
    let (status, master) = app.play(master_url).await;
    assert_eq!(status, 200);
    assert_eq!(master.matches("#EXT-X-STREAM-INF").count(), 4);
    for line in master.lines().filter(|line| !line.starts_with('#')) {
        let base = master_url.rsplit_once("master.m3u8").unwrap().0;
        let (status, media) = app.play(&format!("{base}{line}")).await;
        assert_eq!(status, 200, "{line}");
        assert!(media.ends_with("#EXT-X-ENDLIST\n"));
        assert_eq!(app.play(&format!("{base}{line}")).await.1, media, "a reload gives the same URLs");
        plays_for(&app, &media, 8.0).await;
    }

    let fields = app.track_fields(Some(&listener), &track, "waveform(points: 20) loudness { trackGainDb }").await;
    assert_eq!(fields["waveform"].as_array().unwrap().len(), 20);
    let download = "mp3: downloadUrl { url contentType sizeBytes } original: downloadUrl(format: ORIGINAL) { url contentType sizeBytes }";
    let files = app.track_fields(Some(&listener), &track, download).await;
    assert_eq!(
        (files["mp3"]["contentType"].clone(), files["original"]["contentType"].clone()),
        (json!("audio/mpeg"), json!("audio/flac"))
    );
    let (status, original) = app.fetch(files["original"]["url"].as_str().unwrap()).await;
    assert!(status == 200 && original == bytes);
    let (status, mp3) = app.fetch(files["mp3"]["url"].as_str().unwrap()).await;
    assert_eq!((status, json!(mp3.len() as f64)), (200, files["mp3"]["sizeBytes"].clone()));
}

/// Puts the pieces of a playlist together and has FFmpeg say how long they play.
async fn plays_for(app: &TestApp, media: &str, seconds: f64) {
    let init = media.split("URI=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut whole = app.fetch(init).await.1;
    for url in media.lines().filter(|line| !line.starts_with('#')) {
        let (status, piece) = app.fetch(url).await;
        assert_eq!(status, 200);
        whole.extend(piece);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.mp4");
    std::fs::write(&path, whole).unwrap();
    let arguments = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"];
    let probed = Command::new("ffprobe").args(arguments).arg(&path).output().unwrap();
    let text = String::from_utf8_lossy(&probed.stdout).trim().to_owned();
    let played: f64 = text.parse().unwrap_or_else(|_| panic!("{text}: {}", String::from_utf8_lossy(&probed.stderr)));
    assert!((played - seconds).abs() < 0.05, "{played}");
}

#[sqlx::test(migrations = false)]
async fn a_track_that_ends_just_behind_a_segment_is_whole(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let id = app.upload(&owner, "a.flac", &sound(12.1, 900, "a.flac", "-sample_fmt s16"), json!({})).await;
    assert!(app.worker().work_once().await.unwrap());
    let upload = app.see(&owner, &id).await;
    assert_eq!((upload["state"].clone(), upload["job"]["attempt"].clone()), (json!("READY"), json!(1)), "{upload:#}");
    let track = app.track(owner.user, Some(&id), PublicationStatus::Published).await.to_string();
    app.hear(&preferences(owner.user, "LOSSLESS", 1)).await;
    let plan = app.track_fields(Some(&owner), &track, PLAN).await["playbackPlan"].take();
    let url = plan["url"].as_str().unwrap();
    for rendition in ["aac-64", "aac-256", "flac"] {
        let (_, media) = app.play(&url.replace("master", rendition)).await;
        assert_eq!(media.matches("#EXTINF").count(), 2);
        plays_for(&app, &media, 12.1).await;
    }
}

#[sqlx::test(migrations = false)]
async fn an_embedded_cover_is_served_in_a_modest_size(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let picture =
        "-f lavfi -i color=red:s=1200x800:d=1 -map 0:a -map 1:v -frames:v 1 -c:v png -disposition:v attached_pic";
    let id = app.upload(&owner, "a.flac", &sound(1.0, 950, "a.flac", picture), json!({})).await;
    app.worker().work_once().await.unwrap();
    let (_, ready) = app.events().await.pop().unwrap();
    assert_eq!(ready["cover_url"], format!("http://media.test/v1/images/img_{}.jpg", &id[4..]));
    let response = app.player_response(ready["cover_url"].as_str().unwrap()).await;
    assert_eq!(response.status().as_u16(), 200);
    let jpeg = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
    assert!(jpeg.starts_with(&[0xff, 0xd8]));
    let mut found = app.app.blobs.list(&format!("tracks/{id}/1/cover")).await.unwrap();
    found.sort_by(|one, other| one.key.cmp(&other.key));
    let names: Vec<_> = found.iter().map(|object| object.key.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, ["cover-1280.jpg", "cover-320.jpg", "cover.jpg"]);
}

#[sqlx::test(migrations = false)]
async fn what_is_no_audio_or_not_what_was_announced_is_rejected_and_leaves_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let other_hash = json!({ "sha256": "00".repeat(32) });
    for (name, bytes, options, code) in [
        ("song.mp3", b"This is a text, whatever its name says.".to_vec(), json!({}), "UNSUPPORTED_MEDIA"),
        ("a.flac", flac(300), other_hash, "CHECKSUM_MISMATCH"),
    ] {
        let id = app.upload(&owner, name, &bytes, options).await;
        assert!(app.worker().work_once().await.unwrap());
        let upload = app.see(&owner, &id).await;
        assert_eq!((upload["state"].clone(), upload["rejectedBecause"].clone()), (json!("REJECTED"), json!(code)));
        assert_eq!(upload["job"]["state"], "FAILED");
        assert!(upload["job"]["failedBecause"].as_str().unwrap().len() > 10);
        let (kind, failed) = app.events().await.pop().unwrap();
        assert_eq!((kind.as_str(), failed["rejected"].clone()), ("TranscodeFailed", json!(true)));
    }
    housekeeping::collect_garbage(&app.app).await.unwrap();
    assert_eq!(app.objects("").await, 0);
}

#[sqlx::test(migrations = false)]
async fn the_same_audio_is_kept_once(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (first_owner, second_owner) = (viewer(Role::Creator), viewer(Role::Creator));
    let bytes = flac(500);
    let first = app.upload(&first_owner, "a.flac", &bytes, json!({ "catalogFromTags": true })).await;
    app.worker().work_once().await.unwrap();
    let track = app.track(first_owner.user, Some(&first), PublicationStatus::Published).await.to_string();

    // The same recording in another container with other tags.
    let wav = sound(8.0, 500, "b.wav", "-metadata title=Other");
    let second = app.upload(&second_owner, "b.wav", &wav, json!({ "catalogFromTags": true })).await;
    app.worker().work_once().await.unwrap();
    let upload = app.see(&second_owner, &second).await;
    assert_eq!(upload["state"], "READY");
    assert_eq!(upload["duplicateOf"]["id"], track);
    let (_, ready) = app.events().await.pop().unwrap();
    assert_eq!((ready["catalog_from_tags"].clone(), ready["duplicate_of"].clone()), (json!(true), json!(track)));
    assert_eq!((&ready["retags"], &ready["tags"]["title"]), (&json!(first), &json!("Other")));
    assert_eq!(ready["recording"].as_str().unwrap().len(), 64);
    let quality = json!({ "codec": "pcm_s16le", "lossless": true, "sample_rate_hz": 44_100, "bit_depth": 16, "channels": 2,
        "bitrate_kbps": 1411 });
    assert_eq!(ready["quality"], quality);
    app.collect_all_garbage().await;
    assert_eq!(app.objects(&format!("tracks/{second}/")).await + app.objects(&format!("uploads/{second}/")).await, 0);
    assert!(app.objects(&format!("tracks/{first}/")).await > 10);
    // A track that is made of the second upload by hand plays what the first one holds.
    let own = app.track(second_owner.user, Some(&second), PublicationStatus::Published).await.to_string();
    let plan = app.track_fields(Some(&second_owner), &own, PLAN).await["playbackPlan"].take();
    assert!(plan["url"].as_str().unwrap().contains(&first));
}

#[sqlx::test(migrations = false)]
async fn a_duplicate_that_ends_before_the_catalog_has_made_the_track_is_one_all_the_same(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let bytes = sound(4.0, 800, "a.flac", "");
    let first = app.upload(&owner, "a.flac", &bytes, json!({ "catalogFromTags": true })).await;
    let second = app.upload(&owner, "b.flac", &bytes, json!({ "catalogFromTags": true })).await;
    while app.worker().work_once().await.unwrap() {}
    let ready: Vec<_> = app.events().await.into_iter().filter(|(kind, _)| kind == "MediaReady").collect();
    let of = |id: &str| &ready.iter().find(|(_, data)| data["upload_id"] == id).unwrap().1;
    let is_first = of(&first)["retags"].is_null();
    let (original, duplicate) = if is_first { (first, second) } else { (second, first) };
    assert_eq!((&of(&original)["retags"], &of(&duplicate)["retags"]), (&json!(null), &json!(original)));
    assert!([&original, &duplicate].iter().all(|id| of(id)["catalog_from_tags"] == true), "each leads to a track");
    // A third whose tags are not for the catalog.
    app.upload(&owner, "c.flac", &bytes, json!({})).await;
    while app.worker().work_once().await.unwrap() {}
    let (_, third) = app.events().await.pop().unwrap();
    assert_eq!((&third["catalog_from_tags"], &third["retags"]), (&json!(false), &json!(null)));
    let track = app.track(owner.user, Some(&original), PublicationStatus::Published).await.to_string();
    assert_eq!(app.see(&owner, &original).await["track"]["id"], track);
    assert_eq!(app.see(&owner, &duplicate).await["duplicateOf"]["id"], track);
}

#[sqlx::test(migrations = false)]
async fn silence_and_what_is_very_short_share_their_bytes_and_say_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let silence = sound(5.0, 0, "a.flac", "-af volume=0");
    let click = sound(1.0, 800, "b.flac", "");
    for bytes in [&silence, &click] {
        let options = json!({ "catalogFromTags": true, "folder": "music/a" });
        let first = app.upload(&owner, "1.flac", bytes, options.clone()).await;
        let second = app.upload(&owner, "2.flac", bytes, options).await;
        while app.worker().work_once().await.unwrap() {}
        let is_one = |data: &Value| data["upload_id"] == first || data["upload_id"] == second;
        let told = app.events().await.into_iter();
        let ready: Vec<_> = told.filter(|(kind, data)| kind == "MediaReady" && is_one(data)).collect();
        assert_eq!(ready.len(), 2);
        for (_, data) in &ready {
            assert_eq!((&data["recording"], &data["retags"]), (&Value::Null, &Value::Null));
            assert_eq!((&data["catalog_from_tags"], &data["folder"]), (&json!(true), &json!("music/a")));
        }
        app.collect_all_garbage().await;
        let stored = [&first, &second].map(|id| format!("uploads/{id}/"));
        assert_eq!(app.objects(&stored[0]).await + app.objects(&stored[1]).await, 1);
    }
}

#[sqlx::test(migrations = false)]
async fn a_file_whose_tags_were_changed_says_which_upload_it_was_if_its_audio_is_the_same(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, other) = (viewer(Role::Creator), viewer(Role::Creator));
    let first = app.upload(&owner, "a.flac", &sound(4.0, 700, "a.flac", ""), json!({ "catalogFromTags": true })).await;
    app.worker().work_once().await.unwrap();
    let tagged = sound(4.0, 700, "a.flac", "-metadata title=Other");
    let another = sound(4.0, 710, "a.flac", "");
    for (who, bytes, told) in
        [(&owner, &tagged, json!(first)), (&owner, &another, json!(null)), (&other, &tagged, json!(null))]
    {
        let id = app.upload(who, "a.flac", bytes, json!({ "catalogFromTags": true, "replaces": first })).await;
        app.worker().work_once().await.unwrap();
        let ready = app.events().await.into_iter().rev().find(|(kind, _)| kind == "MediaReady").unwrap().1;
        assert_eq!((&ready["upload_id"], &ready["replaces"]), (&json!(id), &told));
    }
}

#[sqlx::test(migrations = false)]
async fn a_dead_workers_attempt_leaves_no_objects(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let id = app.upload(&owner, "a.flac", &flac(600), json!({})).await;
    let upload = UploadId::parse(&id).unwrap();
    let dead = app.app.store.claim(1, None, app.app.clock.now()).await.unwrap().unwrap();
    let half = polyphony_media::domain::keys::segment(upload, dead.attempt, "aac-64", 0);
    app.app.blobs.upload_bytes(&half, vec![0; 10], "audio/mp4").await.unwrap();
    sqlx::query("update jobs set lease_until = now() - interval '1 second'").execute(&app.pool).await.unwrap();
    assert!(app.worker().work_once().await.unwrap());
    let seen = app.see(&owner, &id).await;
    assert_eq!((seen["state"].clone(), seen["job"]["attempt"].clone()), (json!("READY"), json!(2)));
    assert_eq!(app.events().await.iter().filter(|(kind, _)| kind == "MediaReady").count(), 1);
    housekeeping::collect_garbage(&app.app).await.unwrap();
    assert_eq!(app.objects(&format!("tracks/{id}/1/")).await, 1, "somebody may listen to it");
    app.collect_all_garbage().await;
    assert_eq!(app.objects(&format!("tracks/{id}/1/")).await, 0);
}

#[sqlx::test(migrations = false)]
async fn a_long_track_is_playable_while_it_is_encoded(pool: PgPool) {
    let app = Arc::new(TestApp::new(pool).await);
    let owner = viewer(Role::Creator);
    let bytes = sound(300.0, 440, "long.flac", "-compression_level 0");
    // The track comes first, and does not know of the upload before it is ready.
    let track = app.track(owner.user, None, PublicationStatus::Published).await.to_string();
    let id = app.upload(&owner, "long.flac", &bytes, json!({ "trackId": track })).await;
    let watch = async {
        let plan = eventually("a playable beginning", async || {
            let plan = app.track_fields(Some(&owner), &track, PLAN).await["playbackPlan"].take();
            (!plan.is_null()).then_some(plan)
        })
        .await;
        assert!(plan["playableUntilMs"].as_i64().unwrap() < 300_000, "{plan:#}");
        assert!(plan["reason"].as_str().unwrap().contains("still being encoded"));
        let url = plan["url"].as_str().unwrap();
        let (status, master) = app.play(url).await;
        assert_eq!(status, 200);
        let line = master.lines().find(|line| !line.starts_with('#')).unwrap();
        let (_, media) = app.play(&url.replace(&format!("master.m3u8{}", &url[url.find('?').unwrap()..]), line)).await;
        assert!(media.contains("#EXTINF") && !media.contains("ENDLIST"));
        let direct = "playbackPlan(client: { hls: false }) { mode }";
        assert_eq!(app.track_fields(Some(&owner), &track, direct).await["playbackPlan"], Value::Null);
        let job = app.see(&owner, &id).await["job"]["id"].clone();
        let cancel = "mutation($id: ID!) { cancelTranscode(jobId: $id) { job { state } } }";
        app.door.query(Some(&owner), cancel, json!({ "id": job })).await;
    };
    let worker = app.worker();
    let (worked, ()) = tokio::join!(worker.work_once(), watch);
    assert!(worked.unwrap());
    let upload = app.see(&owner, &id).await;
    let states = (upload["state"].clone(), upload["job"]["state"].clone());
    assert_eq!(states, (json!("READY"), json!("CANCELLED")), "the file plays as it is");
}

#[sqlx::test(migrations = false)]
async fn a_track_plays_on_between_the_end_of_its_encoding_and_the_catalogs_word(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let track = app.track(owner.user, None, PublicationStatus::Draft).await;
    let id =
        app.upload(&owner, "a.flac", &sound(1.0, 450, "a.flac", ""), json!({ "trackId": track.to_string() })).await;
    assert!(app.worker().work_once().await.unwrap());
    assert_eq!(app.see(&owner, &id).await["state"], "READY");
    let plan = app.track_fields(Some(&owner), &track.to_string(), PLAN).await["playbackPlan"].take();
    assert!(plan["url"].as_str().unwrap().contains(&id), "{plan:#}");
}
