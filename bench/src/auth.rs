//! `bench auth`: sign-ins beside bare Argon2id with the same parameters, and what checking a token adds to a request.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString};
use futures::future::join_all;
use polyphony_e2e::{Client, Platform};
use serde_json::json;

use crate::processes;

const AIM_RATIO: f64 = 0.9;
const AIM_TOKEN_MICROSECONDS: f64 = 150.0;
const LOGIN: &str = "mutation($input: LoginInput!) { login(input: $input) { tokens { accessToken } } }";
/// Tokens of one person that are good at the same time: fewer than the sessions that an account has.
const BATCH: usize = 40;
const PASSWORD: &str = "correct horse battery";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seconds that each of both runs.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Sign-ins at once.
    #[arg(long, default_value_t = 4)]
    clients: usize,
    /// Requests with a token that the router has not seen, and as many without one.
    #[arg(long, default_value_t = 200)]
    tokens: usize,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let duration = Duration::from_secs(args.seconds);
    let bare = tokio::task::spawn_blocking(move || bare_verifications(duration));
    let bare = bare.await.context("run bare Argon2id")??;

    let off = ["USER", "ADDRESS", "LOGIN", "LOGIN_ADDRESS", "SIGN_IN", "ACCOUNT", "REGISTER", "REFRESH"]
        .map(|name| format!("RATE_LIMIT_{name}"));
    let limits: Vec<_> = off.iter().map(|name| (name.as_str(), "off")).collect();
    let platform = Platform::start_with(&limits);
    // A person each: whoever signs in too often loses their oldest sessions.
    let people = join_all((0..args.clients.max(1)).map(|_| Client::register(&platform, "bench"))).await;
    let accounts = platform.pid("accounts");

    let cpu = processes::cpu_seconds(accounts)?;
    let (done, until) = (AtomicUsize::new(0), Instant::now() + Duration::from_secs(args.seconds));
    join_all(people.iter().map(async |person| {
        while Instant::now() < until {
            sign_in(person).await?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        anyhow::Ok(())
    }))
    .await
    .into_iter()
    .collect::<anyhow::Result<()>>()?;
    let ours = done.load(Ordering::Relaxed) as f64 / (processes::cpu_seconds(accounts)? - cpu);

    println!("| | per CPU second |\n| --- | ---: |");
    println!("| bare Argon2id verifications | {bare:.1} |");
    println!("| logins (CPU of accounts) | {ours:.1} |");
    println!("| **ratio** (aim >= {AIM_RATIO}) | {:.3} |", ours / bare);
    let (seen, unseen) = token_check(&people[0], args.tokens).await?;
    println!("\n| the check of a token at the router adds (aim <= {AIM_TOKEN_MICROSECONDS}) | us |\n| --- | ---: |");
    println!("| seen within the last 30 s | {seen:.0} |\n| not seen before | {unseen:.0} |");
    Ok(())
}

/// Verifications a CPU second, on all cores at once as accounts has them: they share the memory that each fills.
fn bare_verifications(duration: Duration) -> anyhow::Result<f64> {
    let cores = std::thread::available_parallelism()?.get();
    let cpu = processes::cpu_seconds(std::process::id())?;
    let threads: Vec<_> = (0..cores).map(|_| std::thread::spawn(move || verify_for(duration))).collect();
    let mut done = 0;
    for thread in threads {
        done += thread.join().map_err(|_| anyhow::anyhow!("a thread of bare Argon2id panicked"))??;
    }
    Ok(f64::from(done) / (processes::cpu_seconds(std::process::id())? - cpu))
}

/// How many verifications are done one after the other in this time.
fn verify_for(duration: Duration) -> anyhow::Result<u32> {
    let argon2 = Argon2::default();
    let salt = SaltString::encode_b64(b"0123456789abcdef").map_err(|error| anyhow::anyhow!("{error}"))?;
    let hash =
        argon2.hash_password(PASSWORD.as_bytes(), &salt).map_err(|error| anyhow::anyhow!("{error}"))?.to_string();
    let parsed = PasswordHash::new(&hash).map_err(|error| anyhow::anyhow!("{error}"))?;
    let until = Instant::now() + duration;
    let mut done = 0;
    while Instant::now() < until {
        ensure!(argon2.verify_password(PASSWORD.as_bytes(), &parsed).is_ok(), "a verification failed");
        done += 1;
    }
    Ok(done)
}

/// Microseconds between the medians of a request with a token and one with none, asked in turn: with a token that was just sent,
/// and with one that never was.
async fn token_check(person: &Client, count: usize) -> anyhow::Result<(f64, f64)> {
    let nobody = signed_out(person);
    let (mut unseen, mut seen, mut without) = (Vec::new(), Vec::new(), Vec::new());
    let mut left = count;
    while left > 0 {
        // All of a batch before any is measured: a sign-in leaves nothing of the router in the processor's caches.
        let mut batch = Vec::new();
        for _ in 0..left.min(BATCH) {
            batch.push(person.with_token(&sign_in(person).await?));
        }
        for client in &batch {
            for (client, times) in [(client, &mut unseen), (client, &mut seen), (&nobody, &mut without)] {
                let started = Instant::now();
                client.query("{ __typename }", json!({})).await;
                times.push(started.elapsed().as_secs_f64() * 1e6);
            }
        }
        left -= batch.len();
    }
    let without = median(&mut without);
    Ok((median(&mut seen) - without, median(&mut unseen) - without))
}

/// Signs a person in; gives the access token.
async fn sign_in(person: &Client) -> anyhow::Result<String> {
    let (email, password) = person.credentials();
    let input = json!({ "email": email, "password": password });
    let answer = signed_out(person).query(LOGIN, json!({ "input": input })).await;
    Ok(answer["login"]["tokens"]["accessToken"].as_str().context("sign in")?.to_owned())
}

fn signed_out(person: &Client) -> Client {
    let mut nobody = person.clone();
    nobody.token = None;
    nobody
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
