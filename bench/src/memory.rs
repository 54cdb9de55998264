//! `bench memory`: what the platform needs while nobody asks anything of it.

use std::time::Duration;

use polyphony_e2e::Platform;

use crate::processes;

/// Parts that are programs of ours; PostgreSQL and Redis are listed, but not in the sum.
const OURS: [&str; 9] =
    ["accounts", "catalog", "playlists", "media", "media-worker-1", "notifier", "router", "s3", "kafka"];
/// What all of our processes together should need at most.
const AIM_MIB: f64 = 300.0;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long the platform idles before it is measured.
    #[arg(long, default_value_t = 20)]
    idle_seconds: u64,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let platform = Platform::start();
    tokio::time::sleep(Duration::from_secs(args.idle_seconds)).await;
    println!("| process | resident MiB | proportional MiB |");
    println!("| --- | ---: | ---: |");
    let (mut resident, mut proportional) = (0.0, 0.0);
    for part in OURS {
        let (rss, pss) = processes::memory_mib(platform.pid(part))?;
        println!("| {part} | {rss:.1} | {pss:.1} |");
        resident += rss;
        proportional += pss;
    }
    println!("| **all of ours** (aim: resident <= {AIM_MIB}) | **{resident:.1}** | **{proportional:.1}** |");
    Ok(())
}
