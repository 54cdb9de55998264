//! Share links of albums and tracks.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_catalog::upkeep;
use polyphony_events::{
    DataExportId, ShareId, UserId,
    accounts::UserDeleted,
    data_export::{ExportPart, ExportRecord},
    playlists::LibraryDataExported,
};
use polyphony_kit::{Clock, Viewer};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::app::{TestApp, text};

const CREATE: &str = "mutation($i: CreateShareInput!, $k: String) { createShare(input: $i, idempotencyKey: $k) {
    share { id token album { title } tracks { title } createdAt expiresAt } userErrors { code path } } }";
const DELETE: &str = "mutation($id: ID!) { deleteShare(id: $id) { ok userErrors { code } } }";
const SHARE: &str = "query($t: String!) { share(token: $t) { album { title } tracks { title } } }";
const OWN: &str = "query($r: [_Any!]!, $first: Int, $after: String) { _entities(representations: $r) { ... on Viewer {
    shares(first: $first, after: $after) {
        totalCount pageInfo { endCursor hasNextPage } edges { node { id album { title } tracks { title } } } } } } }";

/// A catalog whose time the test moves, and how it does.
async fn at_noon(pool: PgPool) -> (TestApp, impl Fn(TimeDelta)) {
    let clock = Clock::standing_at("2026-06-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap());
    (TestApp::at(pool, clock.clone()).await, move |by| clock.advance(by))
}

async fn share(app: &TestApp, viewer: &Viewer, input: Value) -> Value {
    app.mutate_as(viewer, CREATE, json!({ "i": input })).await["share"].clone()
}

async fn open(app: &TestApp, token: &Value) -> Value {
    app.ask(SHARE, json!({ "t": token })).await["share"].clone()
}

async fn own(app: &TestApp, viewer: &Viewer, first: i32, after: &Value) -> Value {
    let key = json!([{ "__typename": "Viewer", "id": polyphony_events::ViewerId(viewer.user.0) }]);
    let data = app.door.query(Some(viewer), OWN, json!({ "r": key, "first": first, "after": after })).await;
    data["_entities"][0]["shares"].clone()
}

#[sqlx::test(migrations = false)]
async fn who_has_the_link_sees_what_it_leads_to_until_it_expires(pool: PgPool) {
    let (app, wait) = at_noon(pool).await;
    let (_, album, tracks) = app.published_album("Nordlys", 3).await;
    let of_album = share(&app, &app.listener, json!({ "albumId": album })).await;
    assert_eq!((&of_album["album"]["title"], &of_album["tracks"]), (&json!("Nordlys"), &json!([])));
    assert_eq!(of_album["expiresAt"], "2026-07-01T12:00:00+00:00");
    assert!(text(&of_album["token"]).len() >= 32);
    let chosen = json!({ "trackIds": [tracks[2], tracks[0], tracks[2]], "expiresAt": "2026-06-02T12:00:00Z" });
    let of_tracks = share(&app, &app.listener, chosen).await;
    let titles = json!([{ "title": "Nordlys 3" }, { "title": "Nordlys 1" }]);
    assert_eq!(open(&app, &of_album["token"]).await, json!({ "album": { "title": "Nordlys" }, "tracks": [] }));
    assert_eq!(open(&app, &of_tracks["token"]).await, json!({ "album": null, "tracks": titles }));
    wait(TimeDelta::days(1));
    assert_eq!(open(&app, &of_tracks["token"]).await, json!(null), "it has expired");
    assert_ne!(open(&app, &of_album["token"]).await, json!(null));
    assert_eq!(own(&app, &app.listener, 20, &json!(null)).await["totalCount"], 1);
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(app.count("shares").await, 1, "what has expired goes");
    for none in ["", "nonsense", "\u{0}"] {
        assert_eq!(open(&app, &json!(none)).await, json!(null));
    }
}

#[sqlx::test(migrations = false)]
async fn a_link_is_taken_back_by_whose_it_is_alone(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, _) = app.published_album("Nordlys", 1).await;
    let made = share(&app, &app.listener, json!({ "albumId": album })).await;
    for (stranger, id) in [
        (&app.creator, made["id"].clone()),
        (&app.admin, made["id"].clone()),
        (&app.listener, json!(ShareId::new())),
        (&app.listener, json!("nonsense")),
    ] {
        assert_eq!(app.refused(stranger, DELETE, json!({ "id": id })).await, ["NOT_FOUND"]);
    }
    assert_ne!(open(&app, &made["token"]).await, json!(null));
    app.mutate_as(&app.listener, DELETE, json!({ "id": made["id"] })).await;
    assert_eq!(open(&app, &made["token"]).await, json!(null));
    assert_eq!(app.refused(&app.listener, DELETE, json!({ "id": made["id"] })).await, ["NOT_FOUND"]);
}

