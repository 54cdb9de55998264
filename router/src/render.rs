//! Turns our [`Config`] into the configuration of hive-router. Values travel as JSON, never pasted into text, and past
//! hive-router's own environment variables (`PORT`, `LOG_LEVEL` …), which would override ours silently.

use std::path::Path;

use anyhow::Context;
use hive_router::config::HiveRouterConfig;
use serde_json::{Value, json};

use crate::{
    config::{Config, Environment, LogFormat},
    edge::EdgeConfig,
};

/// Path of the GraphQL endpoint, for HTTP and WebSocket alike.
pub(crate) const GRAPHQL_PATH: &str = "/graphql";

/// Header that carries the router's secret to a subgraph.
pub(crate) const ROUTER_SECRET_HEADER: &str = "x-router-secret";

/// What a subgraph hears of the client; everything else stays at the edge.
const FORWARDED_HEADERS: [&str; 8] = [
    "authorization",
    "x-request-id",
    "x-request-budget",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-forwarded-for",
    "accept-language",
];

/// What scripts in browsers may read of an answer's headers.
const EXPOSED_HEADERS: [&str; 7] = [
    "x-request-id",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
];

/// In production a request needs one of these, or a content type that no form has: then a browser asks first whether the
/// page may send it.
const PREFLIGHTED_HEADERS: [&str; 4] = ["authorization", "x-api-key", "x-requested-with", "apollo-require-preflight"];

/// Where the operations port renders metrics.
pub(crate) const METRICS_PATH: &str = "/metrics";

/// hive-router's instruments with a label for the name of the operation.
const NAMED_INSTRUMENTS: [&str; 8] = [
    "hive.router.demand_control.cost.estimated",
    "hive.router.demand_control.cost.actual",
    "hive.router.demand_control.cost.delta",
    "http.server.request.duration",
    "hive.router.request.overhead.duration",
    "hive.router.request.external_wait.duration",
    "http.server.request.body.size",
    "http.server.response.body.size",
];

/// Extensions of a subgraph's error that clients may see in production.
const PUBLIC_EXTENSIONS: [&str; 3] = ["code", "retryAfterMs", "requestId"];

/// The configuration of hive-router for `config`, serving the composed schema in `supergraph`, with the persisted documents in
/// `documents`.
pub(crate) fn hive_config(
    config: &Config,
    supergraph: &Path,
    documents: Option<&Path>,
) -> anyhow::Result<HiveRouterConfig> {
    serde_json::from_value(rendered(config, supergraph, documents)?).context("configure hive-router")
}

fn rendered(config: &Config, supergraph: &Path, documents: Option<&Path>) -> anyhow::Result<Value> {
    let development = config.environment == Environment::Development;
    let supergraph = std::path::absolute(supergraph).context("find the composed schema")?;
    Ok(json!({
        "supergraph": { "source": "file", "path": supergraph },
        "http": {
            "host": config.bind.ip().to_string(),
            "port": config.bind.port(),
            "graphql_endpoint": GRAPHQL_PATH,
            "workers": config.workers,
            "shutdown_timeout": seconds(config.limits.shutdown_timeout),
        },
        "log": log(config),
        "telemetry": telemetry(config),
        // GraphiQL is one of the web player's files (`site`).
        "laboratory": { "enabled": false },
        "introspection": development,
        "cors": cors(config),
        "csrf": { "enabled": !development, "required_headers": PREFLIGHTED_HEADERS },
        "headers": headers(config),
        "jwt": jwt(config),
        "limits": limits(config),
        "traffic_shaping": traffic_shaping(config),
        "override_subgraph_urls": { "subgraphs": subgraph_urls(config) },
        // Towards subgraphs. Clients' WebSockets are served by `ws`, not by hive-router.
        "subscriptions": { "enabled": true, "websocket": { "all": { "path": websocket_path(config) } } },
        "error_masking": {
            "enabled": !development,
            "redacted_error_message": "Something went wrong.",
            "all": { "enabled": true, "extensions": { "mode": "allow", "keys": PUBLIC_EXTENSIONS } },
        },
        "demand_control": demand_control(config),
        "persisted_documents": persisted_documents(config, documents)?,
        "plugins": { "edge": { "enabled": true, "config": EdgeConfig::from(config) } },
    }))
}

/// What a query may cost. A page counts as long as its argument `first` says; one that is asked for without, as most are then.
fn demand_control(config: &Config) -> Value {
    json!({
        "enabled": true,
        "operation_cost": {
            "max": config.limits.max_cost,
            "mode": "enforce",
            "expose_headers": { "estimated": "x-cost", "max": "x-cost-max" },
        },
        "default_list_size": { "all": 20 },
        "subgraphs_budget": { "mode": "measure" },
    })
}

