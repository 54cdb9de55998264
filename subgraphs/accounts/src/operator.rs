//! What whoever runs the platform does from the command line, on the database, without the service.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail, ensure};
use chrono::TimeDelta;
use polyphony_kit::{Clock, config::AuthArgs, db, seal::Sealer};

use crate::{
    app::App,
    commands::{NewAdmin, create_admin, promote_admin, reset_second_factor_of, set_password},
    config::{Admin, CreateAdmin, Database, Keys},
    domain::{AvatarHosts, RegistrationMode, SecondFactorPolicy, Server},
    keyring::{self, Keyring, Retired},
    oidc::Providers,
    passwords::Passwords,
    store::Store,
    webauthn::RelyingParty,
};

/// The variable that a password is read from.
const PASSWORD_VARIABLE: &str = "POLYPHONY_ADMIN_PASSWORD";

/// Works on admins.
pub async fn work_on_admins(work: Admin) -> anyhow::Result<()> {
    match work {
        Admin::Create(options) => make_admin(options).await,
        Admin::Promote(options) => {
            if promote_admin(&app(&options.database)?, &options.email).await? {
                println!("{} is an admin from the next token on, within ten minutes", options.email);
            } else {
                println!("{} is an admin already", options.email);
            }
            Ok(())
        }
        Admin::ResetSecondFactor(options) => {
            if !reset_second_factor_of(&app(&options.database)?, &options.email).await? {
                bail!("{} has no account", options.email);
            }
            println!("{} has no second factor any more; their sessions have ended", options.email);
            Ok(())
        }
        Admin::SetPassword(options) => {
            set_password(&app(&options.database)?, &options.email, &password(None)?).await?;
            println!("{} has a new password; all sessions and API keys of the account have ended", options.email);
            Ok(())
        }
    }
}

/// Works on the keys that tokens are signed with.
pub async fn work_on_keys(work: Keys) -> anyhow::Result<()> {
    let clock = Clock::system();
    match work {
        Keys::Rotate(database) => {
            let id = keyring::rotate(&store(&database)?, &clock).await?;
            println!("the key {id} signs from two minutes on");
        }
        Keys::List(database) => {
            for key in store(&database)?.signing_keys(clock.now()).await? {
                let end = key.retires_at.map(|at| format!(", retires {at}")).unwrap_or_default();
                println!("{}  made {}, signs from {}{end}", key.id, key.created_at, key.activates_at);
            }
        }
        Keys::Retire(options) => match keyring::retire(&store(&options.database)?, &clock, &options.id).await? {
            Some(Retired::AnotherSigns) => println!("the key {} has ended", options.id),
            Some(Retired::Replaced(id)) => {
                println!("the key {} has ended; the key {id} signs in its place", options.id);
            }
            None => bail!("there is no key {} that is published", options.id),
        },
    }
    Ok(())
}

async fn make_admin(options: CreateAdmin) -> anyhow::Result<()> {
    let is_flag = |argument: String| argument == "--password" || argument.starts_with("--password=");
    if std::env::args().any(is_flag) {
        eprintln!(
            "--password stands in the list of processes; give it in {PASSWORD_VARIABLE} or on the standard input"
        );
    }
    let password = password(options.password)?;
    let new = NewAdmin { email: &options.email, password: &password, handle: options.handle.as_deref() };
    if create_admin(&app(&options.database)?, &new).await? {
        println!("made the admin {}", options.email);
    } else if options.if_missing {
        println!("{} has an account already", options.email);
    } else {
        bail!("{} has an account already; see `admin promote`", options.email);
    }
    Ok(())
}

/// The password that was given, or the one in the variable, or a line of the standard input.
fn password(given: Option<String>) -> anyhow::Result<String> {
    if let Some(password) = given.or_else(|| std::env::var(PASSWORD_VARIABLE).ok()) {
        return Ok(password);
    }
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprintln!("Password (it is shown while you type):");
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line).context("read the password")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    ensure!(!password.is_empty(), "no password was given, neither in {PASSWORD_VARIABLE} nor on the standard input");
    Ok(password)
}

fn store(database: &Database) -> anyhow::Result<Store> {
    Ok(Store::new(db::connect(&database.database_url, 2)?))
}

/// What commands work with. Nothing is signed and no token mailed here: the ring and the sealer stay empty, their options do not matter.
fn app(database: &Database) -> anyhow::Result<App> {
    let clock = Clock::system();
    let unused = AuthArgs {
        router_secret: String::new(),
        jwks_url: String::new(),
        jwt_issuer: String::new(),
        jwt_audience: String::new(),
        revocations_url: String::new(),
    };
    Ok(App {
        store: store(database)?,
        keyring: Keyring::new(&unused, clock.clone()),
        passwords: Passwords::new()?,
        providers: Providers::default(),
        sealer: Sealer::new(&[])?,
        avatar_hosts: AvatarHosts::default(),
        session_life: TimeDelta::days(1),
        registration: RegistrationMode::default(),
        server: Server::default(),
        second_factor: SecondFactorPolicy::default(),
        webauthn: RelyingParty::new("localhost", "http://localhost")?,
        clock,
    })
}
