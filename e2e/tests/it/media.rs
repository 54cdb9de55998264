//! Uploads by many at once while workers are killed, and while the object store is away: all end READY, none doubled.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
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
            if upload["state"] == "TRANSCODING" {
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
        assert_eq!(upload["job"]["attempt"], 1, "the outage costs no attempt: {upload:#}");
    }
}
