//! The doors of a subgraph: who may enter, and what every answer carries.

use std::sync::Arc;

use async_graphql::{Context, EmptySubscription, Object, Schema};
use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt;
use polyphony_kit::{Error, Result, Role, Viewer, server, viewer};
use polyphony_testkit::{Door, Keys, keys};
use serde_json::json;
use tower::ServiceExt;

struct Query;

/// The query of a test.
#[Object]
impl Query {
    async fn me(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(viewer::require_viewer(ctx)?.user.to_string())
    }

    async fn broken(&self) -> Result<String> {
        Err(Error::Internal(anyhow::anyhow!("a secret of the database")))
    }

    async fn away(&self) -> Result<String> {
        Err(anyhow::Error::from(sqlx::Error::PoolTimedOut).context("read something"))?
    }

    async fn away_for_all(&self) -> Result<String> {
        Err(Arc::new(sqlx::Error::PoolTimedOut))?
    }
}

struct Mutation;

/// The mutation of a test.
#[Object]
impl Mutation {
    async fn change(&self) -> bool {
        true
    }
}

fn door() -> Door {
    let keys = Keys::new();
    let schema = Schema::new(Query, Mutation, EmptySubscription);
    let door = server::GraphqlDoor { schema, verifier: keys.verifier(), per_request: Arc::new(|_, _| {}) };
    Door::new(server::graphql(door), keys)
}

#[tokio::test]
async fn a_request_without_the_routers_secret_is_refused() {
    let request = |secret: Option<&str>| {
        let request = Request::post("/graphql").header("content-type", "application/json");
        let request = secret.into_iter().fold(request, |request, secret| request.header("x-router-secret", secret));
        request.body(Body::from(r#"{"query":"{ __typename }"}"#)).unwrap()
    };
    for secret in [None, Some("guessed")] {
        let answer = door().send(request(secret)).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.errors[0]["extensions"]["code"], "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn the_token_names_the_viewer_and_nobody_is_asked_to_sign_in() {
    let door = door();
    let somebody = keys::viewer(Role::Listener);
    let data = door.query(Some(&somebody), "{ me }", json!({})).await;
    assert_eq!(data["me"], somebody.user.to_string());
    assert_eq!(door.codes(None, "{ me }", json!({})).await, ["UNAUTHENTICATED"]);
}

#[tokio::test]
async fn a_token_that_may_only_read_changes_nothing() {
    let door = door();
    let reader = Viewer { scopes: vec!["read".to_owned()], ..keys::viewer(Role::Listener) };
    assert_eq!(door.query(Some(&reader), "{ me }", json!({})).await["me"], reader.user.to_string());
    for mutation in ["mutation { change }", "mutation A { change }", "query B { me } mutation C { change }"] {
        assert_eq!(door.codes(Some(&reader), mutation, json!({})).await, ["FORBIDDEN"], "{mutation}");
    }
    let writer = Viewer { scopes: vec!["read".to_owned(), "write".to_owned()], ..reader };
    assert_eq!(door.query(Some(&writer), "mutation { change }", json!({})).await["change"], true);
}

#[tokio::test]
async fn our_mistakes_are_opaque() {
    let answer = door().execute(None, "{ broken }", json!({})).await;
    assert_eq!(answer.errors[0]["message"], "internal error");
    assert_eq!(answer.errors[0]["extensions"]["code"], "INTERNAL");
    assert!(answer.errors[0]["extensions"]["requestId"].is_string());
}

#[tokio::test]
async fn a_database_that_is_away_is_told_so_that_the_client_tries_again() {
    for query in ["{ away }", "{ awayForAll }"] {
        let answer = door().execute(None, query, json!({})).await;
        assert_eq!(answer.errors[0]["extensions"]["code"], "UNAVAILABLE", "{query}");
        assert!(answer.errors[0]["extensions"]["requestId"].is_string(), "{query}");
    }
}

async fn get(routes: &Router, path: &str) -> (u16, String) {
    let answer = routes.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn health_and_metrics_are_not_on_the_port_of_graphql() {
    let keys = Keys::new();
    let schema = Schema::new(Query, Mutation, EmptySubscription);
    let door = server::GraphqlDoor { schema, verifier: keys.verifier(), per_request: Arc::new(|_, _| {}) };
    let routes = server::graphql(door);
    for path in ["/health/live", "/health/ready", "/metrics", "/"] {
        assert_eq!(get(&routes, path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn readiness_names_what_failed_and_not_why() {
    let fine = server::check(|| async { Ok(()) });
    let broken = server::check(|| async { anyhow::bail!("password authentication failed for user polyphony") });
    let routes = server::operations(None, vec![("object_store", fine.clone()), ("database", broken)]);
    assert_eq!(get(&routes, "/health/ready").await, (503, r#"{"failed":["database"]}"#.to_owned()));
    assert_eq!(get(&routes, "/health/live").await.0, 200);
    assert_eq!(get(&routes, "/metrics").await.0, 200);
    assert_eq!(get(&routes, "/graphql").await.0, 404);
    let routes = server::operations(None, vec![("database", fine)]);
    assert_eq!(get(&routes, "/health/ready").await.0, 200);
}
