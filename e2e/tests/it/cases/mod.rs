//! The cases from the world, imported as one folder into a running platform: each has its right outcome.

mod files;
mod lost;
mod table;
mod tags;

use std::{collections::BTreeSet, fmt::Write as _, time::Duration};

use polyphony_e2e::{Client, Platform, eventually, upload};
use reqwest::Method;
use serde_json::{Value, json};

use self::{files::Own, lost::LOST, table::Case, tags::TAGS};
use crate::imports::{Importer, of_kind};

const TRACK: &str = "query($id: ID!) { track(id: $id) { id title discNumber trackNumber durationMs explicit
    artists { name sortName } genres { name } lyrics { synced lines { startMs text } } sources { uploadId codec playing }
    playbackPlan { renditions { bitrateKbps } } album { id } } }";
const ALBUM: &str = "query($id: ID!) { album(id: $id) { title kind releasedOn coverUrl artists { name }
    tracks(first: 50) { edges { node { id } } } } }";
const FOUND: &str =
    "query($q: String!) { search(query: $q, types: [ARTIST, ALBUM, TRACK], first: 20) { edges { node { __typename
    ... on Artist { name } ... on Album { title } ... on Track { title } } } } }";
const DELETE: &str = "mutation($id: ID!) { deleteTrack(id: $id) { userErrors { code message } } }";

/// What a search must find: part of a name, and the name.
const SEARCHES: [(&str, &str); 5] = [
    ("ルール", "宇宙のルール"),
    ("月亮", "白月亮下"),
    ("돌담", "제주 돌담길"),
    ("ฝนตก", "วันฝนตกหนัก"),
    ("salt and sand", "Salt & Sand"),
];

fn texts(list: &Value, field: &str) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|one| one[field].as_str().unwrap_or_default().to_owned()).collect()
}

/// A library that was imported.
struct Library<'a> {
    client: &'a Client,
    /// The file's path and its tracks.
    tracks: Vec<(String, Vec<String>)>,
    /// What is behind all names.
    mark: &'a str,
}

impl Library<'_> {
    fn tracks_of(&self, path: &str) -> &[String] {
        self.tracks.iter().find(|(known, _)| known == path).map_or(&[], |(_, tracks)| tracks)
    }

    async fn track(&self, id: &str) -> Value {
        self.client.query(TRACK, json!({ "id": id })).await["track"].take()
    }

    async fn album_of(&self, track: &Value) -> Option<Value> {
        let id = track["album"]["id"].as_str()?;
        Some(self.client.query(ALBUM, json!({ "id": id })).await["album"].take())
    }

    fn plain(&self, text: &str) -> String {
        text.replace(&format!(" {}", self.mark), "").replace(self.mark, "")
    }

    /// What became of the files of a case.
    async fn became(&self, case: &Case) -> Vec<String> {
        let (mut lines, mut seen) = (Vec::new(), BTreeSet::new());
        for (path, _) in case.files {
            for id in self.tracks_of(path) {
                let track = self.track(id).await;
                let line = match self.album_of(&track).await {
                    Some(album) if seen.insert(track["album"]["id"].to_string()) => self.album_line(&album).await,
                    None if seen.insert(id.clone()) => track_line(&track, &[]),
                    _ => continue,
                };
                lines.push(self.plain(&line));
            }
        }
        lines.sort();
        lines
    }

    async fn album_line(&self, album: &Value) -> String {
        let artists = texts(&album["artists"], "name");
        let mut line = format!("{} {}", album["title"].as_str().unwrap(), album["kind"].as_str().unwrap());
        if let Some(date) = album["releasedOn"].as_str() {
            let _ = write!(line, " ({date})");
        }
        let _ = write!(line, " by {}", artists.join(" + "));
        if album["coverUrl"].is_string() {
            line.push_str(", covered");
        }
        let mut tracks = Vec::new();
        for edge in album["tracks"]["edges"].as_array().unwrap() {
            let track = self.track(edge["node"]["id"].as_str().unwrap()).await;
            tracks.push(track_line(&track, &artists));
        }
        format!("{line}: {}", tracks.join(" | "))
    }
}

