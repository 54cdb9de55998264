//! An accounts service over a fresh database, without a socket.

use argon2::Params;
use axum::{
    body::Body,
    http::{HeaderMap, Request, header},
};
use chrono::{DateTime, TimeDelta, Utc};
use polyphony_accounts::{
    MIGRATOR,
    app::{App, routes},
    domain::{AvatarHosts, RegistrationMode, SecondFactorPolicy, Server},
    keyring::Keyring,
    oidc::Providers,
    passwords::Passwords,
    store::Store,
    webauthn::RelyingParty,
};
use polyphony_events::ViewerId;
use polyphony_events::accounts::seal_context;
use polyphony_kit::{Clock, Role, UserId, auth::ROUTER_SECRET_HEADER, db, seal::Sealer};
use polyphony_testkit::{Answer, Door, Keys, keys::ROUTER_SECRET};
use serde_json::{Value, json};
use sqlx::PgPool;

/// Where passkeys are used from.
pub(crate) const ORIGIN: &str = "http://localhost:4000";
pub(crate) const PASSWORD: &str = "a quiet evening in May";

pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) door: Door,
    pub(crate) pool: PgPool,
}

/// Somebody signed in, with the tokens that they got.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    /// The id of their `Viewer`.
    pub(crate) viewer: String,
    pub(crate) email: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// Tokens are checked against the machine's clock, so the tests' clock stands close behind it and has room to move.
#[expect(clippy::disallowed_methods, reason = "tokens are checked against the machine's clock")]
fn five_minutes_ago() -> DateTime<Utc> {
    Utc::now() - TimeDelta::minutes(5)
}

impl TestApp {
    pub(crate) async fn new(pool: PgPool) -> Self {
        // The cheapest parameters that Argon2 has: tests of rules need no strength.
        Self::with_passwords(pool, Params::new(8, 1, 1, None).unwrap()).await
    }

    pub(crate) async fn with_passwords(pool: PgPool, params: Params) -> Self {
        db::migrate(&pool, &MIGRATOR).await.unwrap();
        let clock = Clock::standing_at(five_minutes_ago());
        let app = App {
            store: Store::new(pool.clone()),
            keyring: Keyring::new(&Keys::auth_args(), clock.clone()),
            passwords: Passwords::with(params).unwrap(),
            providers: Providers::default(),
            avatar_hosts: AvatarHosts::default(),
            session_life: TimeDelta::days(180),
            sealer: Sealer::new(&["the sealing key of these tests, long".to_owned()]).unwrap(),
            registration: RegistrationMode::Open,
            server: Server::default(),
            second_factor: SecondFactorPolicy::default(),
            webauthn: RelyingParty::new("localhost", ORIGIN).unwrap(),
            clock,
        };
        app.keyring.load(&app.store).await.unwrap();
        Self { door: Door::new(routes(&app), Keys::new()), app, pool }
    }

    /// The same service with these providers.
    pub(crate) fn provide(&mut self, providers: Providers) {
        self.app.providers = providers;
        self.door = Door::new(routes(&self.app), Keys::new());
    }

    /// The same service, which takes these people.
    pub(crate) fn set_registration(&mut self, mode: RegistrationMode) {
        self.app.registration = mode;
        self.door = Door::new(routes(&self.app), Keys::new());
    }

    /// The same service, where these people must have a second factor.
    pub(crate) fn require_second_factor(&mut self, policy: SecondFactorPolicy) {
        self.app.second_factor = policy;
        self.door = Door::new(routes(&self.app), Keys::new());
    }

    /// Another instance over the same database.
    pub(crate) async fn sibling(&self) -> Self {
        Self::new(self.pool.clone()).await
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.app.clock.advance(TimeDelta::seconds(seconds));
    }

    pub(crate) async fn execute(&self, token: Option<&str>, query: &str, variables: Value) -> Answer {
        self.door.send(request(token, query, variables)).await
    }

    /// The headers of the answer to what nobody in particular sends.
    pub(crate) async fn headers(&self, query: &str, variables: Value) -> HeaderMap {
        self.door.headers(request(None, query, variables)).await
    }

    /// Executes what must succeed.
    pub(crate) async fn query(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let answer = self.execute(token, query, variables).await;
        assert!(answer.errors.is_empty(), "{:#?}", answer.errors);
        answer.data
    }

