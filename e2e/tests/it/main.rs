//! Black-box tests of the composed graph. `cargo xtask test` starts the platform that they share.

mod cli;
mod crash;
mod identity;
mod main_job;
mod refusals;
