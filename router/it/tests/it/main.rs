//! What the router promises, tested on its own binary with real subgraphs behind it.

mod admission;
mod api_keys;
mod audit;
mod connections;
mod errors;
mod forwarding;
mod guesses;
mod headers;
mod health;
mod identity;
mod leases;
mod limits;
mod private;
mod production;
mod rates;
mod revocations;
mod site;
mod sockets;
