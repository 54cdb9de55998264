//! What a router process is told by its environment. `router --help` is the reference; there is no file to write.

mod rate_limits;
mod web;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Parser, ValueEnum};
use url::Url;

pub(crate) use self::{rate_limits::RateLimits, web::Web};
use crate::{client::TrustedProxies, security_txt};

/// Polyphony's GraphQL router.
#[derive(Debug, Clone, Parser)]
#[command(name = "router", version, about)]
pub(crate) struct Config {
    /// Where this process runs: development shows GraphiQL, introspection and messages of errors, production does not.
    #[arg(long, env = "POLYPHONY_ENV", value_enum, default_value = "development")]
    pub(crate) environment: Environment,

    /// Address that clients connect to.
    #[arg(long, env = "BIND", default_value = "127.0.0.1:4000")]
    pub(crate) bind: SocketAddr,

    /// Address of health checks and metrics, for supervisors and Prometheus. Clients must not reach it.
    #[arg(long, env = "OPERATIONS_BIND", default_value = "127.0.0.1:5000")]
    pub(crate) operations_bind: SocketAddr,

    /// Composed schema to serve; the one built into the binary when absent.
    #[arg(long, env = "SUPERGRAPH_PATH")]
    pub(crate) supergraph_path: Option<PathBuf>,

    /// Secret that proves to subgraphs that a request came through the router.
    #[arg(long, env = "ROUTER_SECRET", hide_env_values = true, value_parser = secret)]
    pub(crate) router_secret: String,

    /// Where access tokens are checked against.
    #[command(flatten)]
    pub(crate) jwt: Jwt,

    /// Where the subgraphs are.
    #[command(flatten)]
    pub(crate) subgraphs: Subgraphs,

    /// What a client may ask for.
    #[command(flatten)]
    pub(crate) limits: Limits,

    /// How often a client may ask.
    #[command(flatten)]
    pub(crate) rate_limits: RateLimits,

    /// The web player.
    #[command(flatten)]
    pub(crate) web: Web,

    /// Redis, in which requests are counted and revoked sessions are told. While it is away each router counts for itself.
    #[arg(long, env = "REDIS_URL", default_value = "redis://127.0.0.1:6379", hide_env_values = true)]
    pub(crate) redis_url: String,

    /// Documents that clients may name by an id instead of sending them: a JSON object of ids and documents. Those of the web
    /// player are always known.
    #[arg(long, env = "PERSISTED_DOCUMENTS", value_parser = optional_path)]
    pub(crate) persisted_documents: Option<OptionalPath>,

    /// Only those documents, and the web player's, are executed: other clients, `polyphony` among them, are refused.
    #[arg(long, env = "PERSISTED_DOCUMENTS_ONLY", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) persisted_documents_only: bool,

    /// Nothing can be read without signing in, not even what is published: whoever is not signed in may only execute what signing
    /// in needs.
    #[arg(long, env = "PRIVATE_SERVER", value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) private_server: bool,

    /// Whom to tell of a vulnerability, an e-mail address or a URL: `/.well-known/security.txt` says it. Absent: there is no
    /// such file.
    #[arg(long, env = "SECURITY_CONTACT", value_parser = optional_contact)]
    pub(crate) security_contact: Option<SecurityContact>,

    /// Origins of web clients, separated by commas; `*` is any. In development any origin may call when it is empty.
    #[arg(long, env = "CORS_ORIGINS", value_delimiter = ',')]
    pub(crate) cors_origins: Vec<String>,

    /// Networks of the proxies in front of the router, separated by commas, like `10.0.0.0/8,fd00::/8`. Their `x-forwarded-for`
    /// is believed, walked from its end for as long as each hop is one of them; everybody else's is ignored.
    #[arg(long, env = "TRUSTED_PROXIES", default_value = "", value_parser = TrustedProxies::parse)]
    pub(crate) trusted_proxies: TrustedProxies,

    /// Believed whoever connected. The router refuses to start with it, so that nobody is protected less than they think.
    #[arg(long = "trusted-proxy-hops", env = "TRUSTED_PROXY_HOPS", hide = true, value_parser = no_hops)]
    _trusted_proxy_hops: Option<usize>,

    /// Worker threads; one per core when absent.
    #[arg(long, env = "ROUTER_WORKERS")]
    pub(crate) workers: Option<std::num::NonZeroUsize>,

    /// OTLP (HTTP) collector, for example `http://127.0.0.1:4318`; traces go to its `/v1/traces`. Absent: no traces are exported.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub(crate) otlp_endpoint: Option<Url>,

    /// Share of requests that are traced, 0 to 1, unless a signed-in client has decided it in its `traceparent`. Default: 0.1 in
    /// production, 1 in development.
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", value_parser = share)]
    pub(crate) trace_sampling_rate: Option<f64>,

    /// Form of the log lines.
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub(crate) log_format: LogFormat,

