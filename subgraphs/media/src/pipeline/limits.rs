//! The limits under which foreign files are handled. The defaults fit an ordinary server; a test makes them small.

use std::time::Duration;

use super::{Rejection, SourceInfo};

/// What any source may take, for what does not depend on its length.
const SPAN: Duration = Duration::from_mins(5);

/// What one file may cost. Each limit turns into a refusal or a stop, never into harm to the machine.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest source file.
    pub source_bytes: u64,
    /// The longest audio, by its header at probing and by its decoded samples while transcoding.
    pub duration: Duration,
    /// The most samples, those of all channels counted: rate and channels make audio costly as well as its length.
    pub samples: u64,
    /// How long probing, tag reading and cover resizing may each take by the clock.
    pub probe_wall: Duration,
    /// How long a transcode may take by the clock at most; see [`Limits::wall_for`].
    pub transcode_wall: Duration,
    /// How long a transcode may make no headway at all.
    pub stall: Duration,
    /// CPU time of one transcode at most; see [`Limits::cpu_for`].
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
            samples: 6 * 3600 * 192_000 * 2,
            probe_wall: Duration::from_secs(30),
            transcode_wall: Duration::from_hours(8),
            stall: Duration::from_mins(2),
            transcode_cpu: Duration::from_hours(4),
            memory_bytes: 2 * 1024 * 1024 * 1024,
            output_bytes: 24 * 1024 * 1024 * 1024,
            cover_bytes: 16 * 1024 * 1024,
            pixels: 50_000_000,
            threads: 2,
            nice: 15,
        }
    }
}

impl Limits {
    /// Refuses audio of these seconds that is too long, or too much at its rate and with its channels.
    pub(super) fn check(&self, seconds: f64, (sample_rate, channels): (u32, u16)) -> Result<(), Rejection> {
        let per_second = u64::from(sample_rate) * u64::from(channels);
        let most = self.duration.as_secs_f64().min(self.samples as f64 / per_second as f64);
        if seconds <= most {
            return Ok(());
        }
        let hours = most / 3600.0;
        let because = format!("The audio is longer than {hours:.1} hours");
        if most < self.duration.as_secs_f64() {
            let at = format!("the most at {sample_rate} Hz with {channels} channels");
            return Err(Rejection::too_large(format!("{because}, {at}.")));
        }
        Err(Rejection::too_large(format!("{because}.")))
    }

    /// The CPU time for a source: about four times what an ordinary core needs. Without a length in its header it is the
    /// most.
    pub(super) fn cpu_for(&self, info: &SourceInfo) -> Duration {
        let needed = info.duration_ms.map(|ms| allowance(info, ms as f64 / 1000.0));
        needed.unwrap_or(self.transcode_cpu).min(self.transcode_cpu)
    }

    /// How long the source may have taken by the clock when so many seconds of it are decoded: machines are shared.
    pub(super) fn wall_for(&self, info: &SourceInfo, decoded: f64) -> Duration {
        let header = info.duration_ms.map_or(0.0, |ms| ms as f64 / 1000.0);
        (allowance(info, header.max(decoded)) * 4).min(self.transcode_wall)
    }
}

/// Most of the work, the lossy rungs, is the same for any source of a length; what goes by its rate and channels is the rest.
fn allowance(info: &SourceInfo, seconds: f64) -> Duration {
    let per_second = f64::from(info.sample_rate) * f64::from(info.channels);
    SPAN + Duration::from_secs_f64(seconds * (0.5 + per_second / 4_000_000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_recordings_pass_and_what_is_small_but_costly_does_not() {
        let refusal = |hours: f64, shape| Limits::default().check(hours * 3600.0, shape).err();
        for (hours, shape) in [(12.0, (48_000, 2)), (6.0, (44_100, 1)), (6.0, (192_000, 2)), (1.4, (192_000, 8))] {
            assert_eq!(refusal(hours, shape), None, "{hours} h at {shape:?}");
        }
        let because = |hours, shape| refusal(hours, shape).unwrap().because;
        assert_eq!(because(12.1, (48_000, 2)), "The audio is longer than 12.0 hours.");
        let costly = because(12.0, (192_000, 8));
        assert_eq!(costly, "The audio is longer than 1.5 hours, the most at 192000 Hz with 8 channels.");
    }
}
