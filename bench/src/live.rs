//! `bench live`: frames to many subscribers, sockets that only wait, and commands, through the router; beside a broadcast
//! over bare sockets on the same machine in the same run.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures::{SinkExt, StreamExt, future::join_all};
use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    upload,
};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{broadcast, mpsc},
    task::JoinSet,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, accept_async, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::{plot, processes};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Limits of the router that stand against one person with so many sockets.
const LIMITS: [(&str, &str); 8] = [
    ("MAX_CONCURRENT_PER_CLIENT", "100000"),
    ("MAX_SUBSCRIPTIONS_PER_CLIENT", "100000"),
    ("MAX_LONG_LIVED_CLIENTS", "20000"),
    ("MAX_CONNECTIONS_PER_NETWORK", "20000"),
    ("MAX_CONNECTIONS_PER_USER", "20000"),
    ("RATE_LIMIT_SOCKET", "off"),
    ("RATE_LIMIT_USER", "10000000/1000000"),
    ("RATE_LIMIT_REGISTER", "100000/100000"),
];
/// What the last of all subscribers should wait for a frame.
const AIM_MS: f64 = 100.0;
/// What an idle socket should cost in each of router and media.
const AIM_KIB: f64 = 30.0;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Subscribers to one player.
    #[arg(long, default_value_t = 1000)]
    subscribers: usize,
    /// Frames that are measured.
    #[arg(long, default_value_t = 100)]
    frames: usize,
    /// Sockets that only wait for what does not come.
    #[arg(long, default_value_t = 10_000)]
    idle: usize,
    /// Players that are commanded at once.
    #[arg(long, default_value_t = 1000)]
    players: usize,
    /// How long commands are sent.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Where the plot goes.
    #[arg(long, default_value = "live.svg")]
    plot: std::path::PathBuf,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let platform = Platform::start_with(&LIMITS);
    let folder = tempfile::tempdir().context("make a folder")?;
    let creator = Client::creator(&platform).await;
    let piece = audio::make(folder.path(), &Piece { seconds: 30, ..Piece::default() });
    let track = upload::ready(&creator, &piece).await["track"]["id"].as_str().context("find the track")?.to_owned();
    let set = format!(
        "mutation {{ it: setQueue(input: {{ trackIds: [\"{track}\"], play: false }}) {{ userErrors {{ code message }} }} }}"
    );
    creator.mutate(&set, json!({})).await;

    let bare = bare_broadcast(args).await?;
    let live = frames(args, &platform, &creator).await?;
    println!(
        "| from the accepted command to the last of {} subscribers, ms | p50 | p99 |\n| --- | ---: | ---: |",
        args.subscribers
    );
    println!("| through router, media, PostgreSQL and Redis (aim p99 <= {AIM_MS}) | {:.1} | {:.1} |", live.0, live.1);
    println!("| bare tokio-tungstenite broadcast in one process | {:.1} | {:.1} |", bare.0, bare.1);
    let one = commands(args, std::slice::from_ref(&creator)).await;
    let mut players = Vec::new();
    for _ in 0..args.players {
        let player = Client::register(&platform, "listener").await;
        player.mutate(&set, json!({})).await;
        players.push(player);
    }
    let many = commands(args, &players).await;
    println!("\n| commands a second | figure |\n| --- | ---: |");
    println!(
        "| on one player, 16 at once | {one:.0} |\n| over {} players, one at once each | {many:.0} |",
        args.players
    );
    let idle = idle(args, &platform, &creator).await?;
    println!(
        "\n| {} idle subscriptions | KiB each (aim <= {AIM_KIB}) | CPU, % of a core |\n| --- | ---: | ---: |",
        args.idle
    );
    for (name, memory, cpu) in &idle {
        println!("| {name} | {memory:.1} | {cpu:.1} |");
    }
    let bar = |name, value, aim, unit| plot::Bar { name, value, aim, less_is_better: true, unit };
    let figures = [
        bar("last of all subscribers, p99", live.1, AIM_MS, " ms"),
        bar("the same over bare sockets", bare.1, AIM_MS, " ms"),
        bar("an idle socket in the router", idle[0].1, AIM_KIB, " KiB"),
        bar("an idle socket in media", idle[1].1, AIM_KIB, " KiB"),
    ];
    std::fs::write(&args.plot, plot::bars("Live playback", &figures)).context("write the plot")?;
    println!("\nThe plot is in {}.", args.plot.display());
    Ok(())
}

