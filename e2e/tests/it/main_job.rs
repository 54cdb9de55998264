//! The platform's main job on real files: upload, follow, find, list, play.

use std::{path::PathBuf, time::Duration};

use futures::StreamExt;
use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece, decoded_seconds},
    eventually, unique, upload,
};
use serde_json::{Value, json};

const PLAN: &str = "playbackPlan { mode url expiresAt durationMs playableUntilMs renditions { codec bitrateKbps lossless } \
    gapless { encoderDelay padding sampleRateHz totalSamples } loudness { integratedLufs truePeakDbtp trackGainDb } }";

struct Made {
    path: PathBuf,
    seconds: u32,
    title: String,
}

fn files(folder: &std::path::Path, mark: &str) -> Vec<Made> {
    let tags = |title: &str, artist: &str, more: &[(&'static str, String)]| {
        let mut tags = vec![("title", format!("{title} {mark}")), ("artist", format!("{artist} {mark}"))];
        tags.extend_from_slice(more);
        tags
    };
    let on_album = |number: u32| {
        [("album", format!("Nordlys {mark}")), ("track", format!("{number}/2")), ("date", "2019".to_owned())]
    };
    let pieces = [
        (
            "Röyksopp Evening",
            Piece {
                file: "a.flac",
                seconds: 25,
                hertz: 220,
                tags: &tags("Röyksopp Evening", "Sigur Test", &on_album(1)),
                ..Piece::default()
            },
        ),
        (
            "Bicycle Lane",
            Piece {
                file: "b.mp3",
                seconds: 12,
                hertz: 330,
                tags: &tags("Bicycle Lane", "Sigur Test", &on_album(2)),
                cover: true,
                ..Piece::default()
            },
        ),
        (
            "Harbour",
            Piece {
                file: "c.opus",
                seconds: 9,
                hertz: 440,
                tags: &tags("Harbour", "Other Band", &[]),
                ..Piece::default()
            },
        ),
        (
            "Film Theme",
            Piece {
                file: "v.mp4",
                seconds: 8,
                hertz: 500,
                tags: &tags("Film Theme", "Other Band", &[]),
                video: true,
                ..Piece::default()
            },
        ),
    ]
    .map(|(title, piece)| Made {
        path: audio::make(folder, &piece),
        seconds: piece.seconds,
        title: format!("{title} {mark}"),
    });
    pieces.into()
}

/// Follows the job of an upload until it ends, and gives the frames.
async fn follow(client: &Client, upload: &str) -> Vec<Value> {
    let job = eventually("the job", Duration::from_secs(10), || async {
        upload::get(client, upload).await["job"]["id"].as_str().map(str::to_owned)
    })
    .await;
    let query = "subscription($job: ID!) { transcodeProgress(jobId: $job) { state percent playableUntilMs etaMs } }";
    let frames: Vec<Value> = client.subscribe(query, json!({ "job": job })).await.collect().await;
    frames.into_iter().map(|mut frame| frame["data"]["transcodeProgress"].take()).collect()
}

#[tokio::test]
async fn a_creator_uploads_and_a_listener_finds_lists_and_plays() {
    let platform = Platform::shared();
    let (folder, mark) = (tempfile::tempdir().unwrap(), unique());
    let (creator, listener) = (Client::creator(&platform).await, Client::register(&platform, "ear").await);
    let made = files(folder.path(), &mark);

    let first = upload::start(&creator, &made[0].path).await;
    let frames = follow(&creator, &first).await;
    assert_eq!(frames.last().expect("frames")["state"], "READY");
    let grows = |field: &str| frames.windows(2).all(|pair| pair[0][field].as_f64() <= pair[1][field].as_f64());
    assert!(grows("percent") && grows("playableUntilMs"), "{frames:#?}");

    let mut uploads = vec![upload::finished(&creator, &first).await];
    for file in &made[1..] {
        uploads.push(upload::ready(&creator, &file.path).await);
    }
    for (file, upload) in made.iter().zip(&uploads) {
        assert_eq!(upload["track"]["title"], *file.title, "the title comes from the tags");
        plays(&listener, upload["track"]["id"].as_str().unwrap(), f64::from(file.seconds)).await;
    }
    finds(&listener, &format!("royksop evning {mark}"), &uploads[0]["track"]["id"]).await;
    lists(&listener, &creator, &uploads, &mark).await;
}

/// Plays a track as a player does: its master playlist, every rung of it, one segment of each.
async fn plays(client: &Client, track: &str, seconds: f64) {
    let query = format!("query($track: ID!) {{ track(id: $track) {{ {PLAN} }} }}");
    let mut data = client.query(&query, json!({ "track": track })).await;
    let plan = data["track"]["playbackPlan"].take();
    assert!((plan["durationMs"].as_f64().unwrap() - seconds * 1000.0).abs() < 50.0, "{plan:#}");
    assert!(plan["loudness"]["integratedLufs"].as_f64().is_some_and(f64::is_finite), "{plan:#}");

    let url = reqwest::Url::parse(plan["url"].as_str().unwrap()).unwrap();
    let master = text(client, &url).await;
    assert!(master.starts_with("#EXTM3U") && master.contains("CODECS="), "{master}");
    let rungs: Vec<_> = entries(&url, &master);
    assert!(rungs.len() >= 2, "{master}");
    for rung in &rungs {
        let decoded = decoded_seconds(rung.as_str());
        assert!((decoded - seconds).abs() <= 0.05, "{rung} decodes to {decoded} s, not {seconds} s");
        let segment = entries(rung, &text(client, rung).await).remove(0);
        assert_eq!(get(client, segment.as_str()).await.status(), 200);
        assert_eq!(get(client, &tampered(&segment)).await.status(), 403, "a tampered segment URL");
        assert_eq!(get(client, &tampered(rung)).await.status(), 403, "a tampered rung URL");
    }
    assert_eq!(get(client, &tampered(&url)).await.status(), 403, "a tampered master URL");
    let later = url.as_str().replace("exp=", "exp=9");
    assert_eq!(get(client, &later).await.status(), 403, "a URL with another expiry");
}

async fn get(client: &Client, url: &str) -> reqwest::Response {
    client.http(reqwest::Method::GET, url, Vec::new()).await
}

async fn text(client: &Client, url: &reqwest::Url) -> String {
    let answer = get(client, url.as_str()).await;
    assert_eq!(answer.status(), 200, "{url}");
    answer.text().await.unwrap()
}

fn entries(base: &reqwest::Url, playlist: &str) -> Vec<reqwest::Url> {
    let lines = playlist.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| base.join(line).expect("a playlist names URLs")).collect()
}

