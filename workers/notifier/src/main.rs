//! The `notifier` binary.

use clap::Parser;
use polyphony_notifier::config::Cli;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    polyphony_notifier::run(Cli::parse()).await
}