/// Documents by their ids, from a file.
fn persisted_documents(config: &Config, documents: Option<&Path>) -> anyhow::Result<Value> {
    let Some(path) = documents else { return Ok(json!({ "enabled": false })) };
    let path = std::path::absolute(path).context("find the persisted documents")?;
    Ok(json!({
        "enabled": true,
        "require_id": config.persisted_documents_only,
        "storage": { "type": "file", "path": path },
        "selectors": [
            { "type": "json_path", "path": "documentId" },
            { "type": "json_path", "path": "extensions.persistedQuery.sha256Hash" },
            { "type": "url_path_param", "template": "/:id" },
        ],
    }))
}

fn log(config: &Config) -> Value {
    let format = match config.log_format {
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    };
    // hive-router's own check of tokens comes after ours, and only repeats what ours has said.
    let filter = format!("{},router::jwt=off", config.log_filter);
    json!({ "format": format, "level": log_level(&config.log_filter), "filter": filter })
}

/// The level of a filter like `info,router::request=warn`. hive-router wants it apart, and shows no target beyond it.
fn log_level(filter: &str) -> &'static str {
    let levels = ["error", "warn", "info", "debug"];
    let named = filter.split(',').find_map(|directive| {
        let named = directive.trim().to_ascii_lowercase();
        match named.as_str() {
            "off" => Some("error"),
            "trace" => Some("debug"),
            _ => levels.into_iter().find(|level| *level == named),
        }
    });
    named.unwrap_or("info")
}

fn telemetry(config: &Config) -> Value {
    let traces = config.otlp_endpoint.as_ref().map(|endpoint| {
        // The variable names the collector, as OpenTelemetry has it; hive-router wants the path of traces too.
        let endpoint = format!("{}/v1/traces", endpoint.as_str().trim_end_matches('/'));
        json!({ "kind": "otlp", "protocol": "http", "endpoint": endpoint })
    });
    json!({
        "resource": { "attributes": { "service.name": "router" } },
        // It only fills the registry, which the operations port renders.
        "metrics": {
            "exporters": [{ "kind": "prometheus", "path": METRICS_PATH }],
            "instrumentation": { "instruments": without_operation_names() },
        },
        "tracing": {
            "exporters": traces.into_iter().collect::<Vec<_>>(),
            "propagation": { "trace_context": true },
            // What a parent decides is heeded: `edge` lets no stranger name one.
            "collect": { "parent_based_sampler": true, "sampling": config.trace_sampling_rate() },
        },
    })
}

/// Clients choose the names of operations: as a label, each new one would be a new series for ever.
fn without_operation_names() -> Value {
    let without =
        |instrument: &str| (instrument.to_owned(), json!({ "attributes": { "graphql.operation.name": false } }));
    Value::Object(NAMED_INSTRUMENTS.map(without).into_iter().collect())
}

fn cors(config: &Config) -> Value {
    let origins = config.origins();
    let development = config.environment == Environment::Development;
    let any = origins.iter().any(|origin| origin == "*") || (origins.is_empty() && development);
    let policies: Vec<_> = (!any && !origins.is_empty()).then(|| json!({ "origins": origins })).into_iter().collect();
    json!({
        "enabled": any || !policies.is_empty(),
        "allow_any_origin": any,
        "policies": policies,
        "methods": ["GET", "POST", "OPTIONS"],
        "expose_headers": EXPOSED_HEADERS,
        "max_age": 600,
    })
}

fn headers(config: &Config) -> Value {
    json!({ "all": { "request": [
        { "propagate": { "named": FORWARDED_HEADERS } },
        // A client's own `x-router-secret` is not forwarded, and this would replace it if it were.
        { "insert": { "name": ROUTER_SECRET_HEADER, "value": config.router_secret } },
    ] } })
}

/// What evaluates `@authenticated` and `@requiresScopes`. It takes a bad token for no token; `edge` refuses it before, and hands
/// over the claims of a good one. It asks for keys of its own for when it has forgotten those at once, being full.
fn jwt(config: &Config) -> Value {
    json!({
        "enabled": true,
        "require_authentication": false,
        // Not prefetched, so that the router starts before accounts does.
        "jwks_providers": [{
            "source": "remote",
            "url": config.jwt.jwks_url.as_str(),
            "polling_interval": "1m",
            "prefetch": false,
        }],
        "issuers": [config.jwt.issuer],
        "audiences": [config.jwt.audience],
        "allowed_algorithms": ["EdDSA"],
    })
}

