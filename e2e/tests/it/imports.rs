//! `polyphony import` with folders as people have them: odd names, all kinds of files, pictures, lyrics and lists beside them.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    eventually, unique,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Somebody with a folder of music, and what the command keeps for them.
pub(crate) struct Importer<'a> {
    platform: &'a Platform,
    pub(crate) client: Client,
    home: TempDir,
    pub(crate) mark: String,
}

impl<'a> Importer<'a> {
    pub(crate) async fn new(platform: &'a Platform) -> Self {
        let client = Client::creator(platform).await;
        let importer = Self { platform, client, home: tempfile::tempdir().unwrap(), mark: unique() };
        fs::create_dir(importer.music()).unwrap();
        let (email, password) = importer.client.credentials();
        let mut login = importer.command(&["login", "--email", &email]);
        assert!(login.env("POLYPHONY_PASSWORD", password).output().unwrap().status.success());
        importer
    }

    pub(crate) fn music(&self) -> PathBuf {
        self.home.path().join("music")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program =
            Path::new(&std::env::var("POLYPHONY_BIN_DIR").expect("set by `cargo xtask test`")).join("polyphony");
        let mut command = Command::new(program);
        command.args(arguments).env("POLYPHONY_SERVER", self.platform.url("router")).env_remove("POLYPHONY_TOKEN");
        command.env("POLYPHONY_CONFIG_DIR", self.home.path().join("config")).stdin(Stdio::null());
        command.env("POLYPHONY_JOURNAL_DIR", self.home.path().join("data"));
        command
    }

    fn import(&self, arguments: &[&str]) -> Output {
        self.command(&["import"]).args(arguments).arg(self.music()).output().expect("polyphony starts")
    }

    /// Imports, and gives the lines of JSON that say how.
    pub(crate) fn events(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.import(&[&["--json"], arguments].concat());
        let lines = String::from_utf8(output.stdout).unwrap();
        let events = lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")));
        events.collect()
    }

    /// A piece of three seconds at this path, of this title on this album.
    fn piece(&self, path: &str, hertz: u32, album: &str) {
        let path = self.music().join(path);
        let (folder, file) = (path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap());
        fs::create_dir_all(folder).unwrap();
        let mark = &self.mark;
        let tags = [
            ("title", format!("Piece {hertz} {mark}")),
            ("artist", format!("Band {mark}")),
            ("album", format!("{album} {mark}")),
        ];
        audio::make(folder, &Piece { file, seconds: 3, hertz, tags: &tags, ..Piece::default() });
    }

    /// Makes a file of the one at `from`, as FFmpeg does by the ending of `to`.
    fn convert(&self, from: &str, to: &str) {
        let [from, to] = [from, to].map(|name| self.music().join(name).to_string_lossy().into_owned());
        audio::ffmpeg(&["-i".to_owned(), from, to]);
    }
}

/// The events of this kind.
pub(crate) fn of_kind<'e>(events: &'e [Value], kind: &str) -> Vec<&'e Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

