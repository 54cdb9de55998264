//! Watches the segments of all renditions appear on disk, and makes their numbers equal at the end.
//!
//! FFmpeg writes each segment under another name and renames it when it is complete, so a segment that can be seen is
//! finished. Yet encoders end a few milliseconds apart (AAC has a delay, FLAC larger frames), so when a track ends near a
//! multiple of six seconds some renditions have a last segment of one or two frames and others have none. Such a crumb is
//! appended to the segment before; so nobody is told of a segment until enough audio behind it is decoded to rule that out.

use std::io;
use std::path::{Path, PathBuf};

use tokio::io::AsyncReadExt;

use super::arguments::INIT_FILE;
use super::fmp4::{Fragment, appendable, fragment};
use super::{Codec, Event, Gapless, InitFile, PipelineError, Rendition, Rung, SEGMENT_SECONDS, Segment, bandwidth};

/// A last segment shorter than this is a crumb. More than any difference between encoders, and little enough that a
/// segment with its crumb still rounds to the target duration.
const CRUMB_SECONDS: f64 = 0.25;
/// With this much audio behind a segment no crumb can be appended to it any more.
const CERTAIN_SECONDS: f64 = 1.0;
/// Samples that FFmpeg's AAC encoder puts before the audio. Its HLS muxer moves them to time 0 and writes no edit list, so
/// every player decodes them; [`Gapless`] tells to drop them.
const AAC_DELAY: u32 = 1024;
/// Samples that a decoder makes of each AAC frame.
const AAC_FRAME: u64 = 1024;
/// The figures of a segment stand within this many bytes from its beginning.
const HEAD_BYTES: u64 = 256 * 1024;

/// How many segments a track of this length has, in every rendition.
pub(super) fn expected_segments(seconds: f64) -> usize {
    ((seconds - CRUMB_SECONDS) / f64::from(SEGMENT_SECONDS)).ceil().max(1.0) as usize
}

/// How many segments are certainly final when so much is decoded, and more may follow.
fn final_segments(decoded_seconds: f64) -> usize {
    ((decoded_seconds - CERTAIN_SECONDS) / f64::from(SEGMENT_SECONDS)).floor().max(0.0) as usize
}

/// One rendition as far as it is on disk.
pub(super) struct Watched {
    rung: Rung,
    folder: PathBuf,
    init: Option<InitFile>,
    found: Vec<(Segment, Fragment)>,
    reported: usize,
}

impl Watched {
    /// Begins with an empty folder, whatever an earlier attempt left there.
    pub(super) async fn begin(rung: &Rung, out_dir: &Path) -> io::Result<Self> {
        let folder = out_dir.join(&rung.name);
        if tokio::fs::try_exists(&folder).await? {
            tokio::fs::remove_dir_all(&folder).await?;
        }
        tokio::fs::create_dir_all(&folder).await?;
        Ok(Self { rung: rung.clone(), folder, init: None, found: Vec::new(), reported: 0 })
    }

    /// Bytes on disk so far.
    pub(super) fn bytes(&self) -> u64 {
        self.found.iter().map(|(segment, _)| segment.bytes).sum()
    }

    /// Looks for new segments and gives the events of those that will not change any more, now that so much is decoded.
    pub(super) async fn scan(&mut self, decoded_seconds: f64) -> io::Result<Vec<Event>> {
        self.find().await?;
        self.report(self.found.len().min(final_segments(decoded_seconds))).await
    }

    async fn find(&mut self) -> io::Result<()> {
        while let Some(found) = self.read(self.found.len()).await? {
            self.found.push(found);
        }
        Ok(())
    }

    /// After FFmpeg has ended well: joins crumbs, so that there are `expected` segments, and reports the rest.
    pub(super) async fn settle(&mut self, expected: usize) -> Result<Vec<Event>, PipelineError> {
        self.find().await.map_err(PipelineError::io("reading segments"))?;
        while self.found.len() > expected {
            self.join_last().await.map_err(PipelineError::io("joining the last segments"))?;
        }
        if self.found.len() < expected {
            let message = format!("{} has {} of {expected} segments", self.rung.name, self.found.len());
            return Err(PipelineError::Tool { program: "ffmpeg", message });
        }
        self.report(expected).await.map_err(PipelineError::io("reading segments"))
    }

