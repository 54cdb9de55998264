//! Signed playback URLs: whose they are, until when, and for which renditions, so that nobody can make one up, keep one
//! for ever or use one for another upload.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use polyphony_events::{UploadId, UserId};
use serde::Deserialize;
use sha2::Sha256;

/// How long a URL is good at least, whatever it names.
pub const VALID: TimeDelta = TimeDelta::days(1);
/// What a listener may lose in pauses, besides once the length of what plays.
const PAUSES: TimeDelta = TimeDelta::hours(6);
/// URLs of one day are the same, so that caches can hold what they name; what ends later keeps its minutes from moving them.
const SAME_FOR: TimeDelta = TimeDelta::days(1);
const ROUNDED_TO: TimeDelta = TimeDelta::hours(1);
/// The longest that signature version 4 and its kin allow. Objects are signed as of so long before their URL's end.
pub const VALID_AT_MOST: Duration = Duration::from_hours(7 * 24);

/// When a URL that is handed out now ends, and when to ask for a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// From when on what begins to play may outlast it.
    pub refresh_at: DateTime<Utc>,
}

impl Validity {
    /// Of a URL of something of this length, 0 for what has none: good for a day at least, and for twice its length and six
    /// hours, so that it can be played to its end with pauses. All day it is the same, in UTC.
    pub fn of(duration_ms: i64, now: DateTime<Utc>) -> Self {
        // Twelve hours are the longest recording; a wrong length may not go beyond what can be signed.
        let duration = TimeDelta::milliseconds(duration_ms.clamp(0, TimeDelta::hours(48).num_milliseconds()));
        let needed = VALID.max(duration * 2 + PAUSES);
        let begin = now.duration_trunc(SAME_FOR).unwrap_or(now);
        let end = begin + SAME_FOR + needed;
        let whole = end.duration_trunc(ROUNDED_TO).unwrap_or(end);
        let expires_at = if whole < end { whole + ROUNDED_TO } else { end };
        Self { expires_at, refresh_at: expires_at - needed / 2 }
    }
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
    /// Present when nothing was being made any more as the ticket was issued.
    pub whole: Option<u8>,
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
        let whole = self.whole.map(|whole| format!("&whole={whole}")).unwrap_or_default();
        format!("exp={}&viewer={}{only}{whole}&sig={}", self.exp, self.viewer, self.sig)
    }
}

