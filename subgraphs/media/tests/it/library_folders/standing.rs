//! Folders with bad files, albums in one file, and those who look after folders.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    time::Duration,
};

use chrono::TimeDelta;
use polyphony_events::{UserId, accounts::UserRegistered};
use polyphony_kit::{Envelope, Event, Role, Tasks, Viewer, consumer::handle_once, request_id::Origin};
use polyphony_media::{consumers::Owners, library::Looked, sweep::Sweep};
use polyphony_testkit::{eventually, keys::viewer};
use serde_json::json;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Library, age, picture, ready, song};
use crate::app::sound;

#[sqlx::test(migrations = false)]
async fn one_bad_file_harms_no_other(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.flac"), song(300, "Secret")).unwrap();
    symlink(outside.path(), library.folder.path().join("link")).unwrap();
    symlink(outside.path().join("secret.flac"), library.folder.path().join("linked.flac")).unwrap();
    library.put("empty.flac", b"");
    library.put("broken.flac", b"fLaC and nothing else");
    library.put("good.flac", &song(400, "Good"));
    library.put("growing.flac", &song(500, "Growing"));
    age(&library.folder.path().join("growing.flac"), 0);
    let name = std::ffi::OsStr::new("\u{fffd}.flac");
    fs::write(library.folder.path().join(name), song(600, "Odd")).unwrap();
    age(&library.folder.path().join(name), 9);
    let scanned = library.scan().await;
    assert_eq!((scanned.taken, scanned.unreadable, scanned.has_young), (3, 1, true), "{scanned:?}");
    assert!(scanned.problem.unwrap().starts_with("empty.flac"));
    library.work().await;
    let states: Vec<_> = library.uploads().await.into_iter().map(|(name, state, _)| (name, state)).collect();
    let expected = [("broken.flac", "REJECTED"), ("good.flac", "READY"), ("\u{fffd}.flac", "READY")];
    assert_eq!(states, expected.map(|(name, state)| (name.to_owned(), state.to_owned())));
    age(&library.folder.path().join("growing.flac"), 60);
    assert_eq!(library.scan().await.taken, 1, "what was refused is not tried again, and what was written to is tried");
}

#[sqlx::test(migrations = false)]
async fn a_file_that_is_gone_before_it_was_read_is_made_when_it_is_back(pool: PgPool) {
    let library = Library::new(pool, "copy").await;
    library.put("1.flac", &song(300, "One"));
    library.scan().await;
    let away = tempfile::tempdir().unwrap();
    let (path, away) = (library.folder.path().join("1.flac"), away.path().join("1.flac"));
    fs::rename(&path, &away).unwrap();
    for _ in 0..6 {
        library.work().await;
        sqlx::query("update jobs set run_after = now()").execute(&library.app.pool).await.unwrap();
    }
    assert_eq!(library.uploads().await, [("1.flac".to_owned(), "RECEIVED".to_owned(), false)]);
    library.scan().await;
    assert!(library.uploads().await[0].2);
    fs::rename(&away, &path).unwrap();
    library.scan().await;
    library.work().await;
    assert_eq!(library.uploads().await, [ready("1.flac")]);
    // Copied, it needs the folder no more.
    assert_eq!(library.sources().await, 1);
    fs::remove_file(&path).unwrap();
    library.scan().await;
    assert_eq!(library.uploads().await, [ready("1.flac")]);
    assert!(library.original(&library.id("1.flac").await).await["url"].is_string());
}

#[sqlx::test(migrations = false)]
async fn an_album_in_one_file_becomes_its_tracks_and_nothing_of_it_is_an_orphan(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    library.put("album/disc.flac", &sound(12.0, 311, "a.flac", "-af vibrato=f=0.1:d=0.5"));
    let sheet = "FILE disc.wav WAVE\nTRACK 01 AUDIO\nTITLE One\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE Two\nINDEX 01 00:06:00";
    library.put("album/disc.cue", sheet.as_bytes());
    library.put("album/folder.png", &picture());
    library.scan().await;
    library.work().await;
    assert_eq!(library.uploads().await, [ready("disc.flac")]);
    let (one, two) = (library.announced("disc.flac #01").await, library.announced("disc.flac #02").await);
    assert_eq!((&one["tags"]["title"], &two["tags"]["title"]), (&json!("One"), &json!("Two")));
    assert!(one["cover_url"].is_string() && two["cover_url"].is_string());
    library.app.wait(TimeDelta::hours(2));
    let app = &library.app.app;
    let sweep = Sweep { store: app.store.clone(), blobs: app.blobs.clone(), clock: app.clock.clone(), repairs: true };
    let mut findings = Vec::new();
    sweep.run(|finding| findings.push(finding)).await.unwrap();
    assert_eq!(findings, []);
}

