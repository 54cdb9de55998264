//! The audio pipeline: what a file is, what its tags say, what it sounds like, and everything that is made of it in one FFmpeg
//! process.
//! It knows files, FFmpeg and numbers; it must not know databases, GraphQL, Kafka, S3 or users.
//!
//! The order of use: [`probe()`] decides whether the file is audio at all, [`read_tags`] and [`cover`] take what it
//! says about itself, [`measure`] decodes it once and finds its length, loudness, waveform and hash, [`Ladder::plan`]
//! decides what to make of it, [`transcode`] makes it and reports each segment as soon as it is finished, [`playlist`]
//! renders HLS from the figures.

mod arguments;
pub mod cover;
mod division;
mod error;
mod fmp4;
mod graph;
mod ladder;
mod limits;
mod log;
mod look;
mod loudness;
mod pcm;
pub mod playlist;
mod probe;
mod process;
mod rendition;
mod run;
mod segments;
mod tags;
mod transcode;
mod waveform;

pub use division::{Divided, Division, Part, divide};
pub use error::{PipelineError, Rejection, RejectionCode};
pub use ladder::{Codec, Ladder, Mp3Plan, Rung, SEGMENT_SECONDS};
pub use limits::Limits;
pub use look::Look;
pub use loudness::{Histogram, Loudness, TARGET_LUFS};
pub use pcm::AudioHash;
pub use probe::{Chapter, SourceInfo, probe};
pub use rendition::{Bandwidth, Gapless, InitFile, Measured, Mp3File, Output, Rendition, Segment, bandwidth};
pub use tags::{Details, EmbeddedImage, MusicBrainz, ReplayGain, Tags, read_tags};
pub use transcode::{Cut, Event, Job, measure, transcode};
