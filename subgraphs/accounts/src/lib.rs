//! Accounts: people, credentials, sessions, tokens and their keys, roles and preferences. It sends no mail; it emits events.

pub mod app;
pub mod commands;
pub mod config;
pub mod domain;
pub mod graphql;
pub mod keyring;
pub mod oidc;
pub mod operator;
pub mod passwords;
pub mod store;
pub mod webauthn;

/// The tables of accounts; those of the plumbing are made by `kit::db::migrate`.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
