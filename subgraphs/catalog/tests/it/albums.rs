//! Albums through the GraphQL door: drafts, publication, withdrawal.

use polyphony_kit::Role;
use polyphony_testkit::keys;
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestApp;

const CREATE: &str = "mutation($i: AlbumInput!, $k: String) { createAlbum(input: $i, idempotencyKey: $k) {
    album { id title kind releasedOn status artists { id } genres { slug name } } userErrors { code path } } }";
const UPDATE: &str = "mutation($id: ID!, $i: AlbumInput!) { updateAlbum(id: $id, input: $i) {
    album { title releasedOn genres { slug } } userErrors { code } } }";
const PUBLISH: &str = "mutation($id: ID!) { publishAlbum(id: $id) { album { status } userErrors { code } } }";
const WITHDRAW: &str = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { status } userErrors { code } } }";
const DELETE: &str = "mutation($id: ID!) { deleteAlbum(id: $id) { ok userErrors { code } } }";
const ALBUM: &str = "query($id: ID!) { album(id: $id) { title status trackCount durationMs tracks(first: 2) {
    totalCount pageInfo { hasNextPage hasPreviousPage } edges { cursor node { title status } } } } }";

#[sqlx::test(migrations = false)]
async fn an_album_is_created_as_a_draft_with_artists_in_order(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (a, b) = (app.artist("A").await, app.artist("B").await);
    let input = json!({ "title": "Together", "artistIds": [b, a, b], "releasedOn": "2019-05", "genres": ["Hip-Hop", "hip hop", "Soul"] });
    let album = app.mutate(CREATE, json!({ "i": input, "k": "1" })).await["album"].clone();
    assert_eq!(album["artists"], json!([{ "id": b }, { "id": a }]));
    assert_eq!(album["genres"], json!([{ "slug": "hip-hop", "name": "Hip-Hop" }, { "slug": "soul", "name": "Soul" }]));
    assert_eq!((&album["kind"], &album["status"]), (&json!("ALBUM"), &json!("DRAFT")));
    assert_eq!(app.mutate(CREATE, json!({ "i": input, "k": "1" })).await["album"]["id"], album["id"]);
    assert_eq!(app.count("albums").await, 1);
}

#[sqlx::test(migrations = false)]
async fn what_an_album_needs_is_asked_for(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    for (input, field) in [
        (json!({ "title": "X", "artistIds": [] }), "artistIds"),
        (json!({ "title": "X", "artistIds": ["nonsense"] }), "artistIds"),
        (json!({ "title": "X", "artistIds": ["art_01h455vb4pex5vsknk084sn02q"] }), "artistIds"),
        (json!({ "title": "", "artistIds": [artist] }), "title"),
        (json!({ "title": "X", "artistIds": [artist], "releasedOn": "soon" }), "releasedOn"),
    ] {
        let payload = app.try_mutate(&app.creator, CREATE, json!({ "i": input })).await;
        assert_eq!(payload["userErrors"], json!([{ "code": "INVALID_INPUT", "path": ["input", field] }]));
    }
}

#[sqlx::test(migrations = false)]
async fn a_draft_is_its_owners_and_the_admins(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let id = app.album("Secret", &[&artist]).await;
    let stranger = keys::viewer(Role::Creator);
    for (viewer, sees) in [
        (None, false),
        (Some(&app.listener), false),
        (Some(&stranger), false),
        (Some(&app.creator), true),
        (Some(&app.admin), true),
    ] {
        let query = "query($id: ID!, $a: ID!) { album(id: $id) { title } node(id: $id) { id }
            artist(id: $a) { albums { totalCount edges { node { title } } } } }";
        let seen = app.door.query(viewer, query, json!({ "id": id, "a": artist })).await;
        assert_eq!(seen["album"].is_object(), sees);
        assert_eq!(seen["node"].is_object(), sees);
        assert_eq!(seen["artist"]["albums"]["totalCount"], i32::from(sees));
        assert_eq!(app.door.entities(viewer, "Album", std::slice::from_ref(&id), "title").await[0].is_object(), sees);
    }
    // For a stranger a draft does not exist, whatever they ask.
    for mutation in [PUBLISH, WITHDRAW, DELETE] {
        assert_eq!(app.refused(&stranger, mutation, json!({ "id": id })).await, ["NOT_FOUND"]);
    }
}

#[sqlx::test(migrations = false)]
async fn an_album_is_published_with_its_tracks_and_once(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let album = app.album("Nordlys", &[&artist]).await;
    assert_eq!(app.refused(&app.creator, PUBLISH, json!({ "id": album })).await, ["INVALID_INPUT"]);
    for n in [3, 1, 2] {
        app.track(json!({ "title": format!("T{n}"), "artistIds": [artist], "albumId": album, "trackNumber": n, "durationMs": 1000 }))
            .await;
    }
    app.sent().await;
    assert_eq!(app.publish_album(&album).await["album"]["status"], "PUBLISHED");
    let kinds = app.kinds_sent().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "TrackPublished").count(), 3);
    assert_eq!(kinds[..2], ["AlbumChanged", "AlbumPublished"]);
    assert_eq!(app.refused(&app.creator, PUBLISH, json!({ "id": album })).await, ["ALREADY_PUBLISHED"]);
    let seen = app.ask(ALBUM, json!({ "id": album })).await["album"].clone();
    assert_eq!((&seen["trackCount"], &seen["durationMs"]), (&json!(3), &json!(3000)));
    assert_eq!(seen["tracks"]["edges"][0]["node"]["title"], "T1");
    assert_eq!(seen["tracks"]["pageInfo"], json!({ "hasNextPage": true, "hasPreviousPage": false }));
    let rest = app
        .ask(
            "query($id: ID!, $after: String) { album(id: $id) { tracks(after: $after) { edges { node { title } } } } }",
            json!({ "id": album, "after": seen["tracks"]["edges"][1]["cursor"] }),
        )
        .await;
    assert_eq!(rest["album"]["tracks"]["edges"], json!([{ "node": { "title": "T3" } }]));
}