#[sqlx::test(migrations = false)]
async fn a_link_shows_nobody_more_than_they_may_see(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let draft = app.album("Secret", &[&artist]).await;
    let only = app.track(json!({ "title": "Secret 1", "artistIds": [artist], "albumId": draft })).await;
    assert_eq!(app.refused(&app.listener, CREATE, json!({ "i": { "albumId": draft } })).await, ["INVALID_INPUT"]);
    assert_eq!(app.refused(&app.listener, CREATE, json!({ "i": { "trackIds": [only] } })).await, ["INVALID_INPUT"]);
    let of_album = share(&app, &app.creator, json!({ "albumId": draft })).await;
    let of_tracks = share(&app, &app.creator, json!({ "trackIds": [only] })).await;
    let both = [&of_album["token"], &of_tracks["token"]];
    for token in both {
        assert_eq!(open(&app, token).await, json!(null), "it is not published yet");
        let owner = app.door.query(Some(&app.creator), SHARE, json!({ "t": token })).await;
        assert_ne!(owner["share"], json!(null));
    }
    app.publish_album(&draft).await;
    for token in both {
        assert_ne!(open(&app, token).await, json!(null));
    }
    let withdraw = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { id } userErrors { code } } }";
    app.mutate(withdraw, json!({ "id": draft })).await;
    assert_eq!(open(&app, &of_album["token"]).await, json!(null), "it was withdrawn");
    assert_eq!(app.refused(&app.listener, CREATE, json!({ "i": { "albumId": draft } })).await, ["INVALID_INPUT"]);
    let listed = own(&app, &app.creator, 20, &json!(null)).await;
    assert_eq!((&listed["totalCount"], &listed["edges"][1]["node"]["album"]), (&json!(2), &json!(null)));
}

#[sqlx::test(migrations = false)]
async fn what_a_link_needs_is_asked_for(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, tracks) = app.published_album("Nordlys", 1).await;
    let now = app.app.clock.now();
    let expires = |by: TimeDelta| json!({ "albumId": album, "expiresAt": now + by });
    for (input, field) in [
        (json!({}), "albumId"),
        (json!({ "albumId": album, "trackIds": tracks }), "albumId"),
        (json!({ "albumId": "nonsense" }), "albumId"),
        (json!({ "albumId": "alb_01h455vb4pex5vsknk084sn02q" }), "albumId"),
        (json!({ "trackIds": [] }), "trackIds"),
        (json!({ "trackIds": vec![&tracks[0]; 201] }), "trackIds"),
        (json!({ "trackIds": [tracks[0], "trk_01h455vb4pex5vsknk084sn02q"] }), "trackIds"),
        (expires(TimeDelta::seconds(-1)), "expiresAt"),
        (expires(TimeDelta::days(400)), "expiresAt"),
    ] {
        let payload = app.try_mutate(&app.listener, CREATE, json!({ "i": input })).await;
        assert_eq!(payload["userErrors"], json!([{ "code": "INVALID_INPUT", "path": ["input", field] }]), "{input}");
    }
    let once = json!({ "i": { "albumId": album }, "k": "k" });
    let first = app.mutate_as(&app.listener, CREATE, once.clone()).await;
    assert_eq!(app.mutate_as(&app.listener, CREATE, once).await["share"]["id"], first["share"]["id"]);
    let other = json!({ "i": { "trackIds": tracks }, "k": "k" });
    assert_eq!(app.refused(&app.listener, CREATE, other).await, ["IDEMPOTENCY_KEY_REUSED"]);
}

