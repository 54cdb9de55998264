//! The router: the only public GraphQL door of Polyphony. It is our build of the `hive-router` crate, configured from
//! the environment alone, with one plugin (`edge`) and a WebSocket server of ours. It knows no business rules.

// ntex composes services from nested types that are deeper than the default limit.
#![recursion_limit = "256"]

mod api_keys;
mod client;
mod concurrency;
mod config;
mod connections;
mod delays;
mod documents;
mod edge;
mod errors;
mod graphql;
mod health;
mod identity;
mod jwks;
mod lease;
mod limits;
mod network;
mod opaque;
mod operations;
mod private;
mod render;
mod response;
mod routes;
mod security_headers;
mod security_txt;
mod server;
mod site;
mod state;
mod streaming;
mod subscriptions;
mod tarpit;
mod ws;

use clap::Parser;
use hive_router::{RouterGlobalAllocator, configure_global_allocator, init_rustls_crypto_provider, ntex};

use crate::config::Config;

configure_global_allocator!();

#[hive_router::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::parse();
    init_rustls_crypto_provider();
    // Chosen by hand, so that it is never ambiguous when another crate of a build switches on a second provider.
    // An error means that one is installed already, which is as good.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    server::run(config).await
}
