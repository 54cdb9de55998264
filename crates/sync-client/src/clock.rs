//! What the server's clock shows, from probes over a network of which nothing is known but that it takes time.

use std::collections::VecDeque;

/// Probes that are kept.
const KEPT: usize = 128;
/// Probes older than this are forgotten.
const WINDOW_MS: f64 = 300_000.0;
/// No clock drifts more than this against another, parts of one.
const MAX_DRIFT: f64 = 0.000_2;
/// Drift shows in probes over at least this time; before, it is too small to matter.
const DRIFT_AFTER_MS: f64 = 60_000.0;
/// Probes that come quickly, so that a client that joins is in sync at once.
const BURST: usize = 12;

/// One question for `serverTime`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// When it was sent, local.
    pub sent: f64,
    /// What the server answered.
    pub server: f64,
    /// When the answer came, local.
    pub received: f64,
}

/// How the server's clock stands to the local one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// What to add to the local time to have the server's.
    pub offset: f64,
    /// How far the offset may be wrong, either way.
    pub uncertainty: f64,
    /// How much faster the server's clock runs, in parts of one.
    pub drift: f64,
}

/// Estimates the server's clock.
#[derive(Clone, Debug, Default)]
pub struct ServerClock {
    probes: VecDeque<Probe>,
    drift: f64,
}

impl ServerClock {
    /// A clock of which nothing is known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the answer to a probe. One that ended before it began is no answer.
    pub fn add(&mut self, probe: Probe) {
        if probe.received < probe.sent {
            return;
        }
        self.probes.push_back(probe);
        let oldest = probe.received - WINDOW_MS;
        while self.probes.len() > KEPT || self.probes.front().is_some_and(|first| first.sent < oldest) {
            self.probes.pop_front();
        }
        self.drift = self.estimate_drift();
        // Bounds that exclude each other: a clock was set. What was seen before is worth nothing now.
        while self.probes.len() > 1 && self.band(probe.received, self.drift).1 < self.band(probe.received, self.drift).0
        {
            self.probes.pop_front();
            self.drift = 0.0;
        }
    }

    /// How the clocks stand to each other at a local time; none before the first answer.
    pub fn estimate(&self, local: f64) -> Option<Estimate> {
        if self.probes.is_empty() {
            return None;
        }
        let (lower, upper) = self.band(local, self.drift);
        Some(Estimate {
            offset: f64::midpoint(lower, upper),
            uncertainty: (upper - lower).max(0.0) / 2.0,
            drift: self.drift,
        })
    }

    /// What the server's clock shows at a local time.
    pub fn server_time(&self, local: f64) -> Option<f64> {
        Some(local + self.estimate(local)?.offset)
    }

    /// How long to wait after one probe before the next.
    pub fn next_probe_in_ms(&self) -> f64 {
        match self.probes.len() {
            0..BURST => 50.0,
            BURST..40 => 1000.0,
            _ => 5000.0,
        }
    }

    /// The offset at a local time lies between these, if the clocks drift apart like this.
    fn band(&self, local: f64, drift: f64) -> (f64, f64) {
        let mut band = (f64::NEG_INFINITY, f64::INFINITY);
        for probe in &self.probes {
            // What a clock that runs unevenly may add since then.
            let slack =
                (local - probe.received).max(0.0) * if drift == 0.0 { MAX_DRIFT / 4.0 } else { MAX_DRIFT / 20.0 };
            let lower = probe.server - probe.received + drift * (local - probe.received);
            let upper = probe.server - probe.sent + drift * (local - probe.sent);
            band = (band.0.max(lower - slack), band.1.min(upper + slack));
        }
        band
    }

    /// The drift that leaves the band widest; the width is a concave function of it, so it is found by narrowing down.
    fn estimate_drift(&self) -> f64 {
        let (Some(first), Some(last)) = (self.probes.front(), self.probes.back()) else { return 0.0 };
        let span = last.received - first.sent;
        if span < DRIFT_AFTER_MS {
            return 0.0;
        }
        let width = |drift: f64| {
            let bounds = self.probes.iter().fold((f64::NEG_INFINITY, f64::INFINITY), |(lower, upper), probe| {
                let after = |time: f64| drift * (time - first.sent);
                let at_most = probe.server - probe.sent - after(probe.sent);
                let at_least = probe.server - probe.received - after(probe.received);
                (lower.max(at_least), upper.min(at_most))
            });
            bounds.1 - bounds.0
        };
        let (mut low, mut high) = (-MAX_DRIFT, MAX_DRIFT);
        for _ in 0..40 {
            let third = (high - low) / 3.0;
            if width(low + third) < width(high - third) { low += third } else { high -= third }
        }
        f64::midpoint(low, high)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn probe(at: f64, there: f64, back: f64, offset: f64) -> Probe {
        Probe { sent: at, server: at + there + offset, received: at + there + back }
    }

    #[test]
    fn the_quickest_way_there_and_the_quickest_way_back_need_not_be_of_the_same_probe() {
        let mut clock = ServerClock::new();
        clock.add(probe(0.0, 2.0, 150.0, 1000.0));
        clock.add(probe(200.0, 150.0, 2.0, 1000.0));
        let estimate = clock.estimate(352.0).unwrap();
        assert!((estimate.offset - 1000.0).abs() < 0.1 && estimate.uncertainty < 2.2, "{estimate:?}");
    }

    #[test]
    fn a_clock_that_was_set_is_found_out_at_once() {
        let mut clock = ServerClock::new();
        for n in 0..20 {
            clock.add(probe(f64::from(n) * 100.0, 10.0, 10.0, 0.0));
        }
        clock.add(probe(2100.0, 10.0, 10.0, 5000.0));
        assert!((clock.estimate(2120.0).unwrap().offset - 5000.0).abs() < 11.0);
    }

    #[test]
    fn nothing_is_known_before_the_first_answer_and_an_impossible_one_is_none() {
        let mut clock = ServerClock::new();
        clock.add(Probe { sent: 10.0, server: 0.0, received: 9.0 });
        assert_eq!(clock.estimate(20.0), None);
    }

    proptest! {
        #[test]
        fn the_truth_lies_in_the_band(
            delays in prop::collection::vec((0.0..150.0_f64, 0.0..150.0_f64, 100.0..5000.0_f64), 1..200),
            offset in -2000.0..2000.0_f64,
            drift in -0.000_05..0.000_05_f64,
        ) {
            let (mut clock, mut now) = (ServerClock::new(), 0.0);
            let server = |local: f64| local + offset + drift * local;
            for (there, back, pause) in delays {
                clock.add(Probe { sent: now, server: server(now + there), received: now + there + back });
                now += there + back;
                let estimate = clock.estimate(now).unwrap();
                let wrong = (estimate.offset - (server(now) - now)).abs();
                // While the drift is being found it may move the band by its own error.
                let slack = if estimate.drift == 0.0 { 0.1 } else { (estimate.drift - drift).abs() * WINDOW_MS };
                prop_assert!(wrong <= estimate.uncertainty + slack + 0.1, "{wrong} {estimate:?}");
                now += pause;
            }
        }
    }
}
