//! Two small subgraphs on free ports: "accounts" owns people, devices and the published keys, "catalog" owns titles.
//! They say what reaches them, which is what most tests are about.

#![expect(clippy::disallowed_methods, reason = "a test's server ends with the test, there is nothing to wait for")]

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    Context, Data, EmptyMutation, EmptySubscription, Error, ErrorExtensions, ID, Object, Schema, SimpleObject,
    Subscription, http::ALL_WEBSOCKET_PROTOCOLS,
};
use async_graphql_axum::{GraphQLProtocol, GraphQLRequest, GraphQLResponse, GraphQLWebSocket};
use axum::{
    Json, Router,
    extract::{OriginalUri, State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{Stream, stream};
use polyphony_tokens::upgrade_ticket;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{router::SECRET, tokens::Key};

/// The composed schema of both.
pub const SUPERGRAPH: &str = include_str!("supergraph.graphql");

/// A running subgraph, which ends when it is dropped.
pub struct Subgraph {
    /// Where it listens.
    pub address: SocketAddr,
    server: JoinHandle<()>,
}

impl Subgraph {
    async fn serve(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("serve") });
        Self { address, server }
    }

    /// Its GraphQL endpoint.
    pub fn url(&self) -> String {
        format!("http://{}/graphql", self.address)
    }
}

impl Drop for Subgraph {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What the tests change or read of "accounts" while it runs.
#[derive(Clone, Default)]
pub struct Accounts {
    keys: Arc<Mutex<Vec<Value>>>,
    /// How many live subscriptions it serves.
    pub subscriptions: Arc<AtomicUsize>,
    /// The queries that it has executed, without those that only ask whether it is there.
    pub executed: Arc<Mutex<Vec<String>>>,
    /// How often it was asked whether it is there.
    pub probes: Arc<AtomicUsize>,
    /// What makes the access token of each API key.
    api_keys: Arc<Mutex<HashMap<String, TokenMaker>>>,
    /// How many API keys were asked for.
    pub exchanges: Arc<AtomicUsize>,
}

type TokenMaker = Arc<dyn Fn() -> String + Send + Sync>;

impl Accounts {
    /// Publishes a key.
    pub fn publish(&self, key: &Key) {
        self.keys.lock().expect("keys").push(key.public());
    }

    /// Exchanges this API key for what `token` makes.
    pub fn accept_api_key(&self, api_key: &str, token: impl Fn() -> String + Send + Sync + 'static) {
        self.api_keys.lock().expect("keys").insert(api_key.to_owned(), Arc::new(token));
    }

    /// Exchanges this API key no more.
    pub fn delete_api_key(&self, api_key: &str) {
        self.api_keys.lock().expect("keys").remove(api_key);
    }

    async fn exchange(self, api_key: String) -> Result<Json<Value>, StatusCode> {
        self.exchanges.fetch_add(1, Ordering::SeqCst);
        // As long as a question to a database takes.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let token = self.api_keys.lock().expect("keys").get(&api_key).cloned();
        token.map(|token| Json(json!({ "token": token() }))).ok_or(StatusCode::NOT_FOUND)
    }

    /// Starts the subgraph.
    pub async fn serve(&self) -> Subgraph {
        let schema = Schema::build(AccountsQuery, AccountsMutation, AccountsSubscription)
            .enable_federation()
            .enable_subscription_in_federation()
            .data(self.clone())
            .finish();
        let (keys, accounts) = (Arc::clone(&self.keys), self.clone());
        let published = async move || Json(json!({ "keys": *keys.lock().expect("keys") }));
        let app = Router::new()
            .route("/graphql", post(query::<AccountsQuery, AccountsMutation, AccountsSubscription>))
            .route("/graphql/ws", get(socket))
            .with_state((schema, Log { executed: Arc::clone(&self.executed), probes: Arc::clone(&self.probes) }))
            .route("/.well-known/jwks.json", get(published))
            .route("/internal/api-key", post(async move |api_key: String| accounts.exchange(api_key).await));
        Subgraph::serve(app).await
    }
}

/// Starts the subgraph "catalog".
pub async fn catalog() -> Subgraph {
    let schema = Schema::build(CatalogQuery, EmptyMutation, EmptySubscription).enable_federation().finish();
    let app = Router::new().route("/graphql", post(query::<CatalogQuery, EmptyMutation, EmptySubscription>));
    let app = app.with_state((schema, Log::default()));
    Subgraph::serve(app).await
}

/// Headers that came with a query, or with `connection_init`.
struct Heard(HeaderMap);

/// What a subgraph was asked.
#[derive(Clone, Default)]
struct Log {
    executed: Arc<Mutex<Vec<String>>>,
    probes: Arc<AtomicUsize>,
}

async fn query<Q, M, S>(
    State((schema, log)): State<(Schema<Q, M, S>, Log)>,
    headers: HeaderMap,
    request: GraphQLRequest,
) -> GraphQLResponse
where
    Q: async_graphql::ObjectType + 'static,
    M: async_graphql::ObjectType + 'static,
    S: async_graphql::SubscriptionType + 'static,
{
    let request = request.into_inner();
    if request.query == "{__typename}" {
        log.probes.fetch_add(1, Ordering::SeqCst);
    } else {
        log.executed.lock().expect("the queries").push(request.query.clone());
    }
    schema.execute(request.data(Heard(headers))).await.into()
}

async fn socket(
    State((schema, _)): State<(Schema<AccountsQuery, AccountsMutation, AccountsSubscription>, Log)>,
    OriginalUri(uri): OriginalUri,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> Response {
    // As subgraphs of ours do, which upgrade nothing for strangers.
    if uri.query() != Some(&format!("ticket={}", upgrade_ticket(SECRET))) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |socket| {
        GraphQLWebSocket::new(socket, schema, protocol)
            .on_connection_init(async |payload: Value| {
                let fields = payload.as_object().into_iter().flatten();
                let headers =
                    fields.filter_map(|(name, value)| Some((name.parse().ok()?, value.as_str()?.parse().ok()?)));
                let mut data = Data::default();
                data.insert(Heard(headers.collect()));
                Ok(data)
            })
            .serve()
    })
}

fn header(ctx: &Context<'_>, name: &str) -> Option<String> {
    ctx.data_opt::<Heard>()?.0.get(name)?.to_str().ok().map(str::to_owned)
}

struct AccountsQuery;

#[Object(name = "Query")]
impl AccountsQuery {
    /// A header that reached this subgraph.
    async fn header(&self, ctx: &Context<'_>, name: String) -> Option<String> {
        header(ctx, &name)
    }

