//! What clients ask for costs the same number of SQL statements at one row and at a hundred.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta};
use polyphony_e2e::{
    Client, Platform, eventually,
    statements::{Counters, Statements},
    unique,
};
use serde_json::{Value, json};

/// How many rows each list has.
const MANY: usize = 100;
/// How often the statements of a screen are counted.
const TIMES: usize = 5;
/// The router takes 50 aliases in one request.
const AT_ONCE: usize = 40;

/// A query of `queries/`: its name and text, and the most statements that it may cost all subgraphs together.
struct Screen {
    name: &'static str,
    text: &'static str,
    at_most: u64,
    /// What is searched for: one kind at a time, since each kind of result has loaders of its own.
    types: &'static [&'static str],
}

macro_rules! screen {
    ($name:literal, $at_most:literal $(, $type:literal)*) => {
        Screen {
            name: $name,
            text: include_str!(concat!("../../queries/", $name, ".graphql")),
            at_most: $at_most,
            types: &[$($type),*],
        }
    };
}

const SCREENS: [Screen; 10] = [
    screen!("home", 30),
    screen!("album", 16),
    screen!("artist", 17),
    screen!("playlist", 16),
    screen!("search", 14, "TRACK"),
    screen!("search", 9, "ALBUM"),
    screen!("search", 6, "ARTIST"),
    screen!("search", 8, "PLAYLIST"),
    screen!("library", 21),
    screen!("history", 10),
];

/// What there is to look at: everything a hundred times, all alike.
struct World {
    counters: Counters,
    maker: Client,
    mark: String,
    artist: String,
    album: String,
    playlist: String,
    _platform: Platform,
}

/// Does many mutations of one kind, each with its arguments and fields, none of which may be refused; gives their payloads.
async fn do_all(client: &Client, mutation: &str, arguments: &[String], fields: &str) -> Vec<Value> {
    let payloads = try_all(client, mutation, arguments, fields).await;
    for (payload, arguments) in payloads.iter().zip(arguments) {
        assert_eq!(payload["userErrors"], json!([]), "{mutation}({arguments})");
    }
    payloads
}

/// The same; some may be refused.
async fn try_all(client: &Client, mutation: &str, arguments: &[String], fields: &str) -> Vec<Value> {
    let mut payloads = Vec::new();
    for some in arguments.chunks(AT_ONCE) {
        let one = |(n, arguments): (usize, &String)| {
            format!("m{n}: {mutation}({arguments}) {{ {fields} userErrors {{ code }} }}")
        };
        let all: Vec<_> = some.iter().enumerate().map(one).collect();
        let mut data = client.query(&format!("mutation {{ {} }}", all.join("\n")), json!({})).await;
        for n in 0..some.len() {
            payloads.push(data[format!("m{n}")].take());
        }
    }
    payloads
}

/// Makes many things of one kind; gives their ids.
async fn make(client: &Client, mutation: &str, thing: &str, arguments: &[String]) -> Vec<String> {
    let payloads = do_all(client, mutation, arguments, &format!("{thing} {{ id }}")).await;
    payloads.iter().map(|payload| payload[thing]["id"].as_str().unwrap().to_owned()).collect()
}

fn each<T: std::fmt::Display>(things: impl IntoIterator<Item = T>, argument: impl Fn(T) -> String) -> Vec<String> {
    things.into_iter().map(argument).collect()
}

impl World {
    async fn new() -> Self {
        // A cache would answer more or less of a screen, as time passes.
        let platform = Platform::start_with(&[("CACHE", "off")]);
        let (maker, mark) = (Client::creator(&platform).await, unique());
        let artists = each(0..MANY, |n| format!("input: {{ name: \"{mark} Artist {n}\" }}"));
        let artists = make(&maker, "createArtist", "artist", &artists).await;
        let artist = artists[0].clone();
        let album = |n| {
            format!(
                "input: {{ title: \"{mark} Album {n}\", artistIds: [\"{artist}\"], genres: [\"Jazz\"], releasedOn: \"2019\" }}"
            )
        };
        let albums = make(&maker, "createAlbum", "album", &each(0..MANY, album)).await;
        // The first album has them all; each of the others has one, without which it could not be published.
        let on = (0..MANY).map(|_| &albums[0]).chain(&albums[1..]).enumerate();
        let track = |(n, album): (usize, &String)| {
            format!(
                "input: {{ title: \"{mark} Track {n}\", artistIds: [\"{artist}\"], albumId: \"{album}\", trackNumber: {}, \
                 durationMs: 60000, genres: [\"Jazz\"] }}",
                n + 1
            )
        };
        let tracks = make(&maker, "createTrack", "track", &on.map(track).collect::<Vec<_>>()).await;
        do_all(&maker, "setLyrics", &each(&tracks, |id| format!("trackId: \"{id}\", lrc: \"la la\"")), "").await;
        do_all(&maker, "publishTrack", &each(&tracks, |id| format!("id: \"{id}\"")), "").await;
        do_all(&maker, "publishAlbum", &each(&albums, |id| format!("id: \"{id}\"")), "").await;
        let made = each(0..MANY, |n| format!("input: {{ title: \"{mark} List {n}\", visibility: PUBLIC }}"));
        let playlists = make(&maker, "createPlaylist", "playlist", &made).await;
        let playlist = playlists[MANY - 1].clone();
        let world = Self {
            counters: Counters::of(&platform),
            _platform: platform,
            maker,
            mark,
            artist,
            album: albums[0].clone(),
            playlist,
        };
        world.keep(&tracks, &albums, &artists).await;
        world
    }

