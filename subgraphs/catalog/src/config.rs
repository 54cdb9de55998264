//! The options of `catalog`; each is also an environment variable.

use clap::{Args, Parser, Subcommand, ValueEnum};
use polyphony_kit::config::{AuthArgs, KafkaArgs, ListenArgs, PoolArgs, RedisArgs, ServiceArgs};

/// The catalog of Polyphony: artists, albums, tracks, genres, lyrics, and search over them.
#[derive(Debug, Parser)]
#[command(name = "catalog", version, about)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `catalog` does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answers GraphQL, publishes events and hears those of others.
    Serve(Box<ServeArgs>),
    /// Makes or completes the tables.
    Migrate(DatabaseArgs),
    /// Prints the schema for composition.
    Schema,
    /// Cares for the search index.
    #[command(subcommand)]
    Search(SearchCommand),
}

/// What `catalog search` does.
#[derive(Debug, Subcommand)]
pub enum SearchCommand {
    /// Rebuilds the index from the database, while it is in use.
    Rebuild(RebuildArgs),
}

/// The options of `catalog serve`.
#[derive(Debug, Args)]
#[command(mut_arg("bind", |arg| arg.default_value("127.0.0.1:4102")))]
#[command(mut_arg("operations_bind", |arg| arg.default_value("127.0.0.1:5102")))]
pub struct ServeArgs {
    /// What every process takes.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// Where it listens.
    #[command(flatten)]
    pub listen: ListenArgs,
    /// How the router and people are known.
    #[command(flatten)]
    pub auth: AuthArgs,
    /// Base of the URLs of pictures, as clients see them: the `PUBLIC_URL` of media.
    #[arg(long, env = "MEDIA_PUBLIC_URL", default_value = "http://127.0.0.1:4107")]
    pub media_public_url: String,
    /// PostgreSQL.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Redis.
    #[command(flatten)]
    pub redis: RedisArgs,
    /// Whether artists, albums and tracks that were read are kept in Redis for a minute, or until they change.
    #[arg(long, env = "CACHE", value_enum, default_value = "on")]
    pub cache: CacheSwitch,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Where search looks.
    #[command(flatten)]
    pub search: SearchArgs,
}

/// Whether there is a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CacheSwitch {
    /// They are kept.
    On,
    /// They are read each time.
    Off,
}

/// The options of `catalog search rebuild`.
#[derive(Debug, Args)]
pub struct RebuildArgs {
    /// PostgreSQL.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Where search looks.
    #[command(flatten)]
    pub search: SearchArgs,
}

/// The catalog's database.
#[derive(Debug, Args)]
pub struct DatabaseArgs {
    /// URL of the catalog's database.
    #[arg(long, env = "DATABASE_URL_CATALOG", hide_env_values = true)]
    pub database_url: String,
    /// How many connections.
    #[command(flatten)]
    pub pool: PoolArgs,
}

/// Where search looks: in Meilisearch, or without one in PostgreSQL.
#[derive(Debug, Args)]
pub struct SearchArgs {
    /// URL of Meilisearch. Absent: PostgreSQL searches.
    #[arg(long, env = "MEILI_URL")]
    pub meili_url: Option<String>,
    /// The key of Meilisearch.
    #[arg(long, env = "MEILI_KEY", hide_env_values = true)]
    pub meili_key: Option<String>,
}
