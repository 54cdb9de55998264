//! Tokens that are refused before their time, from the command to whoever takes tokens.

use std::time::Duration;

use polyphony_accounts::app::publish_revocations;
use polyphony_kit::{Role, Viewer};
use polyphony_revocations::{Publisher, Revoked, follow};
use polyphony_testkit::{eventually, servers};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::app::{PASSWORD, Person, TestApp};

async fn viewer(t: &TestApp, person: &Person) -> Viewer {
    t.app.keyring.verifier().verify(&person.access).await.unwrap()
}

async fn revoked(t: &TestApp) -> Vec<String> {
    let since = t.app.clock.now() - chrono::TimeDelta::hours(1);
    t.app.store.revocations_since(since).await.unwrap().iter().map(ToString::to_string).collect()
}

#[sqlx::test(migrations = false)]
async fn whatever_ends_a_session_revokes_its_tokens(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let revoke = "mutation($id: ID!) { revokeSession(sessionId: $id) { ok } }";
    let suspend = "mutation($id: ID!) { setUserSuspended(userId: $id, suspended: true) { user { id } } }";
    let password = "mutation($p: String!) { deleteAccount(password: $p) { ok } }";
    for (number, way) in ["logout", "revoke", "suspend", "delete", "reuse"].into_iter().enumerate() {
        let person = t.register(&format!("person{number}")).await;
        let session = viewer(&t, &person).await.session.to_string();
        match way {
            "logout" => drop(t.query(Some(&person.access), "mutation { logout { ok } }", json!({})).await),
            "revoke" => drop(t.query(Some(&person.access), revoke, json!({ "id": session })).await),
            "suspend" => drop(t.query(Some(&admin.access), suspend, json!({ "id": person.id })).await),
            "delete" => drop(t.query(Some(&person.access), password, json!({ "p": PASSWORD })).await),
            _ => {
                let second = t.refresh(&person.refresh).await;
                t.refresh(second["tokens"]["refreshToken"].as_str().unwrap()).await;
                t.refresh(&person.refresh).await;
            }
        }
        assert!(revoked(&t).await.contains(&session), "{way}");
        let user = format!("{} ", person.id);
        let of_person = revoked(&t).await.iter().any(|text| text.starts_with(&user));
        assert_eq!(of_person, ["suspend", "delete"].contains(&way), "{way}");
    }
}

#[sqlx::test(migrations = false)]
async fn who_loses_a_role_loses_the_tokens_that_bear_it(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (admin, other) = (t.register_as("admin", Role::Admin).await, t.register_as("other", Role::Admin).await);
    let set = "mutation($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) { user { id } } }";
    let nina = t.register("nina").await;
    t.query(Some(&admin.access), set, json!({ "id": nina.id, "role": "CREATOR" })).await;
    assert_eq!(revoked(&t).await, [""; 0], "more rights are no reason");
    t.query(Some(&admin.access), set, json!({ "id": other.id, "role": "LISTENER" })).await;
    assert_eq!(revoked(&t).await, [format!("{} 1", other.id)]);
    // The next token is of a newer version of the account.
    let next = t.refresh(&other.refresh).await;
    assert_eq!(next["viewer"]["role"], json!("LISTENER"));
    let known = Revoked::default();
    for revocation in t.app.store.revocations_since(t.app.clock.now() - chrono::TimeDelta::hours(1)).await.unwrap() {
        known.add(revocation);
    }
    let session = viewer(&t, &other).await.session.to_string();
    assert!(known.covers(&other.id, &session, 1) && !known.covers(&other.id, &session, 2));
}

#[sqlx::test(migrations = false)]
async fn a_revocation_reaches_who_follows_and_who_starts_later(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let session = viewer(&t, &nina).await.session.to_string();
    let (early, stop) = (Revoked::default(), CancellationToken::new());
    let url = servers::redis_url();
    let publisher = Publisher::new(&url).unwrap();
    let late = Revoked::default();
    let work = async {
        t.query(Some(&nina.access), "mutation { logout { ok } }", json!({})).await;
        let heard = |known: Revoked| {
            let (user, session) = (nina.id.clone(), session.clone());
            async move { known.covers(&user, &session, i64::MAX).then_some(()) }
        };
        eventually("the early follower", || heard(early.clone())).await;
        let follower = follow(url.clone(), late.clone());
        tokio::select! {
            () = follower => panic!("nobody follows any more"),
            () = eventually("the late follower", || heard(late.clone())) => {}
        }
        // accounts itself refuses it with an answer, not only with an empty viewer.
        let refused = t.execute(Some(&nina.access), "{ viewer { id } }", json!({})).await;
        assert_eq!((refused.status.as_u16(), refused.data), (401, Value::Null));
    };
    tokio::select! {
        () = publish_revocations(t.app.clone(), publisher, stop.clone()) => panic!("the publisher has ended"),
        () = follow(url.clone(), early.clone()) => panic!("nobody follows any more"),
        done = tokio::time::timeout(Duration::from_mins(1), work) => done.unwrap(),
    }
}
