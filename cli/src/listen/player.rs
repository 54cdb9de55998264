//! What plays here: ffplay when there is one, else nothing but a clock that runs as the music would.
//!
//! ffplay cannot play a little faster or slower, so with it only what calls for a seek is corrected.

use std::process::{Child, Command, Stdio};

use cynic::Id;
use polyphony_sync_client::Correction;

/// A player with its position at a time of the local clock.
pub(super) struct Player {
    is_audible: bool,
    track: Option<Id>,
    url: Option<String>,
    process: Option<Child>,
    position: f64,
    at: f64,
    rate: f64,
}

impl Player {
    /// A player that makes no sound when it shall not, or cannot.
    pub(super) fn new(is_silent: bool) -> Self {
        let is_audible = !is_silent && Command::new("ffplay").arg("-version").stdout(Stdio::null()).status().is_ok();
        Self { is_audible, track: None, url: None, process: None, position: 0.0, at: 0.0, rate: 0.0 }
    }

    pub(super) fn is_audible(&self) -> bool {
        self.is_audible
    }

    /// Whether it is this track that plays.
    pub(super) fn plays(&self, track: Option<&Id>) -> bool {
        self.track.as_ref() == track
    }

    /// Takes up another track; the next correction says where to begin.
    pub(super) fn take(&mut self, track: Option<Id>, url: Option<String>, now: f64) {
        self.stop();
        (self.track, self.url) = (track, url);
        (self.position, self.at, self.rate) = (f64::NEG_INFINITY, now, 0.0);
    }

    /// Where it is.
    pub(super) fn position(&self, now: f64) -> f64 {
        self.position + (now - self.at) * self.rate
    }

    pub(super) fn correct(&mut self, correction: Correction, now: f64) {
        match correction {
            Correction::Play { rate } => {
                self.position = self.position(now);
                self.at = now;
                self.rate = if self.process.is_some() { 1.0 } else { rate };
            }
            Correction::Seek { position } => {
                self.stop();
                (self.position, self.at, self.rate) = (position, now, 1.0);
                self.process = self.url.as_deref().and_then(|url| start(url, position));
            }
            Correction::Rest { position } => {
                self.stop();
                (self.position, self.at, self.rate) = (position, now, 0.0);
            }
        }
    }

    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself, at the end of the track.
            process.kill().ok();
            process.wait().ok();
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start(url: &str, position: f64) -> Option<Child> {
    let mut command = Command::new("ffplay");
    command.args(["-nodisp", "-autoexit", "-loglevel", "quiet", "-protocol_whitelist", "http,https,tls,tcp,crypto"]);
    command.args(["-ss", &format!("{:.3}", position / 1000.0)]).arg(url);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()
}
