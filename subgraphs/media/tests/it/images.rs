//! Pictures that people upload.

use std::process::Command;

use chrono::TimeDelta;
use polyphony_events::{
    AlbumId,
    accounts::UserDeleted,
    catalog::{AlbumChanged, PublicationStatus},
    ids::ImageId,
};
use polyphony_kit::{Role, Viewer};
use polyphony_media::{housekeeping, sweep::Sweep};
use polyphony_testkit::{Statements, keys::viewer};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

const FIELDS: &str = "id url width height blurhash dominantColor sizes { url width height }";

/// An image that FFmpeg makes of this source.
/// As the frame header says, which is behind the first `ff c0` (or `c2`).
fn width_of_jpeg(bytes: &[u8]) -> u16 {
    let frame = bytes.windows(2).position(|two| two == [0xff, 0xc0] || two == [0xff, 0xc2]).unwrap();
    u16::from_be_bytes([bytes[frame + 7], bytes[frame + 8]])
}

fn picture(source: &str, name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source, "-frames:v", "1"]).arg(&path);
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(path).unwrap()
}

impl TestApp {
    async fn announce(&self, viewer: &Viewer, size: usize, key: Option<&str>) -> Value {
        let query = "mutation($size: Float!, $key: String) {
            createImageUpload(input: { sizeBytes: $size }, idempotencyKey: $key) {
                imageId target { partSizeBytes expiresAt parts { number url } } userErrors { code path } } }";
        self.door.query(Some(viewer), query, json!({ "size": size, "key": key })).await["createImageUpload"].take()
    }

    async fn complete_picture(&self, viewer: &Viewer, id: &str, parts: &Value) -> Value {
        let query = format!("mutation($id: ID!, $parts: [CompletedPartInput!]!) {{
            completeImageUpload(imageId: $id, parts: $parts) {{ image {{ {FIELDS} }} userErrors {{ code message path }} }} }}");
        self.door.query(Some(viewer), &query, json!({ "id": id, "parts": parts })).await["completeImageUpload"].take()
    }

    /// Uploads a picture; gives its id and the payload of `completeImageUpload`.
    async fn picture(&self, viewer: &Viewer, bytes: &[u8]) -> (String, Value) {
        let announced = self.announce(viewer, bytes.len(), None).await;
        let id = announced["imageId"].as_str().unwrap().to_owned();
        let parts = self.put(&announced["target"], bytes).await;
        let completed = self.complete_picture(viewer, &id, &parts).await;
        (id, completed)
    }

    async fn image_objects(&self, id: &str) -> Vec<String> {
        let mut found = self.app.blobs.list(&format!("images/{id}/")).await.unwrap();
        found.sort_by(|a, b| a.key.cmp(&b.key));
        found.into_iter().map(|object| object.key.rsplit('/').next().unwrap().to_owned()).collect()
    }
}

#[sqlx::test(migrations = false)]
async fn a_picture_is_stored_in_three_sizes_and_described(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let me = viewer(Role::Listener);
    let (id, completed) = app.picture(&me, &picture("color=0x1040c0:s=2000x1500", "a.png")).await;
    assert_eq!(completed["userErrors"], json!([]));
    let image = &completed["image"];
    assert_eq!((&image["id"], &image["width"], &image["height"]), (&json!(id), &json!(1280), &json!(960)));
    assert_eq!(image["blurhash"].as_str().unwrap().len(), 28);
    let color = u32::from_str_radix(&image["dominantColor"].as_str().unwrap()[1..], 16).unwrap();
    let distance = |shift: u32| ((color >> shift) & 255).abs_diff((0x0010_40c0 >> shift) & 255);
    assert!([0, 8, 16].map(distance).iter().all(|distance| *distance < 8), "{color:06x}");
    let sizes: Vec<_> =
        image["sizes"].as_array().unwrap().iter().map(|size| (&size["width"], &size["height"])).collect();
    let expected = [[320, 240], [640, 480], [1280, 960]].map(|[width, height]| (json!(width), json!(height)));
    assert_eq!(sizes, expected.iter().map(|(width, height)| (width, height)).collect::<Vec<_>>());

    // Each URL is a JPEG of that size, for anybody, for good.
    for (url, width) in [(&image["sizes"][0]["url"], 320), (&image["url"], 640), (&image["sizes"][2]["url"], 1280)] {
        let url = url.as_str().unwrap();
        let response = app.player_response(url).await;
        assert_eq!(response.status().as_u16(), 200);
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], "image/jpeg");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(headers["access-control-allow-origin"], "*");
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        assert_eq!(width_of_jpeg(&bytes), width);
        // Who has it is not sent it again.
        let tag = headers["etag"].to_str().unwrap();
        let again = app.player_request(url, &[("if-none-match", &format!("W/\"other\", {tag}"))]).await;
        assert_eq!((again.status().as_u16(), &again.headers()["etag"]), (304, &headers["etag"]));
        assert_eq!(app.player_request(url, &[("if-none-match", "\"other\"")]).await.status().as_u16(), 200);
    }
    // Of the file itself nothing is kept.
    app.collect_all_garbage().await;
    assert_eq!(app.image_objects(&id).await, ["1280.jpg", "320.jpg", "640.jpg"]);
    // Completing it again changes nothing.
    assert_eq!(app.complete_picture(&me, &id, &json!([])).await["image"], *image);
}