fn limits(config: &Config) -> Value {
    let limits = &config.limits;
    json!({
        // Fragments are flattened: a client library's fragments cost nothing, and hide nothing either.
        "max_depth": { "n": limits.max_depth, "ignore_introspection": true, "flatten_fragments": true },
        "max_tokens": { "n": limits.max_tokens },
        "max_aliases": { "n": limits.max_aliases },
        "max_directives": { "n": limits.max_directives },
        "max_request_body_size": format!("{}B", limits.max_body_bytes),
        "max_request_header_size": "32KiB",
    })
}

fn traffic_shaping(config: &Config) -> Value {
    json!({
        "router": {
            "request_timeout": seconds(config.limits.request_timeout),
            "max_long_lived_clients": config.limits.max_long_lived_clients,
            // Off here and below: what is shared is found by a 64-bit hash of the headers, which is not an identity.
            "dedupe": { "enabled": false },
        },
        "all": {
            "request_timeout": seconds(config.limits.subgraph_timeout),
            "dedupe_enabled": false,
            "websocket": { "reuse_connections": false, "execute_mode": "http" },
        },
        "max_connections_per_host": 1_024,
    })
}

/// hive-router sends no headers with an upgrade, and a subgraph upgrades nothing for strangers.
fn websocket_path(config: &Config) -> String {
    format!("/graphql/ws?ticket={}", polyphony_tokens::upgrade_ticket(&config.router_secret))
}

fn subgraph_urls(config: &Config) -> Value {
    let named = config.subgraphs.named().map(|(name, url)| (name.to_owned(), json!({ "url": url.as_str() })));
    Value::Object(named.into_iter().collect())
}

fn seconds(duration: std::time::Duration) -> String {
    format!("{}s", duration.as_secs())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn config(arguments: &[&str]) -> Config {
        let given = ["router", "--router-secret", "a\"secret:{with}#yaml"].iter().chain(arguments);
        Config::parse_from(given)
    }

    #[test]
    fn hive_router_understands_every_field() {
        let schema = tempfile::NamedTempFile::new().expect("temporary file");
        for environment in ["development", "production"] {
            let config = config(&[
                "--environment",
                environment,
                "--otlp-endpoint",
                "http://127.0.0.1:4318",
                "--cors-origins",
                "https://a.example,https://b.example",
            ]);
            let hive = hive_config(&config, schema.path(), None).expect("valid configuration");
            assert_eq!(hive.address(), "127.0.0.1:4000");
            assert_eq!(hive.limits.max_request_body_size.to_bytes(), 1_048_576);
            assert_eq!(hive.traffic_shaping.router.max_long_lived_clients, 10_000);
        }
    }

    #[test]
    fn values_reach_hive_router_as_they_are() {
        let rendered = rendered(&config(&[]), Path::new("schema.graphql"), None).expect("rendered");
        assert_eq!(rendered["headers"]["all"]["request"][1]["insert"]["value"], "a\"secret:{with}#yaml");
    }

    #[test]
    fn production_shows_nothing_of_the_inside() {
        let rendered = rendered(&config(&["--environment", "production"]), Path::new("s"), None).expect("rendered");
        assert_eq!(rendered["introspection"], false);
        assert_eq!(rendered["laboratory"]["enabled"], false);
        assert_eq!(rendered["error_masking"]["enabled"], true);
        assert_eq!(rendered["cors"]["enabled"], false);
    }

    #[test]
    fn traces_go_below_the_collector_that_is_named() {
        for endpoint in ["http://collector:4318", "http://collector:4318/"] {
            let telemetry = telemetry(&config(&["--otlp-endpoint", endpoint]));
            assert_eq!(telemetry["tracing"]["exporters"][0]["endpoint"], "http://collector:4318/v1/traces");
        }
        let telemetry =
            telemetry(&config(&["--otlp-endpoint", "https://example/otlp", "--trace-sampling-rate", "0.5"]));
        assert_eq!(telemetry["tracing"]["exporters"][0]["endpoint"], "https://example/otlp/v1/traces");
        assert_eq!(telemetry["tracing"]["collect"]["sampling"], 0.5);
    }

    #[test]
    fn the_level_of_a_filter_is_found() {
        assert_eq!(log_level("warn"), "warn");
        assert_eq!(log_level("router::request=warn, DEBUG"), "debug");
        assert_eq!(log_level("off"), "error");
        assert_eq!(log_level("router::request=warn"), "info");
    }

    #[test]
    fn nothing_is_shared_between_two_clients() {
        let shaping = traffic_shaping(&config(&[]));
        assert_eq!(shaping["router"]["dedupe"]["enabled"], false);
        assert_eq!(shaping["all"]["dedupe_enabled"], false);
        assert_eq!(shaping["all"]["websocket"]["reuse_connections"], false);
    }
}
