//! Options of the `playlists` binary; every option is also an environment variable.

use chrono::TimeDelta;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use polyphony_kit::config::{AuthArgs, KafkaArgs, ListenArgs, PoolArgs, RedisArgs, ServiceArgs};

use crate::app::Limits;

/// The playlists subgraph of Polyphony.
#[derive(Clone, Debug, Parser)]
#[command(name = "playlists", version)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Answer GraphQL, publish and hear events.
    Serve(Box<ServeArgs>),
    /// Make or complete the tables.
    Migrate(DatabaseArgs),
    /// Print the federation SDL.
    Schema,
}

/// The database of playlists.
#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// URL of the PostgreSQL database, `postgres://user:password@host/playlists`.
    #[arg(long, env = "DATABASE_URL_PLAYLISTS", hide_env_values = true)]
    pub database_url: String,
}

/// Options of `serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Where and how to serve.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// Where it listens.
    #[command(flatten)]
    pub listen: ListenArgs,
    /// How to know the router and people.
    #[command(flatten)]
    pub auth: AuthArgs,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Connections to the database.
    #[command(flatten)]
    pub pool: PoolArgs,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Redis.
    #[command(flatten)]
    pub redis: RedisArgs,
    /// What people may keep.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// How much one person may keep.
#[derive(Clone, Copy, Debug, Args)]
pub struct LimitArgs {
    /// Most playlists that a person may own.
    #[arg(long, env = "MAX_PLAYLISTS", default_value_t = 5_000)]
    pub max_playlists: u32,
    /// Most entries of each list of a library: liked tracks, saved albums, followed artists.
    #[arg(long, env = "MAX_LIBRARY_ENTRIES", default_value_t = 100_000)]
    pub max_library_entries: u32,
    /// How many days plays stay in the history of a person; play counts stay.
    #[arg(long, env = "HISTORY_DAYS", default_value_t = 1_825)]
    pub history_days: u32,
}

impl From<LimitArgs> for Limits {
    fn from(args: LimitArgs) -> Self {
        Self {
            playlists: args.max_playlists.into(),
            library_entries: args.max_library_entries.into(),
            history: TimeDelta::days(args.history_days.into()),
        }
    }
}

impl Config {
    /// Reads the command line and the environment; ends the process with a message when they make no sense.
    pub fn read() -> Self {
        let command = Self::command().mut_subcommand("serve", |serve| {
            serve
                .mut_arg("bind", |arg| arg.default_value("127.0.0.1:4103"))
                .mut_arg("operations_bind", |arg| arg.default_value("127.0.0.1:5103"))
        });
        let mut matches = command.get_matches();
        Self::from_arg_matches_mut(&mut matches).unwrap_or_else(|error| error.exit())
    }
}