    /// Puts everything onto lists, and waits until all that follows from it has been heard.
    async fn keep(&self, tracks: &[String], albums: &[String], artists: &[String]) {
        let (maker, some) = (&self.maker, &tracks[..MANY]);
        let ids = |ids: &[String]| serde_json::to_string(ids).unwrap();
        let items = vec![format!("playlistId: \"{}\", trackIds: {}", self.playlist, ids(some))];
        do_all(maker, "addPlaylistItems", &items, "").await;
        do_all(maker, "setLiked", &[format!("trackIds: {}, liked: true", ids(some))], "").await;
        do_all(maker, "setSaved", &[format!("albumIds: {}, saved: true", ids(albums))], "").await;
        do_all(maker, "setFollowed", &[format!("artistIds: {}, followed: true", ids(artists))], "").await;
        let now = maker.query("{ serverTime }", json!({})).await["serverTime"].as_f64().unwrap();
        let at = DateTime::from_timestamp_millis(now as i64).unwrap() - TimeDelta::hours(2);
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let plays = each(some, |track| {
            format!("input: {{ playId: \"{}\", trackId: \"{track}\", startedAt: \"{at}\", playedMs: 60000 }}", unique())
        });
        // Media may not have heard of all tracks yet; a play that is reported again counts once.
        let reported = || async {
            let payloads = try_all(maker, "reportPlay", &plays, "").await;
            payloads.iter().all(|payload| payload["userErrors"] == json!([])).then_some(())
        };
        eventually("the reports of plays", Duration::from_mins(3), reported).await;
        let heard = || async {
            let history = include_str!("../../queries/history.graphql");
            let data = maker.query(history, json!({ "first": MANY })).await;
            let plays = data["viewer"]["library"]["history"]["edges"].as_array().map_or(0, Vec::len);
            let charts = maker.query("{ charts(first: 100) { rank } }", json!({})).await;
            let mut is_found = plays == MANY && charts["charts"].as_array().map_or(0, Vec::len) == MANY;
            for screen in SCREENS.iter().filter(|screen| screen.name == "search") {
                let found = maker.query(screen.text, self.variables(screen, 20)).await;
                is_found &= found["search"]["edges"].as_array().map_or(0, Vec::len) == 20;
            }
            is_found.then_some(())
        };
        eventually("history, charts and search", Duration::from_mins(3), heard).await;
    }

    fn variables(&self, screen: &Screen, first: usize) -> Value {
        match screen.name {
            "album" => json!({ "id": self.album, "first": first }),
            "artist" => json!({ "id": self.artist, "first": first }),
            "playlist" => json!({ "id": self.playlist, "first": first }),
            "search" => json!({ "query": self.mark, "types": screen.types, "first": first.min(20) }),
            _ => json!({ "first": first }),
        }
    }

    /// What a screen costs with so many rows: the least of some times. A loader waits a millisecond for more keys, and on a busy
    /// machine some come later, which makes two statements of one.
    async fn cost(&self, screen: &Screen, first: usize) -> (Statements, Value) {
        let variables = self.variables(screen, first);
        // Once before, so that what is kept in memory or in a cache is kept in both cases.
        self.maker.query(screen.text, variables.clone()).await;
        let (mut least, data) = self.counters.cost(&self.maker, screen.text, &variables).await;
        for _ in 1..TIMES {
            let (again, _) = self.counters.cost(&self.maker, screen.text, &variables).await;
            for (part, count) in &mut least {
                *count = again[part].min(*count);
            }
        }
        (least, data)
    }
}

/// How many rows the longest list of an answer has.
fn longest(data: &Value) -> usize {
    match data {
        Value::Array(rows) => rows.iter().map(longest).max().unwrap_or(0).max(rows.len()),
        Value::Object(fields) => fields.values().map(longest).max().unwrap_or(0),
        _ => 0,
    }
}

#[tokio::test]
async fn every_screen_costs_the_same_statements_at_one_row_and_at_a_hundred() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for screen in &SCREENS {
        let (one, _) = world.cost(screen, 1).await;
        let (many, data) = world.cost(screen, MANY).await;
        let rows = longest(&data);
        assert!(rows >= if screen.name == "search" { 20 } else { MANY }, "{} has {rows} rows", screen.name);
        let total: u64 = many.values().sum();
        println!("{:<9} {total:>3} statements {:?}: {many:?}", screen.name, screen.types);
        assert!(total > 0, "statements are counted");
        if one != many || total > screen.at_most {
            wrong.push(format!("{} {:?}: {one:?} at one row, {many:?} at {rows}", screen.name, screen.types));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
