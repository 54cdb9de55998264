//! Signed playback URLs: whose they are, until when, and for which renditions, so that nobody can make one up, keep one
//! for ever or use one for another upload.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use polyphony_events::{UploadId, UserId};
use serde::Deserialize;
use sha2::Sha256;

/// How long a playback URL is good for; the end is rounded up to the next ten minutes, so that URLs of one sitting are the
/// same and caches can hold what they name.
pub const VALID: TimeDelta = TimeDelta::hours(6);
const ROUNDED_TO: TimeDelta = TimeDelta::minutes(10);
/// How long that is at most.
pub const VALID_AT_MOST: Duration = Duration::from_mins(6 * 60 + 10);

/// Until when a URL that is signed now is good.
pub fn valid_until(now: DateTime<Utc>) -> DateTime<Utc> {
    let until = now + VALID + ROUNDED_TO;
    until.duration_trunc(ROUNDED_TO).unwrap_or(until)
}

/// What a playback URL says about itself, in its query.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Ticket {
    /// Not valid from then on, seconds since the epoch.
    pub exp: i64,
    /// For whom it was made.
    pub viewer: String,
    /// The renditions that the client wants, names joined by `.`; absent: all.
    pub only: Option<String>,
    /// The signature over the above and the upload.
    pub sig: String,
}

impl Ticket {
    /// When it ends.
    pub fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// Whether it lets a client have this rendition.
    pub fn allows(&self, rendition: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only.split('.').any(|name| name == rendition))
    }

    /// The query that carries it.
    pub fn query(&self) -> String {
        let only = self.only.as_deref().map(|only| format!("&only={only}")).unwrap_or_default();
        format!("exp={}&viewer={}{only}&sig={}", self.exp, self.viewer, self.sig)
    }
}

/// Makes and checks tickets.
#[derive(Clone)]
pub struct Signer {
    key: Hmac<Sha256>,
}

impl Signer {
    /// Signs with this key.
    pub fn new(key: &[u8]) -> Self {
        Self { key: Hmac::new_from_slice(key).expect("HMAC takes keys of any length") }
    }

    /// A ticket for `viewer` to the renditions of `upload`.
    pub fn issue(&self, upload: UploadId, viewer: UserId, only: Option<String>, now: DateTime<Utc>) -> Ticket {
        let mut ticket =
            Ticket { exp: valid_until(now).timestamp(), viewer: viewer.to_string(), only, sig: String::new() };
        ticket.sig = URL_SAFE_NO_PAD.encode(self.mac(upload, &ticket).finalize().into_bytes());
        ticket
    }

    /// Whether we issued this ticket for this upload and it is not over; compared in constant time.
    pub fn accepts(&self, upload: UploadId, ticket: &Ticket, now: DateTime<Utc>) -> bool {
        let Ok(sig) = URL_SAFE_NO_PAD.decode(&ticket.sig) else { return false };
        self.mac(upload, ticket).verify_slice(&sig).is_ok() && now < ticket.expires_at()
    }

    fn mac(&self, upload: UploadId, ticket: &Ticket) -> Hmac<Sha256> {
        let only = ticket.only.as_deref().unwrap_or_default();
        // The parts come as text of the client: each with its length, so that none can pass for a piece of another.
        let parts = ["hls", &upload.to_string(), &ticket.viewer, &ticket.exp.to_string(), only];
        let mut mac = self.key.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_its_upload_viewer_and_time_only() {
        let signer = Signer::new(b"key");
        let (upload, viewer) = (UploadId::new(), UserId::new());
        let now = DateTime::from_timestamp(1_800_000_123, 0).unwrap();
        let ticket = signer.issue(upload, viewer, Some("aac-64.aac-128".to_owned()), now);
        assert!(signer.accepts(upload, &ticket, now));
        assert!(signer.accepts(upload, &ticket, now + VALID));
        assert!(!signer.accepts(upload, &ticket, ticket.expires_at()));
        assert!(!signer.accepts(UploadId::new(), &ticket, now));
        assert!(!Signer::new(b"other").accepts(upload, &ticket, now));
        let forged = [
            Ticket { exp: ticket.exp + 1, ..ticket.clone() },
            Ticket { viewer: UserId::new().to_string(), ..ticket.clone() },
            Ticket { only: None, ..ticket.clone() },
            Ticket { sig: String::new(), ..ticket.clone() },
            Ticket { sig: "!".to_owned(), ..ticket.clone() },
        ];
        assert!(forged.iter().all(|ticket| !signer.accepts(upload, ticket, now)));
        assert!(ticket.allows("aac-64") && !ticket.allows("flac"));
    }

    #[test]
    fn no_url_is_good_for_longer_than_at_most_or_shorter_than_promised() {
        for second in [0, 1, 599, 600, 601] {
            let now = DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap();
            let good_for = valid_until(now) - now;
            assert!(good_for > VALID && good_for <= VALID + ROUNDED_TO, "{second}");
        }
        assert_eq!((VALID + ROUNDED_TO).to_std().unwrap(), VALID_AT_MOST);
    }

    #[test]
    fn tickets_of_one_sitting_are_the_same() {
        let signer = Signer::new(b"key");
        let (upload, viewer) = (UploadId::new(), UserId::new());
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let later = now + TimeDelta::minutes(9);
        assert_eq!(signer.issue(upload, viewer, None, now), signer.issue(upload, viewer, None, later));
    }
}
