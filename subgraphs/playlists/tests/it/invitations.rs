//! Nobody stands in a playlist of somebody else without having agreed, and strangers do not see who does.

use polyphony_events::{PlaylistInvitationId, accounts::UserDeleted};
use polyphony_kit::Viewer;
use polyphony_testkit::{Statements, keys::viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, refusals, somebody, tracks};

impl TestApp {
    async fn people(&self, viewer: Option<&Viewer>, id: &str) -> Value {
        let query = "query($id: ID!) { playlist(id: $id) { collaborators { user { id } role } \
                     invitations { user { id } role state } items { edges { node { addedBy { id } } } } } }";
        self.door.query(viewer, query, json!({ "id": id })).await["playlist"].take()
    }

    async fn ask(&self, viewer: &Viewer, id: &str) -> Value {
        let query = "mutation($id: ID!) { askToJoinPlaylist(playlistId: $id) { userErrors { code path } } }";
        self.door.query(Some(viewer), query, json!({ "id": id })).await["askToJoinPlaylist"].take()
    }

    async fn lists(&self, viewer: &Viewer) -> Value {
        let fields = "playlists { totalCount } library { version }";
        self.door.entities(Some(viewer), "Viewer", &[viewer_id(viewer)], fields).await[0].take()
    }
}

#[sqlx::test(migrations = false)]
async fn who_is_invited_is_in_once_they_have_accepted(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    assert_eq!(refusals(&app.invite(&ann, &id, &bob, Some("VIEWER")).await), [""; 0]);
    assert_eq!(refusals(&app.invite(&ann, &id, &bob, Some("EDITOR")).await), [""; 0], "as something else");
    assert_eq!(app.see(Some(&bob), &id).await, Value::Null);
    assert_eq!(app.lists(&bob).await, json!({ "playlists": { "totalCount": 0 }, "library": { "version": 2 } }));
    let waiting = json!({ "user": { "id": bob.user }, "role": "EDITOR", "state": "OPEN" });
    assert_eq!(app.people(Some(&ann), &id).await["invitations"], json!([waiting]));

    let all = app.invitations(&bob).await;
    let mut invitation = all[0].clone();
    let own = invitation["id"].take().as_str().unwrap().to_owned();
    let since = invitation["since"].take();
    assert!(since.is_string());
    let expected = json!({ "id": null, "title": "Rain", "role": "EDITOR", "state": "OPEN", "since": null, "playlist": null,
        "owner": { "id": ann.user }, "user": { "id": bob.user } });
    assert_eq!((all.len(), invitation), (1, expected));
    // It is for nobody else to answer.
    for stranger in [&ann, &somebody()] {
        assert_eq!(refusals(&app.answer(stranger, &own, true).await), ["NOT_FOUND"]);
    }
    let accepted = app.answer(&bob, &own, true).await;
    assert_eq!(accepted, json!({ "playlist": { "id": id, "viewerRole": "EDITOR" }, "userErrors": [] }));
    assert_eq!(app.lists(&bob).await, json!({ "playlists": { "totalCount": 1 }, "library": { "version": 3 } }));
    assert_eq!(app.invitations(&bob).await, [""; 0]);
    assert_eq!(app.people(Some(&ann), &id).await["invitations"], json!([]));
    for gone in [own, PlaylistInvitationId::new().to_string(), "nonsense".to_owned()] {
        assert_eq!(refusals(&app.answer(&bob, &gone, true).await), ["NOT_FOUND"]);
    }
    assert_eq!(app.see(Some(&ann), &id).await["version"], 2, "inviting changes nothing of a playlist, accepting does");
}

