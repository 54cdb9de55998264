//! The options of the `accounts` binary; each is also an environment variable.

use clap::{Args, Parser, Subcommand};
use polyphony_kit::config::{AuthArgs, KafkaArgs, PoolArgs, ServiceArgs};

/// People, credentials, sessions and tokens.
#[derive(Debug, Parser)]
#[command(name = "accounts", version)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answers GraphQL and publishes events.
    #[command(mut_arg("bind", |arg| arg.default_value("127.0.0.1:4101").required(false)))]
    Serve(Box<Serve>),
    /// Makes or completes the tables of the database.
    Migrate(Database),
    /// Prints the federation schema.
    Schema,
    /// Works on admins.
    #[command(subcommand)]
    Admin(Admin),
    /// Works on the keys that tokens are signed with.
    #[command(subcommand)]
    Keys(Keys),
}

/// The options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// What every process takes.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// Identity.
    #[command(flatten)]
    pub auth: AuthArgs,
    /// The database.
    #[command(flatten)]
    pub database: Database,
    /// The pool.
    #[command(flatten)]
    pub pool: PoolArgs,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Other providers that people sign in at (OpenID Connect), a JSON list: `[{"id": "google", "name": "Google",
    /// "issuer": "https://accounts.google.com", "client_id": "…", "client_secret": "…", "redirect_uris": ["https://…"]}]`.
    #[arg(long, env = "OIDC_PROVIDERS", default_value = "[]", hide_env_values = true)]
    pub oidc_providers: String,
}

/// Where the database is.
#[derive(Debug, Args)]
pub struct Database {
    /// URL of the PostgreSQL database of accounts.
    #[arg(long, env = "DATABASE_URL_ACCOUNTS", hide_env_values = true)]
    pub database_url: String,
}

/// Work on admins.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Makes an admin.
    Create(CreateAdmin),
}

/// The options of `admin create`.
#[derive(Debug, Args)]
pub struct CreateAdmin {
    /// The database.
    #[command(flatten)]
    pub database: Database,
    /// The admin's e-mail address; it counts as verified.
    #[arg(long, env = "POLYPHONY_ADMIN_EMAIL")]
    pub email: String,
    /// The admin's password.
    #[arg(long, env = "POLYPHONY_ADMIN_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// The admin's handle; made from the address when absent.
    #[arg(long)]
    pub handle: Option<String>,
    /// Does nothing when the address has an account already, instead of failing.
    #[arg(long)]
    pub if_missing: bool,
}

/// Work on the signing keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Adds a key, which signs from two minutes on; tokens of the old ones are accepted to their end.
    Rotate(Database),
}