/// A socket with `playbackChanged` that has had its first frame.
async fn subscribe(router: &str, token: &str) -> anyhow::Result<Socket> {
    let mut request = format!("{}/graphql", router.replacen("http", "ws", 1)).into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse()?);
    let (mut socket, _) = connect_async(request).await.context("open a socket")?;
    socket.send(Message::text(r#"{"type":"connection_init"}"#)).await?;
    let query = "subscription { playbackChanged { version anchorPositionMs anchorServerTime state } }";
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": query } });
    socket.send(Message::text(subscribe.to_string())).await?;
    while version(&mut socket).await?.is_none() {}
    Ok(socket)
}

/// The version of the next frame; none for another message of the protocol.
async fn version(socket: &mut Socket) -> anyhow::Result<Option<i64>> {
    let message = socket.next().await.context("the socket was closed")??;
    let Message::Text(text) = message else { return Ok(None) };
    let value: Value = serde_json::from_str(&text)?;
    ensure!(value["type"] != "error" && value["payload"]["errors"].is_null(), "refused: {text}");
    Ok(value["payload"]["data"]["playbackChanged"]["version"].as_i64())
}

async fn frames(args: &Args, platform: &Platform, client: &Client) -> anyhow::Result<(f64, f64)> {
    let (router, token) = (platform.url("router"), client.token.clone().context("signed in")?);
    let (arrivals, mut arrived) = mpsc::channel(args.subscribers * 4);
    let mut tasks = JoinSet::new();
    for _ in 0..args.subscribers {
        let mut socket = subscribe(&router, &token).await?;
        let arrivals = arrivals.clone();
        tasks.spawn(async move {
            while let Ok(seen) = version(&mut socket).await {
                if let Some(version) = seen
                    && arrivals.send((version, Instant::now())).await.is_err()
                {
                    return;
                }
            }
        });
    }
    let mut times = Vec::new();
    for position in 1..=args.frames {
        let query = format!(
            "mutation {{ seek(positionMs: {position}) {{ playback {{ version }} userErrors {{ code message }} }} }}"
        );
        let accepted = client.mutate(&query, json!({})).await["playback"]["version"].as_i64().context("a version")?;
        let answered = Instant::now();
        let mut last = answered;
        for _ in 0..args.subscribers {
            let frame = tokio::time::timeout(Duration::from_secs(30), arrived.recv()).await;
            let (version, at) = frame.context("a frame is missing")?.context("a subscriber is gone")?;
            ensure!(version == accepted, "a frame of another version came: {version} for {accepted}");
            last = last.max(at);
        }
        times.push((last - answered).as_secs_f64() * 1000.0);
    }
    Ok((percentile(&mut times, 50), percentile(&mut times, 99)))
}

/// The same frames from one process to as many sockets, with nothing between.
async fn bare_broadcast(args: &Args) -> anyhow::Result<(f64, f64)> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = listener.local_addr()?;
    let (sender, _) = broadcast::channel::<Message>(64);
    let (arrivals, mut arrived) = mpsc::channel(args.subscribers * 4);
    let mut tasks = JoinSet::new();
    let server = sender.clone();
    tasks.spawn(async move {
        let mut sockets = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let mut frames = server.subscribe();
            sockets.spawn(async move {
                let Ok(mut socket) = accept_async(stream).await else { return };
                while let Ok(frame) = frames.recv().await {
                    if socket.send(frame).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    for _ in 0..args.subscribers {
        let (mut socket, _) = connect_async(format!("ws://{address}")).await?;
        let arrivals = arrivals.clone();
        tasks.spawn(async move {
            while let Some(Ok(_)) = socket.next().await {
                if arrivals.send(Instant::now()).await.is_err() {
                    return;
                }
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let frame = json!({ "type": "next", "id": "1", "payload": { "data": { "playbackChanged": { "version": 1, "anchorPositionMs": 1, "anchorServerTime": 1.0, "state": "PLAYING" } } } });
    let mut times = Vec::new();
    for _ in 0..args.frames {
        let sent = Instant::now();
        sender.send(Message::text(frame.to_string())).context("somebody listens")?;
        let mut last = sent;
        for _ in 0..args.subscribers {
            let arrival = tokio::time::timeout(Duration::from_secs(30), arrived.recv()).await;
            last = last.max(arrival.context("a frame is missing")?.context("a socket is gone")?);
        }
        times.push((last - sent).as_secs_f64() * 1000.0);
    }
    Ok((percentile(&mut times, 50), percentile(&mut times, 99)))
}

/// Commands a second that are accepted, sixteen at once on one player or one at once on each of many.
async fn commands(args: &Args, players: &[Client]) -> f64 {
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let senders = players.iter().cycle().take(players.len().max(16)).enumerate().map(|(number, player)| async move {
        let mut count = 0_u32;
        while Instant::now() < until {
            let position = (number * 10_000 + count as usize) % 20_000;
            let query = format!(
                "mutation {{ seek(positionMs: {position}) {{ playback {{ version }} userErrors {{ code message }} }} }}"
            );
            player.mutate(&query, json!({})).await;
            count += 1;
        }
        f64::from(count)
    });
    join_all(senders).await.into_iter().sum::<f64>() / args.seconds as f64
}

/// What idle subscriptions cost in router and media: KiB each, and CPU.
async fn idle(args: &Args, platform: &Platform, client: &Client) -> anyhow::Result<Vec<(&'static str, f64, f64)>> {
    const PARTS: [&str; 2] = ["router", "media"];
    let (router, token) = (platform.url("router"), client.token.clone().context("signed in")?);
    let memory = || PARTS.map(|part| processes::memory_mib(platform.pid(part)).map(|(resident, _)| resident));
    let before = memory();
    let sockets = Arc::new(Mutex::new(Vec::with_capacity(args.idle)));
    let openers = (0..32).map(|opener| {
        let (sockets, router, token) = (Arc::clone(&sockets), router.clone(), token.clone());
        async move {
            for _ in (opener..args.idle).step_by(32) {
                let socket = subscribe(&router, &token).await?;
                sockets.lock().expect("nobody panics with the lock").push(socket);
            }
            anyhow::Ok(())
        }
    });
    join_all(openers).await.into_iter().collect::<anyhow::Result<Vec<()>>>()?;
    let cpu = || PARTS.map(|part| processes::cpu_seconds(platform.pid(part)));
    let (started, cpu_before) = (Instant::now(), cpu());
    tokio::time::sleep(Duration::from_secs(args.seconds)).await;
    let (waited, cpu_after, after) = (started.elapsed().as_secs_f64(), cpu(), memory());
    let mut rows = Vec::new();
    for (((name, before), after), (cpu_before, cpu_after)) in
        PARTS.into_iter().zip(before).zip(after).zip(cpu_before.into_iter().zip(cpu_after))
    {
        let each = (after? - before?) * 1024.0 / args.idle as f64;
        rows.push((name, each, (cpu_after? - cpu_before?) / waited * 100.0));
    }
    Ok(rows)
}

fn percentile(times: &mut [f64], percent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times[(times.len() * percent / 100).min(times.len() - 1)]
}
