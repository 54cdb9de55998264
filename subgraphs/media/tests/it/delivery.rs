//! What players and download managers are given: playlists by RFC 8216 and Apple's authoring rules, files with ranges, tags
//! and long lives, and names to save them under.

use std::collections::BTreeMap;

use http_body_util::BodyExt;
use polyphony_events::{UploadId, catalog::PublicationStatus};
use polyphony_kit::Role;
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, sound},
    playback::preferences,
};

/// The attributes of a tag's list, `BANDWIDTH=…,CODECS="…"`.
fn attributes(line: &str) -> BTreeMap<&str, &str> {
    line.split_once(':').unwrap().1.split(',').filter_map(|pair| pair.split_once('=')).collect()
}

/// A track of 12.3 s whose loudness changes, so that segments differ, and whose last one is a crumb; gives it with its
/// listener's plan.
async fn track(app: &TestApp, fields: &str) -> Value {
    let owner = viewer(Role::Creator);
    let options = "-sample_fmt s16 -af volume='if(between(t,7,12.1),0.01,1)':eval=frame -metadata title=Überall -metadata artist=AC/DC";
    let id = app.upload(&owner, "../my \"song\".flac", &sound(12.3, 440, "a.flac", options), json!({})).await;
    assert!(app.worker().work_once().await.unwrap());
    let track = app.track(owner.user, Some(&id), PublicationStatus::Published).await.to_string();
    app.hear(&preferences(owner.user, "LOSSLESS", 1)).await;
    app.door.entities(Some(&owner), "Track", &[track], fields).await.remove(0)
}

#[sqlx::test(migrations = false)]
async fn playlists_keep_the_rules(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let track = track(&app, "playbackPlan { url }").await;
    let url = track["playbackPlan"]["url"].as_str().unwrap();
    let (_, master) = app.play(url).await;
    let lines: Vec<&str> = master.lines().collect();
    assert_eq!((lines[0], lines.contains(&"#EXT-X-INDEPENDENT-SEGMENTS")), ("#EXTM3U", true));
    let mut shapes = Vec::new();
    for pair in lines.windows(2).filter(|pair| pair[0].starts_with("#EXT-X-STREAM-INF:")) {
        let said = attributes(pair[0]);
        assert!(said["CODECS"].starts_with('"'), "{}", pair[0]);
        let (_, media) = app.play(&format!("{}{}", url.rsplit_once("master.m3u8").unwrap().0, pair[1])).await;
        let target: f64 =
            media.split("#EXT-X-TARGETDURATION:").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
        let durations: Vec<f64> = media
            .lines()
            .filter_map(|line| line.strip_prefix("#EXTINF:")?.trim_end_matches(',').parse().ok())
            .collect();
        assert!(durations.iter().all(|seconds| seconds.round() <= target), "{media}");
        assert!(media.contains("#EXT-X-MAP:URI=") && media.contains("#EXT-X-VERSION:7"), "{media}");
        assert!(media.contains("#EXT-X-INDEPENDENT-SEGMENTS") && media.ends_with("#EXT-X-ENDLIST\n"), "{media}");
        let mut bits = Vec::new();
        for segment in media.lines().filter(|line| !line.starts_with('#')) {
            bits.push(app.fetch(segment).await.1.len() as f64 * 8.0);
        }
        assert_eq!(bits.len(), durations.len());
        // RFC 8216, 4.3.4.2: contiguous segments that last from 0.5 to 1.5 target durations.
        let mut peak = 0.0_f64;
        for from in 0..bits.len() {
            for to in from..bits.len() {
                let seconds: f64 = durations[from..=to].iter().sum();
                if (0.5 * target..=1.5 * target).contains(&seconds) {
                    peak = peak.max(bits[from..=to].iter().sum::<f64>() / seconds);
                }
            }
        }
        let average = bits.iter().sum::<f64>() / durations.iter().sum::<f64>();
        let (said_peak, said_average): (f64, f64) =
            (said["BANDWIDTH"].parse().unwrap(), said["AVERAGE-BANDWIDTH"].parse().unwrap());
        assert!(said_peak >= peak - 1.0 && said_peak <= peak * 1.001 + 1.0, "{} measured {peak}", pair[0]);
        assert!((said_average - average).abs() / average < 0.1, "{} measured {average}", pair[0]);
        shapes.push(durations.len());
    }
    assert!(lines[3].contains("CODECS=\"fLaC\""), "who wants lossless audio begins with it: {master}");
    assert_eq!(shapes, [3; 4], "every rendition has as many segments");
}

