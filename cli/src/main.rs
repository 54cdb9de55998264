//! `polyphony`: signs in, imports folders of music, searches, keeps playlists, listens along, and works on dead letters. It is a client of
//! the public API like any other; only `dlq`, an operator's command, talks to Kafka.

mod api;
mod client;
mod commands;
mod config;
mod error;
mod import;
mod listen;
mod output;
mod retry;
mod session;
mod socket;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = config::Cli::parse();
    // Two implementations are linked in, by way of different libraries; the one that is installed already may stay.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match commands::run(cli).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", error::one_line(&error));
            ExitCode::FAILURE
        }
    }
}
