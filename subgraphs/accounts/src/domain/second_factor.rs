//! Second factors: what is asked of somebody beside their password, when it is asked again (step-up), and what recovers it.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_kit::{Role, UserId};
use rand::RngCore;
use sha2::{Digest, Sha256};

use super::{Account, secret::Secret};

/// How long a proof of identity is good for dangerous changes: signing in, or a step-up.
pub const STEP_UP_TTL: TimeDelta = TimeDelta::minutes(10);
/// How long a sign-in waits for its second factor.
pub const CHALLENGE_TTL: TimeDelta = TimeDelta::minutes(5);
/// How many second factors may be tried for one sign-in.
pub const MAX_CHALLENGE_ATTEMPTS: i32 = 5;
/// How many recovery codes a person gets at once.
pub const RECOVERY_CODES: usize = 10;
/// The one scope of tokens of people who must have a second factor and have none.
pub const ENROL_SCOPE: &str = "enrol";

/// The 32 letters of a recovery code, as Crockford wrote them: none is taken for another.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Letters of a recovery code: 80 bits.
const RECOVERY_CODE_LETTERS: usize = 16;
/// What the written form of a challenge begins with.
const CHALLENGE_PREFIX: &str = "plyc_";

/// How somebody proves who they are.
#[derive(Clone)]
pub enum Proof {
    /// Their password; not enough for whoever has a second factor.
    Password(String),
    /// The code that their authenticator app shows.
    TotpCode(String),
    /// A recovery code.
    RecoveryCode(String),
    /// What an authenticator has signed.
    Passkey {
        /// The ceremony that it was signed for.
        ceremony: String,
        /// The browser's `PublicKeyCredential`, as JSON.
        credential: String,
    },
}

/// A second factor that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactorMethod {
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
}

/// What second factors a person has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondFactors {
    /// Since when TOTP is on.
    pub totp_enabled_at: Option<DateTime<Utc>>,
    /// How many passkeys there are.
    pub passkeys: i64,
    /// How many recovery codes are unused.
    pub recovery_codes: i64,
}

impl SecondFactors {
    /// What somebody may be asked for, the most common first.
    pub fn methods(&self) -> Vec<SecondFactorMethod> {
        let totp = self.totp_enabled_at.map(|_| SecondFactorMethod::Totp);
        let passkey = (self.passkeys > 0).then_some(SecondFactorMethod::Passkey);
        let recovery = (self.recovery_codes > 0).then_some(SecondFactorMethod::RecoveryCode);
        [totp, passkey, recovery].into_iter().flatten().collect()
    }

    /// Whether there are two or more, so that one can go and the person has a second factor still.
    pub fn has_several(&self) -> bool {
        self.passkeys + i64::from(self.totp_enabled_at.is_some()) > 1
    }
}

/// Who must have a second factor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondFactorPolicy {
    required: Vec<Role>,
}

impl SecondFactorPolicy {
    /// Second factors are required of people with these roles.
    pub fn requiring(roles: impl IntoIterator<Item = Role>) -> Self {
        Self { required: roles.into_iter().collect() }
    }

    /// Reads `ADMIN,CREATOR`; nothing requires it of nobody.
    pub fn parse(text: &str) -> Option<Self> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        let role = |name: &str| match name.to_ascii_uppercase().as_str() {
            "LISTENER" => Some(Role::Listener),
            "CREATOR" => Some(Role::Creator),
            "ADMIN" => Some(Role::Admin),
            _ => None,
        };
        Some(Self { required: names.map(role).collect::<Option<_>>()? })
    }

    /// Whether people with this role must have a second factor.
    pub fn requires(&self, role: Role) -> bool {
        self.required.contains(&role)
    }

    /// Whether this person must have a second factor and has none, so that they may do nothing but enrol one.
    pub fn is_missing_for(&self, account: &Account) -> bool {
        self.requires(account.role) && !account.has_second_factor
    }

    /// The role that this person acts in: without the second factor that their role asks for, that of everybody.
    pub fn effective_role(&self, account: &Account) -> Role {
        if self.is_missing_for(account) { Role::Listener } else { account.role }
    }
}

/// What a sign-in is continued with after its first factor. The database has its hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct ChallengeToken(Secret);

impl ChallengeToken {
    /// A token that nobody has had before.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(CHALLENGE_PREFIX, text.trim()).map(Self)
    }

    /// The written form, for the client.
    pub fn expose(&self) -> String {
        self.0.expose(CHALLENGE_PREFIX)
    }

    /// What the database knows of it.
    pub fn hash(&self) -> Vec<u8> {
        self.0.hash()
    }
}

/// A sign-in that waits for its second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Who signs in.
    pub user_id: UserId,
    /// The account's version when the first factor was right.
    pub account_version: i64,
    /// What the client called its device.
    pub device_name: Option<String>,
}

/// A code that stands in for a lost second factor, once. It never shows itself in logs; the database has its hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; RECOVERY_CODE_LETTERS]);

impl RecoveryCode {
    /// A code that nobody has had before.
    pub fn random() -> Self {
        let mut bytes = [0; RECOVERY_CODE_LETTERS];
        rand::rng().fill_bytes(&mut bytes);
        Self(bytes.map(|byte| LETTERS[usize::from(byte % 32)]))
    }

    /// Reads what somebody typed: capitals, blanks and hyphens do not matter, nor does `o` for `0` or `i` and `l` for `1`.
    pub fn parse(text: &str) -> Option<Self> {
        let letters =
            text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')).map(|byte| match byte.to_ascii_lowercase() {
                b'o' => b'0',
                b'i' | b'l' => b'1',
                other => other,
            });
        let letters: Vec<u8> = letters.take(RECOVERY_CODE_LETTERS + 1).collect();
        let letters: [u8; RECOVERY_CODE_LETTERS] = letters.try_into().ok()?;
        letters.iter().all(|letter| LETTERS.contains(letter)).then_some(Self(letters))
    }

    /// The written form: four groups of four.
    pub fn expose(&self) -> String {
        let groups = self.0.chunks(4).map(|group| group.iter().copied().map(char::from).collect::<String>());
        groups.collect::<Vec<_>>().join("-")
    }

    /// What the database knows of this person's code.
    pub fn hash(&self, user: UserId) -> Vec<u8> {
        Sha256::new().chain_update(user.0.as_bytes()).chain_update(self.0).finalize().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_reads_as_it_was_written_and_as_people_type_it() {
        let code = RecoveryCode::random();
        assert!(RecoveryCode::parse(&code.expose()).is_some_and(|read| read == code));
        assert!(RecoveryCode::parse(&code.expose().to_uppercase().replace('-', " ")).is_some_and(|read| read == code));
        let typed = RecoveryCode::parse("OIl0-0000-0000-0000").unwrap();
        assert_eq!(typed.expose(), "0110-0000-0000-0000");
        for text in ["", "0000", "0000-0000-0000-000u", "0000-0000-0000-00000", "0000-0000-0000-000é"] {
            assert!(RecoveryCode::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_same_code_of_two_people_has_two_hashes() {
        let code = RecoveryCode::random();
        assert_ne!(code.hash(UserId::new()), code.hash(UserId::new()));
    }

    #[test]
    fn a_policy_names_roles() {
        let policy = SecondFactorPolicy::parse(" admin, CREATOR ,").unwrap();
        assert!(policy.requires(Role::Admin) && policy.requires(Role::Creator) && !policy.requires(Role::Listener));
        assert_eq!(SecondFactorPolicy::parse(""), Some(SecondFactorPolicy::default()));
        assert_eq!(SecondFactorPolicy::parse("ADMIN,ROOT"), None);
    }
}