#[sqlx::test(migrations = false)]
async fn who_declines_or_leaves_is_not_asked_again_until_they_ask(pool: PgPool) {
    let (app, ann, bob, eve) = (TestApp::new(pool).await, somebody(), somebody(), somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    assert_eq!(refusals(&app.ask(&bob, &id).await), ["NOT_FOUND"], "who was never invited knows of nothing");
    app.invite(&ann, &id, &bob, Some("EDITOR")).await;
    let invitation = app.invitations(&bob).await[0]["id"].take();
    let declined = app.answer(&bob, invitation.as_str().unwrap(), false).await;
    assert_eq!((refusals(&declined), &declined["playlist"]), (vec![], &Value::Null));
    app.set_collaborator(&ann, &id, &eve, Some("EDITOR")).await;
    assert_eq!(refusals(&app.invite(&eve, &id, &eve, None).await), [""; 0], "she leaves");
    for gone in [&bob, &eve] {
        assert_eq!(refusals(&app.invite(&ann, &id, gone, Some("VIEWER")).await), ["NOT_ALLOWED userId"]);
        // Being taken out does not bring back that they may be asked.
        assert_eq!(refusals(&app.invite(&ann, &id, gone, None).await), [""; 0]);
        assert_eq!(refusals(&app.invite(&ann, &id, gone, Some("VIEWER")).await), ["NOT_ALLOWED userId"]);
        assert_eq!(app.invitations(gone).await, [""; 0]);
    }
    for _ in 0..2 {
        assert_eq!(refusals(&app.ask(&bob, &id).await), [""; 0]);
    }
    let states = app.people(Some(&ann), &id).await["invitations"].take();
    assert_eq!(states.as_array().unwrap().iter().map(|one| &one["state"]).collect::<Vec<_>>(), ["ASKED", "DECLINED"]);
    // Both have agreed now, so there is nothing left to ask.
    assert_eq!(refusals(&app.invite(&ann, &id, &bob, Some("EDITOR")).await), [""; 0]);
    assert_eq!(app.see(Some(&bob), &id).await["viewerRole"], "EDITOR");
    // Whom the owner lets out may be invited again.
    app.invite(&ann, &id, &bob, None).await;
    assert_eq!(refusals(&app.invite(&ann, &id, &bob, Some("VIEWER")).await), [""; 0]);
    assert_eq!(app.invitations(&bob).await.len(), 1);
    app.invite(&ann, &id, &bob, None).await;
    assert_eq!(app.invitations(&bob).await, [""; 0], "it was withdrawn");
}

#[sqlx::test(migrations = false)]
async fn strangers_see_neither_collaborators_nor_who_added_what(pool: PgPool) {
    let (app, ann, bob, eve) = (TestApp::new(pool).await, somebody(), somebody(), somebody());
    let id = app.playlist(&ann, "PUBLIC").await;
    app.set_collaborator(&ann, &id, &bob, Some("VIEWER")).await;
    app.invite(&ann, &id, &eve, Some("VIEWER")).await;
    let items = app.add(&ann, &id, &tracks(1), None).await;
    let member = json!([{ "user": { "id": bob.user }, "role": "VIEWER" }]);
    for (viewer, collaborators, invitations, sees) in [
        (Some(&ann), &member, 1, json!({ "id": ann.user })),
        (Some(&bob), &member, 0, json!({ "id": ann.user })),
        (Some(&eve), &json!([]), 0, Value::Null),
        (None, &json!([]), 0, Value::Null),
    ] {
        let seen = app.people(viewer, &id).await;
        assert_eq!(&seen["collaborators"], collaborators);
        assert_eq!(seen["invitations"].as_array().unwrap().len(), invitations);
        assert_eq!(seen["items"]["edges"][0]["node"]["addedBy"], sees);
        let by_id = app.door.entities(viewer, "PlaylistItem", &items, "addedBy { id }").await;
        assert_eq!(by_id[0]["addedBy"], sees);
    }
    let token = app.share(&ann, &id, true).await["playlist"]["shareToken"].take();
    let query = "query($t: String!) { sharedPlaylist(token: $t) { collaborators { role } invitations { role } } }";
    let shared = app.door.query(Some(&eve), query, json!({ "t": token })).await;
    assert_eq!(shared["sharedPlaylist"], json!({ "collaborators": [], "invitations": [] }));
}

#[sqlx::test(migrations = false)]
async fn one_owner_has_at_most_ten_invitations_open_with_one_person(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let mut ids = Vec::new();
    for _ in 0..11 {
        ids.push(app.playlist(&ann, "PRIVATE").await);
    }
    for id in &ids[..10] {
        assert_eq!(refusals(&app.invite(&ann, id, &bob, Some("VIEWER")).await), [""; 0]);
    }
    assert_eq!(refusals(&app.invite(&ann, &ids[10], &bob, Some("VIEWER")).await), ["QUOTA_EXCEEDED userId"]);
    assert_eq!(refusals(&app.invite(&ann, &ids[0], &bob, Some("EDITOR")).await), [""; 0], "that is no further one");
    let query =
        "playlistInvitations(first: 4) { edges { node { title playlist { id } } } pageInfo { endCursor hasNextPage } }";
    let statements = Statements::new();
    let page = app.door.entities(Some(&bob), "Viewer", &[viewer_id(&bob)], query).await;
    assert_eq!(statements.count(), 2, "the page, and the playlists that are seen: {:#?}", statements.seen());
    drop(statements);
    let after = page[0]["playlistInvitations"]["pageInfo"]["endCursor"].as_str().unwrap();
    let query = format!("playlistInvitations(first: 100, after: \"{after}\") {{ edges {{ node {{ id }} }} }}");
    let rest = app.door.entities(Some(&bob), "Viewer", &[viewer_id(&bob)], &query).await;
    assert_eq!(rest[0]["playlistInvitations"]["edges"].as_array().unwrap().len(), 6);

    let query = "playlists(first: 100) { edges { node { invitations { user { id } } collaborators { role } } } }";
    let statements = Statements::new();
    app.door.entities(Some(&ann), "Viewer", &[viewer_id(&ann)], query).await;
    assert_eq!(statements.count(), 3, "{:#?}", statements.seen());
    drop(statements);

    app.hear(&UserDeleted { user_id: bob.user, version: 9 }).await;
    let left: i64 = sqlx::query_scalar("select count(*) from playlist_invitations").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 0);
}