    /// Level of the log lines, and targets that are quieter: `info,router::request=warn`.
    #[arg(long, env = "RUST_LOG", default_value = "info")]
    pub(crate) log_filter: String,
}

impl Config {
    /// Whom to tell of a vulnerability.
    pub(crate) fn security_contact(&self) -> Option<&Url> {
        self.security_contact.as_ref()?.0.as_ref()
    }

    /// The operator's own persisted documents.
    pub(crate) fn persisted_documents(&self) -> Option<&Path> {
        self.persisted_documents.as_ref()?.0.as_deref()
    }

    /// Share of requests that are traced.
    pub(crate) fn trace_sampling_rate(&self) -> f64 {
        self.trace_sampling_rate.unwrap_or(match self.environment {
            Environment::Development => 1.0,
            Environment::Production => 0.1,
        })
    }

    /// Origins of web clients. A variable that is set to nothing names none.
    pub(crate) fn origins(&self) -> Vec<String> {
        self.cors_origins.iter().filter(|origin| !origin.is_empty()).cloned().collect()
    }
}

/// How access tokens are checked.
#[derive(Debug, Clone, Args)]
pub(crate) struct Jwt {
    /// Public keys of accounts.
    #[arg(long, env = "JWKS_URL", default_value = "http://127.0.0.1:4101/.well-known/jwks.json")]
    pub(crate) jwks_url: Url,

    /// Issuer that a token must name.
    #[arg(long = "jwt-issuer", env = "JWT_ISSUER", default_value = "polyphony")]
    pub(crate) issuer: String,

    /// Audience that a token must name.
    #[arg(long = "jwt-audience", env = "JWT_AUDIENCE", default_value = "polyphony")]
    pub(crate) audience: String,
}

/// GraphQL endpoints of the subgraphs; they override those of the composed schema.
#[derive(Debug, Clone, Args)]
pub(crate) struct Subgraphs {
    /// GraphQL endpoint of accounts.
    #[arg(long = "accounts-url", env = "ACCOUNTS_URL", default_value = "http://127.0.0.1:4101/graphql")]
    pub(crate) accounts: Url,

    /// GraphQL endpoint of catalog.
    #[arg(long = "catalog-url", env = "CATALOG_URL", default_value = "http://127.0.0.1:4102/graphql")]
    pub(crate) catalog: Url,

    /// GraphQL endpoint of playlists.
    #[arg(long = "playlists-url", env = "PLAYLISTS_URL", default_value = "http://127.0.0.1:4103/graphql")]
    pub(crate) playlists: Url,

    /// GraphQL endpoint of media.
    #[arg(long = "media-url", env = "MEDIA_URL", default_value = "http://127.0.0.1:4104/graphql")]
    pub(crate) media: Url,
}

impl Subgraphs {
    /// Name in the composed schema and endpoint of each subgraph.
    pub(crate) fn named(&self) -> [(&'static str, &Url); 4] {
        [
            ("accounts", &self.accounts),
            ("catalog", &self.catalog),
            ("playlists", &self.playlists),
            ("media", &self.media),
        ]
    }
}

/// Limits that keep one client from exhausting the platform.
#[derive(Debug, Clone, Args)]
pub(crate) struct Limits {
    /// Levels of a query; introspection is not counted, nor are fragments.
    #[arg(long, env = "MAX_DEPTH", default_value_t = 15)]
    pub(crate) max_depth: usize,

    /// Lexical tokens of a query.
    #[arg(long, env = "MAX_TOKENS", default_value_t = 5_000)]
    pub(crate) max_tokens: usize,

    /// Aliases in a query.
    #[arg(long, env = "MAX_ALIASES", default_value_t = 50)]
    pub(crate) max_aliases: usize,

    /// Directives in a query.
    #[arg(long, env = "MAX_DIRECTIVES", default_value_t = 50)]
    pub(crate) max_directives: usize,

    /// Cost of a query: the objects that it comes to when all pages are full.
    #[arg(long, env = "MAX_COST", default_value_t = 50_000)]
    pub(crate) max_cost: u64,

    /// Bytes of a request's body. A message on a WebSocket may be as long, in frames of at most 64 KiB.
    #[arg(long, env = "MAX_BODY_BYTES", default_value_t = 1_048_576)]
    pub(crate) max_body_bytes: usize,

    /// WebSockets and subscriptions over HTTP (SSE, multipart) that this router holds at once.
    #[arg(long, env = "MAX_LONG_LIVED_CLIENTS", default_value_t = 10_000)]
    pub(crate) max_long_lived_clients: usize,

    /// So many of them for clients that are not signed in. Default: half.
    #[arg(long, env = "MAX_ANONYMOUS_CONNECTIONS")]
    pub(crate) max_anonymous_connections: Option<usize>,

    /// So many of them for one network (an IPv4 address, a /64 of IPv6), whoever is there. Default: a quarter.
    #[arg(long, env = "MAX_CONNECTIONS_PER_NETWORK")]
    pub(crate) max_connections_per_network: Option<usize>,