/// A track; its artists where they are not `known`.
fn track_line(track: &Value, known: &[String]) -> String {
    let place: Vec<String> =
        ["discNumber", "trackNumber"].iter().filter_map(|field| track[field].as_i64()).map(|n| n.to_string()).collect();
    let mut line = format!("{} {}", place.join("."), track["title"].as_str().unwrap()).trim_start().to_owned();
    let artists = texts(&track["artists"], "name");
    if artists != known {
        let _ = write!(line, " by {}", artists.join(" + "));
    }
    let sorted = &track["artists"][0]["sortName"];
    if artists.len() == 1 && known.is_empty() && sorted.as_str().is_some_and(|sorted| sorted.contains(", ")) {
        let _ = write!(line, " ({})", sorted.as_str().unwrap());
    }
    let _ = write!(line, " {:.0}", track["durationMs"].as_f64().unwrap() / 1000.0);
    for aspect in aspects(track) {
        let _ = write!(line, ", {aspect}");
    }
    line
}

/// What is said of a track behind its length.
fn aspects(track: &Value) -> Vec<String> {
    let mut aspects = Vec::new();
    if track["explicit"] == true {
        aspects.push("explicit".to_owned());
    }
    let mut genres = texts(&track["genres"], "name");
    genres.sort();
    if !genres.is_empty() {
        aspects.push(genres.join(" + "));
    }
    if let Some(last) = track["lyrics"]["lines"].as_array().and_then(|lines| lines.last()) {
        aspects.push(format!("lyrics {} at {}", last["text"].as_str().unwrap(), last["startMs"]));
    }
    let sources = track["sources"].as_array().unwrap();
    if sources.len() > 1 {
        let playing = sources.iter().find(|source| source["playing"] == true).unwrap();
        aspects.push(format!("{} sources, plays {}", sources.len(), playing["codec"].as_str().unwrap()));
    }
    aspects
}

