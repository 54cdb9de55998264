//! Black-box tests of the composed graph. `cargo xtask test` starts the platform that they share.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attacks;
mod cases;
mod catalog;
mod cli;
mod crash;
mod data_exports;
mod doors;
mod identity;
mod ids;
mod imports;
mod library;
mod live;
mod main_job;
mod media;
mod page;
mod player;
mod playlists;
mod refusals;
mod releases;
mod search;
mod statements;
