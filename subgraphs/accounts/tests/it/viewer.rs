//! What is the viewer's alone.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use polyphony_events::ids::ImageId;
use polyphony_kit::{Role, auth::ROUTER_SECRET_HEADER};
use polyphony_testkit::{keys, keys::ROUTER_SECRET};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, codes};

#[sqlx::test(migrations = false)]
async fn nobody_is_nobody(pool: PgPool) {
    let t = TestApp::new(pool).await;
    assert_eq!(t.query(None, "{ viewer { id } }", json!({})).await["viewer"], Value::Null);
    let update = "mutation { updatePreferences(input: {}) { viewer { id } } }";
    assert_eq!(t.code(None, update, json!({})).await, "UNAUTHENTICATED");
}

#[sqlx::test(migrations = false)]
async fn a_token_of_another_key_is_refused(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let forged = t.door.keys.token(&keys::viewer(Role::Admin));
    let answer = t.execute(Some(&forged), "{ viewer { id } }", json!({})).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrations = false)]
async fn the_door_is_the_routers(pool: PgPool) {
    let t = TestApp::new(pool).await;
    for secret in ["", "guess", &ROUTER_SECRET[1..]] {
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(ROUTER_SECRET_HEADER, secret)
            .body(Body::from(r#"{"query":"{ viewer { id } }"}"#))
            .unwrap();
        assert_eq!(t.door.send(request).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[sqlx::test(migrations = false)]
async fn preferences_change_one_by_one(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let update = "mutation($input: UpdatePreferencesInput!) { updatePreferences(input: $input) {
        viewer { preferences { locale explicitContent streamingQuality emailNotifications autoplay } }
        userErrors { code path } } }";
    let input = json!({ "locale": "pt-BR", "streamingQuality": "LOSSLESS", "autoplay": false });
    let changed = t.query(Some(&nina.access), update, json!({ "input": input })).await;
    let expected = json!({
        "locale": "pt-BR", "explicitContent": true, "streamingQuality": "LOSSLESS",
        "emailNotifications": true, "autoplay": false,
    });
    assert_eq!(changed["updatePreferences"]["viewer"]["preferences"], expected);

    let refused = t.query(Some(&nina.access), update, json!({ "input": { "locale": "no language" } })).await;
    assert_eq!(codes(&refused["updatePreferences"]), ["INVALID_INPUT"]);
    let fields = "{ viewer { preferences { locale explicitContent streamingQuality emailNotifications autoplay } } }";
    let seen = t.query(Some(&nina.access), fields, json!({})).await;
    assert_eq!(seen["viewer"]["preferences"], expected);
}

const UPDATE_PROFILE: &str = "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) {
    viewer { user { handle displayName bio avatarUrl } } userErrors { code path } } }";

#[sqlx::test(migrations = false)]
async fn a_profile_changes_where_it_is_told_to(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let input = json!({ "handle": "NinaSimone", "bio": "Sings.\nPlays.", "avatarUrl": "https://example.org/n.png" });
    let changed = t.query(Some(&nina.access), UPDATE_PROFILE, json!({ "input": input })).await;
    let expected = json!({
        "handle": "ninasimone", "displayName": "The nina", "bio": "Sings.\nPlays.",
        "avatarUrl": "https://example.org/n.png",
    });
    assert_eq!(changed["updateProfile"]["viewer"]["user"], expected);

    let cleared = t.query(Some(&nina.access), UPDATE_PROFILE, json!({ "input": { "bio": null } })).await;
    let user = &cleared["updateProfile"]["viewer"]["user"];
    assert_eq!((&user["bio"], &user["avatarUrl"]), (&Value::Null, &json!("https://example.org/n.png")));
}

#[sqlx::test(migrations = false)]
async fn a_profile_keeps_its_rules(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    t.register("miles").await;
    let input = json!({ "handle": "n", "displayName": " ", "bio": "x".repeat(501) });
    let refused = t.query(Some(&nina.access), UPDATE_PROFILE, json!({ "input": input })).await;
    assert_eq!(codes(&refused["updateProfile"]), ["INVALID_INPUT"; 3]);
    let taken = t.query(Some(&nina.access), UPDATE_PROFILE, json!({ "input": { "handle": "Miles" } })).await;
    assert_eq!(codes(&taken["updateProfile"]), ["HANDLE_TAKEN"]);
    let seen = t.query(Some(&nina.access), "{ viewer { user { handle displayName bio } } }", json!({})).await;
    assert_eq!(seen["viewer"]["user"], json!({ "handle": "nina", "displayName": "The nina", "bio": null }));
}

#[sqlx::test(migrations = false)]
async fn two_people_at_once_each_see_themselves(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let people = [t.register("nina").await, t.register("miles").await];
    let asks = (0..100).map(|turn| {
        let (t, person) = (&t, &people[turn % 2]);
        async move { (t.query(Some(&person.access), "{ viewer { id } }", json!({})).await, person.viewer.clone()) }
    });
    for (seen, id) in futures::future::join_all(asks).await {
        assert_eq!(seen["viewer"]["id"], json!(id));
    }
}

#[sqlx::test(migrations = false)]
async fn a_picture_sends_nobody_into_their_own_network(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let set = |url: &str| json!({ "input": { "avatarUrl": url } });
    for url in ["http://example.org/n.png", "https://u:p@example.org/n.png", "https://192.168.0.1/reboot"] {
        let refused = t.query(Some(&nina.access), UPDATE_PROFILE, set(url)).await["updateProfile"].take();
        assert_eq!(
            refused["userErrors"],
            json!([{ "code": "INVALID_INPUT", "path": ["input", "avatarUrl"] }]),
            "{url}"
        );
    }
    // What was written before the rule is not shown either.
    sqlx::query("update users set avatar_url = 'http://10.0.0.1/pixel.gif'").execute(&t.pool).await.unwrap();
    let seen = t.query(None, "query($id: ID!) { user(id: $id) { handle avatarUrl } }", json!({ "id": nina.id })).await;
    assert_eq!(seen["user"], json!({ "handle": "nina", "avatarUrl": null }));
}

#[sqlx::test(migrations = false)]
async fn a_person_shows_a_picture_of_ours_beside_the_address_of_one_elsewhere(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let set = "mutation($id: ID) { setProfilePicture(imageId: $id) {
        viewer { id user { picture { id } avatarUrl } } userErrors { code path } } }";
    let put = async |id: Value| t.query(Some(&nina.access), set, json!({ "id": id })).await["setProfilePicture"].take();
    let address = json!({ "input": { "avatarUrl": "https://example.org/n.png" } });
    t.query(Some(&nina.access), UPDATE_PROFILE, address).await;
    let image = ImageId::new().to_string();
    let shown = put(json!(image)).await;
    let user = json!({ "picture": { "id": image }, "avatarUrl": "https://example.org/n.png" });
    assert_eq!(shown, json!({ "viewer": { "id": nina.viewer, "user": user }, "userErrors": [] }));
    let seen = t.query(None, "query($id: ID!) { user(id: $id) { picture { id } } }", json!({ "id": nina.id })).await;
    assert_eq!(seen["user"]["picture"]["id"], json!(image), "everybody sees it");
    let refused = put(json!(nina.id)).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "NOT_FOUND", "path": ["imageId"] }]));
    assert_eq!(put(Value::Null).await["viewer"]["user"]["picture"], Value::Null);
    let answer = t.execute(None, set, json!({ "id": null })).await;
    assert_eq!(answer.errors[0]["extensions"]["code"], "UNAUTHENTICATED");
}
