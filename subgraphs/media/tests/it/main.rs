//! The tests of the media subgraph, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod app;
mod consumers;
mod corpus;
mod cuts;
mod data_exports;
mod delivery;
mod entities;
mod faults;
mod images;
mod job_retries;
mod jobs;
mod library_folders;
mod live;
mod measuring;
mod pipeline;
mod playback;
mod playback_urls;
mod retention;
mod schema;
mod sweep;
mod transcoding;
mod upload_changes;
mod uploads;
mod watching;