    /// The same, some time later, so that many ask at once.
    async fn slow_header(&self, ctx: &Context<'_>, name: String) -> Option<String> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        header(ctx, &name)
    }

    /// Fails the way subgraphs of ours do.
    async fn limited(&self) -> async_graphql::Result<Option<bool>> {
        let error = Error::new("Slow down.");
        Err(error.extend_with(|_, extensions| {
            extensions.set("code", "RATE_LIMITED");
            extensions.set("retryAfterMs", 1_500);
            extensions.set("stack", "src/secret.rs:1");
        }))
    }

    /// Fails the way nothing should.
    async fn broken(&self) -> async_graphql::Result<Option<bool>> {
        Err(Error::new("password authentication failed for postgres"))
    }

    /// What this server is, for everybody.
    async fn server(&self) -> &str {
        "music"
    }

    /// A person.
    async fn person(&self) -> Person {
        Person { name: "Ada".to_owned(), favourite: Some(Track { id: "t1".into() }) }
    }
}

struct AccountsMutation;

#[Object(name = "Mutation")]
impl AccountsMutation {
    /// Signs in with the password `right`, and reports it as accounts does.
    async fn login(&self, ctx: &Context<'_>, input: LoginInput) -> bool {
        let is_right = !input.email.is_empty() && input.password == "right";
        if is_right {
            ctx.insert_http_header("x-login-outcome", "ok");
        }
        is_right
    }

    /// Answers with what looks like a token, whatever the code is.
    async fn use_code(&self, code: i32) -> String {
        format!("eyJ{code}")
    }

    /// Is counted in a bucket of which the router knows nothing.
    async fn brand_new(&self) -> bool {
        true
    }

    /// For whoever is signed in.
    async fn logout(&self) -> bool {
        true
    }
}

/// Who wants to sign in.
#[derive(async_graphql::InputObject)]
struct LoginInput {
    /// The address.
    email: String,
    /// The password.
    password: String,
}

/// Somebody who knows somebody.
struct Person {
    name: String,
    favourite: Option<Track>,
}

#[Object]
impl Person {
    /// Their name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// Somebody else, without end.
    async fn friend(&self) -> Option<Person> {
        Some(Person { name: format!("{}'s friend", self.name), favourite: None })
    }

    /// What they like; its title is in the other subgraph.
    async fn favourite(&self) -> Option<Track> {
        self.favourite.clone()
    }
}

/// A track, as far as this subgraph knows.
#[derive(Clone, SimpleObject)]
struct Track {
    /// Its id.
    id: ID,
}

struct AccountsSubscription;

#[Subscription(name = "Subscription")]
impl AccountsSubscription {
    /// Tells a header of the connection, again and again.
    async fn heard<'ctx>(&self, ctx: &Context<'ctx>, name: String, every: u64) -> impl Stream<Item = Beat> + use<'ctx> {
        let value = header(ctx, &name);
        let open = Open::new(ctx);
        stream::unfold((0, open), move |(count, open)| {
            let beat = Beat { count, value: value.clone(), track: Some(Track { id: "t1".into() }) };
            async move {
                tokio::time::sleep(Duration::from_millis(every)).await;
                Some((beat, (count + 1, open)))
            }
        })
    }
}

/// One frame.
#[derive(SimpleObject)]
struct Beat {
    /// Its number.
    count: i32,
    /// The header.
    value: Option<String>,
    /// Something of the other subgraph.
    track: Option<Track>,
}

/// Counts a live subscription for as long as it exists.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(ctx: &Context<'_>) -> Self {
        let count = Arc::clone(&ctx.data_unchecked::<Accounts>().subscriptions);
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct CatalogQuery;

#[Object(name = "Query")]
impl CatalogQuery {
    /// All titles.
    async fn titles(&self) -> Option<Vec<String>> {
        Some(vec!["Here".to_owned()])
    }

    #[graphql(entity)]
    async fn track(&self, ctx: &Context<'_>, id: ID) -> Option<TitledTrack> {
        let secret = header(ctx, "x-router-secret");
        Some(TitledTrack { id, title: Some("Here".to_owned()), secret })
    }
}

/// A track.
#[derive(SimpleObject)]
#[graphql(name = "Track")]
struct TitledTrack {
    /// Its id.
    id: ID,
    /// Its title.
    title: Option<String>,
    /// The secret that came with the question.
    secret: Option<String>,
}
