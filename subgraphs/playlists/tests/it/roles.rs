//! Who may see a playlist, and who may do what to it.

use polyphony_events::playlists::PlaylistChanged;
use polyphony_kit::Role;
use polyphony_testkit::keys;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, refusals, somebody, tracks};

#[sqlx::test(migrations = false)]
async fn a_private_playlist_is_seen_by_its_owner_and_collaborators_alone(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    app.set_collaborator(&ann, &id, &bob, Some("VIEWER")).await;
    assert_eq!(app.see(Some(&ann), &id).await["viewerRole"], "OWNER");
    assert_eq!(app.see(Some(&bob), &id).await["viewerRole"], "VIEWER");
    let admin = keys::viewer(Role::Admin);
    for stranger in [None, Some(&somebody()), Some(&admin)] {
        assert_eq!(app.see(stranger, &id).await, Value::Null);
    }
}

#[sqlx::test(migrations = false)]
async fn unlisted_and_public_playlists_are_seen_by_who_knows_their_id(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    for visibility in ["UNLISTED", "PUBLIC"] {
        let id = app.playlist(&ann, visibility).await;
        for stranger in [None, Some(&somebody())] {
            let seen = app.see(stranger, &id).await;
            assert_eq!(
                [&seen["title"], &seen["viewerRole"], &seen["shareToken"]],
                [&json!("Rain"), &Value::Null, &Value::Null]
            );
        }
    }
}

#[sqlx::test(migrations = false)]
async fn what_is_not_seen_is_not_found_and_what_is_seen_is_not_allowed(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    for (visibility, refusal) in [("PRIVATE", "NOT_FOUND"), ("PUBLIC", "NOT_ALLOWED")] {
        let id = app.playlist(&ann, visibility).await;
        let items = app.add(&ann, &id, &tracks(2), None).await;
        let input = json!({ "id": id, "input": { "title": "Mine" } });
        for payload in [
            app.try_add(&bob, &id, &tracks(1), None).await,
            app.try_move(&bob, &id, &items[1..], None).await,
            app.try_remove(&bob, &id, &items).await,
            app.change(&bob, "updatePlaylist", "id: $id, input: $input", input).await,
            app.set_collaborator(&bob, &id, &somebody(), Some("EDITOR")).await,
            app.share(&bob, &id, true).await,
        ] {
            assert_eq!((refusals(&payload), &payload["playlist"]), (vec![refusal.to_owned()], &Value::Null));
        }
        assert_eq!(app.see(Some(&ann), &id).await["version"], 2);
    }
    let nonsense = app.try_add(&bob, "nonsense", &tracks(1), None).await;
    assert_eq!(refusals(&nonsense), ["NOT_FOUND"]);
}

