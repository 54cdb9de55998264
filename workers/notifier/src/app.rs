//! The process: what it is made of, how it starts and how it ends.

use std::sync::Arc;

use polyphony_events::{accounts, catalog, media, playlists};
use polyphony_kit::{Clock, Tasks, consumer::Consumer, db, seal::Sealer, server, telemetry::Telemetry};
use tokio::sync::Notify;

use crate::{
    MIGRATOR,
    config::{MigrateArgs, WorkArgs},
    consumers::Events,
    mailer::Mailer,
    outage::Outage,
    sender::Sender,
    store::Store,
};

/// The consumer group, and the name in the inbox.
pub const GROUP: &str = "notifier";
/// What the notifier hears.
const TOPICS: &[&str] = &[accounts::TOPIC, catalog::TOPIC, media::TOPIC, playlists::TOPIC];

/// Hears events and sends mail until the process is told to end.
pub async fn work(args: WorkArgs) -> anyhow::Result<()> {
    let telemetry = Telemetry::start("notifier", &args.service)?;
    let pool = db::connect(&args.database.database_url_notifier, args.pool.database_max_connections)?;
    let (clock, tasks, written) = (Clock::system(), Tasks::new(), Arc::new(Notify::new()));
    let sealer = Sealer::new(&args.sealing.mail_sealing_keys)?;
    let mailer = Mailer::new(&args.mail, sealer.clone()).await?;
    let sender = Sender {
        store: Store::new(pool.clone()),
        clock: clock.clone(),
        mailer,
        outage: Outage::default(),
        written: written.clone(),
    };
    tasks.spawn("sender", sender.run(tasks.token()));
    let consumer = Consumer {
        group: GROUP,
        topics: TOPICS,
        pool: pool.clone(),
        brokers: args.kafka.kafka_brokers,
        clock: clock.clone(),
        handler: Arc::new(Events { clock, sealer, written }),
    };
    tasks.spawn("consumer", consumer.run(tasks.token()));
    let database = server::check(move || {
        let pool = pool.clone();
        async move { db::ping(&pool).await }
    });
    let operations = server::operations(Some(telemetry.metrics.clone()), vec![("database", database)]);
    server::serve(vec![(args.service.operations_bind, operations)], &tasks).await?;
    telemetry.stop();
    Ok(())
}

/// Makes or completes the tables.
pub async fn migrate(args: MigrateArgs) -> anyhow::Result<()> {
    db::migrate(&db::connect(&args.database.database_url_notifier, 1)?, &MIGRATOR).await
}
