//! Whose files follow a merge.

use polyphony_events::{UserId, media::Tags};
use serde_json::json;
use sqlx::PgPool;

use crate::app::{TestApp, ready, tags};

const MERGE_ARTISTS: &str =
    "mutation($s: [ID!]!, $t: ID!) { mergeArtists(sourceIds: $s, targetId: $t) { change { id } userErrors { code } } }";
const MERGE_ALBUMS: &str =
    "mutation($s: [ID!]!, $t: ID!) { mergeAlbums(sourceIds: $s, targetId: $t) { change { id } userErrors { code } } }";

async fn artists(app: &TestApp) -> i64 {
    app.count("artists").await
}

/// Who merges a name that nobody has uploaded yet does not get everybody's files of it.
#[sqlx::test(migrations = false)]
async fn a_merged_name_is_followed_by_its_owners_files_and_by_all_when_an_admin_merged_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (squatted, mine) = (app.artist("Adele").await, app.artist("Mallory").await);
    app.mutate(MERGE_ARTISTS, json!({ "s": [squatted], "t": mine })).await;
    let song = |n| Tags { artists: vec!["Adele".to_owned()], ..tags(&format!("Song {n}"), "Adele", "21", n) };
    app.hear_from(&ready(app.creator.user, song(1))).await.unwrap();
    assert_eq!(artists(&app).await, 1, "the owner's files follow");
    app.hear_from(&ready(UserId::new(), song(2))).await.unwrap();
    assert_eq!(artists(&app).await, 2, "a stranger's make an artist of their own");

    // Accounts has told who is one.
    sqlx::query("insert into admins (user_id, is_admin, version) values ($1, true, 1)")
        .bind(app.admin.user)
        .execute(app.pool())
        .await
        .unwrap();
    let (wrong, right) = (app.artist("Beyonse").await, app.artist("Beyoncé").await);
    app.mutate_as(&app.admin, MERGE_ARTISTS, json!({ "s": [wrong], "t": right })).await;
    let before = artists(&app).await;
    let misspelt = Tags { artists: vec!["Beyonse".to_owned()], ..tags("Halo", "Beyonse", "I Am", 1) };
    app.hear_from(&ready(UserId::new(), misspelt)).await.unwrap();
    assert_eq!(artists(&app).await, before, "what an admin has merged is so for everybody");
}

#[sqlx::test(migrations = false)]
async fn a_merged_title_is_followed_by_files_of_its_artists_alone(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for (title, album, n) in [("Bicycle Race", "Greatest Hits", 1), ("Innuendo", "Best Of", 1)] {
        app.import(tags(title, "Queen", album, n)).await;
    }
    let ids: Vec<String> = sqlx::query_scalar::<_, uuid::Uuid>("select id from albums order by title")
        .fetch_all(app.pool())
        .await
        .unwrap()
        .into_iter()
        .map(|id| polyphony_events::AlbumId(id).to_string())
        .collect();
    app.mutate(MERGE_ALBUMS, json!({ "s": [ids[1]], "t": ids[0] })).await;
    app.import(tags("Waterloo", "ABBA", "Greatest Hits", 5)).await;
    assert_eq!(app.count("albums").await, 2, "ABBA's is another album");
    app.import(tags("Killer Queen", "Queen", "Greatest Hits", 6)).await;
    assert_eq!(app.count("albums").await, 2, "Queen's is what it became");
}
