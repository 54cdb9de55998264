//! The `accounts` binary.

use anyhow::bail;
use clap::Parser;
use polyphony_accounts::{
    MIGRATOR,
    app::{self, App},
    commands::{NewAdmin, create_admin},
    config::{Admin, Command, Config, CreateAdmin, Database, Keys, Serve},
    graphql,
    keyring::{self, Keyring},
    oidc::Providers,
    passwords::Passwords,
    store::Store,
};
use polyphony_kit::{Clock, Tasks, config::AuthArgs, db, outbox::Relay, server, telemetry::Telemetry};
use polyphony_revocations::Publisher;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Config::parse().command {
        Command::Serve(options) => serve(*options).await,
        Command::Migrate(database) => db::migrate(&db::connect(&database.database_url, 2)?, &MIGRATOR).await,
        Command::Schema => {
            print!("{}", graphql::sdl());
            Ok(())
        }
        Command::Admin(Admin::Create(options)) => make_admin(options).await,
        Command::Keys(Keys::Rotate(database)) => rotate_keys(database).await,
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
        clock,
    };
    tasks.spawn("signing keys", app.keyring.clone().run(app.store.clone(), tasks.token()));
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
    let routes = app::routes(&app).merge(server::operations(Some(telemetry.metrics.clone()), checks));
    server::serve(options.service.bind, routes, &tasks).await?;
    telemetry.stop();
    Ok(())
}

async fn make_admin(options: CreateAdmin) -> anyhow::Result<()> {
    let clock = Clock::system();
    // An admin is made without signing anything, so the ring stays empty and its options do not matter.
    let unused = AuthArgs {
        router_secret: String::new(),
        jwks_url: String::new(),
        jwt_issuer: String::new(),
        jwt_audience: String::new(),
        revocations_url: String::new(),
    };
    let app = App {
        store: Store::new(db::connect(&options.database.database_url, 2)?),
        keyring: Keyring::new(&unused, clock.clone()),
        passwords: Passwords::new()?,
        providers: Providers::default(),
        clock,
    };
    let new = NewAdmin { email: &options.email, password: &options.password, handle: options.handle.as_deref() };
    match create_admin(&app, &new).await? {
        true => println!("made the admin {}", options.email),
        false if options.if_missing => println!("{} has an account already", options.email),
        false => bail!("{} has an account already; make it an admin with setUserRole", options.email),
    }
    Ok(())
}

async fn rotate_keys(database: Database) -> anyhow::Result<()> {
    let store = Store::new(db::connect(&database.database_url, 2)?);
    let id = keyring::rotate(&store, &Clock::system()).await?;
    println!("the key {id} signs from two minutes on");
    Ok(())
}
