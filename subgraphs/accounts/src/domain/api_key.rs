//! API keys: what programs sign in with, on behalf of a person, for a part of what that person may do.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::ApiKeyId;
use polyphony_kit::{Role, SessionId, UserId};

use super::{Refusal, secret::Secret};

/// What the written form begins with, so that leaked keys are recognised for what they are.
pub const API_KEY_PREFIX: &str = "ppk_";
/// How many keys a person may have.
pub const MAX_API_KEYS: i64 = 50;
/// How many days a key is good when its owner does not say.
pub const DEFAULT_KEY_DAYS: i32 = 365;
/// The most days that a key may be good: none is good for ever.
pub const MAX_KEY_DAYS: i32 = 3_650;
/// How long the access token is good that a key is traded for. The router asks again long before.
pub const KEY_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(2);
/// Uses closer to each other than this are one entry of the security log.
pub const USE_LOG_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The secret of a key. It never shows itself in logs; the database has its hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret(Secret);

impl ApiKeySecret {
    /// A secret that nobody has had before.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(API_KEY_PREFIX, text.trim()).map(Self)
    }

    /// The written form, for who made the key; shown once.
    pub fn expose(&self) -> String {
        self.0.expose(API_KEY_PREFIX)
    }

    /// What the database knows of the secret.
    pub fn hash(&self) -> Vec<u8> {
        self.0.hash()
    }
}

/// What tokens may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everything that shows and changes nothing. Every key has it.
    Read,
    /// Mutations.
    Write,
    /// What creators may: uploading and managing what they own.
    Upload,
    /// What admins may.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Upload, Self::Admin];

    /// The written form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Upload => "upload",
            Self::Admin => "admin",
        }
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Who may have it.
    pub fn needs(self) -> Role {
        match self {
            Self::Read | Self::Write => Role::Listener,
            Self::Upload => Role::Creator,
            Self::Admin => Role::Admin,
        }
    }
}

/// The scopes of a key, in order, each once, `read` always among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Reads the scopes that somebody with this role wants for a key.
    pub fn choose(wanted: &[String], role: Role) -> Result<Self, Refusal> {
        let mut scopes = vec![Scope::Read];
        for text in wanted {
            let scope = Scope::parse(text).ok_or(Refusal::UnknownScope)?;
            if scope.needs() > role {
                return Err(Refusal::ScopeNotAllowed);
            }
            scopes.push(scope);
        }
        scopes.sort_unstable();
        scopes.dedup();
        Ok(Self(scopes))
    }

    /// What was stored.
    pub fn stored(texts: &[String]) -> Self {
        Self(texts.iter().filter_map(|text| Scope::parse(text)).collect())
    }

    /// The written forms.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(|scope| scope.as_str().to_owned()).collect()
    }

    /// What of it somebody with this role may have now, and the role that it comes to: a key for reading is nobody's admin.
    pub fn granted(&self, role: Role) -> (String, Role) {
        let granted: Vec<Scope> = self.0.iter().copied().filter(|scope| scope.needs() <= role).collect();
        let role = granted.iter().map(|scope| scope.needs()).max().unwrap_or(Role::Listener);
        let texts: Vec<&str> = granted.into_iter().map(Scope::as_str).collect();
        (texts.join(" "), role)
    }
}

/// A key, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Which.
    pub id: ApiKeyId,
    /// Whose.
    pub user_id: UserId,
    /// What they call it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ceases to be good.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// What its tokens bear as their session, so that they are revoked like those of one.
    pub fn session(&self) -> SessionId {
        SessionId(self.id.0)
    }

    /// How long a token is good that the key is exchanged for now; `None` when the key has expired.
    pub fn token_life(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let left = self.expires_at - now;
        (left > TimeDelta::zero()).then(|| left.min(KEY_TOKEN_LIFE))
    }

    /// When a key ends that is made now for so many days; `None` when those are too few or too many.
    pub fn end(now: DateTime<Utc>, days: i32) -> Option<DateTime<Utc>> {
        (1..=MAX_KEY_DAYS).contains(&days).then(|| now + TimeDelta::days(days.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(wanted: &[&str], role: Role) -> Result<Scopes, Refusal> {
        Scopes::choose(&wanted.iter().map(ToString::to_string).collect::<Vec<_>>(), role)
    }

    #[test]
    fn a_key_may_do_no_more_than_its_owner() {
        assert_eq!(choose(&["upload"], Role::Listener), Err(Refusal::ScopeNotAllowed));
        assert_eq!(choose(&["admin"], Role::Creator), Err(Refusal::ScopeNotAllowed));
        assert_eq!(choose(&["everything"], Role::Admin), Err(Refusal::UnknownScope));
        assert_eq!(choose(&["write", "write"], Role::Listener).unwrap().texts(), ["read", "write"]);
    }

    #[test]
    fn a_key_that_may_less_is_of_a_lesser_role() {
        let scopes = choose(&["write", "upload"], Role::Admin).unwrap();
        assert_eq!(scopes.granted(Role::Admin), ("read write upload".to_owned(), Role::Creator));
        assert_eq!(choose(&[], Role::Admin).unwrap().granted(Role::Admin), ("read".to_owned(), Role::Listener));
    }

    #[test]
    fn a_key_loses_what_its_owner_loses() {
        let scopes = choose(&["admin", "write"], Role::Admin).unwrap();
        assert_eq!(scopes.granted(Role::Listener), ("read write".to_owned(), Role::Listener));
    }

    #[test]
    fn a_secret_reads_as_it_was_written() {
        let secret = ApiKeySecret::random();
        assert!(ApiKeySecret::parse(&secret.expose()).is_some_and(|read| read == secret));
        assert!(ApiKeySecret::parse("ppk_short").is_none() && ApiKeySecret::parse("plyr_x").is_none());
    }
}