    fn path(&self, index: usize) -> PathBuf {
        self.folder.join(format!("{index:05}.m4s"))
    }

    async fn read(&self, index: usize) -> io::Result<Option<(Segment, Fragment)>> {
        let path = self.path(index);
        let file = match tokio::fs::File::open(&path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let bytes = file.metadata().await?.len();
        let mut head = Vec::new();
        file.take(HEAD_BYTES).read_to_end(&mut head).await?;
        let fragment = fragment(&head);
        let duration_s = fragment.duration as f64 / f64::from(self.rung.sample_rate);
        Ok(Some((Segment { path, index: index as u32, duration_s, bytes }, fragment)))
    }

    async fn report(&mut self, until: usize) -> io::Result<Vec<Event>> {
        let mut events = Vec::new();
        if self.init.is_none() && until > 0 {
            let path = self.folder.join(INIT_FILE);
            let bytes = tokio::fs::metadata(&path).await?.len();
            let init = InitFile { path, bytes };
            events.push(Event::InitReady { rung: self.rung.name.clone(), init: init.clone() });
            self.init = Some(init);
        }
        for (segment, _) in &self.found[self.reported.min(until)..until] {
            events.push(Event::SegmentReady { rung: self.rung.name.clone(), segment: segment.clone() });
        }
        self.reported = self.reported.max(until);
        Ok(events)
    }

    async fn join_last(&mut self) -> io::Result<()> {
        let (Some((crumb, tail)), Some((segment, frames))) = (self.found.pop(), self.found.last_mut()) else {
            return Ok(());
        };
        let joined = [tokio::fs::read(&segment.path).await?, appendable(&tokio::fs::read(&crumb.path).await?).to_vec()];
        tokio::fs::write(&segment.path, joined.concat()).await?;
        tokio::fs::remove_file(&crumb.path).await?;
        segment.bytes = joined.iter().map(|part| part.len() as u64).sum();
        segment.duration_s += crumb.duration_s;
        frames.frames += tail.frames;
        frames.duration += tail.duration;
        Ok(())
    }

    /// The finished rendition. FFmpeg gives each frame the duration of the audio in it, so their sum is delay and
    /// audio; what the last AAC frame holds beyond that is padding.
    pub(super) fn finish(self) -> Option<Rendition> {
        let init = self.init.clone()?;
        let frames: u64 = self.found.iter().map(|(_, fragment)| fragment.frames).sum();
        let lasting: u64 = self.found.iter().map(|(_, fragment)| fragment.duration).sum();
        let (delay, padding) = match self.rung.codec {
            Codec::Aac { .. } => (AAC_DELAY, (frames * AAC_FRAME).saturating_sub(lasting)),
            Codec::Flac { .. } => (0, 0),
        };
        let gapless = Gapless {
            encoder_delay: delay,
            padding: padding as u32,
            sample_rate: self.rung.sample_rate,
            total_samples: lasting.saturating_sub(delay.into()),
        };
        let bytes = init.bytes + self.bytes();
        let segments: Vec<Segment> = self.found.into_iter().map(|(segment, _)| segment).collect();
        let sizes: Vec<_> = segments.iter().map(|segment| (segment.bytes, segment.duration_s)).collect();
        let bandwidth = bandwidth(&sizes)?;
        let bitrate_kbps = match self.rung.codec {
            Codec::Aac { kbps } => kbps,
            Codec::Flac { .. } => (bandwidth.average / 1000) as u32,
        };
        Some(Rendition { rung: self.rung, bitrate_kbps, init, segments, bytes, bandwidth, gapless })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crumb_at_the_end_is_no_segment_of_its_own() {
        let counts = [0.0, 0.2, 6.0, 6.2, 6.3, 12.0, 12.5, 240.0].map(expected_segments);
        assert_eq!(counts, [1, 1, 1, 1, 2, 2, 3, 40]);
    }

    #[test]
    fn no_segment_that_was_told_of_gets_a_crumb_however_the_track_ends() {
        for decoded in (0..4_000).map(|n| f64::from(n) * 0.01) {
            for more in [0.0, 0.01, 0.3, 2.0] {
                let last = expected_segments(decoded + more) - 1;
                assert!(final_segments(decoded) <= last, "{decoded} + {more}");
            }
        }
    }
}
