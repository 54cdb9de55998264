//! Tests of accounts through its routes, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin;
mod app;
mod entities;
mod keys;
mod login;
mod passwords;
mod refresh;
mod register;
mod schema;
mod sessions;
mod users;
mod viewer;
