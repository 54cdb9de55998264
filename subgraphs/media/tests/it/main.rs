//! The tests of the media subgraph, in one binary.

mod pipeline;