#[sqlx::test(migrations = false)]
async fn what_is_no_picture_is_refused_for_good(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let me = viewer(Role::Listener);
    // A PNG that claims to be of 30,000 x 30,000 pixels: 900 million of them would be unpacked.
    let mut bomb = picture("color=red:s=64x64", "a.png");
    bomb[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://127.0.0.1/x'/></svg>".to_vec();
    for bytes in
        [bomb, svg, b"#EXTM3U".to_vec(), b"\xff\xd8\xff\xe0broken".to_vec(), crate::app::sound(0.2, 440, "a.mp3", "")]
    {
        let (id, completed) = app.picture(&me, &bytes).await;
        assert_eq!(completed["image"], Value::Null);
        let error = &completed["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!("UNSUPPORTED_MEDIA"), &json!(["imageId"])));
        assert_eq!(app.complete_picture(&me, &id, &json!([])).await["userErrors"][0], *error, "and stays so");
        app.collect_all_garbage().await;
        assert_eq!(app.image_objects(&id).await, Vec::<String>::new());
        assert_eq!(app.play(&format!("/v1/images/{id}.jpg")).await.0, 404);
    }
}

#[sqlx::test(migrations = false)]
async fn what_clients_get_wrong_is_told(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (me, other) = (viewer(Role::Listener), viewer(Role::Creator));
    for (size, code) in [(0, "INVALID_INPUT"), ((16 << 20) + 1, "MEDIA_TOO_LARGE")] {
        assert_eq!(app.announce(&me, size, None).await["userErrors"][0]["code"], code, "{size}");
    }
    let bytes = picture("testsrc=s=40x30", "a.jpg");
    let first = app.announce(&me, bytes.len(), Some("k")).await;
    let id = first["imageId"].as_str().unwrap();
    assert_eq!(app.announce(&me, bytes.len(), Some("k")).await["imageId"], id, "the same key announces once");
    assert_eq!(app.announce(&me, 5, Some("k")).await["userErrors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    let part = json!([{ "number": 1, "etag": "x" }]);
    let code = |payload: Value| payload["userErrors"][0]["code"].as_str().unwrap_or("none").to_owned();
    assert_eq!(code(app.complete_picture(&me, id, &part).await), "UPLOAD_INCOMPLETE");
    assert_eq!(code(app.complete_picture(&other, id, &part).await), "NOT_FOUND");
    assert_eq!(code(app.complete_picture(&me, "nonsense", &part).await), "NOT_FOUND");
    let parts = app.put(&first["target"], &bytes).await;
    assert_eq!(code(app.complete_picture(&me, id, &part).await), "UPLOAD_INCOMPLETE", "another part");
    let image = app.complete_picture(&me, id, &parts).await["image"].take();
    assert_eq!((&image["width"], &image["height"]), (&json!(40), &json!(30)), "never enlarged");

    let delete = "mutation($id: ID!) { it: deleteImage(imageId: $id) { ok userErrors { code } } }";
    let deleted = async |viewer: &Viewer| app.door.query(Some(viewer), delete, json!({ "id": id })).await["it"].take();
    assert_eq!(code(deleted(&other).await), "NOT_FOUND");
    assert_eq!(deleted(&me).await["ok"], true);
    assert_eq!(code(deleted(&me).await), "NOT_FOUND");
    app.collect_all_garbage().await;
    assert_eq!(app.image_objects(id).await, Vec::<String>::new());
    // Fifty may be on their way.
    for _ in 0..50 {
        assert_eq!(app.announce(&me, 5, None).await["userErrors"], json!([]));
    }
    assert_eq!(code(app.announce(&me, 5, None).await), "QUOTA_EXCEEDED");
    app.wait(TimeDelta::hours(1));
    housekeeping::expire_images(&app.app).await.unwrap();
    assert_eq!(app.announce(&me, 5, None).await["userErrors"], json!([]), "what never came is forgotten");
}

#[sqlx::test(migrations = false)]
async fn many_pictures_cost_one_statement_and_missing_ones_are_null(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let me = viewer(Role::Creator);
    let (mine, _) = app.picture(&me, &picture("testsrc=s=700x400", "a.jpg")).await;
    let waiting = app.announce(&me, 5, None).await["imageId"].as_str().unwrap().to_owned();
    let upload = crate::playback::encoded(&app, me.user).await;
    let cover = format!("img_{}", &upload[4..]);
    let ids = [mine.clone(), ImageId::new().to_string(), "nonsense".to_owned(), waiting, cover.clone()];
    let statements = Statements::new();
    let found = app.door.entities(None, "Image", &ids, "id width sizes { width }").await;
    let sizes = json!([{ "width": 320 }, { "width": 640 }, { "width": 700 }]);
    let unknown = json!({ "id": cover, "width": null, "sizes": [{ "width": null }, { "width": null }] });
    let expected =
        [json!({ "id": mine, "width": 700, "sizes": sizes }), Value::Null, Value::Null, Value::Null, unknown];
    assert_eq!(found, expected);
    assert_eq!(statements.count(), 1, "{:#?}", statements.seen());
}

#[sqlx::test(migrations = false)]
async fn a_sweep_keeps_pictures_and_a_deleted_person_leaves_none(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let me = viewer(Role::Listener);
    let (id, _) = app.picture(&me, &picture("testsrc=s=100x100", "a.jpg")).await;
    app.collect_all_garbage().await;
    let lost = format!("images/{}/320.jpg", ImageId::new());
    app.app.blobs.upload_bytes(&lost, vec![1], "image/jpeg").await.unwrap();
    app.wait(TimeDelta::hours(3));
    let (store, blobs, clock) = (app.app.store.clone(), app.app.blobs.clone(), app.app.clock.clone());
    let mut found = Vec::new();
    Sweep { store, blobs, clock, repairs: true }.run(|finding| found.push(finding.to_string())).await.unwrap();
    let ours: Vec<_> = found.iter().filter(|finding| finding.contains("images/")).collect();
    assert_eq!(ours, [&format!("orphan      {lost}")]);
    assert_eq!(app.image_objects(&id).await, ["320.jpg"]);
    app.hear(&UserDeleted { user_id: me.user, version: 9 }).await;
    app.collect_all_garbage().await;
    assert_eq!(app.image_objects(&id).await, Vec::<String>::new());
}

#[sqlx::test(migrations = false)]
async fn the_picture_that_an_album_shows_outlives_whoever_uploaded_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let gone = viewer(Role::Creator);
    let (cover, _) = app.picture(&gone, &picture("color=red:s=700x700", "a.png")).await;
    let (other, _) = app.picture(&gone, &picture("color=blue:s=700x700", "b.png")).await;
    let album_id = AlbumId::new();
    let shows = |cover, version| AlbumChanged {
        album_id,
        title: "Album".to_owned(),
        artists: Vec::new(),
        released_on: None,
        status: PublicationStatus::Published,
        cover,
        version,
    };
    app.hear(&shows(ImageId::parse(&cover), 1)).await;
    app.hear(&UserDeleted { user_id: gone.user, version: 2 }).await;
    app.collect_all_garbage().await;
    assert!(!app.image_objects(&cover).await.is_empty() && app.image_objects(&other).await.is_empty());
    app.hear(&shows(None, 2)).await;
    app.collect_all_garbage().await;
    assert!(app.image_objects(&cover).await.is_empty());
}
