//! `cargo xtask bench <name>`: figures of the running platform beside a reference in the same run.

mod auth;
mod catalog;
mod edge;
mod import;
mod live;
mod media;
mod memory;
mod player;
mod plot;
mod processes;
mod store;
mod uploads;
mod web;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask bench", about = "Measures Polyphony beside a reference")]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Sign-ins beside bare Argon2id with the same parameters, and what checking a token adds to a request.
    Auth(auth::Args),
    /// Twenty ordinary clients, alone and beside one that asks as fast as it can.
    Edge(edge::Args),
    /// Search and the screens of a client on a large library, beside a small one; with `MEILI_URL`, searched in that Meilisearch.
    Catalog(catalog::Args),
    /// The worker's CPU for a lossless track over one bare FFmpeg command with the same outputs, and the time from
    /// `completeUpload` to the first playable segment.
    Media(media::Args),
    /// `polyphony import` of a folder of short files: files per minute, beside bare FFmpeg that makes the same of them.
    Import(import::Args),
    /// Two hundred uploads of twenty people at once, while a worker is killed every ten seconds: how many end READY, how many
    /// FFmpeg processes run, and what that does to queries.
    Uploads(uploads::Args),
    /// What the embedded object store takes for an upload, a list and a delete with a hundred thousand objects in it, over a
    /// thousand.
    Store(store::Args),
    /// Frames to a thousand subscribers, ten thousand idle sockets and commands, beside a broadcast over bare sockets.
    Live(live::Args),
    /// The first sound in a real browser, from our URLs and from a plain file server.
    Player(player::Args),
    /// The web player in a real browser: sizes, times to the first page and sound, long lists, hand-over.
    Web(web::Args),
    /// Resident memory of each of our processes when idle.
    Memory(memory::Args),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().bench {
        Bench::Auth(args) => auth::run(&args).await,
        Bench::Edge(args) => edge::run(&args).await,
        Bench::Catalog(args) => catalog::run(&args).await,
        Bench::Media(args) => media::run(&args).await,
        Bench::Import(args) => import::run(&args).await,
        Bench::Uploads(args) => uploads::run(&args).await,
        Bench::Store(args) => store::run(&args).await,
        Bench::Live(args) => live::run(&args).await,
        Bench::Player(args) => player::run(&args).await,
        Bench::Web(args) => web::run(&args),
        Bench::Memory(args) => memory::run(&args).await,
    }
}
