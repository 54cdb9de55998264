//! How far a job is: written to the database at most twice a second, with the segments that have arrived since.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use super::run::Stopped;
use crate::{
    app::App,
    live::uploads_signal,
    pipeline::Rung,
    store::{
        encoding,
        lease::{self, Claimed},
    },
};

/// Written no more often than this.
const EVERY: Duration = Duration::from_millis(500);
/// What is done when measuring begins, and when it ends, in percent.
pub(super) const MEASURING: (f64, f64) = (2.0, 20.0);
/// The same of encoding.
pub(super) const ENCODING: (f64, f64) = (20.0, 97.0);

/// A piece of a rendition.
pub(super) struct Piece {
    pub(super) rung: String,
    /// Index and seconds of a segment; none for the initialization segment.
    pub(super) segment: Option<(u32, f64)>,
}

/// The segments of a rendition that are stored.
#[derive(Default)]
struct Stored {
    has_init: bool,
    /// Seconds of each segment, without a hole.
    durations: Vec<f64>,
    /// Arrived, but one before is missing.
    ahead: BTreeMap<u32, f64>,
    /// How many of them the database knows of.
    written: usize,
}

/// The progress of one job.
pub(super) struct Progress<'a> {
    app: &'a App,
    claimed: &'a Claimed,
    duration_ms: Option<u64>,
    /// Which share of the job this is, in percent.
    share: (f64, f64),
    renditions: HashMap<String, Stored>,
    percent: f64,
    eta_ms: Option<i64>,
    written: Option<Instant>,
    was_playable: bool,
}

impl<'a> Progress<'a> {
    /// The progress of a share of a job in which these renditions are made.
    pub(super) fn new(
        app: &'a App,
        claimed: &'a Claimed,
        duration_ms: Option<u64>,
        rungs: &[Rung],
        share: (f64, f64),
    ) -> Self {
        let renditions = rungs.iter().map(|rung| (rung.name.clone(), Stored::default())).collect();
        Self {
            app,
            claimed,
            duration_ms,
            share,
            renditions,
            percent: share.0,
            eta_ms: None,
            written: None,
            was_playable: false,
        }
    }

    /// Notes how much is decoded. Where no header says how long the track is, the percentage creeps towards the end.
    pub(super) fn encoded(&mut self, encoded_ms: u64, speed: f64) {
        let done = match self.duration_ms.filter(|ms| *ms > 0) {
            Some(ms) => (encoded_ms as f64 / ms as f64).min(1.0),
            None => encoded_ms as f64 / (encoded_ms as f64 + 300_000.0),
        };
        self.percent = self.share.0 + (self.share.1 - self.share.0) * done;
        let left = self.duration_ms.map(|ms| ms.saturating_sub(encoded_ms) as f64);
        self.eta_ms = left.filter(|_| speed > 0.0).map(|left| (left / speed) as i64);
    }

    /// Notes a piece that has arrived.
    pub(super) fn stored(&mut self, piece: &Piece) {
        let stored = self.renditions.entry(piece.rung.clone()).or_default();
        match piece.segment {
            None => stored.has_init = true,
            Some((index, seconds)) => {
                stored.ahead.insert(index, seconds);
            }
        }
        while stored.has_init
            && let Some(seconds) = stored.ahead.remove(&(stored.durations.len() as u32))
        {
            stored.durations.push(seconds);
        }
    }

    /// Up to where every rendition can be played.
    fn playable_until_ms(&self) -> i64 {
        let seconds =
            self.renditions.values().map(|stored| stored.durations.iter().sum()).fold(f64::INFINITY, f64::min);
        if seconds.is_finite() { (seconds * 1000.0) as i64 } else { 0 }
    }

    /// Writes, if the last time was long enough ago, or if the track has just become playable.
    pub(super) async fn write_if_due(&mut self) -> Result<(), Stopped> {
        let became_playable = !self.was_playable && self.playable_until_ms() > 0;
        if became_playable || self.written.is_none_or(|at| at.elapsed() >= EVERY) {
            self.write().await?;
        }
        Ok(())
    }

    /// Writes what is new.
    pub(super) async fn write(&mut self) -> Result<(), Stopped> {
        let (job, made) = (self.claimed.lease.job, (self.claimed.upload, self.claimed.attempt));
        let until_ms = self.playable_until_ms();
        let mut tx = self.app.store.begin().await?;
        if !lease::hold(&mut tx, self.claimed.lease).await? {
            return Err(Stopped::Lost);
        }
        for (name, stored) in &mut self.renditions {
            if stored.durations.len() > stored.written {
                encoding::store_segments(&mut tx, made, name, &stored.durations).await?;
            }
        }
        encoding::set_playable(&mut tx, made.0, until_ms).await?;
        lease::progress(&mut tx, job, self.percent, until_ms, self.eta_ms).await?;
        tx.commit().await?;
        self.renditions.values_mut().for_each(|stored| stored.written = stored.durations.len());
        self.written = Some(Instant::now());
        self.was_playable = until_ms > 0;
        self.app.signals.send(&job.to_string());
        self.app.signals.send(&uploads_signal(self.claimed.owner));
        Ok(())
    }
}
