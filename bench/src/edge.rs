//! `bench edge`: twenty ordinary clients, alone and beside one that asks as fast as it can. The limits are on, as they are by
//! default.

use std::time::{Duration, Instant};

use futures::{StreamExt, future::join_all, stream::FuturesUnordered};
use polyphony_e2e::{Client, Platform};
use serde_json::json;
use tokio::time::{sleep, sleep_until};

const AIM: f64 = 1.5;
const QUERY: &str = "{ viewer { id playlists(first: 10) { edges { node { id title } } } } genres { slug } \
                     albums(first: 10) { edges { node { id title artists { name } } } } }";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Ordinary clients.
    #[arg(long, default_value_t = 20)]
    clients: usize,
    /// Milliseconds between the requests of one of them.
    #[arg(long, default_value_t = 500)]
    pause: u64,
    /// Seconds that each phase runs.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Requests that the hostile client has open at once.
    #[arg(long, default_value_t = 64)]
    hostile: usize,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let platform = Platform::start();
    let mut clients = Vec::new();
    for _ in 0..args.clients {
        clients.push(Client::register(&platform, "ordinary").await);
    }
    let hostile = Client::register(&platform, "hostile").await;
    // Both phases find everything warm, and the hostile client's burst is over before the second one is measured.
    ordinary(&clients, args, Duration::from_secs(3)).await;
    let seconds = Duration::from_secs(args.seconds);
    let mut alone = ordinary(&clients, args, seconds).await;
    let beside = async {
        sleep(Duration::from_secs(5)).await;
        ordinary(&clients, args, seconds).await
    };
    let (mut beside, (passed, refused)) = tokio::join!(beside, flood(&hostile, args, seconds + Duration::from_secs(5)));

    println!("| | requests | p50, ms | p95, ms |\n| --- | ---: | ---: | ---: |");
    let before = print("ordinary clients alone", &mut alone);
    let after = print("beside the hostile one", &mut beside);
    println!("\nThe hostile client: {passed} requests answered, {refused} refused with RATE_LIMITED.");
    println!("Ratio of the p95: {:.2} (aim <= {AIM}).", after / before);
    Ok(())
}

/// Milliseconds of each request of the ordinary clients, who pause between two.
async fn ordinary(clients: &[Client], args: &Args, duration: Duration) -> Vec<f64> {
    let until = Instant::now() + duration;
    let pause = Duration::from_millis(args.pause);
    let each = clients.iter().enumerate().map(|(number, client)| async move {
        // Not all at the same moment.
        sleep(pause * u32::try_from(number).unwrap_or(0) / 20).await;
        let mut times = Vec::new();
        while Instant::now() < until {
            let started = Instant::now();
            client.query(QUERY, json!({})).await;
            times.push(started.elapsed().as_secs_f64() * 1e3);
            sleep_until((started + pause).into()).await;
        }
        times
    });
    join_all(each).await.concat()
}

/// How many requests of the hostile client were answered and refused.
async fn flood(client: &Client, args: &Args, duration: Duration) -> (usize, usize) {
    let until = Instant::now() + duration;
    let ask = || client.raw(QUERY, json!({}));
    let mut open: FuturesUnordered<_> = (0..args.hostile).map(|_| ask()).collect();
    let (mut passed, mut refused) = (0, 0);
    while let Some((status, _)) = open.next().await {
        if status == 429 {
            refused += 1;
        } else {
            passed += 1;
        }
        if Instant::now() < until {
            open.push(ask());
        }
    }
    (passed, refused)
}

fn print(name: &str, times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("| {name} | {} | {:.1} | {:.1} |", times.len(), at(0.5), at(0.95));
    at(0.95)
}
