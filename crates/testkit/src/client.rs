//! A GraphQL client that calls a subgraph's routes directly, as the router would.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use polyphony_kit::{Viewer, auth::ROUTER_SECRET_HEADER};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::keys::{Keys, ROUTER_SECRET};

/// The door of a subgraph under test.
pub struct Door {
    routes: Router,
    /// The keys that its verifier knows.
    pub keys: Keys,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The `data` of the answer, `null` when there is none.
    pub data: Value,
    /// The `errors` of the answer.
    pub errors: Vec<Value>,
}

impl Door {
    /// A door to these routes; `keys` are those that the routes' verifier knows.
    pub fn new(routes: Router, keys: Keys) -> Self {
        Self { routes, keys }
    }

    /// Executes a query as `viewer` and gives all that came back.
    ///
    /// # Panics
    /// When the answer is no JSON.
    pub async fn execute(&self, viewer: Option<&Viewer>, query: &str, variables: Value) -> Answer {
        let mut request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(ROUTER_SECRET_HEADER, ROUTER_SECRET);
        if let Some(viewer) = viewer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.keys.token(viewer)));
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.send(request.body(Body::from(body)).expect("the parts of the request are valid")).await
    }

    /// Sends any request and reads the answer as GraphQL's.
    ///
    /// # Panics
    /// When the answer is no JSON.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.routes.clone().oneshot(request).await.expect("routes never fail");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("the body can be read").to_bytes();
        let mut answer: Value = serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{status}: {bytes:?}"));
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        Answer { status, data: answer["data"].take(), errors }
    }

    /// Sends any request and gives the headers of the answer.
    ///
    /// # Panics
    /// Never: routes do not fail.
    pub async fn headers(&self, request: Request<Body>) -> HeaderMap {
        let response = self.routes.clone().oneshot(request).await.expect("routes never fail");
        response.headers().clone()
    }

    /// Executes a query that must succeed and gives its data.
    ///
    /// # Panics
    /// When there were errors.
    pub async fn query(&self, viewer: Option<&Viewer>, query: &str, variables: Value) -> Value {
        let answer = self.execute(viewer, query, variables).await;
        assert!(answer.errors.is_empty(), "{:#?}", answer.errors);
        answer.data
    }

    /// Executes a query that must fail and gives the codes of its errors.
    ///
    /// # Panics
    /// When there was no error.
    pub async fn codes(&self, viewer: Option<&Viewer>, query: &str, variables: Value) -> Vec<String> {
        let answer = self.execute(viewer, query, variables).await;
        assert!(!answer.errors.is_empty(), "it was let through: {:#}", answer.data);
        let code = |error: &Value| error["extensions"]["code"].as_str().unwrap_or_default().to_owned();
        answer.errors.iter().map(code).collect()
    }

    /// Asks for entities by key, as the router does: `entities("Track", &["trk_…"], "id title", …)`.
    pub async fn entities(&self, viewer: Option<&Viewer>, kind: &str, ids: &[String], fields: &str) -> Vec<Value> {
        let query =
            format!("query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on {kind} {{ {fields} }} }} }}");
        let representations: Vec<_> = ids.iter().map(|id| json!({ "__typename": kind, "id": id })).collect();
        let mut data = self.query(viewer, &query, json!({ "r": representations })).await;
        data["_entities"].as_array_mut().map(std::mem::take).unwrap_or_default()
    }
}