    /// So many of them for clients of one network that are not signed in.
    #[arg(long, env = "MAX_ANONYMOUS_CONNECTIONS_PER_NETWORK", default_value_t = 200)]
    pub(crate) max_anonymous_connections_per_network: usize,

    /// So many of them for one person.
    #[arg(long, env = "MAX_CONNECTIONS_PER_USER", default_value_t = 100)]
    pub(crate) max_connections_per_user: usize,

    /// Seconds that a WebSocket of a client that is not signed in may be open without a running operation.
    #[arg(long, env = "ANONYMOUS_IDLE_TIMEOUT_SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) anonymous_idle_timeout: Duration,

    /// Seconds that a WebSocket, or a subscription over HTTP, of a client that is not signed in lasts. It may come again.
    #[arg(long, env = "ANONYMOUS_CONNECTION_LIFETIME_SECONDS", default_value = "600", value_parser = seconds)]
    pub(crate) anonymous_connection_lifetime: Duration,

    /// Requests of one person that are executed at once; of one address without a person four times as many. Further ones wait.
    #[arg(long, env = "MAX_CONCURRENT_PER_CLIENT", default_value_t = 8)]
    pub(crate) max_concurrent_per_client: usize,

    /// Live subscriptions that one person, or one address, may have at this router.
    #[arg(long, env = "MAX_SUBSCRIPTIONS_PER_CLIENT", default_value_t = 200)]
    pub(crate) max_subscriptions_per_client: usize,

    /// Seconds until a request is given up; a subscription only has to start within them.
    #[arg(long, env = "REQUEST_TIMEOUT_SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) request_timeout: Duration,

    /// Seconds until one subgraph is given up, so that the others' data still comes back.
    #[arg(long, env = "SUBGRAPH_TIMEOUT_SECONDS", default_value = "15", value_parser = seconds)]
    pub(crate) subgraph_timeout: Duration,

    /// Seconds that open requests are given when the process is told to stop.
    #[arg(long, env = "SHUTDOWN_TIMEOUT_SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) shutdown_timeout: Duration,
}

/// Where a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Environment {
    /// On a developer's machine.
    Development,
    /// In front of people.
    Production,
}

/// Form of the log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Whom to tell of a vulnerability; nobody when a variable is set to nothing.
#[derive(Debug, Clone)]
pub(crate) struct SecurityContact(pub(crate) Option<Url>);

/// A file or a folder; none when a variable is set to nothing.
#[derive(Debug, Clone)]
pub(crate) struct OptionalPath(pub(crate) Option<PathBuf>);

#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
fn optional_path(value: &str) -> Result<OptionalPath, String> {
    Ok(OptionalPath((!value.is_empty()).then(|| PathBuf::from(value))))
}

fn optional_contact(value: &str) -> Result<SecurityContact, String> {
    let contact = (!value.is_empty()).then(|| security_txt::contact(value)).transpose()?;
    Ok(SecurityContact(contact))
}

fn share(value: &str) -> Result<f64, String> {
    value
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "expected a share from 0 to 1".to_owned())
}

fn seconds(value: &str) -> Result<Duration, String> {
    match value.parse() {
        Ok(seconds @ 1..=3_600) => Ok(Duration::from_secs(seconds)),
        _ => Err("expected a number of seconds from 1 to 3600".to_owned()),
    }
}

fn no_hops(value: &str) -> Result<usize, String> {
    match value {
        "" | "0" => Ok(0),
        _ => Err("it is gone: name the networks of the proxies in TRUSTED_PROXIES, like 10.0.0.0/8".to_owned()),
    }
}

fn secret(value: &str) -> Result<String, String> {
    if value.len() < 16 || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("expected at least 16 printable characters without spaces".to_owned());
    }
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_only_thing_that_must_be_given() {
        let config = Config::try_parse_from(["router", "--router-secret", "0123456789abcdef"]);
        assert_eq!(config.expect("defaults").limits.max_long_lived_clients, 10_000);
        assert!(Config::try_parse_from(["router", "--router-secret", "short"]).is_err());
    }

    #[test]
    fn proxies_are_networks_and_no_number() {
        let parse = |option: &str, value: &str| {
            Config::try_parse_from(["router", "--router-secret", "0123456789abcdef", option, value])
        };
        assert!(parse("--trusted-proxies", "").is_ok() && parse("--trusted-proxies", "10.0.0.0/8, fd00::/8").is_ok());
        assert!(parse("--trusted-proxies", "1").is_err());
        assert!(parse("--trusted-proxy-hops", "0").is_ok());
        let refused = parse("--trusted-proxy-hops", "1").map_err(|error| error.to_string());
        assert!(refused.is_err_and(|error| error.contains("TRUSTED_PROXIES")));
    }

    #[test]
    fn a_timeout_is_a_sane_number_of_seconds() {
        assert_eq!(seconds("30"), Ok(Duration::from_secs(30)));
        assert!(seconds("0").is_err() && seconds("a").is_err() && seconds("99999").is_err());
    }
}
