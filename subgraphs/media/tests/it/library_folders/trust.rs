//! What is not believed of files and of people.

use super::*;

/// The same file with other words in it: as long, and of the same time.
fn twin(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    let mut twin = bytes.to_vec();
    twin[at..at + to.len()].copy_from_slice(to.as_bytes());
    twin
}

#[sqlx::test(migrations = false)]
async fn nobody_gives_their_bytes_up_for_a_file_that_lies_in_a_folder(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    let bytes = song(300, "One");
    library.put("1.flac", &bytes);
    library.scan().await;
    library.work().await;
    library.app.track(library.owner.user, Some(&library.id("1.flac").await), PublicationStatus::Published).await;
    // The owner's own copy, and that of somebody else who may know the track.
    let other = viewer(Role::Creator);
    for who in [&library.owner, &other] {
        let id = library.app.upload(who, "copy.flac", &bytes, json!({})).await;
        library.work().await;
        let upload = library.app.see(who, &id).await;
        assert_eq!((&upload["state"], &upload["duplicateOf"]), (&json!("READY"), &Value::Null));
        library.app.collect_all_garbage().await;
        assert_eq!(library.app.blobs(&format!("uploads/{id}")).await, 1, "its bytes are kept");
    }
    // Files of folders take each other's encoding: none of them has bytes to lose.
    library.put("2.flac", &bytes);
    library.scan().await;
    library.work().await;
    let shared = "select count(*) from uploads where filename = '2.flac' and duplicate_of is not null";
    assert_eq!(count(&library.app.pool, shared).await, 1);
}

#[sqlx::test(migrations = false)]
async fn another_file_of_the_same_size_and_time_is_no_move(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    let bytes = song(300, "One");
    let path = library.folder.path().join("a/1.flac");
    library.put("a/1.flac", &bytes);
    library.scan().await;
    library.work().await;
    let modified = path.metadata().unwrap().modified().unwrap();
    fs::remove_file(&path).unwrap();
    library.put("b/9.flac", &twin(&bytes, "One", "Two"));
    let other = fs::File::options().append(true).open(library.folder.path().join("b/9.flac")).unwrap();
    other.set_modified(modified).unwrap();
    assert_eq!(library.scan().await, Scanned { taken: 1, vanished: 1, ..Scanned::default() });
    library.work().await;
    assert_eq!(library.announced("9.flac").await["tags"]["title"], "Two");
}

#[sqlx::test(migrations = false)]
async fn a_job_that_was_given_up_for_no_fault_of_its_file_is_tried_again_an_hour_later(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    library.put("1.flac", &song(300, "One"));
    library.scan().await;
    let fail = async |minutes: i64| {
        let at = library.app.app.clock.now() - chrono::TimeDelta::minutes(minutes);
        let sql = "update jobs set state = 'FAILED', finished_at = $1";
        sqlx::query(sql).bind(at).execute(&library.app.pool).await.unwrap();
    };
    fail(30).await;
    assert_eq!(library.scan().await, Scanned::default());
    fail(90).await;
    assert_eq!(library.scan().await, Scanned { found_again: 1, ..Scanned::default() });
    library.work().await;
    assert_eq!(library.uploads().await, [ready("1.flac")]);
}

#[sqlx::test(migrations = false)]
async fn bytes_that_no_scan_has_seen_are_not_served_as_those_before(pool: PgPool) {
    let library = Library::new(pool, "reference").await;
    let bytes = song(300, "One");
    library.put("1.flac", &bytes);
    library.scan().await;
    library.work().await;
    let original = library.original(&library.id("1.flac").await).await;
    let url = original["url"].as_str().unwrap();
    assert_eq!(library.app.player_response(url).await.status().as_u16(), 200);
    fs::write(library.folder.path().join("1.flac"), twin(&bytes, "One", "Two")).unwrap();
    assert_eq!(library.app.player_response(url).await.status().as_u16(), 404);
}

#[sqlx::test(migrations = false)]
async fn a_folder_is_nobodys_whose_address_is_not_one_persons_or_who_is_kept_out(pool: PgPool) {
    let mut library = Library::new(pool, "reference").await;
    library.put("1.flac", &song(300, "One"));
    let path = library.folder.path().display().to_string();
    let know = "insert into people (user_id, email, version) values ($1, $2, 1)";
    for (name, email) in [(Uuid::now_v7(), "two@x.org"), (Uuid::now_v7(), "Two@X.org"), (Uuid::now_v7(), "one@x.org")] {
        sqlx::query(know).bind(name).bind(email).execute(&library.app.pool).await.unwrap();
    }
    let bar = "insert into barred_listeners (user_id, is_barred, version) values ($1, true, 1)";
    sqlx::query(bar).bind(library.owner.user.0).execute(&library.app.pool).await.unwrap();
    for owner in ["two@x.org".to_owned(), library.owner.user.to_string(), "nobody".to_owned()] {
        library.app.go_with(format!("{path}={owner}:reference").parse().unwrap());
        assert_eq!(library.librarian().look().await.unwrap(), Looked::Failed, "{owner}");
        sqlx::query("delete from library_folders").execute(&library.app.pool).await.unwrap();
    }
    library.app.go_with(format!("{path}=One@x.org:reference").parse().unwrap());
    assert_eq!(library.scan().await.taken, 1);
}
