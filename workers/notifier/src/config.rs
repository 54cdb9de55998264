//! The options of `notifier`. Each is also an environment variable; `--help` is the reference.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use lettre::message::Mailbox;
use polyphony_kit::config::{KafkaArgs, PoolArgs, SealingArgs, ServiceArgs};

/// Sends the platform's e-mail.
#[derive(Debug, Parser)]
#[command(name = "notifier", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Hear events and send mail until told to end.
    Work(Box<WorkArgs>),
    /// Make or complete the tables, then end.
    Migrate(MigrateArgs),
}

/// The notifier's database.
#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// PostgreSQL, `postgres://user:password@host:port/database`.
    #[arg(long, env = "DATABASE_URL_NOTIFIER", hide_env_values = true)]
    pub database_url_notifier: String,
}

/// Options of `notifier migrate`.
#[derive(Clone, Debug, Args)]
pub struct MigrateArgs {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Options of `notifier work`.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("operations_bind", |arg| arg.default_value("127.0.0.1:5106").required(false)))]
pub struct WorkArgs {
    /// What every process takes.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Its pool.
    #[command(flatten)]
    pub pool: PoolArgs,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// What the codes in mails are sealed with.
    #[command(flatten)]
    pub sealing: SealingArgs,
    /// How mail leaves.
    #[command(flatten)]
    pub mail: MailArgs,
}

/// How mail leaves: through an SMTP server, or, without one, as files.
#[derive(Clone, Debug, Args)]
pub struct MailArgs {
    /// The mail server: `smtps://user:password@host` (TLS), `smtp://user:password@host:587?tls=required` (STARTTLS), or
    /// `smtp://host:25` (plain).
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// The folder that mails are written to as `.eml` files when there is no mail server.
    #[arg(long, env = "MAIL_DIR", required_unless_present = "smtp_url")]
    pub mail_dir: Option<PathBuf>,
    /// The sender of every mail.
    #[arg(long, env = "MAIL_FROM", default_value = "Polyphony <polyphony@localhost>")]
    pub mail_from: Mailbox,
    /// The web client, which news link to so that they can be turned off without signing in: `/unsubscribe#token=…`, whose
    /// token the mutation `unsubscribe` takes. Absent: news have no such link.
    #[arg(long, env = "WEB_URL")]
    pub web_url: Option<String>,
}
