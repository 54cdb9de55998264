//! Folders on the server: what is in them becomes uploads by itself, is read where it lies, and is never lost or touched.

mod standing;
mod trust;

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    time::{Duration, SystemTime},
};

use polyphony_events::{UploadId, catalog::PublicationStatus};
use polyphony_kit::{Role, Viewer};
use polyphony_media::{
    domain::library_folder::LibraryFolders,
    library::{Librarian, Looked, Scanned},
};
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::app::{TestApp, sound};

/// A library of somebody's and the service that looks after it.
struct Library {
    app: TestApp,
    owner: Viewer,
    folder: tempfile::TempDir,
}

impl Library {
    async fn new(pool: PgPool, mode: &str) -> Self {
        let (mut app, owner, folder) = (TestApp::new(pool).await, viewer(Role::Creator), tempfile::tempdir().unwrap());
        app.go_with(format!("{}={}:{mode}", folder.path().display(), owner.user).parse().unwrap());
        Self { app, owner, folder }
    }

    /// Writes a file that has been there for a while.
    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        age(&path, 60);
    }

    fn librarian(&self) -> Librarian {
        let folder = self.app.app.settings.library_folders.0[0].clone();
        Librarian::new(self.app.app.clone(), folder)
    }

    /// Goes through the folder once; the right to it is given back, as by a worker that ends.
    async fn scan(&self) -> Scanned {
        let looked = self.librarian().look().await.unwrap();
        sqlx::query("update library_folders set lease_until = null, lease_token = null")
            .execute(&self.app.pool)
            .await
            .unwrap();
        let Looked::Scanned(scanned, _) = looked else { panic!("{looked:?}") };
        scanned
    }

    async fn work(&self) {
        while self.app.worker().work_once().await.unwrap() {}
    }

    /// The owner's uploads by their names: state, missing, and why a job failed.
    async fn uploads(&self) -> Vec<(String, String, bool)> {
        let rows = sqlx::query_as(
            "select filename, state, missing_since is not null from uploads where cut_of is null order by filename, created_at",
        );
        rows.fetch_all(&self.app.pool).await.unwrap()
    }

    async fn id(&self, name: &str) -> String {
        let row: (Uuid,) =
            sqlx::query_as("select id from uploads where filename = $1 order by created_at desc limit 1")
                .bind(name)
                .fetch_one(&self.app.pool)
                .await
                .unwrap();
        UploadId(row.0).to_string()
    }

    async fn sources(&self) -> usize {
        self.app.blobs("uploads/").await
    }

    /// What the catalog is told of a file.
    async fn announced(&self, name: &str) -> Value {
        let events = self.app.events().await;
        let of = |(kind, data): &(String, Value)| kind == "MediaReady" && data["filename"] == name;
        events.into_iter().rev().find(of).unwrap_or_else(|| panic!("{name} is not ready")).1
    }

    async fn original(&self, upload: &str) -> Value {
        let track = self.app.track(self.owner.user, Some(upload), PublicationStatus::Published).await;
        let field = "downloadUrl(format: ORIGINAL) { url sizeBytes contentType }";
        self.app.door.entities(Some(&self.owner), "Track", &[track.to_string()], field).await[0]["downloadUrl"].take()
    }
}

impl TestApp {
    async fn blobs(&self, prefix: &str) -> usize {
        self.app.blobs.list(prefix).await.unwrap().len()
    }
}

fn age(path: &Path, seconds: u64) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
}

fn ready(name: &str) -> (String, String, bool) {
    (name.to_owned(), "READY".to_owned(), false)
}

fn song(frequency: u32, title: &str) -> Vec<u8> {
    sound(4.0, frequency, "a.flac", &format!("-metadata TITLE={title} -metadata ALBUM=Album"))
}

fn picture() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cover.png");
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    fs::read(path).unwrap()
}

#[sqlx::test(migrations = false)]
async fn what_lies_in_a_folder_can_be_played_and_a_second_scan_finds_nothing_new(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    library.put("Artist/Album/CD1/01.flac", &song(300, "One"));
    library.put("Artist/Album/CD1/01.lrc", "[00:01.00]la\u{e9}".as_bytes());
    library.put("Artist/Album/cover.png", &picture());
    library.put(".38 Special/1.flac", &song(400, "Dot"));
    library.put("notes.txt", b"none");
    library.put("._1.flac", b"litter");
    library.put("@eaDir/x.flac", b"litter");
    assert_eq!(library.scan().await, Scanned { taken: 2, ..Scanned::default() });
    library.work().await;
    assert_eq!(library.uploads().await, [ready("01.flac"), ready("1.flac")]);
    assert_eq!(library.sources().await, 0, "the files stay where they are");

    let one = library.announced("01.flac").await;
    assert_eq!(
        (one["tags"]["title"].as_str(), one["tags"]["lyrics"].as_str()),
        (Some("One"), Some("[00:01.00]la\u{e9}"))
    );
    assert!(one["cover_url"].is_string(), "the picture of the folder above a disc is its cover");
    assert_eq!(one["folder"], library.folder.path().join("Artist/Album/CD1").to_str().unwrap());
    assert!(library.announced("1.flac").await["cover_url"].is_null());

    let before: i64 = count(&library.app.pool, "select count(*) from outbox").await;
    assert_eq!(library.scan().await, Scanned::default());
    assert_eq!(count(&library.app.pool, "select count(*) from outbox").await, before);

    library.put("Artist/Album/CD1/02.flac", &song(500, "Two"));
    assert_eq!(library.scan().await, Scanned { taken: 1, ..Scanned::default() });
    let usage = count(&library.app.pool, "select count(*) from uploads where library_mode = 'REFERENCE'").await;
    assert_eq!(usage, 3);
}

