//! Tests of accounts through its routes, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod addresses;
mod admin;
mod api_keys;
mod app;
mod email_changes;
mod entities;
mod invitations;
mod keys;
mod login;
mod mails;
mod notices;
mod oidc;
mod passwords;
mod prune;
mod refresh;
mod register;
mod revocations;
mod schema;
mod security_log;
mod sessions;
mod takeover;
mod users;
mod viewer;
