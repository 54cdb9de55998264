//! Puts the router together out of hive-router's parts and ours, and runs it until it is told to stop.

use std::{fs, io::Write, rc::Rc, sync::Arc};

use anyhow::Context;
use hive_router::{
    PluginRegistry, RouterPaths, RouterSharedState, SchemaState,
    background_tasks::BackgroundTasksManager,
    build_http_service_config, configure_app_from_config, configure_ntex_app, invoke_shutdown_hooks,
    ntex::{
        ServiceFactory, SharedCfg,
        http::Request,
        server::Server,
        web::{self, App, WebResponse},
    },
    pipeline::{
        request_identifiers::RequestIdentifiersService, request_summary::RequestSummaryService,
        response_compression::ResponseCompressionService,
    },
    plugins::plugins_service::PluginService,
    telemetry::{PrometheusRuntime, Telemetry},
};
use tempfile::NamedTempFile;

use crate::{
    config::Config,
    documents::Documents,
    edge::Edge,
    graphql::GraphQl,
    operations::Operations,
    render::{GRAPHQL_PATH, hive_config},
    security_headers::SecurityHeaders,
    state::EdgeState,
    ws::{Origins, Sockets},
};

/// The composed schema as it was when the router was built, so that the binary runs anywhere.
const SUPERGRAPH: &str = include_str!("../../schema/supergraph.graphql");

/// What each worker thread builds its copy of the application from.
#[derive(Clone)]
struct Parts {
    shared: Arc<RouterSharedState>,
    schema: Arc<SchemaState>,
    state: Arc<EdgeState>,
}

/// Runs the router until it is told to stop.
pub(crate) async fn run(config: Config) -> anyhow::Result<()> {
    // Kept until the end: hive-router is given a path, not a text.
    let embedded = config.supergraph_path.is_none().then(embedded_supergraph).transpose()?;
    let path = config.supergraph_path.as_deref().or(embedded.as_ref().map(NamedTempFile::path));
    let path = path.context("find the composed schema")?;
    let supergraph = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let state = EdgeState::init(&config, &supergraph).context("set up the state of the edge")?;
    let documents = Documents::of(&config).context("collect the persisted documents")?;
    let hive = hive_config(&config, path, documents.as_ref().map(Documents::path))?.into_static();

    let telemetry = Telemetry::init_global(hive).context("start telemetry")?;
    allow_many_sockets();
    let mut tasks = BackgroundTasksManager::new();
    let plugins = PluginRegistry::new().register::<Edge>();
    let (shared, schema) = configure_app_from_config(hive, telemetry.context.clone(), &mut tasks, plugins)
        .await
        // The error of a plugin need not be sendable between threads, so it goes on as its words.
        .map_err(|error| anyhow::anyhow!("configure the router: {error}"))?;
    state.set_hive(Arc::clone(&shared));
    let parts = Parts { shared: Arc::clone(&shared), schema, state: Arc::clone(&state) };

    let operations = listen_for_operations(&config, &telemetry, &state)?;
    let (longest_message, origins) = (config.limits.max_body_bytes, Origins::of(&config));
    let http = move || SharedCfg::new("ROUTER").add(build_http_service_config(hive));
    let mut server = web::HttpServer::new(async move || {
        let origins = Rc::new(origins.clone());
        let endpoint = application(&parts, None).pipeline(http().into()).await;
        let sockets = endpoint.ok().map(|endpoint| Sockets {
            graphql: Rc::new(GraphQl::new(endpoint)),
            state: Arc::clone(&state),
            origins: Rc::clone(&origins),
            longest_message,
        });
        application(&parts, sockets)
    });
    if let Some(workers) = hive.workers() {
        server = server.workers(workers.get());
    }
    tracing::info!(address = %config.bind, operations = %config.operations_bind, environment = ?config.environment, "the router listens");
    let outcome = server
        .config(http())
        .shutdown_timeout(hive.shutdown_timeout())
        .bind(config.bind)
        .with_context(|| format!("listen on {}", config.bind))?
        .run()
        .await
        .context("serve");

    operations.stop(true).await;
    tasks.graceful_shutdown().await;
    telemetry.graceful_shutdown().await;
    invoke_shutdown_hooks(&shared).await;
    outcome
}

fn listen_for_operations(config: &Config, telemetry: &Telemetry, state: &Arc<EdgeState>) -> anyhow::Result<Server> {
    let metrics = telemetry.prometheus.as_ref().and_then(PrometheusRuntime::to_attached);
    let operations = Operations { state: Arc::clone(state), metrics: metrics.map(|metrics| metrics.registry) };
    operations.listen(config.operations_bind).context("open the operations port")
}

/// The application of one worker. Sockets execute their operations on a second one, which has none itself.
fn application(
    parts: &Parts,
    sockets: Option<Sockets>,
) -> impl ServiceFactory<Request, SharedCfg, Response = WebResponse, Error = web::Error, InitError = ()> + use<> {
    let paths = RouterPaths::new(GRAPHQL_PATH.to_owned(), None, None);
    let state = Arc::clone(&parts.state);
    let is_trusted_proxy = Rc::new(move |peer| state.is_trusted_proxy(peer));
    // Each middleware wraps those before it.
    App::new()
        .middleware(PluginService::new(paths.clone(), None))
        .middleware(RequestSummaryService::new(GRAPHQL_PATH))
        .middleware(RequestIdentifiersService)
        .middleware(ResponseCompressionService::new(parts.shared.router_config))
        .middleware(SecurityHeaders(is_trusted_proxy))
        .state(Arc::clone(&parts.shared))
        .state(Arc::clone(&parts.schema))
        .state(Arc::clone(&parts.shared.telemetry_context))
        .configure(move |services| {
            // First, so that upgrades do not reach the handler of plain requests.
            if let Some(sockets) = sockets {
                sockets.serve(services);
            }
            configure_ntex_app(services, &paths, None);
        })
        .finish()
}

/// A live subscription takes two sockets, one to the client and one to a subgraph, and many systems allow 1,024 files.
fn allow_many_sockets() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => tracing::debug!(files, "open files allowed"),
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}

fn embedded_supergraph() -> anyhow::Result<NamedTempFile> {
    let mut file = NamedTempFile::with_suffix(".graphql").context("create a file for the composed schema")?;
    file.write_all(SUPERGRAPH.as_bytes()).context("write the composed schema")?;
    Ok(file)
}
