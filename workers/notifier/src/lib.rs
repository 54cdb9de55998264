//! The notifier: tells people by e-mail what became of what they did. It hears events and answers no GraphQL.
//!
//! Invariant: one event, one mail. The mail is a row that is written with the event's mark in the inbox; sending is a task
//! of its own, so that a mail server that is away holds up no event.

pub mod app;
pub mod config;
pub mod consumers;
pub mod domain;
pub mod mailer;
pub mod outage;
pub mod sender;
pub mod store;

use sqlx::migrate::Migrator;

use crate::config::{Cli, Command};

/// The tables of the notifier.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Does what the command line asks for.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Work(args) => app::work(*args).await,
        Command::Migrate(args) => app::migrate(args).await,
    }
}