// The commands block a thread; connections go on living on another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn music_is_found_whatever_it_is_called_and_the_rest_is_counted() {
    let platform = Platform::shared();
    let importer = Importer::new(&platform).await;
    let names = ["...Like Clockwork/1.flac", ".38 Special/1.flac", "..Hits/1.mp3", "...Baby One More Time.flac"];
    for (name, hertz) in names.into_iter().zip([300, 310, 320, 330]) {
        importer.piece(name, hertz, "Dots");
    }
    importer.piece("source.wav", 340, "Kinds");
    for ending in ["mka", "tta", "mp2", "w64", "au", "aifc", "ac3", "m4r"] {
        let to = format!("kinds.{ending}");
        if ending == "m4r" {
            importer.convert("source.wav", "kinds.m4a");
            fs::rename(importer.music().join("kinds.m4a"), importer.music().join(&to)).unwrap();
        } else {
            importer.convert("source.wav", &to);
        }
    }
    fs::copy(importer.music().join("...Baby One More Time.flac"), importer.music().join("Mr. Brightside")).unwrap();
    for litter in ["._1.mp3", ".git/1.mp3", "@eaDir/1.mp3", "notes.txt", "more.txt", "album.cue", "README"] {
        let path = importer.music().join(litter);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "no music").unwrap();
    }
    let events = importer.events(&[]);
    let summary = events.last().unwrap();
    let files = of_kind(&events, "file");
    assert_eq!(files.len(), names.len() + 10, "{events:#?}");
    assert!(files.iter().all(|file| file["trackId"].is_string()), "{files:#?}");
    assert_eq!(summary["event"], "summary");
    assert_eq!(summary["leftOut"], json!({ ".txt": 2, ".cue": 1, "without ending": 1 }));
    let again = importer.import(&[]);
    assert!(text(&again).contains("left out: 2 .txt, 1 .cue, 1 without ending"), "{}", text(&again));
    let empty = importer.home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let nothing = importer.command(&["import"]).arg(&empty).output().unwrap();
    assert!(text(&nothing).contains(&format!("no music in {}", empty.display())), "{}", text(&nothing));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_has_no_more_is_uploaded_again() {
    let platform = Platform::shared();
    let importer = Importer::new(&platform).await;
    importer.piece("a.flac", 350, "Lost");
    assert!(importer.import(&[]).status.success());
    assert_eq!(importer.events(&["--dry-run"]).last().unwrap()["alreadyThere"], 1);
    // A database that was restored does not know the upload; the journal names one that it never had.
    let journals = fs::read_dir(importer.home.path().join("data/imports")).unwrap();
    let journal = journals.map(|file| file.unwrap().path()).find(|path| path.extension().unwrap() == "jsonl").unwrap();
    let log = fs::read_to_string(&journal).unwrap();
    let upload = &log[log.find("upl_").unwrap()..][..30];
    fs::write(&journal, log.replace(upload, "upl_00000000000000000000000000")).unwrap();
    assert!(text(&importer.import(&["--dry-run"])).contains("to upload   a.flac"));
    // The dry run has noted it, as it is the truth; the next import sends the file.
    let events = importer.events(&[]);
    assert_eq!(of_kind(&events, "uploading").len(), 1, "{events:#?}");
    assert!(of_kind(&events, "file")[0]["trackId"].is_string(), "{events:#?}");
    assert!(of_kind(&importer.events(&[]), "uploading").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_lyrics_and_lists_beside_music_are_used_once() {
    let platform = Platform::shared();
    let importer = Importer::new(&platform).await;
    importer.piece("Album/CD1/1.flac", 360, "Discs");
    importer.piece("Album/CD2/1.flac", 370, "Discs");
    let music = importer.music();
    let picture = music.join("Album/Folder.jpg").to_string_lossy().into_owned();
    audio::ffmpeg(&["-f", "lavfi", "-i", "testsrc=s=300x300", "-frames:v", "1", &picture].map(str::to_owned));
    fs::write(music.join("Album/CD2/1.lrc"), "\u{feff}[00:01.00]One line\n[00:02.00]Another\n").unwrap();
    fs::create_dir(music.join("lists")).unwrap();
    fs::write(music.join("lists/Mine.m3u8"), "#EXTM3U\n..\\Album\\CD2\\1.flac\n../Album/CD1/1.flac\nhttp://x/y\n")
        .unwrap();
    let events = importer.events(&[]);
    assert_eq!(of_kind(&events, "cover").len(), 1, "{events:#?}");
    assert_eq!(of_kind(&events, "lyrics").len(), 1, "{events:#?}");
    let playlist = of_kind(&events, "playlist")[0];
    assert_eq!((&playlist["entries"], &playlist["matched"]), (&json!(3), &json!(2)), "{events:#?}");
    let tracks: Vec<_> =
        of_kind(&events, "file").iter().map(|file| (file["path"].clone(), file["trackId"].clone())).collect();
    let track_of = |path: &str| tracks.iter().find(|(of, _)| of == path).unwrap().1.clone();

    let track = "query($id: ID!) { track(id: $id) { lyrics { synced lines { text } } album { id coverUrl } } }";
    let answer = importer.client.query(track, json!({ "id": track_of("Album/CD2/1.flac") })).await;
    assert_eq!(answer["track"]["lyrics"]["synced"], true, "{answer:#}");
    assert_eq!(answer["track"]["lyrics"]["lines"][0]["text"], "One line");
    assert!(answer["track"]["album"]["coverUrl"].is_string(), "{answer:#}");
    let items = "query($id: ID!) { playlist(id: $id) { title visibility items { edges { node { track { id } } } } } }";
    let answer = importer.client.query(items, json!({ "id": playlist["playlistId"] })).await;
    let listed: Vec<_> = answer["playlist"]["items"]["edges"].as_array().unwrap().iter().collect();
    assert_eq!(answer["playlist"]["title"], "Mine");
    assert_eq!(listed[0]["node"]["track"]["id"], track_of("Album/CD2/1.flac"), "{answer:#}");
    assert_eq!(listed[1]["node"]["track"]["id"], track_of("Album/CD1/1.flac"), "{answer:#}");

    let again = importer.events(&[]);
    for kind in ["cover", "lyrics", "playlist", "note", "uploading"] {
        assert!(of_kind(&again, kind).is_empty(), "{again:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn albums_of_others_stay_without_the_pictures_of_ones_own_folders() {
    let platform = Platform::shared();
    let owner = Importer::new(&platform).await;
    let other = Importer { mark: owner.mark.clone(), ..Importer::new(&platform).await };
    for importer in [&owner, &other] {
        importer.piece("Album/1.flac", 390, "Shared");
    }
    let events = owner.events(&[]);
    let album = "query($id: ID!) { track(id: $id) { album { id coverUrl } } }";
    let track = of_kind(&events, "file")[0]["trackId"].clone();
    let before = owner.client.query(album, json!({ "id": track })).await["track"]["album"].clone();
    let picture = other.music().join("Album/cover.png").to_string_lossy().into_owned();
    audio::ffmpeg(&["-f", "lavfi", "-i", "testsrc=s=300x300", "-frames:v", "1", &picture].map(str::to_owned));
    fs::write(other.music().join("Album/1.lrc"), "Theirs").unwrap();
    let events = other.events(&[]);
    assert!(of_kind(&events, "note").is_empty() && events.last().unwrap()["failed"] == 0, "{events:#?}");
    let after = owner.client.query(album, json!({ "id": track })).await["track"]["album"].clone();
    assert!(before["coverUrl"].is_null() && after == before, "{before:#} {after:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_watched_is_imported_as_it_fills() {
    let platform = Platform::shared();
    let importer = Importer::new(&platform).await;
    let mut command = importer.command(&["import", "--json", "--watch"]);
    let mut watch = command.arg(importer.music()).stdout(Stdio::piped()).spawn().expect("polyphony starts");
    let lines = BufReader::new(watch.stdout.take().expect("piped")).lines();
    let mut events = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    assert_eq!(events.next().unwrap()["event"], "summary");
    importer.piece("new/1.flac", 380, "Watched");
    let file = events.find(|event| event["event"] == "file").expect("an event of the file");
    assert_eq!((&file["path"], &file["outcome"]), (&json!("new/1.flac"), &json!("imported")));
    let interrupt = Command::new("kill").args(["-INT", &watch.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    assert!(events.all(|event| event["event"] != "file"));
    assert!(watch.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_out_is_signed_out_on_the_server_too() {
    let platform = Platform::shared();
    let importer = Importer::new(&platform).await;
    let sessions = fs::read_to_string(importer.home.path().join("config/sessions.json")).unwrap();
    let sessions: Value = serde_json::from_str(&sessions).unwrap();
    let tokens = sessions.as_object().unwrap().values().next().unwrap();
    let kept = tokens["refresh_token"].as_str().unwrap();
    let out = importer.command(&["logout"]).output().unwrap();
    assert!(out.status.success() && text(&out).contains("Signed out"), "{}", text(&out));
    let renew = "mutation($token: String!) { refreshTokens(refreshToken: $token) { tokens { accessToken } } }";
    let answer = Client::anonymous(&platform).query(renew, json!({ "token": kept })).await;
    assert!(answer["refreshTokens"]["tokens"].is_null(), "{answer:#}");
    let who = importer.command(&["whoami"]).output().unwrap();
    assert!(!who.status.success() && text(&who).contains("polyphony login"), "{}", text(&who));
    let twice = importer.command(&["logout"]).output().unwrap();
    assert!(twice.status.success(), "{}", text(&twice));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_album_in_one_file_becomes_its_tracks_by_the_sheet_beside_it() {
    let platform = Platform::shared();
    let importer = Importer::new(&platform).await;
    let mark = importer.mark.clone();
    importer.piece("Whole/album.flac", 351, "Ignored");
    importer.piece("Broken/other.flac", 352, "Broken");
    let sheet = format!(
        "PERFORMER \"Trio {mark}\"\nTITLE \"In One {mark}\"\nREM DATE 1987\nFILE \"album.wav\" WAVE\nTRACK 01 AUDIO\n\
         TITLE \"\u{c9}tude {mark}\"\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE \"Two {mark}\"\nINDEX 00 00:00:70\n\
         INDEX 01 00:01:00\nTRACK 03 AUDIO\nTITLE \"Three {mark}\"\nINDEX 01 00:02:00\n"
    );
    // As programs of Western Europe wrote it.
    let latin1: Vec<u8> = sheet.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    fs::write(importer.music().join("Whole/album.cue"), latin1).unwrap();
    let far = "FILE other.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 50:00:00\n";
    fs::write(importer.music().join("Broken/other.cue"), far).unwrap();

    let output = importer.import(&[]);
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("imported    Whole/album.flac: 3 tracks"), "{said}");
    assert!(said.contains("2 imported") && said.contains("by cue sheets: 1 file, 3 tracks"), "{said}");
    assert!(said.contains("Broken/other.cue: not split: the sheet is of another file"), "{said}");

    let query = "query($q: String!) { search(query: $q, types: [ALBUM], first: 5) { edges { node {
        ... on Album { title releasedOn artists { name } tracks { edges { node { title trackNumber durationMs } } } }
    } } } }";
    let found = eventually("the album", Duration::from_secs(20), || async {
        let answer = importer.client.query(query, json!({ "q": format!("In One {mark}") })).await;
        let album = answer["search"]["edges"][0]["node"].clone();
        (album["title"] == format!("In One {mark}")).then_some(album)
    })
    .await;
    assert_eq!((&found["releasedOn"], &found["artists"][0]["name"]), (&json!("1987"), &json!(format!("Trio {mark}"))));
    let tracks = found["tracks"]["edges"].as_array().unwrap();
    let seen: Vec<_> = tracks.iter().map(|edge| &edge["node"]["title"]).collect();
    let titles = ["\u{c9}tude", "Two", "Three"].map(|title| json!(format!("{title} {mark}")));
    assert_eq!(seen, titles.iter().collect::<Vec<_>>());
    assert!(tracks.iter().all(|edge| edge["node"]["durationMs"] == 1000), "{tracks:#?}");

    let again = text(&importer.import(&[]));
    assert!(again.contains("2 already there"), "{again}");
}
