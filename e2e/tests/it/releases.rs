//! Files of real libraries that look alike: each lands where it belongs, none takes another's place, and none is lost.

use std::{path::Path, time::Duration};

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece, ffmpeg},
    eventually, unique, upload,
};
use serde_json::{Value, json};

const LIBRARY: &str =
    "query($q: String!) { search(query: $q, types: [ALBUM], first: 50) { edges { node { ... on Album {
    id title releasedOn coverUrl editions { id } tracks(first: 50) {
        edges { node { id title discNumber trackNumber durationMs playable } } } } } } } }";

/// Of two movements, as taggers write it.
const ISRC: (&str, &str) = ("ISRC", "GBAYE6800011");

/// A file in a folder, and what its tags say besides its artist.
#[derive(Clone, Copy)]
struct File<'a> {
    path: &'a str,
    hertz: u32,
    seconds: u32,
    tags: &'a [(&'a str, &'a str)],
}

const fn file<'a>(path: &'a str, hertz: u32, seconds: u32, tags: &'a [(&'a str, &'a str)]) -> File<'a> {
    File { path, hertz, seconds, tags }
}

/// Somebody with a library of their own, whose names and sounds nobody else has.
struct Library<'a> {
    client: &'a Client,
    mark: &'a str,
    folder: &'a Path,
}

impl Library<'_> {
    /// Makes a file; silence where it has no pitch.
    fn make(&self, file: File<'_>) -> std::path::PathBuf {
        let (folder, name) = file.path.rsplit_once('/').unwrap();
        let folder = self.folder.join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let named = |(key, value): &(&'static str, &str)| match *key {
            "title" | "album" | "artist" => (*key, format!("{value} {}", self.mark)),
            _ => (*key, (*value).to_owned()),
        };
        let keys = ["title", "album", "artist", "track", "disc", "date", "ISRC", "compilation", "album_artist"];
        let mut tags = vec![("artist", format!("Band {}", self.mark))];
        for key in keys {
            if let Some((_, value)) = file.tags.iter().find(|(known, _)| *known == key) {
                tags.retain(|(known, _)| *known != key);
                tags.push(named(&(key, value)));
            }
        }
        if file.hertz > 0 {
            // A pitch that no other test has.
            let own = self.mark.bytes().fold(0, |sum, byte| (sum * 31 + u32::from(byte)) % 4_001);
            let piece =
                Piece { file: name, seconds: file.seconds, hertz: file.hertz + own, tags: &tags, ..Piece::default() };
            return audio::make(&folder, &piece);
        }
        let path = folder.join(name);
        let mut arguments: Vec<String> = ["-f", "lavfi", "-i"].map(str::to_owned).to_vec();
        arguments.push(format!("anullsrc=r=44100:cl=stereo:d={}", file.seconds));
        arguments.extend(tags.iter().flat_map(|(key, value)| ["-metadata".to_owned(), format!("{key}={value}")]));
        arguments.push(path.to_string_lossy().into_owned());
        ffmpeg(&arguments);
        path
    }

    /// Uploads a file with its folder, as importers do, and waits for its track.
    async fn import(&self, path: &Path) -> Value {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let options = json!({ "folder": path.parent().unwrap().to_string_lossy() });
        let begun = upload::begin(self.client, &name, &bytes, options).await;
        upload::complete(self.client, &begun).await;
        let with_track = || async {
            let upload = upload::get(self.client, &begun.id).await;
            assert_ne!(upload["state"], "REJECTED", "{upload:#}");
            (!upload["track"].is_null()).then_some(upload)
        };
        eventually("a track for every file", upload::READY_WITHIN, with_track).await
    }

    /// The albums as `title (year): number. title seconds`, once there are so many tracks of them.
    async fn albums(&self, tracks: usize) -> Vec<String> {
        let look = || async {
            let mut found = self.client.query(LIBRARY, json!({ "q": self.mark })).await;
            let edges = found["search"]["edges"].take();
            let mut albums: Vec<String> = Vec::new();
            let mut count = 0;
            for edge in edges.as_array().unwrap() {
                let album = &edge["node"];
                let plain = |value: &Value| value.as_str().unwrap_or_default().replace(&format!(" {}", self.mark), "");
                let year = album["releasedOn"].as_str().map(|year| format!(" ({year})")).unwrap_or_default();
                let mut line = format!("{}{year}:", plain(&album["title"]));
                for edge in album["tracks"]["edges"].as_array().unwrap() {
                    let track = &edge["node"];
                    count += 1;
                    let seconds = track["durationMs"].as_f64().unwrap() / 1000.0;
                    let (number, title) = (&track["trackNumber"], plain(&track["title"]));
                    line.push_str(
                        &[" ", &number.to_string(), ". ", &title, " ", &seconds.round().to_string()].concat(),
                    );
                }
                albums.push(line);
            }
            albums.sort();
            (count >= tracks).then_some(albums)
        };
        eventually("all tracks can be found", Duration::from_mins(1), look).await
    }
}

