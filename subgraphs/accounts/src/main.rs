//! The `accounts` binary.

use anyhow::Context;
use chrono::TimeDelta;
use clap::Parser;
use polyphony_accounts::{
    MIGRATOR,
    app::{self, App},
    commands::normalize_emails,
    config::{Command, Config, Database, Serve},
    domain::{AvatarHosts, SecondFactorPolicy, Server},
    graphql,
    keyring::Keyring,
    oidc::Providers,
    operator,
    passwords::Passwords,
    store::Store,
    webauthn::RelyingParty,
};
use polyphony_kit::{Clock, Tasks, db, outbox::Relay, seal::Sealer, server, telemetry::Telemetry};
use polyphony_revocations::Publisher;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Config::parse().command {
        Command::Serve(options) => serve(*options).await,
        Command::Migrate(database) => migrate(database).await,
        Command::Schema => {
            print!("{}", graphql::sdl());
            Ok(())
        }
        Command::Admin(work) => operator::work_on_admins(work).await,
        Command::Keys(work) => operator::work_on_keys(work).await,
    }
}

async fn serve(options: Serve) -> anyhow::Result<()> {
    let telemetry = Telemetry::start("accounts", &options.service)?;
    let tasks = Tasks::new();
    let clock = Clock::system();
    let pool = db::connect(&options.database.database_url, options.pool.database_max_connections)?;
    let app = App {
        store: Store::new(pool.clone()),
        keyring: Keyring::new(&options.auth, clock.clone()),
        passwords: Passwords::new()?,
        providers: Providers::from_json(&options.oidc_providers)?,
        avatar_hosts: AvatarHosts::new(&options.avatar_hosts),
        session_life: TimeDelta::days(options.session_max_days.into()),
        sealer: Sealer::new(&options.sealing.mail_sealing_keys)?,
        registration: options.registration,
        server: Server { name: options.server_name.clone(), is_private: options.private_server },
        second_factor: SecondFactorPolicy::parse(&options.second_factor.second_factor_required)
            .context("SECOND_FACTOR_REQUIRED is a list of LISTENER, CREATOR and ADMIN")?,
        webauthn: RelyingParty::new(&options.second_factor.webauthn_rp_id, &options.second_factor.webauthn_origins)?,
        clock,
    };
    let key_age = TimeDelta::days(options.signing_key_max_days.into());
    tasks.spawn("signing keys", app.keyring.clone().run(app.store.clone(), key_age, tasks.token()));
    tasks.spawn("outbox relay", Relay::new(pool.clone(), &options.kafka.kafka_brokers)?.run(tasks.token()));
    let publisher = Publisher::new(&options.auth.revocations_url)?;
    tasks.spawn("revocations", app::publish_revocations(app.clone(), publisher, tasks.token()));
    tasks.spawn("prune", app::prune(app.clone(), tasks.token()));

    let keyring = app.keyring.clone();
    let checks = vec![
        (
            "database",
            server::check(move || {
                let pool = pool.clone();
                async move { db::ping(&pool).await }
            }),
        ),
        (
            "signing keys",
            server::check(move || {
                let keyring = keyring.clone();
                async move { keyring.ready().await }
            }),
        ),
    ];
    let operations = server::operations(Some(telemetry.metrics.clone()), checks);
    let listeners = vec![(options.listen.bind, app::routes(&app)), (options.service.operations_bind, operations)];
    server::serve(listeners, &tasks).await?;
    telemetry.stop();
    Ok(())
}

async fn migrate(database: Database) -> anyhow::Result<()> {
    let pool = db::connect(&database.database_url, 2)?;
    db::migrate(&pool, &MIGRATOR).await?;
    normalize_emails(&Store::new(pool)).await
}