#[sqlx::test(migrations = false)]
async fn editors_change_entries_and_viewers_do_not(pool: PgPool) {
    let (app, ann, bob, eve) = (TestApp::new(pool).await, somebody(), somebody(), somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    app.set_collaborator(&ann, &id, &bob, Some("EDITOR")).await;
    app.set_collaborator(&ann, &id, &eve, Some("VIEWER")).await;
    let items = app.add(&bob, &id, &tracks(2), None).await;
    assert_eq!(refusals(&app.try_move(&bob, &id, &items[1..], None).await), [""; 0]);
    assert_eq!(refusals(&app.try_remove(&bob, &id, &items[..1]).await), [""; 0]);
    assert_eq!(refusals(&app.try_add(&eve, &id, &tracks(1), None).await), ["NOT_ALLOWED"]);
    assert_eq!(refusals(&app.share(&bob, &id, true).await), ["NOT_ALLOWED"]);

    let query = "query($id: ID!) { playlist(id: $id) { collaborators { user { id } role addedAt } \
                 items { edges { node { addedBy { id } } } } } }";
    let data = app.door.query(Some(&eve), query, json!({ "id": id })).await;
    assert_eq!(
        data["playlist"]["collaborators"].as_array().unwrap().iter().map(|one| &one["role"]).collect::<Vec<_>>(),
        ["EDITOR", "VIEWER"]
    );
    assert_eq!(data["playlist"]["items"]["edges"][0]["node"]["addedBy"]["id"], json!(bob.user));

    // Bob's role changes, then he is let out.
    assert_eq!(refusals(&app.set_collaborator(&ann, &id, &bob, Some("VIEWER")).await), [""; 0]);
    assert_eq!(refusals(&app.try_add(&bob, &id, &tracks(1), None).await), ["NOT_ALLOWED"]);
    assert_eq!(refusals(&app.set_collaborator(&ann, &id, &bob, None).await), [""; 0]);
    assert_eq!(refusals(&app.try_add(&bob, &id, &tracks(1), None).await), ["NOT_FOUND"]);
}

#[sqlx::test(migrations = false)]
async fn a_collaborator_may_leave_but_only_the_owner_lets_others_in_or_out(pool: PgPool) {
    let (app, ann, bob, eve) = (TestApp::new(pool).await, somebody(), somebody(), somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    app.set_collaborator(&ann, &id, &bob, Some("EDITOR")).await;
    app.set_collaborator(&ann, &id, &eve, Some("EDITOR")).await;
    assert_eq!(refusals(&app.set_collaborator(&bob, &id, &eve, None).await), ["NOT_ALLOWED"]);
    assert_eq!(refusals(&app.set_collaborator(&bob, &id, &bob, Some("VIEWER")).await), ["NOT_ALLOWED"]);
    let left = app.set_collaborator(&bob, &id, &bob, None).await;
    assert_eq!((refusals(&left), &left["playlist"]), (vec![], &Value::Null), "it is private and not his any more");
    assert_eq!(refusals(&app.set_collaborator(&ann, &id, &ann, Some("EDITOR")).await), ["INVALID_INPUT userId"]);
    assert_eq!(refusals(&app.set_collaborator(&ann, &id, &eve, Some("OWNER")).await), ["INVALID_INPUT role"]);
}

#[sqlx::test(migrations = false)]
async fn letting_somebody_out_who_was_not_in_changes_nothing(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    for visibility in ["PUBLIC", "UNLISTED"] {
        let id = app.playlist(&ann, visibility).await;
        app.events::<PlaylistChanged>().await;
        for viewer in [&bob, &ann] {
            let payload = app.set_collaborator(viewer, &id, &bob, None).await;
            assert_eq!((refusals(&payload), &payload["playlist"]["version"]), (vec![], &json!(1)));
        }
        assert_eq!(app.see(None, &id).await["version"], 1);
        assert_eq!(app.events::<PlaylistChanged>().await, []);
    }
    let hidden = app.playlist(&ann, "PRIVATE").await;
    assert_eq!(refusals(&app.set_collaborator(&bob, &hidden, &bob, None).await), ["NOT_FOUND"]);
}

#[sqlx::test(migrations = false)]
async fn a_playlist_has_at_most_a_hundred_collaborators(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    app.set_collaborator(&ann, &id, &bob, Some("VIEWER")).await;
    for _ in 0..99 {
        app.set_collaborator(&ann, &id, &somebody(), Some("VIEWER")).await;
    }
    assert_eq!(
        refusals(&app.set_collaborator(&ann, &id, &somebody(), Some("VIEWER")).await),
        ["QUOTA_EXCEEDED userId"]
    );
    assert_eq!(refusals(&app.set_collaborator(&ann, &id, &bob, Some("EDITOR")).await), [""; 0], "he is in already");
}

#[sqlx::test(migrations = false)]
async fn who_has_the_share_link_sees_the_playlist_until_it_is_withdrawn(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    app.add(&ann, &id, &tracks(1), None).await;
    let shared = "query($t: String!) { sharedPlaylist(token: $t) { id shareToken viewerRole items { totalCount } } }";
    let by_link = |token: Value| {
        let door = &app.door;
        async move { door.query(None, shared, json!({ "t": token })).await["sharedPlaylist"].take() }
    };

    let first = app.share(&ann, &id, true).await["playlist"]["shareToken"].take();
    assert_eq!(app.share(&ann, &id, true).await["playlist"]["shareToken"], first, "sharing again keeps the link");
    assert_eq!(
        by_link(first.clone()).await,
        json!({ "id": id, "shareToken": null, "viewerRole": null, "items": { "totalCount": 1 } })
    );
    assert_eq!(app.see(None, &id).await, Value::Null, "the id alone is not the link");

    assert_eq!(app.share(&ann, &id, false).await["playlist"]["shareToken"], Value::Null);
    assert_eq!(by_link(first.clone()).await, Value::Null);
    let second = app.share(&ann, &id, true).await["playlist"]["shareToken"].take();
    assert_ne!(second, first);
    for nonsense in ["", "nonsense", "a\0b"] {
        assert_eq!(by_link(json!(nonsense)).await, Value::Null);
    }

    // Public and private again: the old link must not let anybody in.
    for visibility in ["PUBLIC", "PRIVATE"] {
        let input = json!({ "id": id, "input": { "title": "Rain", "visibility": visibility } });
        app.change(&ann, "updatePlaylist", "id: $id, input: $input", input).await;
    }
    assert_eq!(by_link(second).await, Value::Null);
}