async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[sqlx::test(migrations = false)]
async fn the_original_is_served_from_its_folder_in_ranges_and_to_whom_it_was_signed_for(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    let bytes = song(300, "One");
    library.put("a/1.flac", &bytes);
    library.scan().await;
    library.work().await;
    let upload = library.id("1.flac").await;
    let original = library.original(&upload).await;
    assert_eq!((&original["sizeBytes"], &original["contentType"]), (&json!(bytes.len() as f64), &json!("audio/flac")));
    let url = original["url"].as_str().unwrap();
    let get = async |url: &str, range: &str| {
        let response = library.app.player_request(url, &[("range", range)]).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes().to_vec();
        (status, headers, body)
    };
    let (status, headers, body) = get(url, "bytes=4-9").await;
    assert_eq!((status, body.as_slice()), (206, &bytes[4..10]));
    assert_eq!(headers["content-range"], format!("bytes 4-9/{}", bytes.len()));
    assert!(headers["content-disposition"].to_str().unwrap().contains("1.flac"));
    assert!(get(url, "items=1").await.0 == 416 && get(&url.replace("sig=", "sig=A"), "bytes=0-").await.0 == 403);
    let (status, _, body) = get(url, "bytes=0-").await;
    assert!(status == 206 && body == bytes);

    // A link in its place leads nowhere.
    let path = library.folder.path().join("a/1.flac");
    let away = tempfile::tempdir().unwrap();
    fs::rename(&path, away.path().join("1.flac")).unwrap();
    symlink("/etc/hostname", &path).unwrap();
    assert_eq!(get(url, "bytes=0-").await.0, 404);
    fs::remove_file(&path).unwrap();
    library.scan().await;
    assert!(library.original(&upload).await.is_null());
}

#[sqlx::test(migrations = false)]
async fn what_vanishes_is_missed_and_not_deleted_and_comes_back(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    library.put("a/1.flac", &song(300, "One"));
    library.put("a/b/2.flac", &song(400, "Two"));
    library.scan().await;
    library.work().await;
    let (gone, away) = (library.folder.path().join("a"), library.folder.path().with_extension("away"));
    fs::rename(&gone, &away).unwrap();
    assert_eq!(library.scan().await, Scanned { vanished: 2, ..Scanned::default() });
    assert_eq!(library.uploads().await.iter().filter(|(_, state, missing)| state == "READY" && *missing).count(), 2);
    let query = "query($id: ID!) { upload(id: $id) { state missingSince } }";
    let shown = library.app.door.query(Some(&library.owner), query, json!({ "id": library.id("1.flac").await })).await;
    assert!(shown["upload"]["missingSince"].is_string(), "{shown}");
    assert_eq!(library.scan().await, Scanned::default());
    assert!(library.app.blobs("tracks/").await > 0, "what was made of it plays");
    fs::rename(&away, &gone).unwrap();
    assert_eq!(library.scan().await, Scanned { found_again: 2, ..Scanned::default() });
    assert_eq!(library.uploads().await, [ready("1.flac"), ready("2.flac")]);

    // The whole folder away, as a disk that is not mounted: nothing is taken for gone.
    let away = library.folder.path().with_extension("unmounted");
    fs::rename(library.folder.path(), &away).unwrap();
    assert_eq!(library.librarian().look().await.unwrap(), Looked::Failed);
    fs::rename(&away, library.folder.path()).unwrap();
    assert_eq!(library.uploads().await, [ready("1.flac"), ready("2.flac")]);
}

#[sqlx::test(migrations = false)]
async fn a_moved_file_is_the_same_and_a_changed_one_takes_its_place(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    let bytes = song(300, "One");
    library.put("a/1.flac", &bytes);
    library.put("a/2.flac", &song(400, "Two"));
    library.scan().await;
    library.work().await;
    let first = library.id("1.flac").await;
    fs::rename(library.folder.path().join("a"), library.folder.path().join("b")).unwrap();
    assert_eq!(library.scan().await, Scanned { found_again: 2, ..Scanned::default() });
    assert_eq!(library.uploads().await, [ready("1.flac"), ready("2.flac")]);
    assert!(library.original(&first).await["url"].is_string());

    // Touched, with the same bytes.
    age(&library.folder.path().join("b/1.flac"), 30);
    assert_eq!(library.scan().await, Scanned { found_again: 1, ..Scanned::default() });
    assert_eq!(library.uploads().await.len(), 2);

    // Tagged anew: the same samples, so the catalog learns that its track has moved.
    library.put("b/1.flac", &song(300, "Changed"));
    assert_eq!(library.scan().await, Scanned { taken: 1, ..Scanned::default() });
    library.work().await;
    let event = library.announced("1.flac").await;
    assert_eq!((&event["replaces"], &event["tags"]["title"]), (&json!(first), &json!("Changed")));
    assert_eq!(library.uploads().await.len(), 3, "what it was is kept, and missed");

    // Changed before anybody has read it: what it was is given up.
    library.put("c/3.flac", &song(500, "Three"));
    library.scan().await;
    library.put("c/3.flac", &song(600, "Threes"));
    library.scan().await;
    library.work().await;
    let mut states: Vec<_> =
        library.uploads().await.into_iter().filter(|(name, ..)| name == "3.flac").map(|one| one.1).collect();
    states.sort_unstable();
    assert_eq!(states, ["EXPIRED", "READY"]);
}

impl TestApp {
    /// The same with these folders on the server.
    fn go_with(&mut self, folders: LibraryFolders) {
        self.reset(|settings| settings.library_folders = folders);
    }
}
