//! What the router promises, tested on its own binary with real subgraphs behind it.

mod audit;
mod errors;
mod forwarding;
mod health;
mod identity;
mod limits;
mod production;
mod rates;
mod revocations;
mod sockets;