#[sqlx::test(migrations = false)]
async fn playlists_are_compressed_for_players_that_take_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let track = track(&app, "playbackPlan { url }").await;
    let url = track["playbackPlan"]["url"].as_str().unwrap().replace("master", "aac-64");
    let (_, plain) = app.play(&url).await;
    let answer = app.player_response_in(&url, "gzip").await;
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert!(answer.headers().get_all("vary").iter().any(|names| names == "accept-encoding"), "{:?}", answer.headers());
    let compressed = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(compressed.len() * 2 < plain.len(), "{} of {} bytes", compressed.len(), plain.len());
}

#[sqlx::test(migrations = false)]
async fn files_answer_ranges_and_may_be_kept_and_have_good_names(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let fields = "playbackPlan(client: { hls: false }) { url } hls: playbackPlan { url }
        mp3: downloadUrl { url sizeBytes } original: downloadUrl(format: ORIGINAL) { url sizeBytes }";
    let track = track(&app, fields).await;
    let master = track["hls"]["url"].as_str().unwrap();
    let (_, media) = app.play(&master.replace("master", "aac-64")).await;
    let segment = media.lines().find(|line| !line.starts_with('#')).unwrap();
    let url = |what: &str| track[what]["url"].as_str().unwrap().to_owned();
    let (mp3, original) = (url("mp3"), url("original"));
    let http = reqwest::Client::new();
    for (file, url) in [("segment", segment), ("MP3", &mp3), ("original", &original), ("stream", &url("playbackPlan"))]
    {
        let whole = http.get(url).send().await.unwrap();
        assert_eq!(whole.status(), 200, "{file}");
        assert_eq!(whole.headers()["cache-control"], "public, max-age=31536000, immutable", "{file}");
        let tag = whole.headers()["etag"].clone();
        let bytes = whole.bytes().await.unwrap();
        let head = http.head(url).send().await.unwrap();
        assert_eq!((head.status().as_u16(), &head.headers()["etag"]), (200, &tag), "{file}");
        assert_eq!(head.headers()["content-length"], bytes.len().to_string().as_str(), "{file}");
        let part = http.get(url).header("range", "bytes=100-199").send().await.unwrap();
        assert_eq!((part.status().as_u16(), &part.headers()["etag"]), (206, &tag), "{file}");
        assert_eq!(part.headers()["content-range"], format!("bytes 100-199/{}", bytes.len()).as_str(), "{file}");
        assert_eq!(part.bytes().await.unwrap(), bytes[100..200], "{file}");
    }
    let name = async |url: &str| {
        let answer = http.get(url).send().await.unwrap();
        answer.headers()["content-disposition"].to_str().unwrap().to_owned()
    };
    assert!(name(&mp3).await.ends_with("filename*=UTF-8''AC_DC%20-%20%C3%9Cberall.mp3"), "{}", name(&mp3).await);
    assert!(name(&original).await.ends_with("filename*=UTF-8''_my%20_song_.flac"), "{}", name(&original).await);
}

#[sqlx::test(migrations = false)]
async fn the_public_port_serves_media_and_nothing_else(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let doors =
        ["/", "/graphql", "/graphql/ws", "/graphql/x", "/metrics", "/health/live", "/health/ready", "/v1", "/v1/hls"];
    for path in doors {
        let answer = t.player_response(path).await;
        assert_eq!((path, answer.status().as_u16()), (path, 404));
    }
    let unknown = format!("/v1/covers/{}.jpg", UploadId::new());
    for path in ["/v1/hls/x/master.m3u8", &unknown, "/graphql"] {
        assert_eq!(t.player_response(path).await.headers()["x-content-type-options"], "nosniff", "{path}");
    }
}
