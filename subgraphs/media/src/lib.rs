//! The media subgraph: uploads, transcoding, renditions, playback.

pub mod pipeline;
