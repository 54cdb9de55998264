//! One-time codes by time (RFC 6238) as every authenticator app makes them: SHA-1, six digits, 30 seconds.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use rand::RngCore;
use totp_rs::{Algorithm, Builder, Totp as Generator};

/// How long a secret that was shown waits to be confirmed.
pub const PENDING_TOTP_TTL: TimeDelta = TimeDelta::minutes(15);
/// How many wrong codes of an account are looked at within [`CODE_FAILURE_WINDOW`], over all sign-ins. Three codes of a million
/// are good at a time: who knows the password and tries as often as they may is let in after a year on average, in full view of
/// the security log.
pub const MAX_CODE_FAILURES: i32 = 10;
/// After the first of so many wrong codes no code is looked at until this has passed; passkeys and recovery codes still are.
pub const CODE_FAILURE_WINDOW: TimeDelta = TimeDelta::minutes(15);

/// Bytes of a secret: as many as its hash has (RFC 4226, section 4, R6).
const SECRET_BYTES: usize = 20;
/// What the app shows before the account.
const ISSUER: &str = "Polyphony";
/// The code before this one and the code after it are good too: clocks differ, and typing takes time.
const SKEW_STEPS: u16 = 1;
/// Seconds that a code is shown.
const STEP_SECONDS: u64 = 30;

/// What codes are made with. It never shows itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Vec<u8>);

/// What is known of a person's one-time codes.
#[derive(Clone, Default)]
pub struct Totp {
    /// What codes are made with, once it was confirmed.
    pub secret: Option<TotpSecret>,
    /// The newest time step whose code was accepted.
    pub last_step: Option<i64>,
    /// A secret that was shown and may be confirmed now.
    pub pending: Option<TotpSecret>,
    /// Wrong codes that count against the next one.
    pub failures: i32,
}

/// What a code comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeVerdict {
    /// The code of this time step, which is later than any that was accepted.
    Accepted(i64),
    /// None of now, or used before.
    Wrong,
    /// Not looked at: too many were wrong.
    TooManyFailures,
}

impl TotpSecret {
    /// A secret that nobody has had before.
    pub fn random() -> Self {
        let mut bytes = vec![0; SECRET_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Reads the written form.
    pub fn from_base32(text: &str) -> Option<Self> {
        totp_rs::Secret::try_from_base32(text).ok().map(|secret| Self(secret.as_ref().to_vec()))
    }

    /// The written form, for people who type it: base32 without padding.
    pub fn to_base32(&self) -> String {
        totp_rs::Secret::from(self.0.clone()).to_base32()
    }

    /// What an authenticator app reads from a QR code.
    pub fn otpauth_url(&self, account: &str) -> anyhow::Result<String> {
        // A colon would end the issuer; quoted local parts may have one.
        self.generator(&account.replace(':', " "))?
            .to_url()
            .map_err(|error| anyhow::anyhow!("write an otpauth URL: {error}"))
    }

    /// The time step around `now` whose code this is.
    pub fn step_of(&self, code: &str, now: DateTime<Utc>) -> anyhow::Result<Option<i64>> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let now = u64::try_from(now.timestamp()).context("tell the time since 1970")?;
        let step = self.generator("")?.check(&digits, now);
        step.map(|step| i64::try_from(step).context("count time steps")).transpose()
    }

    fn generator(&self, account: &str) -> anyhow::Result<Generator> {
        let builder = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(SKEW_STEPS)
            .with_step_duration(STEP_SECONDS)
            .with_secret(self.0.clone())
            .with_account_name(account)
            .with_issuer(Some(ISSUER));
        builder.build().map_err(|error| anyhow::anyhow!("make one-time codes: {error}"))
    }
}

impl Totp {
    /// Judges a code: good once, and only while few were wrong.
    pub fn judge(&self, code: &str, now: DateTime<Utc>) -> anyhow::Result<CodeVerdict> {
        if self.failures >= MAX_CODE_FAILURES {
            return Ok(CodeVerdict::TooManyFailures);
        }
        let Some(secret) = &self.secret else { return Ok(CodeVerdict::Wrong) };
        let step = secret.step_of(code, now)?.filter(|step| self.last_step.is_none_or(|last| *step > last));
        Ok(step.map_or(CodeVerdict::Wrong, CodeVerdict::Accepted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238, appendix B: the last six of eight digits at 59 s and at 1111111109 s.
    fn of_the_standard() -> Totp {
        Totp { secret: Some(TotpSecret(b"12345678901234567890".to_vec())), ..Totp::default() }
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        assert_eq!(of_the_standard().judge("287082", at(59)).unwrap(), CodeVerdict::Accepted(1));
        assert_eq!(of_the_standard().judge("081 804", at(1_111_111_109)).unwrap(), CodeVerdict::Accepted(37_037_036));
        for code in ["287083", "", "94287082", "28708é", "２８７０８２"] {
            assert_eq!(of_the_standard().judge(code, at(59)).unwrap(), CodeVerdict::Wrong, "{code}");
        }
    }

    #[test]
    fn a_code_is_good_half_a_minute_early_and_late_and_no_longer() {
        for (seconds, is_good) in [(-1, false), (0, true), (59, true), (89, true), (90, false)] {
            let verdict =
                of_the_standard().judge("287082", at(seconds.max(0) + if seconds < 0 { 120 } else { 0 })).unwrap();
            assert_eq!(verdict == CodeVerdict::Accepted(1), is_good, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_once_and_none_before_it_is_good_after_it() {
        for last_step in [1, 2] {
            let used = Totp { last_step: Some(last_step), ..of_the_standard() };
            assert_eq!(used.judge("287082", at(59)).unwrap(), CodeVerdict::Wrong);
        }
    }

    #[test]
    fn after_too_many_wrong_codes_the_right_one_is_not_looked_at() {
        let tried = Totp { failures: MAX_CODE_FAILURES, ..of_the_standard() };
        assert_eq!(tried.judge("287082", at(59)).unwrap(), CodeVerdict::TooManyFailures);
        let tried = Totp { failures: MAX_CODE_FAILURES - 1, ..of_the_standard() };
        assert_eq!(tried.judge("287082", at(59)).unwrap(), CodeVerdict::Accepted(1));
    }

    #[test]
    fn an_app_reads_the_secret_from_the_url() {
        let url = TotpSecret(b"12345678901234567890".to_vec()).otpauth_url("nina@example.org").unwrap();
        assert_eq!(
            url,
            "otpauth://totp/Polyphony:nina%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Polyphony"
        );
    }
}