    /// Executes what must fail; gives the code of its first error.
    pub(crate) async fn code(&self, token: Option<&str>, query: &str, variables: Value) -> String {
        let answer = self.execute(token, query, variables).await;
        assert!(!answer.errors.is_empty(), "it was let through: {:#}", answer.data);
        answer.errors[0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Somebody who has an account; the events of its making are taken already, as those of signing in are below.
    pub(crate) async fn register(&self, handle: &str) -> Person {
        let query = "mutation($input: RegisterInput!) { register(input: $input) {
            tokens { accessToken refreshToken } viewer { id email } userErrors { code message } } }";
        let input = json!({
            "email": format!("{handle}@example.org"), "password": PASSWORD, "handle": handle,
            "displayName": format!("The {handle}"), "deviceName": "Phone",
        });
        let registered = person(&self.query(None, query, json!({ "input": input })).await["register"]);
        self.events().await;
        registered
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Value {
        let query = "mutation($input: LoginInput!) { login(input: $input) {
            tokens { accessToken refreshToken } viewer { id email role } userErrors { code message path } } }";
        let input = json!({ "email": email, "password": password, "deviceName": "Laptop" });
        self.query(None, query, json!({ "input": input })).await["login"].take()
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Person {
        let signed_in = person(&self.login(email, PASSWORD).await);
        self.events().await;
        signed_in
    }

    /// Registers somebody with this role, and signs them in with it.
    pub(crate) async fn register_as(&self, handle: &str, role: Role) -> Person {
        let email = self.register(handle).await.email;
        sqlx::query("update users set role = $2 where email = $1")
            .bind(&email)
            .bind(role)
            .execute(&self.pool)
            .await
            .unwrap();
        self.sign_in(&email).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Value {
        let query = "mutation($token: String!) { refreshTokens(refreshToken: $token) {
            tokens { accessToken refreshToken } viewer { id email role } userErrors { code } } }";
        self.query(None, query, json!({ "token": token })).await["refreshTokens"].take()
    }

    /// Takes the events that were written since, by type and data.
    pub(crate) async fn events(&self) -> Vec<(String, Value)> {
        let rows: Vec<(i64, String, String)> =
            sqlx::query_as("select seq, type, payload from outbox order by seq").fetch_all(&self.pool).await.unwrap();
        sqlx::query("delete from outbox").execute(&self.pool).await.unwrap();
        rows.into_iter().map(|(_, kind, data)| (kind, serde_json::from_str(&data).unwrap())).collect()
    }

    /// The token that this event carries, opened.
    pub(crate) fn opened(&self, (kind, data): &(String, Value)) -> Option<String> {
        let context = seal_context(kind, data["email"].as_str()?);
        Some(self.app.sealer.open(data["sealed_token"].as_str()?, &context).unwrap())
    }

    /// The token in the mail that was asked for last.
    pub(crate) async fn mailed_token(&self) -> String {
        self.opened(&self.events().await.pop().unwrap()).unwrap()
    }

    /// The types of the events that were written since.
    pub(crate) async fn event_types(&self) -> Vec<String> {
        self.events().await.into_iter().map(|(kind, _)| kind).collect()
    }
}

fn request(token: Option<&str>, query: &str, variables: Value) -> Request<Body> {
    let mut request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "tests/1.0")
        .header("x-forwarded-for", "203.0.113.7")
        .header(ROUTER_SECRET_HEADER, ROUTER_SECRET);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = json!({ "query": query, "variables": variables }).to_string();
    request.body(Body::from(body)).unwrap()
}

pub(crate) fn person(payload: &Value) -> Person {
    assert_eq!(payload["userErrors"], json!([]));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Person {
        id: user_id(&payload["viewer"]),
        viewer: text(&payload["viewer"]["id"]),
        email: text(&payload["viewer"]["email"]),
        access: text(&payload["tokens"]["accessToken"]),
        refresh: text(&payload["tokens"]["refreshToken"]),
    }
}

/// The id of the person who is this viewer.
pub(crate) fn user_id(viewer: &Value) -> String {
    UserId(ViewerId::parse(viewer["id"].as_str().unwrap()).unwrap().0).to_string()
}

/// The codes of a payload's `userErrors`.
pub(crate) fn codes(payload: &Value) -> Vec<&str> {
    payload["userErrors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}
