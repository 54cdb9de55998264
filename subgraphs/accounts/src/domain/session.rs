//! Sessions, and what a refresh token that is presented means for its session.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_kit::{SessionId, UserId};
use sha2::{Digest, Sha256};

use super::network_of;

/// How long an access token is good.
pub const ACCESS_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(10);
/// How long a refresh token, and so a session that nobody uses, is good.
pub const REFRESH_TOKEN_LIFE: TimeDelta = TimeDelta::days(30);
/// How many live sessions a person may have: with one more, the one that was idle longest ends.
pub const MAX_SESSIONS: i64 = 50;
/// Of how many new devices within an hour a person is told by mail.
pub const MAX_NEW_DEVICE_MAILS: i64 = 5;

/// What somebody is signed in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A session: the person themselves.
    Session,
    /// An API key: a program, which neither sees nor changes how the account is secured.
    ApiKey,
}

/// A person signed in on one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// What the client calls its device.
    pub device_name: Option<String>,
    /// The client's user agent when it was last seen.
    pub user_agent: Option<String>,
    /// The client's address when it was last seen.
    pub ip_address: Option<String>,
    /// When the person signed in.
    pub created_at: DateTime<Utc>,
    /// When the client last asked for tokens.
    pub last_seen_at: DateTime<Utc>,
}

/// From where somebody signs in.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// What the client calls its device.
    pub device_name: Option<String>,
    /// The client's user agent.
    pub user_agent: Option<String>,
    /// The client's address.
    pub ip_address: Option<String>,
}

impl Client {
    /// What tells this client's device from others of the same person. The digits of the user agent do not count: a browser
    /// that was updated is the same one. The network does: name and user agent are whatever the client says, and a thief
    /// says what most people's devices say.
    pub fn fingerprint(&self) -> Vec<u8> {
        let agent: String =
            self.user_agent.iter().flat_map(|agent| agent.chars()).filter(|c| !c.is_ascii_digit()).collect();
        let name = self.device_name.as_deref().unwrap_or_default();
        let network = network_of(self.ip_address.as_deref().unwrap_or_default());
        Sha256::digest(format!("{name}\n{agent}\n{network}")).to_vec()
    }
}

/// What the database knows of a refresh token that somebody presents.
#[derive(Clone, Debug)]
pub struct PresentedToken {
    /// Its session.
    pub session_id: SessionId,
    /// The session's person.
    pub user_id: UserId,
    /// When the person signed in.
    pub session_created_at: DateTime<Utc>,
    /// When the session ended.
    pub session_ended_at: Option<DateTime<Utc>>,
    /// How many tokens the session had before it.
    pub generation: i64,
    /// When it ceases to be good.
    pub expires_at: DateTime<Utc>,
    /// The token that was given for it, once it was used.
    pub successor: Option<Successor>,
}

/// The token that was given for a used one.
#[derive(Clone, Debug)]
pub struct Successor {
    /// What it was derived with.
    pub salt: Vec<u8>,
    /// When it ceases to be good.
    pub expires_at: DateTime<Utc>,
    /// Whether it was used in its turn.
    pub used: bool,
}

/// What a presented refresh token means.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// The newest of its session: give the next one.
    Rotate,
    /// Used before, and what was given for it is unused: its answer was lost, or it was sent several times at once. Give the
    /// same again.
    Repeat(&'a Successor),
    /// Used before, and what was given for it is used too, so two parties have it: end the session.
    Reused,
    /// Its session is over, or it or its session is too old.
    Invalid,
}

impl PresentedToken {
    /// When the next token ceases to be good: after a while without use, and at the session's absolute end.
    pub fn next_expires_at(&self, now: DateTime<Utc>, max_life: TimeDelta) -> DateTime<Utc> {
        (now + REFRESH_TOKEN_LIFE).min(self.session_created_at + max_life)
    }

    /// Judges the token at this time, where sessions have an absolute life.
    pub fn judge(&self, now: DateTime<Utc>, max_life: TimeDelta) -> Verdict<'_> {
        let is_over = self.session_ended_at.is_some() || self.session_created_at + max_life <= now;
        if is_over || self.expires_at <= now {
            return Verdict::Invalid;
        }
        match &self.successor {
            None => Verdict::Rotate,
            Some(next) if !next.used => Verdict::Repeat(next),
            Some(_) => Verdict::Reused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    const MAX_LIFE: TimeDelta = TimeDelta::seconds(5000);

    fn presented(successor_is_used: Option<bool>) -> PresentedToken {
        PresentedToken {
            session_id: SessionId::new(),
            user_id: UserId::new(),
            session_created_at: at(0),
            session_ended_at: None,
            generation: 1,
            expires_at: at(1000),
            successor: successor_is_used.map(|used| Successor { salt: vec![], expires_at: at(2000), used }),
        }
    }

    #[test]
    fn an_updated_browser_is_the_same_device_and_another_name_is_not() {
        let client = |name: &str, agent: &str| Client {
            device_name: Some(name.to_owned()),
            user_agent: Some(agent.to_owned()),
            ip_address: None,
        };
        assert_eq!(client("a", "Firefox/144.0").fingerprint(), client("a", "Firefox/145.0").fingerprint());
        assert_ne!(client("a", "Firefox/144.0").fingerprint(), client("b", "Firefox/144.0").fingerprint());
        assert_ne!(client("a", "Firefox/144.0").fingerprint(), client("a", "Chrome/144.0").fingerprint());
    }

    #[test]
    fn the_same_client_elsewhere_is_another_device() {
        let client = |address: &str| Client {
            device_name: Some("Chrome on Windows".to_owned()),
            user_agent: Some("Chrome/144.0".to_owned()),
            ip_address: Some(address.to_owned()),
        };
        assert_eq!(client("203.0.113.7").fingerprint(), client("203.0.113.99").fingerprint());
        assert_ne!(client("203.0.113.7").fingerprint(), client("198.51.100.7").fingerprint());
    }

    #[test]
    fn the_newest_token_is_rotated() {
        assert!(matches!(presented(None).judge(at(999), MAX_LIFE), Verdict::Rotate));
    }

    #[test]
    fn a_used_token_is_answered_again_while_its_successor_is_unused() {
        for second in [1, 100, 999] {
            assert!(matches!(presented(Some(false)).judge(at(second), MAX_LIFE), Verdict::Repeat(_)));
            assert!(matches!(presented(Some(true)).judge(at(second), MAX_LIFE), Verdict::Reused));
        }
    }

    #[test]
    fn an_expired_token_and_one_of_an_ended_session_mean_nothing() {
        assert!(matches!(presented(None).judge(at(1000), MAX_LIFE), Verdict::Invalid));
        let ended = PresentedToken { session_ended_at: Some(at(0)), ..presented(Some(true)) };
        assert!(matches!(ended.judge(at(101), MAX_LIFE), Verdict::Invalid));
    }

    #[test]
    fn a_session_is_over_at_its_absolute_end_however_it_is_used() {
        let late = PresentedToken { expires_at: at(9000), ..presented(None) };
        assert!(matches!(late.judge(at(4999), MAX_LIFE), Verdict::Rotate));
        assert_eq!(late.next_expires_at(at(4999), MAX_LIFE), at(5000));
        assert!(matches!(late.judge(at(5000), MAX_LIFE), Verdict::Invalid));
    }
}
