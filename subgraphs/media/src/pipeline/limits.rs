//! The limits under which foreign files are handled. The defaults fit an ordinary server; a test makes them small.

use std::time::Duration;

/// What one file may cost. Each limit turns into a refusal or a stop, never into harm to the machine.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest source file.
    pub source_bytes: u64,
    /// The longest audio, by its header at probing and by its decoded samples while transcoding.
    pub duration: Duration,
    /// How long probing, tag reading and cover resizing may each take by the clock.
    pub probe_wall: Duration,
    /// How long a transcode may take by the clock.
    pub transcode_wall: Duration,
    /// How long a transcode may make no headway at all.
    pub stall: Duration,
    /// CPU time of one transcode.
    pub transcode_cpu: Duration,
    /// Address space of a child process; FFmpeg with its libraries maps some 300 MB before it does anything.
    pub memory_bytes: u64,
    /// All output files of one transcode together.
    pub output_bytes: u64,
    /// The largest embedded cover that is looked at.
    pub cover_bytes: usize,
    /// The most pixels of a cover or a video frame that a decoder may unpack.
    pub pixels: u64,
    /// Threads for decoding.
    pub threads: u32,
    /// How nice the child processes are (0 to 19), so that queries come first.
    pub nice: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            source_bytes: 5 * 1024 * 1024 * 1024,
            duration: Duration::from_hours(12),
            probe_wall: Duration::from_secs(30),
            transcode_wall: Duration::from_hours(4),
            stall: Duration::from_mins(2),
            transcode_cpu: Duration::from_hours(3),
            memory_bytes: 2 * 1024 * 1024 * 1024,
            output_bytes: 24 * 1024 * 1024 * 1024,
            cover_bytes: 16 * 1024 * 1024,
            pixels: 50_000_000,
            threads: 2,
            nice: 10,
        }
    }
}
