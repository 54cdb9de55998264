//! What the router promises, tested on its own binary with real subgraphs behind it.

mod admission;
mod audit;
mod errors;
mod forwarding;
mod headers;
mod health;
mod identity;
mod limits;
mod private;
mod production;
mod rates;
mod revocations;
mod sockets;
