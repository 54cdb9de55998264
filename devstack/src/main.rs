//! `devstack`: the servers that one machine lacks, embedded: S3 on a folder and a Kafka broker on one file.
//! Used by `cargo xtask up` and by tests; a real deployment uses real ones. It knows nothing about music.

mod body;
mod ends;
mod kafka;
mod multipart;
mod objects;
mod patience;
mod s3;
mod shutdown;
mod store;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(about = "Embedded S3 and Kafka servers for one machine")]
struct Cli {
    #[command(subcommand)]
    server: Server,
}

#[derive(Subcommand)]
enum Server {
    /// Serve a folder as an S3 bucket that checks signatures.
    S3(s3::S3Args),
    /// Serve the Kafka protocol from one `SQLite` file.
    Kafka(kafka::KafkaArgs),
}

fn main() -> anyhow::Result<()> {
    // Refused requests are the client's mistakes, which s3s reports as errors of its own.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,s3s=off,devstack=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    // Two workers suffice for one machine; the default of one per core costs memory on large hosts.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(async {
        match cli.server {
            Server::S3(args) => s3::serve(args).await,
            Server::Kafka(args) => kafka::serve(args).await,
        }
    });
    // Connections that clients keep open must not hold the process back: nothing of them is unsaved.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    served
}