#[sqlx::test(migrations = false)]
async fn a_person_has_at_most_500_links_by_pages(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, _) = app.published_album("Nordlys", 1).await;
    let mut last = json!(null);
    for _ in 0..3 {
        last = share(&app, &app.listener, json!({ "albumId": album })).await;
    }
    let page = own(&app, &app.listener, 2, &json!(null)).await;
    assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
    assert_eq!(page["edges"][0]["node"]["id"], last["id"], "the newest first");
    let rest = own(&app, &app.listener, 2, &page["pageInfo"]["endCursor"]).await;
    assert_eq!((rest["edges"].as_array().unwrap().len(), &rest["totalCount"]), (1, &json!(3)));
    let fill = "insert into shares (id, user_id, token, album_id, track_ids, created_at, expires_at)
        select gen_random_uuid(), user_id, gen_random_uuid()::text, album_id, '{}', created_at, expires_at
        from shares, generate_series(1, 497) where token = $1";
    sqlx::query(fill).bind(text(&last["token"])).execute(app.pool()).await.unwrap();
    let payload = app.try_mutate(&app.listener, CREATE, json!({ "i": { "albumId": album } })).await;
    assert_eq!(payload["userErrors"], json!([{ "code": "QUOTA_EXCEEDED", "path": ["input"] }]));
    share(&app, &app.creator, json!({ "albumId": album })).await;
}

#[sqlx::test(migrations = false)]
async fn links_leave_with_their_person_and_with_what_they_lead_to(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, tracks) = app.published_album("Nordlys", 2).await;
    share(&app, &app.listener, json!({ "albumId": album })).await;
    app.hear_from(&UserDeleted { user_id: app.listener.user, version: 5 }).await.unwrap();
    assert_eq!(app.count("shares").await, 0);
    // Their token lives a little longer than their account.
    share(&app, &app.listener, json!({ "albumId": album })).await;
    share(&app, &app.admin, json!({ "albumId": album })).await;
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(app.count("shares").await, 1);
    let of_tracks = share(&app, &app.admin, json!({ "trackIds": tracks })).await;
    sqlx::query("delete from tracks where title = 'Nordlys 1'").execute(app.pool()).await.unwrap();
    sqlx::query("update tracks set album_id = null").execute(app.pool()).await.unwrap();
    sqlx::query("delete from albums").execute(app.pool()).await.unwrap();
    assert_eq!(app.count("shares").await, 1, "a link to an album goes with it");
    app.app.store.cache.forget(&[polyphony_catalog::store::tx::Entity::Track(id(&tracks[0])).into()]).await;
    assert_eq!(open(&app, &of_tracks["token"]).await["tracks"], json!([{ "title": "Nordlys 2" }]));
}

fn id(track: &str) -> polyphony_events::TrackId {
    polyphony_events::TrackId::parse(track).unwrap()
}

#[sqlx::test(migrations = false)]
async fn an_export_has_the_links_behind_what_playlists_contributes(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, tracks) = app.published_album("Nordlys", 2).await;
    share(&app, &app.listener, json!({ "albumId": album })).await;
    let of_tracks = share(&app, &app.listener, json!({ "trackIds": tracks })).await;
    let parts = async |user: UserId, is_last| {
        let likes = ExportRecord { file: "likes".to_owned(), data: json!({ "trackId": tracks[0] }) };
        let part = ExportPart { number: 4, is_last, records: vec![likes] };
        app.sent().await;
        app.hear_from(&LibraryDataExported { user_id: user, export_id: DataExportId::new(), part }).await.unwrap();
        app.sent().await.into_iter().map(|sent| sent.data["part"].clone()).collect::<Vec<_>>()
    };
    let shape = |parts: &[Value]| parts.iter().map(|p| (p["number"].clone(), p["is_last"].clone())).collect::<Vec<_>>();
    assert_eq!(shape(&parts(app.listener.user, false).await), [(json!(4), json!(false))]);
    assert_eq!(shape(&parts(UserId(Uuid::now_v7()), true).await), [(json!(4), json!(true))]);
    let answered = parts(app.listener.user, true).await;
    assert_eq!(shape(&answered), [(json!(4), json!(false)), (json!(5), json!(true))]);
    let records = answered[1]["records"].as_array().unwrap();
    assert!(records.iter().all(|record| record["file"] == "shares"));
    assert_eq!(records[0]["data"]["album"]["title"], "Nordlys");
    assert_eq!(records[1]["data"]["id"], of_tracks["id"]);
    assert_eq!((&records[3]["data"]["entry"], &records[3]["data"]["track"]["title"]), (&json!(2), &json!("Nordlys 2")));
    assert!(!answered[1].to_string().contains(&text(&of_tracks["token"])), "the secret stays here");
}
