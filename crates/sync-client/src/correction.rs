//! Where the music is, and what to do when we are elsewhere.

/// Off by less than this nobody hears it.
const DEAD_BAND_MS: f64 = 4.0;
/// Off by more than this, playing faster or slower would take too long.
const SEEK_BEYOND_MS: f64 = 200.0;
/// The most that playing faster or slower may change the speed.
const MAX_RATE_CHANGE: f64 = 0.02;
/// An error is to be gone after about this long.
const SETTLE_MS: f64 = 1500.0;

/// Where the music was at a moment of the server's clock; what a frame of `playbackChanged` says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// `anchorPositionMs`.
    pub position: f64,
    /// `anchorServerTime`.
    pub server_time: f64,
    /// `rate`.
    pub rate: f64,
    /// Whether `state` is PLAYING.
    pub is_playing: bool,
    /// `durationMs`.
    pub duration: Option<f64>,
}

impl Anchor {
    /// Where the music is at a time of the server's clock. It never passes the end of the track.
    pub fn position_at(&self, server_time: f64) -> f64 {
        if !self.is_playing {
            return self.position;
        }
        let position = self.position + (server_time - self.server_time).max(0.0) * self.rate;
        position.min(self.duration.unwrap_or(f64::INFINITY))
    }
}

/// What a player should do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Correction {
    /// Play at this speed from where it is.
    Play {
        /// 1 is as recorded; at most 2 % off.
        rate: f64,
    },
    /// Go to this position and play.
    Seek {
        /// Where to.
        position: f64,
    },
    /// Be silent, at this position.
    Rest {
        /// Where.
        position: f64,
    },
}

/// What to do when the music should be where `anchor` says and the player is at `actual`, at a time of the server's clock.
pub fn correct(anchor: &Anchor, server_time: f64, actual: f64) -> Correction {
    let target = anchor.position_at(server_time);
    if !anchor.is_playing {
        return Correction::Rest { position: target };
    }
    let error = actual - target;
    if error.abs() > SEEK_BEYOND_MS {
        return Correction::Seek { position: target };
    }
    if error.abs() < DEAD_BAND_MS {
        return Correction::Play { rate: anchor.rate };
    }
    let change = (error / SETTLE_MS).clamp(-MAX_RATE_CHANGE, MAX_RATE_CHANGE);
    Correction::Play { rate: anchor.rate * (1.0 - change) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANCHOR: Anchor =
        Anchor { position: 10_000.0, server_time: 0.0, rate: 1.0, is_playing: true, duration: Some(20_000.0) };

    #[test]
    fn the_position_moves_with_the_servers_clock_and_stays_in_the_track() {
        let is = |anchor: Anchor, time, expected: f64| (anchor.position_at(time) - expected).abs() < 1e-9;
        for (time, expected) in [(-50.0, 10_000.0), (0.0, 10_000.0), (500.0, 10_500.0), (60_000.0, 20_000.0)] {
            assert!(is(ANCHOR, time, expected), "{time}");
        }
        assert!(is(Anchor { is_playing: false, ..ANCHOR }, 500.0, 10_000.0));
    }

    #[test]
    fn a_little_is_made_up_by_speed_and_much_by_seeking() {
        assert_eq!(correct(&ANCHOR, 0.0, 10_003.0), Correction::Play { rate: 1.0 });
        assert_eq!(correct(&ANCHOR, 0.0, 10_100.0), Correction::Play { rate: 0.98 });
        assert_eq!(correct(&ANCHOR, 0.0, 9_900.0), Correction::Play { rate: 1.02 });
        assert_eq!(correct(&ANCHOR, 0.0, 9_000.0), Correction::Seek { position: 10_000.0 });
        let resting = Anchor { is_playing: false, ..ANCHOR };
        assert_eq!(correct(&resting, 500.0, 0.0), Correction::Rest { position: 10_000.0 });
    }
}
