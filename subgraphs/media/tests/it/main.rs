//! The tests of the media subgraph, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod pipeline;
