//! The `playlists` binary.

use std::{process::ExitCode, sync::Arc};

use polyphony_kit::{
    Clock, Tasks,
    auth::Verifier,
    consumer::Consumer,
    db,
    outbox::Relay,
    server::{self, check},
    signals::Signals,
    telemetry::Telemetry,
};
use polyphony_playlists::{
    MIGRATOR,
    app::{self, App},
    config::{Command, Config, ServeArgs},
    consumers::{GROUP, Heard, TOPICS},
    graphql,
    store::Store,
};

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Config::read().command {
        Command::Serve(args) => serve(*args).await,
        Command::Migrate(args) => migrate(&args.database_url).await,
        Command::Schema => {
            print!("{}", graphql::sdl());
            Ok(())
        }
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("playlists: {error:#}");
    ExitCode::FAILURE
}

async fn migrate(url: &str) -> anyhow::Result<()> {
    db::migrate(&db::connect(url, 2)?, &MIGRATOR).await
}

async fn serve(args: ServeArgs) -> anyhow::Result<()> {
    let telemetry = Telemetry::start("playlists", &args.service)?;
    let tasks = Tasks::new();
    let pool = db::connect(&args.database.database_url, args.pool.database_max_connections)?;
    let signals = Signals::new(&args.redis.redis_url, "playlists").await?;
    let app = App {
        store: Store::new(pool.clone()),
        clock: Clock::system(),
        signals: signals.clone(),
        limits: args.limits.into(),
    };

    let brokers = args.kafka.kafka_brokers;
    let relay = Relay::new(pool.clone(), &brokers)?;
    let consumer = Consumer {
        group: GROUP,
        topics: TOPICS,
        pool: pool.clone(),
        brokers,
        clock: app.clock.clone(),
        handler: Arc::new(Heard(app.clone())),
    };
    tasks.spawn("outbox", relay.run(tasks.token()));
    tasks.spawn("consumer", consumer.run(tasks.token()));
    tasks.spawn("changes", app.clone().forget_changes(tasks.token()));
    tasks.spawn("what is gone", app.clone().sweep_gone(tasks.token()));
    tasks.spawn("signals", signals.run(tasks.token()));

    let database = check(move || {
        let pool = pool.clone();
        async move { db::ping(&pool).await }
    });
    let operations = server::operations(Some(telemetry.metrics.clone()), vec![("database", database)]);
    let routes = app::routes(&app, Verifier::remote(&args.auth)?);
    server::serve(vec![(args.listen.bind, routes), (args.service.operations_bind, operations)], &tasks).await?;
    telemetry.stop();
    Ok(())
}