/// Imports the files of all cases, and those of the searches.
async fn imported<'a>(importer: &'a Importer<'_>) -> Library<'a> {
    let own = Own {
        mark: &importer.mark,
        hertz: importer.mark.bytes().fold(0, |sum, byte| (sum * 31 + u32::from(byte)) % 3_001),
    };
    for case in LOST.iter().chain(TAGS) {
        for (path, make) in case.files {
            own.make(&importer.music(), path, *make);
        }
    }
    for ((_, name), number) in SEARCHES.iter().zip(1..) {
        own.search(&importer.music(), number, name);
    }
    let events = importer.events(&[]);
    let ids = |file: &Value| match file["trackIds"].as_array() {
        Some(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => file["trackId"].as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
    };
    let tracks: Vec<_> =
        of_kind(&events, "file").iter().map(|file| (file["path"].as_str().unwrap().to_owned(), ids(file))).collect();
    let lost: Vec<_> = tracks.iter().filter(|(_, tracks)| tracks.is_empty()).collect();
    assert!(lost.is_empty(), "without a track: {lost:?} {events:#?}");
    Library { client: &importer.client, tracks, mark: &importer.mark }
}

// The commands block a thread; connections go on living on another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_of_the_world_has_its_right_outcome() {
    let platform = Platform::shared();
    let importer = Importer::new(&platform).await;
    let library = imported(&importer).await;
    let mut wrong = Vec::new();
    for case in LOST.iter().chain(TAGS) {
        let became = library.became(case).await;
        if became != case.becomes {
            wrong.push(format!(
                "{} {}:\n    should be {:#?}\n    became {became:#?}",
                case.number, case.what, case.becomes
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    names_are_found_from_within(&library).await;
    the_rate_of_a_quiet_file_is_that_of_its_music(&library).await;
    what_is_explicit_is_hidden_from_who_wants_none(&platform, &library).await;
    the_same_bytes_stay_with_whoever_has_them(&platform, &importer, &library).await;
    the_cover_outlives_the_track_it_came_with(&library).await;
}

/// 14, 15: search.
async fn names_are_found_from_within(library: &Library<'_>) {
    for (query, name) in SEARCHES {
        eventually(name, Duration::from_secs(20), || async {
            let found = library.client.query(FOUND, json!({ "q": query })).await;
            let edges = found["search"]["edges"].as_array().unwrap().clone();
            let is_it = |edge: &Value| {
                let node = &edge["node"];
                [&node["name"], &node["title"]].iter().any(|text| text.as_str().is_some_and(|text| text.contains(name)))
            };
            edges.iter().any(is_it).then_some(())
        })
        .await;
    }
}

/// 11: the ladder.
async fn the_rate_of_a_quiet_file_is_that_of_its_music(library: &Library<'_>) {
    let track = library.track(&library.tracks_of("quiet.mp3")[0]).await;
    let rungs = track["playbackPlan"]["renditions"].as_array().unwrap();
    assert!(rungs.iter().any(|rung| rung["bitrateKbps"].as_i64() >= Some(96)), "{rungs:?}");
}

/// 22: the preference.
async fn what_is_explicit_is_hidden_from_who_wants_none(platform: &Platform, library: &Library<'_>) {
    let child = Client::register(platform, "child").await;
    let prefer = "mutation { updatePreferences(input: { explicitContent: false }) { userErrors { code message } } }";
    child.mutate(prefer, json!({})).await;
    let query = format!("Words {}", library.mark);
    let finds = |client: Client| {
        let query = query.clone();
        async move {
            let found = client.query(FOUND, json!({ "q": query })).await;
            texts(
                &json!(
                    found["search"]["edges"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|edge| edge["node"].clone())
                        .collect::<Vec<_>>()
                ),
                "title",
            )
            .contains(&query)
        }
    };
    eventually("the words for others", Duration::from_secs(20), || async {
        finds(library.client.clone()).await.then_some(())
    })
    .await;
    eventually("no words for the child", Duration::from_secs(20), || async {
        (!finds(child.clone()).await).then_some(())
    })
    .await;
}

/// 7: somebody else has the same bytes, and the first owner deletes theirs.
async fn the_same_bytes_stay_with_whoever_has_them(
    platform: &Platform,
    importer: &Importer<'_>,
    library: &Library<'_>,
) {
    let path = "first/4.flac";
    let other = Client::creator(platform).await;
    let theirs = upload::ready(&other, &importer.music().join(path)).await;
    library.client.mutate(DELETE, json!({ "id": library.tracks_of(path)[0] })).await;
    let plays = || async {
        let upload = upload::get(&other, theirs["id"].as_str().unwrap()).await;
        assert_eq!(upload["state"], "READY", "{upload:#}");
        let id = upload["track"]["id"].as_str()?.to_owned();
        let query = "query($id: ID!) { track(id: $id) { playable sources { uploadId } } }";
        let track = other.query(query, json!({ "id": id })).await["track"].take();
        let is_theirs = texts(&track["sources"], "uploadId") == [theirs["id"].as_str().unwrap()];
        (is_theirs && track["playable"] == true).then_some(())
    };
    eventually("their own music", Duration::from_secs(30), plays).await;
}

/// 33: the picture of an album whose first track is gone.
async fn the_cover_outlives_the_track_it_came_with(library: &Library<'_>) {
    let [first, second] = ["inside/1.flac", "inside/2.flac"].map(|path| library.tracks_of(path)[0].clone());
    library.client.mutate(DELETE, json!({ "id": first })).await;
    let second = library.track(&second).await;
    let album = library.album_of(&second).await.unwrap();
    let picture = library.client.http(Method::GET, album["coverUrl"].as_str().unwrap(), Vec::new()).await;
    assert_eq!(picture.status(), 200, "{album:#}");
    assert!(picture.bytes().await.unwrap().len() > 1_000);
}
