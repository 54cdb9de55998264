//! Sessions, and what a refresh token that is presented means for its session.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_kit::{SessionId, UserId};
use sha2::{Digest, Sha256};

/// How long an access token is good.
pub const ACCESS_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(10);
/// How long a refresh token, and so a session that nobody uses, is good.
pub const REFRESH_TOKEN_LIFE: TimeDelta = TimeDelta::days(30);
/// How long a used token is taken for one whose answer was lost.
pub const LOST_ANSWER_WINDOW: TimeDelta = TimeDelta::seconds(10);

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
    /// that was updated is the same one.
    pub fn fingerprint(&self) -> Vec<u8> {
        let agent: String =
            self.user_agent.iter().flat_map(|agent| agent.chars()).filter(|c| !c.is_ascii_digit()).collect();
        Sha256::digest(format!("{}\n{agent}", self.device_name.as_deref().unwrap_or_default())).to_vec()
    }
}

/// What the database knows of a refresh token that somebody presents.
#[derive(Clone, Debug)]
pub struct PresentedToken {
    /// Its session.
    pub session_id: SessionId,
    /// The session's person.
    pub user_id: UserId,
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
    /// When it was given.
    pub created_at: DateTime<Utc>,
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
    /// Used a moment ago, and what was given for it is unused: its answer was lost, or sent to several at once. Give the same again.
    Repeat(&'a Successor),
    /// Used by somebody else before: end the session.
    Reused,
    /// Its session is over, or it is too old.
    Invalid,
}

impl PresentedToken {
    /// Judges the token at this time.
    pub fn judge(&self, now: DateTime<Utc>) -> Verdict<'_> {
        if self.session_ended_at.is_some() || self.expires_at <= now {
            return Verdict::Invalid;
        }
        match &self.successor {
            None => Verdict::Rotate,
            Some(next) if !next.used && now - next.created_at < LOST_ANSWER_WINDOW => Verdict::Repeat(next),
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

    fn presented(successor: Option<(i64, bool)>) -> PresentedToken {
        PresentedToken {
            session_id: SessionId::new(),
            user_id: UserId::new(),
            session_ended_at: None,
            generation: 1,
            expires_at: at(1000),
            successor: successor.map(|(seconds, used)| Successor {
                salt: vec![],
                created_at: at(seconds),
                expires_at: at(2000),
                used,
            }),
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
    fn the_newest_token_is_rotated() {
        assert!(matches!(presented(None).judge(at(999)), Verdict::Rotate));
    }

    #[test]
    fn a_used_token_is_answered_again_while_its_successor_is_young_and_unused() {
        assert!(matches!(presented(Some((100, false))).judge(at(109)), Verdict::Repeat(_)));
        assert!(matches!(presented(Some((100, false))).judge(at(110)), Verdict::Reused));
        assert!(matches!(presented(Some((100, true))).judge(at(101)), Verdict::Reused));
    }

    #[test]
    fn an_expired_token_and_one_of_an_ended_session_mean_nothing() {
        assert!(matches!(presented(None).judge(at(1000)), Verdict::Invalid));
        let ended = PresentedToken { session_ended_at: Some(at(0)), ..presented(Some((100, true))) };
        assert!(matches!(ended.judge(at(101)), Verdict::Invalid));
    }
}
