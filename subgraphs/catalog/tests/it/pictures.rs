//! Pictures of albums and artists: kept without a host, answered with the one that is configured.

use polyphony_catalog::{App, domain::MediaBase, routes};
use polyphony_events::{UploadId, ids::ImageId};
use polyphony_testkit::{Door, Keys, Statements};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

const COVER: &str = "mutation($id: ID!, $image: ID) { it: setAlbumCover(albumId: $id, imageId: $image) {
    album { id coverUrl cover { id } } userErrors { code path } } }";
const IMAGE: &str = "mutation($id: ID!, $image: ID) { it: setArtistImage(artistId: $id, imageId: $image) {
    artist { id imageUrl image { id } } userErrors { code path } } }";

async fn made(app: &TestApp) -> (String, String) {
    let create = "mutation { createArtist(input: { name: \"Air\" }) { artist { id } userErrors { code } } }";
    let artist = app.mutate(create, json!({})).await["artist"]["id"].as_str().unwrap().to_owned();
    let create = "mutation($a: ID!) { createAlbum(input: { title: \"Moon Safari\", artistIds: [$a] }) {
        album { id } userErrors { code } } }";
    let album = app.mutate(create, json!({ "a": artist })).await["album"]["id"].as_str().unwrap().to_owned();
    (artist, album)
}

async fn stored_cover(app: &TestApp) -> Option<String> {
    sqlx::query_scalar("select cover_url from albums").fetch_one(app.pool()).await.unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_picture_outlives_a_change_of_host(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album) = made(&app).await;
    let image = ImageId::new().to_string();
    let set = app.mutate(COVER, json!({ "id": album, "image": image })).await;
    let url = format!("http://media.test/v1/images/{image}.jpg");
    assert_eq!(set["album"], json!({ "id": album, "coverUrl": url, "cover": { "id": image } }));
    let set = app.mutate(IMAGE, json!({ "id": artist, "image": image })).await;
    assert_eq!(set["artist"], json!({ "id": artist, "imageUrl": url, "image": { "id": image } }));
    assert_eq!(stored_cover(&app).await.unwrap(), format!("/v1/images/{image}.jpg"));
    // A client that sends back what it was shown changes nothing of that.
    let update = "mutation($id: ID!, $a: [ID!]!, $url: Url) { it: updateAlbum(id: $id, input: { title: \"Moon Safari\",
        artistIds: $a, coverUrl: $url }) { album { cover { id } } userErrors { code } } }";
    let same = app.mutate(update, json!({ "id": album, "a": [artist], "url": format!("{url}?size=640") })).await;
    assert_eq!(same["album"]["cover"]["id"], image);

    let moved = App { media: MediaBase::new("https://music.example.org/media/"), ..app.app.clone() };
    let keys = Keys::new();
    let door = Door::new(routes(&moved, keys.verifier()), keys);
    let query = "query($id: ID!) { album(id: $id) { coverUrl artists { imageUrl } } }";
    let seen = door.query(Some(&app.creator), query, json!({ "id": album })).await["album"].take();
    let url = format!("https://music.example.org/media/v1/images/{image}.jpg");
    assert_eq!(seen, json!({ "coverUrl": url, "artists": [{ "imageUrl": url }] }));

    // Somebody else's picture stays what it is, and is none of ours.
    let foreign = app.mutate(update, json!({ "id": album, "a": [artist], "url": "https://example.org/a.jpg" })).await;
    assert_eq!(foreign["album"]["cover"], Value::Null);
    assert_eq!(stored_cover(&app).await.as_deref(), Some("https://example.org/a.jpg"));
    let none = app.mutate(COVER, json!({ "id": album, "image": null })).await;
    assert_eq!(none["album"], json!({ "id": album, "coverUrl": null, "cover": null }));
}

#[sqlx::test(migrations = false)]
async fn who_does_not_manage_it_sets_no_picture(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album) = made(&app).await;
    let image = ImageId::new().to_string();
    for (query, id) in [(COVER, &album), (IMAGE, &artist)] {
        let as_listener = app.door.execute(Some(&app.listener), query, json!({ "id": id, "image": image })).await;
        assert_eq!(as_listener.errors[0]["extensions"]["code"], "FORBIDDEN");
        let wrong = |id: &str, image: &str| json!({ "id": id, "image": image });
        for (variables, code) in [
            (wrong("nonsense", &image), "NOT_FOUND"),
            (wrong(id, "nonsense"), "INVALID_INPUT"),
            (wrong(id, id), "INVALID_INPUT"),
        ] {
            let refused = app.door.query(Some(&app.creator), query, variables).await["it"].take();
            assert_eq!(refused["userErrors"][0]["code"], code);
        }
    }
}

#[sqlx::test(migrations = false)]
async fn covers_cost_nothing_beside_their_albums(pool: PgPool) {
    let app = TestApp::new(pool).await;
    made(&app).await;
    let image = format!("/v1/covers/{}.jpg", UploadId::new());
    sqlx::query("update albums set cover_url = $1").bind(&image).execute(app.pool()).await.unwrap();
    let query = "{ viewed: albums(first: 20) { edges { node { title %s } } } }";
    // What is read for the first time is kept, and would cost less the second time.
    app.door.query(Some(&app.admin), &query.replace("%s", ""), json!({})).await;
    let mut costs = Vec::new();
    for fields in ["", "coverUrl cover { id }"] {
        let statements = Statements::new();
        app.door.query(Some(&app.admin), &query.replace("%s", fields), json!({})).await;
        costs.push(statements.count());
    }
    assert_eq!(costs[0], costs[1]);
}