#[sqlx::test(migrations = false)]
async fn a_withdrawn_album_keeps_its_place_and_comes_back(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, tracks) = app.published_album("Nordlys", 2).await;
    app.mutate(WITHDRAW, json!({ "id": album })).await;
    let seen = app.ask(ALBUM, json!({ "id": album })).await["album"].clone();
    assert_eq!((&seen["status"], &seen["trackCount"]), (&json!("WITHDRAWN"), &json!(2)));
    assert_eq!(seen["tracks"]["edges"][0]["node"]["status"], "WITHDRAWN");
    let lists = "query($a: ID!, $t: ID!) { albums { totalCount } tracks { totalCount } track(id: $t) { status }
        artist(id: $a) { albums { totalCount } topTracks { id } } genres { slug } }";
    let listed = app.ask(lists, json!({ "a": artist, "t": tracks[0] })).await;
    assert_eq!(
        listed,
        json!({ "albums": { "totalCount": 0 }, "tracks": { "totalCount": 0 }, "track": { "status": "WITHDRAWN" },
            "artist": { "albums": { "totalCount": 0 }, "topTracks": [] }, "genres": [] })
    );
    app.publish_album(&album).await;
    let listed = app.ask(lists, json!({ "a": artist, "t": tracks[0] })).await;
    assert_eq!((&listed["tracks"]["totalCount"], &listed["track"]["status"]), (&json!(2), &json!("PUBLISHED")));
}

#[sqlx::test(migrations = false)]
async fn a_new_title_is_told_of_the_tracks_and_the_same_title_of_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, _) = app.published_album("Nordlys", 2).await;
    app.sent().await;
    let change = |title: &str| json!({ "id": album, "i": { "title": title, "artistIds": [artist] } });
    app.mutate(UPDATE, change("Nordlys")).await;
    assert_eq!(app.kinds_sent().await, Vec::<String>::new());
    app.mutate(UPDATE, change("Polar Light")).await;
    let sent = app.sent().await;
    assert_eq!(
        sent.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(),
        ["AlbumChanged", "TrackChanged", "TrackChanged"]
    );
    assert_eq!(sent[1].data["track"]["album"]["title"], "Polar Light");
}

#[sqlx::test(migrations = false)]
async fn a_change_keeps_the_kind_of_an_album_unless_it_names_one(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let input = json!({ "title": "Nordlys", "artistIds": [artist], "kind": "EP" });
    let album = app.mutate(CREATE, json!({ "i": input })).await["album"].clone();
    assert_eq!(album["kind"], "EP");
    let inline = format!(
        "mutation($id: ID!, $k: AlbumKind) {{ updateAlbum(id: $id, input: {{ title: \"B\", artistIds: [\"{artist}\"], kind: $k }}) {{
            album {{ kind }} userErrors {{ code path }} }} }}"
    );
    let update = "mutation($id: ID!, $i: AlbumInput!) { updateAlbum(id: $id, input: $i) { album { kind } userErrors { code path } } }";
    let id = &album["id"];
    for (mutation, variables, kind) in [
        (update, json!({ "id": id, "i": { "title": "A", "artistIds": [artist] } }), "EP"),
        (inline.as_str(), json!({ "id": id }), "EP"),
        (inline.as_str(), json!({ "id": id, "k": "SINGLE" }), "SINGLE"),
        (update, json!({ "id": id, "i": { "title": "A", "artistIds": [artist], "kind": null } }), "SINGLE"),
        (update, json!({ "id": id, "i": { "title": "A", "artistIds": [artist], "kind": "ALBUM" } }), "ALBUM"),
    ] {
        assert_eq!(app.mutate(mutation, variables.clone()).await["album"]["kind"], kind, "{variables}");
    }
}

#[sqlx::test(migrations = false)]
async fn an_album_with_tracks_is_not_deleted(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, _) = app.published_album("Nordlys", 1).await;
    assert_eq!(app.refused(&app.creator, DELETE, json!({ "id": album })).await, ["HAS_DEPENDENTS"]);
    let stranger = keys::viewer(Role::Creator);
    assert_eq!(app.refused(&stranger, DELETE, json!({ "id": album })).await, ["NOT_ALLOWED"]);
}

#[sqlx::test(migrations = false)]
async fn a_public_track_does_not_tell_of_the_draft_that_it_is_on_until_that_is_published(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, _, tracks) = app.published_album("Public", 1).await;
    let draft = app.album("Secret", &[&artist]).await;
    app.sent().await;
    let told = async || {
        let sent = app.sent().await;
        let changed = sent.iter().filter(|event| event.kind == "TrackChanged");
        changed.map(|event| event.data["track"]["album"]["title"].clone()).collect::<Vec<_>>()
    };
    let to_draft = json!({ "i": { "trackIds": tracks, "albumId": draft } });
    app.mutate(
        "mutation($i: MoveTracksInput!) { moveTracks(input: $i) { tracks { id } userErrors { code } } }",
        to_draft,
    )
    .await;
    assert_eq!(told().await, [json!(null)]);
    app.publish_album(&draft).await;
    assert_eq!(told().await, [json!("Secret")]);
}
