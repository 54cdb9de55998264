//! Tests of the notifier on a real database, with a mail server and a mail folder of their own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod codes;
mod delivery;
mod digests;
mod news;
mod rig;
mod sending;
mod smtp;
mod writing;
