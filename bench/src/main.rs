//! `cargo xtask bench <name>`: figures of the running platform beside a reference in the same run.

mod media;
mod memory;
mod plot;
mod processes;
mod uploads;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measures Polyphony beside a reference")]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// The worker's CPU for a lossless track over one bare FFmpeg command with the same outputs, and the time from
    /// `completeUpload` to the first playable segment.
    Media(media::Args),
    /// Two hundred uploads of twenty people at once, while a worker is killed every ten seconds: how many end READY, how many
    /// FFmpeg processes run, and what that does to queries.
    Uploads(uploads::Args),
    /// Resident memory of each of our processes when idle.
    Memory(memory::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().bench {
        Bench::Media(args) => media::run(&args).await,
        Bench::Uploads(args) => uploads::run(&args).await,
        Bench::Memory(args) => memory::run(&args).await,
    }
}
