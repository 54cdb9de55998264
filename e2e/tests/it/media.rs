//! Uploads by many at once while workers are killed, and while the object store is away: all end READY, none doubled. A
//! video becomes an MP3 to take home.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece, decoded_seconds},
    eventually, processes, unique, upload,
};
use serde_json::{Value, json};

/// One after the other so that each file's audio differs.
fn piece(folder: &std::path::Path, number: u32, seconds: u32, mark: &str) -> std::path::PathBuf {
    let tags = [
        ("title", format!("Piece {number} {mark}")),
        ("artist", format!("Band {mark}")),
        ("album", format!("Album {mark}")),
        ("track", number.to_string()),
    ];
    let file = format!("{number}.flac");
    audio::make(folder, &Piece { file: &file, seconds, hertz: 200 + 7 * number, tags: &tags, ..Piece::default() })
}

#[tokio::test]
async fn uploads_of_many_end_ready_and_once_while_workers_are_killed() {
    const PEOPLE: u32 = 4;
    const EACH: u32 = 5;
    let platform = Platform::start_with(&[("WORKER_CONCURRENCY", "1")]);
    let (folder, mark) = (tempfile::tempdir().unwrap(), unique());
    let mut uploads: Vec<(Client, String)> = Vec::new();
    for person in 0..PEOPLE {
        let client = Client::creator(&platform).await;
        for number in 0..EACH {
            let path = piece(folder.path(), person * EACH + number, 20, &format!("{mark}{person}"));
            uploads.push((client.clone(), upload::start(&client, &path).await));
        }
    }
    let (over, most) = (AtomicBool::new(false), AtomicUsize::new(0));
    let kill = async {
        for round in 0.. {
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_millis(200)).await;
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let now = processes::children_named(platform.pid("media-worker-1"), "ffmpeg");
                most.fetch_max(now, Ordering::Relaxed);
            }
            if round < 4 {
                platform.kill("media-worker-1");
                platform.ready("media-worker-1").await;
            }
        }
    };
    let work = async {
        let mut tracks = HashSet::new();
        for (client, id) in &uploads {
            let upload = upload::finished(client, id).await;
            assert_eq!(upload["state"], "READY", "{upload:#}");
            assert!(tracks.insert(upload["track"]["id"].to_string()), "two uploads became one track: {upload:#}");
        }
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(kill, work);
    for (client, id) in uploads.iter().step_by(EACH as usize) {
        let query =
            "query($upload: ID!) { upload(id: $upload) { track { album { trackCount tracks { totalCount } } } } }";
        let album = client.query(query, json!({ "upload": id })).await["upload"]["track"]["album"].take();
        assert_eq!(album, json!({ "trackCount": EACH, "tracks": { "totalCount": EACH } }), "none is doubled");
    }
    assert_eq!(most.load(Ordering::Relaxed), 1, "FFmpeg processes at once");
}

#[tokio::test]
async fn a_store_that_is_away_for_half_a_minute_costs_nobody_their_upload() {
    let platform = Platform::start();
    let (client, folder, mark) = (Client::creator(&platform).await, tempfile::tempdir().unwrap(), unique());
    let mut uploads = Vec::new();
    for (number, seconds) in [(1, 400), (2, 5), (3, 5)] {
        uploads.push(upload::start(&client, &piece(folder.path(), number, seconds, &mark)).await);
    }
    let is_encoding = async || {
        for id in &uploads {
            let upload: Value = upload::get(&client, id).await;
            if upload["job"]["state"] == "RUNNING" && upload["job"]["percent"].as_f64() > Some(2.0) {
                return Some(());
            }
        }
        None
    };
    eventually("a transcode", Duration::from_mins(2), is_encoding).await;
    platform.hold("s3");
    tokio::time::sleep(Duration::from_secs(30)).await;
    platform.release("s3").await;
    for id in &uploads {
        let upload = upload::finished(&client, id).await;
        assert_eq!(upload["state"], "READY", "{upload:#}");
        // One attempt measures, and where others waited another one encodes.
        assert!(upload["job"]["attempt"].as_i64() <= Some(2), "the outage costs no attempt: {upload:#}");
    }
}

#[tokio::test]
async fn a_video_becomes_an_mp3_to_take_home_and_its_owner_is_told() {
    let (platform, folder, title) = (Platform::shared(), tempfile::tempdir().unwrap(), format!("Film {}", unique()));
    let client = Client::creator(&platform).await;
    let tags = [("title", title.clone()), ("artist", "Camera".to_owned())];
    let film = Piece { file: "film.mp4", seconds: 8, hertz: 613, video: true, tags: &tags, ..Piece::default() };
    let upload = upload::ready(&client, &audio::make(folder.path(), &film)).await;
    let query = "query($track: ID!) { track(id: $track) { downloadUrl(format: MP3) { url } } }";
    let track = client.query(query, json!({ "track": upload["track"]["id"] })).await["track"].take();
    let url = track["downloadUrl"]["url"].as_str().unwrap();
    assert!((decoded_seconds(url) - 8.0).abs() < 0.05, "{}", decoded_seconds(url));
    let answer = client.http(reqwest::Method::GET, url, Vec::new()).await;
    assert_eq!(answer.headers()["content-type"], "audio/mpeg");
    let named = answer.headers()["content-disposition"].to_str().unwrap();
    assert!(named.contains(&format!("\"Camera - {title}.mp3\"")), "{named}");
    let address = client.viewer["email"].as_str().unwrap();
    let is_told = || async {
        let mails = std::fs::read_dir(platform.data().join("mail")).ok()?.flatten();
        let mut texts = mails.filter_map(|mail| std::fs::read_to_string(mail.path()).ok());
        texts.find(|mail| mail.contains(address) && mail.contains(&title))
    };
    // A single upload is told of when no other has followed it for two minutes.
    eventually("the mail that the track is ready", Duration::from_secs(150), is_told).await;
}