/// What a library is called, its files in the order in which they come, and what becomes of them.
type Case<'a> = (&'a str, &'a [File<'a>], &'a [&'a str]);

const CASES: [Case<'static>; 8] = [
    (
        "silence",
        &[
            file("s/1.flac", 0, 4, &[("title", "Gap one"), ("album", "Broken"), ("track", "1")]),
            file("s/2.flac", 0, 4, &[("title", "Gap two"), ("album", "Broken"), ("track", "2")]),
            file("s/5.flac", 440, 7, &[("title", "Song"), ("album", "Broken"), ("track", "5")]),
        ],
        &["Broken: 1. Gap one 4 2. Gap two 4 5. Song 7"],
    ),
    (
        "two movements with one ISRC",
        &[
            file("i/1.flac", 440, 5, &[("title", "Allegro"), ("album", "Quartet"), ("track", "1"), ISRC]),
            file("i/2.flac", 660, 8, &[("title", "Adagio"), ("album", "Quartet"), ("track", "2"), ISRC]),
        ],
        &["Quartet: 1. Allegro 5 2. Adagio 8"],
    ),
    (
        "one recording on three releases",
        &[
            file("c/a.flac", 500, 6, &[("title", "Song"), ("album", "First"), ("track", "1")]),
            file(
                "c/b.flac",
                500,
                6,
                &[
                    ("title", "Song"),
                    ("album", "Hits"),
                    ("track", "7"),
                    ("compilation", "1"),
                    ("album_artist", "Various Artists"),
                ],
            ),
            file("d/a.flac", 500, 6, &[("title", "Song"), ("album", "Song (single)"), ("track", "1")]),
        ],
        &["First: 1. Song 6", "Hits: 7. Song 6", "Song (single): 1. Song 6"],
    ),
    (
        "a lossy file after a lossless one",
        &[
            file("q/x.flac", 450, 6, &[("title", "Tune"), ("album", "Album"), ("track", "1")]),
            file("q/x.mp3", 450, 6, &[("title", "Tune"), ("album", "Album"), ("track", "1")]),
        ],
        &["Album: 1. Tune 6"],
    ),
    (
        "original and remaster",
        &[
            file("old/1.flac", 440, 6, &[("title", "Song"), ("album", "Kick"), ("track", "1"), ("date", "1987")]),
            file("new/1.flac", 441, 9, &[("title", "Song"), ("album", "Kick"), ("track", "1"), ("date", "2009")]),
        ],
        &["Kick (1987): 1. Song 6", "Kick (2009): 1. Song 9"],
    ),
    (
        "a soundtrack whose files do not say whose album it is",
        &[
            file("o/4.flac", 520, 5, &[("title", "Four"), ("artist", "D"), ("album", "OST"), ("track", "4")]),
            file("o/1.flac", 530, 5, &[("title", "One"), ("artist", "A"), ("album", "OST"), ("track", "1")]),
            file("o/2.flac", 540, 5, &[("title", "Two"), ("artist", "B"), ("album", "OST"), ("track", "2")]),
        ],
        &["OST: 1. One 5 2. Two 5 4. Four 5"],
    ),
    (
        "an album of one artist and guests",
        &[
            file("j/1.flac", 550, 5, &[("title", "One"), ("artist", "Jay & Kay"), ("album", "Jays"), ("track", "1")]),
            file("j/2.flac", 560, 5, &[("title", "Two"), ("artist", "Jay"), ("album", "Jays"), ("track", "2")]),
        ],
        &["Jays: 1. One 5 2. Two 5"],
    ),
    (
        "two artists with an album of one title",
        &[
            file("q/Hits/1.flac", 570, 5, &[("title", "One"), ("artist", "Q"), ("album", "Hits"), ("track", "1")]),
            file("a/Hits/2.flac", 580, 5, &[("title", "Two"), ("artist", "A"), ("album", "Hits"), ("track", "2")]),
        ],
        &["Hits: 1. One 5", "Hits: 2. Two 5"],
    ),
];

