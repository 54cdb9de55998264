//! Tests of accounts through its routes, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod addresses;
mod admin;
mod api_keys;
mod app;
mod authenticator;
mod data_exports;
mod email_changes;
mod enrolment;
mod entities;
mod invitations;
mod keys;
mod login;
mod mails;
mod notices;
mod oidc;
mod passkeys;
mod passwords;
mod people;
mod prune;
mod refresh;
mod register;
mod revocations;
mod schema;
mod second_factor;
mod security_log;
mod sessions;
mod takeover;
mod users;
mod viewer;
