//! Access tokens (JWT, RFC 9068 profile: Ed25519, typ `at+jwt`): what they say, the published keys that they are checked
//! with, and the one check that the router and every subgraph make of them.
//!
//! It is a crate of its own because the router, which shares nothing else with `kit`, checks tokens too. It chooses no
//! cryptographic backend for `jsonwebtoken`: the program does.

mod claims;
mod keys;
mod ticket;
mod verified;
mod verifier;

pub use claims::{Claims, TOKEN_TYPE};
pub use keys::{KeySet, KeysUnavailable};
pub use ticket::{is_upgrade_ticket, upgrade_ticket};
pub use verifier::{TokenError, Verifier};
