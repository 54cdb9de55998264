//! The options of the `accounts` binary; each is also an environment variable.

use clap::{Args, Parser, Subcommand};
use polyphony_kit::config::{AuthArgs, KafkaArgs, ListenArgs, PoolArgs, SealingArgs, ServiceArgs};

use crate::domain::RegistrationMode;

/// People, credentials, sessions and tokens.
#[derive(Debug, Parser)]
#[command(name = "accounts", version)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answers GraphQL and publishes events.
    #[command(mut_arg("bind", |arg| arg.default_value("127.0.0.1:4101").required(false)))]
    #[command(mut_arg("operations_bind", |arg| arg.default_value("127.0.0.1:5101").required(false)))]
    Serve(Box<Serve>),
    /// Makes or completes the tables of the database.
    Migrate(Database),
    /// Prints the federation schema.
    Schema,
    /// Works on admins.
    #[command(subcommand)]
    Admin(Admin),
    /// Works on the keys that tokens are signed with.
    #[command(subcommand)]
    Keys(Keys),
}

/// The options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// What every process takes.
    #[command(flatten)]
    pub service: ServiceArgs,
    /// Where it listens.
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Identity.
    #[command(flatten)]
    pub auth: AuthArgs,
    /// The database.
    #[command(flatten)]
    pub database: Database,
    /// The pool.
    #[command(flatten)]
    pub pool: PoolArgs,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// What the tokens of mails are sealed with.
    #[command(flatten)]
    pub sealing: SealingArgs,
    /// Other providers that people sign in at (OpenID Connect), a JSON list: `[{"id": "google", "name": "Google",
    /// "issuer": "https://accounts.google.com", "client_id": "…", "client_secret": "…", "redirect_uris": ["https://…"]}]`. More of an
    /// entry: `link_by_email` (a verified address opens the account that has it, never an admin's), `assume_email_verified`,
    /// `allowed_domains`, `allowed_groups`, `roles` (`{"group": "CREATOR"}`), `groups_claim`, `scopes`, `client_auth`
    /// (`client_secret_basic` or `client_secret_post`), `allow_hs256`.
    #[arg(long, env = "OIDC_PROVIDERS", default_value = "[]", hide_env_values = true)]
    pub oidc_providers: String,
    /// Hosts that people's pictures may come from, separated by commas: those of your own media, so that no profile sends its
    /// readers to a stranger's server. Any https host of the internet when empty.
    #[arg(long, env = "AVATAR_HOSTS", value_delimiter = ',', default_value = "")]
    pub avatar_hosts: Vec<String>,
    /// Days after which a session ends however much it is used, 1 to 3650: whoever uses it signs in again.
    #[arg(long, env = "SESSION_MAX_DAYS", default_value = "180", value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub session_max_days: u16,
    /// Days after which a new key signs tokens, 1 to 3650; the old one is published until its last tokens have ended.
    #[arg(long, env = "SIGNING_KEY_MAX_DAYS", default_value = "90", value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub signing_key_max_days: u16,
    /// Who may make an account: everybody, whoever has an invitation of an admin, or nobody. Holds for the first sign-in at
    /// another provider too.
    #[arg(long, env = "REGISTRATION", value_enum, default_value = "open")]
    pub registration: RegistrationMode,
    /// What the server is called where people sign in.
    #[arg(long, env = "SERVER_NAME", default_value = "Polyphony")]
    pub server_name: String,
    /// Tells clients that nothing is readable without signing in. The router, which has the same option, sees to it.
    #[arg(long, env = "PRIVATE_SERVER", value_parser = clap::builder::FalseyValueParser::new())]
    pub private_server: bool,
    /// Second factors.
    #[command(flatten)]
    pub second_factor: SecondFactor,
}

/// Second factors.
#[derive(Debug, Args)]
pub struct SecondFactor {
    /// Roles whose people must have a second factor, a comma-separated list of LISTENER, CREATOR and ADMIN. Until they have enrolled one,
    /// their tokens are good for that alone.
    #[arg(long, env = "SECOND_FACTOR_REQUIRED", default_value = "")]
    pub second_factor_required: String,
    /// The domain that passkeys are made for: that of the web client, or one above it. Passkeys are lost when it changes.
    #[arg(long, env = "WEBAUTHN_RP_ID", default_value = "localhost")]
    pub webauthn_rp_id: String,
    /// Where passkeys may be used from, a comma-separated list; the first one is on the domain. Browsers allow passkeys over https and
    /// on localhost alone.
    #[arg(long, env = "WEBAUTHN_ORIGINS", default_value = "http://localhost:4000")]
    pub webauthn_origins: String,
}

/// Where the database is.
#[derive(Debug, Args)]
pub struct Database {
    /// URL of the PostgreSQL database of accounts.
    #[arg(long, env = "DATABASE_URL_ACCOUNTS", hide_env_values = true)]
    pub database_url: String,
}

/// Work on admins.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Makes an admin.
    Create(CreateAdmin),
    /// Makes an admin of somebody who has an account, by their verified address.
    Promote(PromoteAdmin),
    /// Gives somebody a new password: all their sessions end, and all their API keys. For a lost password where no mail is sent,
    /// and for an address that somebody else has registered.
    SetPassword(SetPassword),
    /// Takes all second factors off somebody who has lost them; their password signs them in again.
    ResetSecondFactor(ResetSecondFactor),
}

/// The options of `admin create`.
#[derive(Debug, Args)]
pub struct CreateAdmin {
    /// The database.
    #[command(flatten)]
    pub database: Database,
    /// The admin's e-mail address; it counts as verified.
    #[arg(long, env = "POLYPHONY_ADMIN_EMAIL")]
    pub email: String,
    /// The admin's password; read from the standard input when absent. As a flag it stands in the list of processes and in the
    /// shell's history: use the variable or the standard input.
    #[arg(long, env = "POLYPHONY_ADMIN_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// The admin's handle; made from the address when absent.
    #[arg(long)]
    pub handle: Option<String>,
    /// Does nothing when the address has an account already, instead of failing.
    #[arg(long)]
    pub if_missing: bool,
}

/// The options of `admin reset-second-factor`.
#[derive(Debug, Args)]
pub struct ResetSecondFactor {
    /// The database.
    #[command(flatten)]
    pub database: Database,
    /// The person's e-mail address.
    #[arg(long)]
    pub email: String,
}

/// The options of `admin promote`.
#[derive(Debug, Args)]
pub struct PromoteAdmin {
    /// The database.
    #[command(flatten)]
    pub database: Database,
    /// The verified e-mail address of the account.
    #[arg(long)]
    pub email: String,
}

/// The options of `admin set-password`.
#[derive(Debug, Args)]
pub struct SetPassword {
    /// The database.
    #[command(flatten)]
    pub database: Database,
    /// The e-mail address of the account; it counts as verified from then on.
    #[arg(long)]
    pub email: String,
}

/// Work on the signing keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Adds a key, which signs from two minutes on; tokens of the old ones are accepted to their end.
    Rotate(Database),
    /// Lists the published keys, the one that signs last.
    List(Database),
    /// Ends a key now: tokens that it signed are refused everywhere within seconds, and people's clients get new ones. For a key
    /// that somebody may have copied.
    Retire(RetireKey),
}

/// The options of `keys retire`.
#[derive(Debug, Args)]
pub struct RetireKey {
    /// The database.
    #[command(flatten)]
    pub database: Database,
    /// The key's id, as `keys list` shows it.
    #[arg(long)]
    pub id: String,
}