/// The URL with the first characters of its signature replaced.
fn tampered(url: &reqwest::Url) -> String {
    let (before, signature) =
        url.as_str().rsplit_once("ignature=").or_else(|| url.as_str().rsplit_once("sig=")).expect("a signed URL");
    let name = &url.as_str()[before.len()..url.as_str().len() - signature.len()];
    format!("{before}{name}{}{}", if signature.starts_with("00") { "11" } else { "00" }, &signature[2..])
}

async fn finds(client: &Client, text: &str, track: &Value) {
    let query = "query($query: String!) { search(query: $query, first: 5) { edges { node { ... on Track { id } } } } }";
    let found = || async {
        let data = client.query(query, json!({ "query": text })).await;
        let edges = data["search"]["edges"].as_array().cloned().unwrap_or_default();
        edges.iter().any(|edge| edge["node"]["id"] == *track).then_some(())
    };
    eventually(text, Duration::from_secs(4), found).await;
}

/// One person's playlist of another's tracks, read by the other in one query over all four subgraphs.
async fn lists(listener: &Client, creator: &Client, uploads: &[Value], mark: &str) {
    let create = "mutation($input: PlaylistInput!) { createPlaylist(input: $input) { playlist { id } userErrors { code message } } }";
    let made = listener
        .mutate(create, json!({ "input": { "title": format!("Evening {mark}"), "visibility": "PUBLIC" } }))
        .await;
    let playlist = &made["playlist"]["id"];
    let add = "mutation($playlist: ID!, $tracks: [ID!]!) { addPlaylistItems(playlistId: $playlist, trackIds: $tracks) \
        { itemIds playlist { itemCount version } userErrors { code message } } }";
    let tracks: Vec<_> = uploads.iter().map(|upload| upload["track"]["id"].clone()).collect();
    let added = listener.mutate(add, json!({ "playlist": playlist, "tracks": tracks })).await;
    assert_eq!(added["playlist"]["itemCount"], 4);

    let query = format!(
        "query($playlist: ID!) {{ playlist(id: $playlist) {{ title owner {{ displayName }} items(first: 10) {{ totalCount edges {{ node \
         {{ id addedBy {{ handle }} track {{ id title durationMs playable artists {{ name }} album {{ title artists {{ name }} }} {PLAN} }} }} }} }} }} }}"
    );
    let data = creator.query(&query, json!({ "playlist": playlist })).await;
    let items = data["playlist"]["items"]["edges"].as_array().unwrap();
    let listed: Vec<_> = items.iter().map(|edge| edge["node"]["track"]["id"].clone()).collect();
    assert_eq!(listed, tracks, "in the order in which they were added");
    assert_eq!(data["playlist"]["owner"]["displayName"], "ear");
    for edge in items {
        let track = &edge["node"]["track"];
        assert!(track["playable"] == true && track["playbackPlan"]["url"].is_string(), "{track:#}");
        assert!(track["artists"][0]["name"].as_str().unwrap().ends_with(mark), "{track:#}");
    }
    assert_eq!(items[0]["node"]["track"]["album"], items[1]["node"]["track"]["album"], "one album of two files");
    assert_eq!(items[0]["node"]["track"]["album"]["title"], format!("Nordlys {mark}"));
}
