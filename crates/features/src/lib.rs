//! No code: it switches on, for every build, the features that some crate of the workspace needs of a shared dependency.
//!
//! Cargo compiles a dependency once per set of features, and the set depends on which crates are built together. Without this
//! `cargo test -p polyphony-accounts` and `cargo build` would each compile tokio, and all that stands on it, anew. `kit` depends on it,
//! so every crate does.