#[sqlx::test(migrations = false)]
async fn a_worker_hears_of_changes_and_another_takes_over_when_it_ends(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    let stop = CancellationToken::new();
    let tasks = Tasks::new();
    tasks.spawn("folder", library.librarian().run(Duration::from_mins(10), stop.clone()));
    let state = async || {
        let query = "{ libraryFolders { path owner { id } mode state files missingFiles unreadableFiles problem lastScannedAt } }";
        library.app.door.query(Some(&viewer(Role::Admin)), query, json!({})).await["libraryFolders"][0].take()
    };
    eventually("the folder is watched", || async { (state().await["state"] == "WATCHED").then_some(()) }).await;
    assert_eq!(library.librarian().look().await.unwrap(), Looked::NotOurs);
    library.put("a/b/1.flac", &song(300, "One"));
    eventually("the file is there", || async { (state().await["files"] == 1).then_some(()) }).await;
    // Whenever it comes: also shortly before the worker looks after its lease.
    for (index, wait) in [1_500, 3_000, 4_500].into_iter().enumerate() {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        library.put(&format!("c/{index}.flac"), &song(400, "More"));
        let files = json!(index + 2);
        let (state, files) = (&state, &files);
        eventually("one more is there", || async move { (state().await["files"] == *files).then_some(()) }).await;
    }
    let shown = state().await;
    assert_eq!((&shown["owner"]["id"], &shown["mode"]), (&json!(library.owner.user.to_string()), &json!("REFERENCE")));
    stop.cancel();
    tasks.shutdown().await;
    assert_eq!(state().await["state"], "WAITING");
    assert!(matches!(library.librarian().look().await.unwrap(), Looked::Scanned(_, true)));
}

#[sqlx::test(migrations = false)]
async fn a_folder_belongs_to_whoever_its_owner_is_called_by_and_admins_look_after_it(pool: PgPool) {
    let mut library = Library::new(pool, "reference").await;
    library.put("1.flac", &song(300, "One"));
    let path = library.folder.path().display().to_string();
    library.app.go_with(format!("{path}=Bob@X.org:reference").parse().unwrap());
    let looked = library.librarian().look().await.unwrap();
    assert_eq!(looked, Looked::Failed);
    let bob = UserId::new();
    let event = UserRegistered {
        user_id: bob,
        email: "bob@x.org".to_owned(),
        handle: "bobby".to_owned(),
        display_name: "Bob".to_owned(),
        locale: "en".to_owned(),
        version: 1,
    };
    let envelope = Envelope {
        id: Uuid::now_v7(),
        kind: UserRegistered::TYPE.to_owned(),
        key: event.key(),
        time: library.app.app.clock.now(),
        origin: Origin::fresh(),
        data: serde_json::to_vec(&event).unwrap(),
        headers: std::collections::BTreeMap::new(),
    };
    handle_once(&library.app.pool, "media-owners", &Owners, &envelope).await.unwrap();
    sqlx::query("update library_folders set lease_until = null, lease_token = null")
        .execute(&library.app.pool)
        .await
        .unwrap();
    assert_eq!(library.scan().await.taken, 1);
    let owner: (Uuid,) = sqlx::query_as("select owner_id from uploads").fetch_one(&library.app.pool).await.unwrap();
    assert_eq!(owner.0, bob.0);

    let admin = viewer(Role::Admin);
    let mutation = "mutation($path: String!) { scanLibraryFolder(path: $path) { folder { path files } userErrors { code path } } }";
    let ask =
        async |who: &Viewer, path: &str| library.app.door.execute(Some(who), mutation, json!({ "path": path })).await;
    let asked = ask(&admin, &path).await;
    assert_eq!(asked.data["scanLibraryFolder"], json!({ "folder": { "path": path, "files": 1 }, "userErrors": [] }));
    let refused = ask(&admin, "/etc").await;
    assert_eq!(refused.data["scanLibraryFolder"]["userErrors"], json!([{ "code": "NOT_FOUND", "path": ["path"] }]));
    assert!(!ask(&library.owner, &path).await.errors.is_empty());
}

#[sqlx::test(migrations = false)]
async fn a_file_that_may_not_be_read_is_said_and_taken_once_it_may(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    library.put("1.flac", &song(300, "One"));
    let path = library.folder.path().join("1.flac");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // Whoever is root may read it all the same.
    if fs::File::open(&path).is_ok() {
        assert_eq!(library.scan().await.taken, 1);
        return;
    }
    assert_eq!(library.scan().await.unreadable, 1);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(library.scan().await.taken, 1);
}
