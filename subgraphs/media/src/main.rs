//! `media`: the subgraph (`serve`), its worker (`work`), `migrate` and `schema`.

use std::{process::ExitCode, sync::Arc, time::Duration};

use chrono::TimeDelta;
use clap::Parser;
use polyphony_events::{accounts, catalog, playlists};
use polyphony_kit::{
    Clock, Tasks,
    auth::Verifier,
    blobs::Blobs,
    cdn::Cdn,
    consumer::Consumer,
    db,
    outbox::Relay,
    server::{self, check},
    signals::Signals,
    telemetry::Telemetry,
};
use polyphony_media::{
    MIGRATOR,
    app::{self, App, Settings},
    commands::want_renditions::Waiters,
    config::{Command, Config, Serve, Shared, SweepArgs, Work},
    consumers::{Events, Owners},
    domain::{signature::Signer, upload::Quota},
    graphql, housekeeping, http,
    library::Librarian,
    live::{self, Live},
    pipeline::Limits,
    store::Store,
    sweep::{Finding, Sweep},
    worker::{Exporter, Worker},
};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    match Config::parse().command {
        Command::Serve(args) => serve(*args).await?,
        Command::Work(args) => work(*args).await?,
        Command::Migrate(args) => db::migrate(&db::connect(&args.database_url, 2)?, &MIGRATOR).await?,
        Command::Sweep(args) => return sweep(&args).await,
        Command::Schema => print!("{}", graphql::sdl()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn sweep(args: &SweepArgs) -> anyhow::Result<ExitCode> {
    let store = Store::new(db::connect(&args.database.database_url, 2)?);
    let (blobs, clock, repairs) = (Blobs::new(&args.s3), Clock::system(), args.repair);
    let (mut found, mut left) = (0, 0);
    let tell = |finding: Finding| {
        println!("{finding}");
        found += 1;
        left += i32::from(!finding.is_settled(repairs));
    };
    Sweep { store, blobs, clock, repairs }.run(tell).await?;
    println!("{found} found, {left} left to be done");
    Ok(if left == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn serve(args: Serve) -> anyhow::Result<()> {
    let telemetry = Telemetry::start("media", &args.shared.service)?;
    let tasks = Tasks::new();
    let app = build(&args.shared).await?;
    let relay = Relay::new(app.store.pool().clone(), &args.shared.kafka.kafka_brokers)?;
    tasks.spawn("relay", relay.run(tasks.token()));
    let consumer = Consumer {
        group: "media",
        topics: &[catalog::TOPIC, accounts::TOPIC, playlists::TOPIC],
        pool: app.store.pool().clone(),
        brokers: args.shared.kafka.kafka_brokers.clone(),
        clock: app.clock.clone(),
        handler: Arc::new(Events { app: app.clone() }),
    };
    tasks.spawn("consumer", consumer.run(tasks.token()));
    tasks.spawn("owners", owners(&app, &args.shared).run(tasks.token()));
    tasks.spawn("signals", app.signals.clone().run(tasks.token()));
    tasks.spawn("live", app.live.clone().run(tasks.token()));
    tasks.spawn("live sweep", live::sweep(app.clone(), tasks.token()));
    tasks.spawn("housekeeping", housekeeping::run(app.clone(), tasks.token()));
    let listeners = vec![
        (args.listen.bind, app::routes(&app, Verifier::remote(&args.auth)?)),
        (args.public_bind, http::routes(&app)),
        (args.shared.service.operations_bind, operations(&app, &telemetry)),
    ];
    server::serve(listeners, &tasks).await?;
    telemetry.stop();
    Ok(())
}

async fn work(args: Work) -> anyhow::Result<()> {
    let telemetry = Telemetry::start("media-worker", &args.shared.service)?;
    let tasks = Tasks::new();
    let app = build(&args.shared).await?;
    tasks.spawn("housekeeping", housekeeping::run(app.clone(), tasks.token()));
    let exporter = Exporter::new(app.clone(), args.work_dir.clone());
    tasks.spawn("exporter", exporter.run(tasks.token()));
    let rescan = Duration::from_secs(args.library_rescan_minutes * 60);
    for folder in app.settings.library_folders.0.clone() {
        tasks.spawn("library folder", Librarian::new(app.clone(), folder).run(rescan, tasks.token()));
    }
    let worker = Worker::new(app.clone(), args.concurrency(), args.worker_per_user, args.work_dir.clone())
        .with_limits(Limits { nice: args.worker_nice, ..Limits::default() });
    tasks.spawn("worker", worker.run(tasks.clone()));
    server::serve(vec![(args.shared.service.operations_bind, operations(&app, &telemetry))], &tasks).await?;
    telemetry.stop();
    Ok(())
}

/// Hears who is called how.
fn owners(app: &App, args: &Shared) -> Consumer {
    Consumer {
        group: "media-owners",
        topics: &[accounts::TOPIC],
        pool: app.store.pool().clone(),
        brokers: args.kafka.kafka_brokers.clone(),
        clock: app.clock.clone(),
        handler: Arc::new(Owners),
    }
}

async fn build(args: &Shared) -> anyhow::Result<App> {
    let pool = db::connect(&args.database.database_url, args.pool.database_max_connections)?;
    let quota = Quota { bytes: args.upload_quota_bytes, open_uploads: args.upload_quota_open };
    let trash_retention = TimeDelta::days(args.trash_retention_days.into());
    let public_url = args.public_url.trim_end_matches('/').to_owned();
    let library_folders = args.library_dirs.clone();
    let web_url = args.web_url.trim_end_matches('/').to_owned();
    let (store, clock) = (Store::new(pool), Clock::system());
    let live = Live::new(store.clone(), clock.clone(), &args.redis.redis_url, "media").await?;
    Ok(App {
        store,
        clock,
        live,
        blobs: Blobs::new(&args.s3).behind(Cdn::new(&args.cdn)?),
        signals: Signals::new(&args.redis.redis_url, "media").await?,
        signer: Signer::new(args.url_signing_key.as_bytes()),
        waiters: Waiters::default(),
        settings: Arc::new(Settings { public_url, web_url, quota, trash_retention, library_folders }),
    })
}

fn operations(app: &App, telemetry: &Telemetry) -> axum::Router {
    let (pool, blobs) = (app.store.pool().clone(), app.blobs.clone());
    let database = check(move || {
        let pool = pool.clone();
        async move { db::ping(&pool).await }
    });
    let object_store = check(move || {
        let blobs = blobs.clone();
        async move { blobs.ping().await }
    });
    server::operations(Some(telemetry.metrics.clone()), vec![("database", database), ("object_store", object_store)])
}
