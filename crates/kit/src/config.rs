//! Groups of options that several binaries share. Each is flattened into the clap struct of a binary; every option is also
//! an environment variable, and `--help` is the reference.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};

/// Where the service runs: development is open and chatty, production refuses defaults that are not secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// For one's own machine: GraphiQL and introspection are on.
    Development,
    /// Secrets are required, internals are not shown.
    Production,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line, for machines.
    Json,
}

/// What every process of ours takes.
#[derive(Clone, Debug, Args)]
pub struct ServiceArgs {
    /// Development or production.
    #[arg(long = "env", env = "POLYPHONY_ENV", value_enum, default_value = "development")]
    pub environment: Environment,
    /// Where health checks and metrics are served, for operators alone: `/health/live`, `/health/ready`, `/metrics`.
    #[arg(long, env = "OPERATIONS_BIND")]
    pub operations_bind: SocketAddr,
    /// Text for people, or JSON for machines. `RUST_LOG` chooses what is logged.
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// Where traces go (OTLP over HTTP), for example `http://127.0.0.1:4318`. Absent: no traces are exported.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
}

/// Where a subgraph listens.
#[derive(Clone, Debug, Args)]
pub struct ListenArgs {
    /// Address and port of GraphQL, for the router alone; port 0 takes a free one.
    #[arg(long, env = "BIND")]
    pub bind: SocketAddr,
}

/// How a subgraph knows the router and the people behind requests.
#[derive(Clone, Debug, Args)]
pub struct AuthArgs {
    /// The secret that the router sends with every request; a subgraph answers nobody else.
    #[arg(long, env = "ROUTER_SECRET", hide_env_values = true, value_parser = secret)]
    pub router_secret: String,
    /// Where accounts publishes the keys that tokens are signed with.
    #[arg(long, env = "JWKS_URL", default_value = "http://127.0.0.1:4101/.well-known/jwks.json")]
    pub jwks_url: String,
    /// The issuer that tokens must name.
    #[arg(long, env = "JWT_ISSUER", default_value = "polyphony")]
    pub jwt_issuer: String,
    /// The audience that tokens must name.
    #[arg(long, env = "JWT_AUDIENCE", default_value = "polyphony")]
    pub jwt_audience: String,
    /// The Redis on which accounts tells which tokens are refused before their time.
    #[arg(long, env = "REDIS_URL", default_value = "redis://127.0.0.1:6379", hide_env_values = true)]
    pub revocations_url: String,
}

/// What accounts and notifier share, so that tokens in mails stand nowhere in the clear between them.
#[derive(Clone, Debug, Args)]
pub struct SealingArgs {
    /// Secrets that the tokens of mails are sealed with on their way from accounts to notifier, which must have the same: at
    /// least 32 printable characters each, separated by commas. The first seals, all open; to replace one, put the new one behind
    /// it everywhere, then before it, and take the old one away when the mails of three days have gone; from accounts never, for it
    /// opens the secrets of one-time codes (TOTP) that were sealed with it.
    #[arg(long, env = "MAIL_SEALING_KEYS", hide_env_values = true, value_delimiter = ',', required = true, value_parser = sealing_key)]
    pub mail_sealing_keys: Vec<String>,
}

/// How many connections to PostgreSQL a process may hold. The URL is an option of each service, under its own name.
#[derive(Clone, Debug, Args)]
pub struct PoolArgs {
    /// Most connections to PostgreSQL at once.
    #[arg(long, env = "DATABASE_MAX_CONNECTIONS", default_value_t = 10)]
    pub database_max_connections: u32,
}

/// The Kafka cluster.
#[derive(Clone, Debug, Args)]
pub struct KafkaArgs {
    /// Brokers, `host:port` separated by commas.
    #[arg(long, env = "KAFKA_BROKERS", default_value = "127.0.0.1:9092")]
    pub kafka_brokers: String,
}

/// Redis.
#[derive(Clone, Debug, Args)]
pub struct RedisArgs {
    /// URL of Redis, `redis://[:password@]host:port/db`.
    #[arg(long, env = "REDIS_URL", default_value = "redis://127.0.0.1:6379", hide_env_values = true)]
    pub redis_url: String,
}

/// The object store.
#[derive(Clone, Debug, Args)]
pub struct S3Args {
    /// Where we reach the store.
    #[arg(long, env = "S3_ENDPOINT", default_value = "http://127.0.0.1:4190")]
    pub s3_endpoint: String,
    /// Where clients reach the store; as `S3_ENDPOINT` when absent. Signed URLs carry it.
    #[arg(long, env = "S3_PUBLIC_ENDPOINT")]
    pub s3_public_endpoint: Option<String>,
    /// The store's region.
    #[arg(long, env = "S3_REGION", default_value = "us-east-1")]
    pub s3_region: String,
    /// The bucket that holds uploads and renditions.
    #[arg(long, env = "S3_BUCKET", default_value = "polyphony")]
    pub s3_bucket: String,
    /// Access key.
    #[arg(long, env = "S3_ACCESS_KEY_ID")]
    pub s3_access_key_id: String,
    /// Secret key.
    #[arg(long, env = "S3_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub s3_secret_access_key: String,
}

/// A CDN in front of the object store.
#[derive(Clone, Debug, Default, Args)]
pub struct CdnArgs {
    /// Where a CDN serves the bucket, for example `https://d111111abcdef8.cloudfront.net`. Absent: clients fetch from the
    /// object store.
    #[arg(long, env = "CDN_URL", requires = "cdn_key_pair_id", requires = "cdn_private_key_file")]
    pub cdn_url: Option<String>,
    /// The id of the key pair whose signatures the CDN trusts.
    #[arg(long, env = "CDN_KEY_PAIR_ID")]
    pub cdn_key_pair_id: Option<String>,
    /// File with the private key of the pair, RSA in PEM.
    #[arg(long, env = "CDN_PRIVATE_KEY_FILE")]
    pub cdn_private_key_file: Option<PathBuf>,
}

fn sealing_key(value: &str) -> Result<String, String> {
    if value.len() < 32 || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("expected at least 32 printable characters without spaces or commas".to_owned());
    }
    Ok(value.to_owned())
}

/// A secret that is none is refused when the process starts, not noticed when somebody has guessed it.
pub fn secret(value: &str) -> Result<String, String> {
    if value.len() < 16 || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("expected at least 16 printable characters without spaces".to_owned());
    }
    Ok(value.to_owned())
}