#[sqlx::test(migrations = false)]
async fn the_picture_is_set_by_who_may_edit(pool: PgPool) {
    let (app, ann, bob, eve) = (TestApp::new(pool).await, somebody(), somebody(), somebody());
    let id = app.playlist(&ann, "PUBLIC").await;
    app.set_collaborator(&ann, &id, &bob, Some("EDITOR")).await;
    let set = async |viewer: &Viewer, image: Value| {
        let query = "mutation($id: ID!, $image: ID) { setPlaylistPicture(playlistId: $id, imageId: $image) { \
                     playlist { version picture { id } } userErrors { code path } } }";
        let variables = json!({ "id": id, "image": image });
        app.door.query(Some(viewer), query, variables).await["setPlaylistPicture"].take()
    };
    let image = json!(polyphony_events::ids::ImageId::new());
    let done = json!({ "playlist": { "version": 3, "picture": { "id": image } }, "userErrors": [] });
    assert_eq!(set(&bob, image.clone()).await, done);
    assert_eq!(set(&ann, image.clone()).await, done, "it is so already");
    assert_eq!(refusals(&set(&eve, image.clone()).await), ["NOT_ALLOWED"]);
    assert_eq!(refusals(&set(&ann, json!("nonsense")).await), ["NOT_FOUND imageId"]);
    let query = "query($id: ID!) { playlist(id: $id) { picture { id } } }";
    assert_eq!(app.door.query(None, query, json!({ "id": id })).await["playlist"]["picture"]["id"], image);
    let none = set(&ann, Value::Null).await;
    assert_eq!(none["playlist"], json!({ "version": 4, "picture": null }));
}