#[tokio::test]
async fn every_release_keeps_all_of_its_tracks() {
    let platform = Platform::shared();
    let creator = Client::creator(&platform).await;
    for (what, files, expected) in CASES {
        let (mark, folder) = (unique(), tempfile::tempdir().unwrap());
        let library = Library { client: &creator, mark: &mark, folder: folder.path() };
        for file in files {
            library.import(&library.make(*file)).await;
        }
        let tracks = expected.iter().map(|line| line.matches(". ").count()).sum();
        assert_eq!(library.albums(tracks).await, expected, "{what}");
    }
}

#[tokio::test]
async fn the_lossless_file_plays_and_the_lossy_one_is_kept() {
    let platform = Platform::shared();
    let creator = Client::creator(&platform).await;
    let (mark, folder) = (unique(), tempfile::tempdir().unwrap());
    let library = Library { client: &creator, mark: &mark, folder: folder.path() };
    let tags = [("title", "Tune"), ("album", "Album"), ("track", "1")];
    let flac = library.import(&library.make(file("q/x.flac", 470, 6, &tags))).await;
    let mp3 = library.import(&library.make(file("q/x.mp3", 470, 6, &tags))).await;
    assert_eq!(flac["track"]["id"], mp3["track"]["id"]);
    let query = "query($id: ID!) { track(id: $id) { sources { uploadId playing codec lossless } } }";
    let seen = creator.query(query, json!({ "id": flac["track"]["id"] })).await["track"].take();
    assert_eq!(
        seen["sources"],
        json!([{ "uploadId": flac["id"], "playing": true, "codec": "flac", "lossless": true },
            { "uploadId": mp3["id"], "playing": false, "codec": "mp3", "lossless": false }])
    );
    // Its owner takes the worse one out, sees it in the trash, and takes it back.
    let remove =
        "mutation($t: ID!, $u: ID!) { removeTrackSource(trackId: $t, uploadId: $u) { userErrors { code message } } }";
    creator.mutate(remove, json!({ "t": flac["track"]["id"], "u": mp3["id"] })).await;
    let trash = "{ viewer { trash { edges { node { id trashedUntil track { id } } } } } }";
    let in_trash = || async {
        let seen = creator.query(trash, json!({})).await;
        let edges = seen["viewer"]["trash"]["edges"].as_array().unwrap().clone();
        edges.into_iter().find(|edge| edge["node"]["id"] == mp3["id"])
    };
    let thrown = eventually("the trash", Duration::from_secs(30), in_trash).await;
    assert_eq!(thrown["node"]["track"], Value::Null);
    let restore = "mutation($id: ID!) { restoreUpload(uploadId: $id) { userErrors { code message } } }";
    creator.mutate(restore, json!({ "id": mp3["id"] })).await;
    let is_back = || async {
        let upload = upload::get(&creator, mp3["id"].as_str().unwrap()).await;
        (upload["track"]["id"] == flac["track"]["id"]).then_some(())
    };
    eventually("its track again", Duration::from_secs(30), is_back).await;
}

#[tokio::test]
async fn whoever_has_the_same_bytes_keeps_the_music_when_the_first_owner_deletes_it() {
    let platform = Platform::shared();
    let (first, second) = (Client::creator(&platform).await, Client::creator(&platform).await);
    let (mark, folder) = (unique(), tempfile::tempdir().unwrap());
    let of = |client| Library { client, mark: &mark, folder: folder.path() };
    let path = of(&first).make(file("a/1.flac", 480, 6, &[("title", "Tune"), ("album", "Album"), ("track", "1")]));
    let mine = of(&first).import(&path).await;
    let theirs = of(&second).import(&path).await;
    assert_eq!(mine["track"]["id"], theirs["track"]["id"]);
    let delete = "mutation($id: ID!) { deleteTrack(id: $id) { ok userErrors { code message } } }";
    first.mutate(delete, json!({ "id": mine["track"]["id"] })).await;
    let query = "query($id: ID!) { track(id: $id) { status playable sources { uploadId playing } } }";
    let is_theirs = || async {
        let track = second.query(query, json!({ "id": mine["track"]["id"] })).await["track"].take();
        (track["sources"].as_array().is_some_and(|all| all.len() == 1) && track["playable"] == true).then_some(track)
    };
    let track = eventually("their own track", Duration::from_secs(30), is_theirs).await;
    assert_eq!((&track["status"], &track["sources"][0]["uploadId"]), (&json!("PUBLISHED"), &theirs["id"]));
    assert_eq!(upload::get(&second, theirs["id"].as_str().unwrap()).await["state"], "READY");
}
