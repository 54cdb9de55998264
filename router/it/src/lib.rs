//! What the router's tests stand on: the router's own binary as a process, two small real subgraphs, a maker of access
//! tokens, and clients over HTTP and WebSocket. It knows nothing of what is tested.

pub mod client;
pub mod router;
pub mod subgraphs;
pub mod tokens;
