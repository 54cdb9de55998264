//! The `catalog` program.

use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use polyphony_catalog::{
    App, MIGRATOR,
    commands::derive_names,
    config::{CacheSwitch, Command, Config, DatabaseArgs, RebuildArgs, SearchArgs, SearchCommand, ServeArgs},
    consumers::{self, Consumers},
    domain::MediaBase,
    graphql,
    revisions::Revisions,
    routes,
    search::{Meilisearch, SearchIndex, mirror::Mirror, rebuild::rebuild},
    store::Store,
    upkeep,
};
use polyphony_kit::{
    Clock, Tasks, auth::Verifier, cache::Cache, consumer::Consumer, db, outbox::Relay, server, telemetry::Telemetry,
};
use tokio::sync::Notify;

/// The index of Meilisearch that is ours.
const INDEX: &str = "polyphony";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Config::parse().command {
        Command::Serve(args) => serve(*args).await,
        Command::Migrate(args) => migrate(&connect(&args, Cache::off())?).await,
        Command::Schema => {
            print!("{}", graphql::sdl());
            Ok(())
        }
        Command::Search(SearchCommand::Rebuild(args)) => rebuild_search(&args).await,
    }
}

async fn migrate(store: &Store) -> anyhow::Result<()> {
    db::migrate(&store.pool, &MIGRATOR).await?;
    derive_names(store, &Clock::system()).await
}

fn connect(args: &DatabaseArgs, cache: Cache) -> anyhow::Result<Store> {
    Ok(Store { pool: db::connect(&args.database_url, args.pool.database_max_connections)?, cache })
}

fn search_index(args: &SearchArgs, store: &Store) -> anyhow::Result<SearchIndex> {
    match &args.meili_url {
        Some(url) => Ok(SearchIndex::Meilisearch {
            mirror: Meilisearch::new(url, args.meili_key.as_deref(), INDEX)?,
            documents: store.clone(),
        }),
        None => Ok(SearchIndex::Postgres(store.clone())),
    }
}

async fn serve(args: ServeArgs) -> anyhow::Result<()> {
    let telemetry = Telemetry::start("catalog", &args.service)?;
    let tasks = Tasks::new();
    let cache = match args.cache {
        CacheSwitch::On => Cache::new(&args.redis.redis_url)?,
        CacheSwitch::Off => Cache::off(),
    };
    let (store, clock) = (connect(&args.database, cache)?, Clock::system());
    let search = search_index(&args.search, &store)?;
    let app = App {
        store: store.clone(),
        clock: clock.clone(),
        search: search.clone(),
        revisions: Revisions::default(),
        media: MediaBase::new(&args.media_public_url),
    };
    let brokers = args.kafka.kafka_brokers;

    let relay = Relay::new(store.pool.clone(), &brokers)?;
    tasks.spawn("outbox relay", relay.run(tasks.token()));
    let documents_changed = Arc::new(Notify::new());
    let consumer = Consumer {
        group: consumers::GROUP,
        topics: consumers::TOPICS,
        pool: store.pool.clone(),
        brokers,
        clock: clock.clone(),
        handler: Arc::new(Consumers::new(clock, store.cache.clone(), documents_changed.clone())),
    };
    tasks.spawn("consumer", consumer.run(tasks.token()));
    if let SearchIndex::Meilisearch { mirror, .. } = search {
        let mirror = Mirror::new(store.clone(), mirror, documents_changed);
        tasks.spawn("search mirror", mirror.run(tasks.token()));
    }

    tasks.spawn("revisions", app.revisions.clone().run(store.clone(), tasks.token()));
    tasks.spawn("upkeep", upkeep::run(app.clone(), tasks.token()));

    let pool = store.pool.clone();
    let database = server::check(move || {
        let pool = pool.clone();
        async move { db::ping(&pool).await }
    });
    let operations = server::operations(Some(telemetry.metrics.clone()), vec![("database", database)]);
    let routes = routes(&app, Verifier::remote(&args.auth)?);
    server::serve(vec![(args.listen.bind, routes), (args.service.operations_bind, operations)], &tasks).await?;
    telemetry.stop();
    Ok(())
}

async fn rebuild_search(args: &RebuildArgs) -> anyhow::Result<()> {
    let store = connect(&args.database, Cache::off())?;
    let index = search_index(&args.search, &store)?;
    let count = rebuild(&store, &index).await.context("rebuild the search index")?;
    println!("{count} documents were rebuilt");
    Ok(())
}