/// What a ticket gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What was made of this upload.
    pub upload: UploadId,
    /// These renditions, names joined by `.`; all when absent.
    pub only: Option<String>,
    /// Whether all of it is there already.
    pub is_whole: bool,
    /// Until then.
    pub expires_at: DateTime<Utc>,
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

    /// A ticket for `viewer` to the file of an upload, as it is.
    pub fn issue_original(&self, viewer: UserId, upload: UploadId, expires_at: DateTime<Utc>) -> Ticket {
        let (exp, viewer) = (expires_at.timestamp(), viewer.to_string());
        self.sign("original", upload, Ticket { exp, viewer, only: None, whole: None, sig: String::new() })
    }

    /// Whether we issued this ticket for the file of this upload and it is not over.
    pub fn accepts_original(&self, upload: UploadId, ticket: &Ticket, now: DateTime<Utc>) -> bool {
        self.accepts_for("original", upload, ticket, now)
    }

    /// A ticket for `viewer` to what was made of an upload.
    pub fn issue(&self, viewer: UserId, grant: Grant) -> Ticket {
        let Grant { upload, only, is_whole, expires_at } = grant;
        let (exp, viewer, whole) = (expires_at.timestamp(), viewer.to_string(), is_whole.then_some(1));
        self.sign("hls", upload, Ticket { exp, viewer, only, whole, sig: String::new() })
    }

    fn sign(&self, what: &str, upload: UploadId, mut ticket: Ticket) -> Ticket {
        ticket.sig = URL_SAFE_NO_PAD.encode(self.mac(what, upload, &ticket).finalize().into_bytes());
        ticket
    }

    /// Whether we issued this ticket for this upload and it is not over; compared in constant time.
    pub fn accepts(&self, upload: UploadId, ticket: &Ticket, now: DateTime<Utc>) -> bool {
        self.accepts_for("hls", upload, ticket, now)
    }

    fn accepts_for(&self, what: &str, upload: UploadId, ticket: &Ticket, now: DateTime<Utc>) -> bool {
        let Ok(sig) = URL_SAFE_NO_PAD.decode(&ticket.sig) else { return false };
        self.mac(what, upload, ticket).verify_slice(&sig).is_ok() && now < ticket.expires_at()
    }

    fn mac(&self, what: &str, upload: UploadId, ticket: &Ticket) -> Hmac<Sha256> {
        let only = ticket.only.as_deref().unwrap_or_default();
        let (upload, exp, whole) =
            (upload.to_string(), ticket.exp.to_string(), ticket.whole.map(|one| one.to_string()));
        // The parts come as text of the client: each with its length, so that none can pass for a piece of another.
        let mut parts = vec![what, &upload, &ticket.viewer, &exp, only];
        // Only where it is said: what was issued before it could be is good to its end.
        parts.extend(whole.as_deref());
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

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_ticket_is_good_for_its_upload_viewer_and_time_only() {
        let signer = Signer::new(b"key");
        let (upload, viewer) = (UploadId::new(), UserId::new());
        let (now, end) = (at(0), at(3600));
        let only = Some("aac-64.aac-128".to_owned());
        let ticket = signer.issue(viewer, Grant { upload, only, is_whole: false, expires_at: end });
        assert!(signer.accepts(upload, &ticket, now));
        assert!(signer.accepts(upload, &ticket, at(3599)));
        assert!(!signer.accepts(upload, &ticket, end));
        assert!(!signer.accepts(UploadId::new(), &ticket, now));
        assert!(!Signer::new(b"other").accepts(upload, &ticket, now));
        let forged = [
            Ticket { exp: ticket.exp + 1, ..ticket.clone() },
            Ticket { viewer: UserId::new().to_string(), ..ticket.clone() },
            Ticket { only: None, ..ticket.clone() },
            Ticket { whole: Some(1), ..ticket.clone() },
            Ticket { sig: String::new(), ..ticket.clone() },
            Ticket { sig: "!".to_owned(), ..ticket.clone() },
        ];
        assert!(forged.iter().all(|ticket| !signer.accepts(upload, ticket, now)));
        let original = signer.issue_original(viewer, upload, end);
        assert!(signer.accepts_original(upload, &original, now) && !signer.accepts_original(upload, &original, end));
        assert!(!signer.accepts(upload, &original, now) && !signer.accepts_original(upload, &ticket, now));
        assert!(ticket.allows("aac-64") && !ticket.allows("flac"));
    }

    #[test]
    fn a_ticket_that_says_nothing_of_being_whole_is_signed_as_before_that_could_be_said() {
        let signer = Signer::new(b"key");
        let (upload, viewer) = (UploadId::new(), UserId::new());
        let ticket = signer.issue(viewer, Grant { upload, only: None, is_whole: false, expires_at: at(3600) });
        let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
        for part in ["hls", &upload.to_string(), &viewer.to_string(), &ticket.exp.to_string(), ""] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        assert_eq!(ticket.sig, URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
    }

    #[test]
    fn a_url_outlasts_twice_what_it_plays_and_a_night() {
        for hours in [0, 1, 7, 12, 1000] {
            let duration_ms = TimeDelta::hours(hours).num_milliseconds();
            for now in [at(0), at(1), at(40_000), at(86_399)] {
                let Validity { expires_at, refresh_at } = Validity::of(duration_ms, now);
                let good_for = expires_at - now;
                assert!(good_for >= VALID && (hours > 48 || good_for >= TimeDelta::hours(2 * hours + 6)), "{hours} h");
                assert!(good_for.to_std().unwrap() <= VALID_AT_MOST, "{hours} h");
                // Who begins before it hears the end.
                assert!(refresh_at > now && (hours > 48 || expires_at - refresh_at >= TimeDelta::hours(hours + 3)));
            }
        }
    }

    #[test]
    fn urls_of_one_day_are_the_same() {
        let midnight = at(0).duration_trunc(SAME_FOR).unwrap();
        let of = |hours| Validity::of(254_321, midnight + TimeDelta::hours(hours));
        assert_eq!(of(0), of(23));
        assert_ne!(of(0), of(24));
    }
}
