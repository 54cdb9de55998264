//! The one check of access tokens, against keys that are really fetched.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod keys;
mod verifier;
