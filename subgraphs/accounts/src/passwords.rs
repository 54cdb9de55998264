//! Hashing and checking passwords: Argon2id, at most as many at once as the machine has cores. The queue before them is bounded:
//! under a flood some are told to come again, instead of all waiting until they fail.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};

use anyhow::Context;
use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, PasswordHasher, Version,
    password_hash::{Output, Salt, SaltString},
};
use parking_lot::Mutex;
use polyphony_kit::{Error, Result};
use rand::RngCore;
use tokio::sync::Semaphore;

use crate::domain::Password;

/// How many may wait for each core: what it does in a second or two, which somebody who signs in has the patience for.
const MAX_WAITING_PER_CORE: usize = 100;
/// Who is not let in to wait may come again after this time.
const RETRY_AFTER_MS: u64 = 2_000;

/// Hashes and checks passwords. Each takes 19 MiB and some ten milliseconds of a core, so they wait for a permit. `RATE_LIMITED`
/// when too many wait already.
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    argon2: Argon2<'static>,
    permits: Semaphore,
    /// How many wait for a permit.
    waiting: AtomicUsize,
    /// How many may.
    max_waiting: usize,
    /// What hashes are computed in, kept for who waits: a fresh one costs a quarter of a hash.
    spare: Mutex<Vec<Vec<Block>>>,
    /// What the password of an unknown person is checked against, so that the answer takes as long.
    nobody: String,
}

impl Passwords {
    /// With the parameters that OWASP recommends: 19 MiB, 2 passes, 1 lane.
    pub fn new() -> anyhow::Result<Self> {
        Self::with(Params::default())
    }

    /// With other parameters; tests take cheap ones.
    pub fn with(params: Params) -> anyhow::Result<Self> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, "the password of nobody")?;
        let cores = available_parallelism().map_or(2, usize::from);
        let (permits, max_waiting) = (Semaphore::new(cores), cores * MAX_WAITING_PER_CORE);
        let (waiting, spare) = (AtomicUsize::new(0), Mutex::default());
        Ok(Self(Arc::new(Inner { argon2, permits, waiting, max_waiting, spare, nobody })))
    }

    /// Hashes a chosen password, in PHC format.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let password = password.expose().to_owned();
        self.with_permit(move |inner, _| hash(&inner.argon2, &password)).await
    }

    /// Whether `given` is the password behind `stored`. With nothing stored it is not, and finding out takes as long.
    pub async fn verify(&self, given: &str, stored: Option<&str>) -> Result<bool> {
        Ok(self.check(given, stored).await?.is_right)
    }

    /// As [`Passwords::verify`]; a right password is hashed anew where its hash was made with other parameters than ours are now.
    pub async fn check(&self, given: &str, stored: Option<&str>) -> Result<Check> {
        let given = crate::domain::normalize_password(given);
        let stored = stored.map(str::to_owned);
        self.with_permit(move |inner, memory| {
            let is_right = is_behind(&given, stored.as_deref().unwrap_or(&inner.nobody), memory)
                .map_err(|error| anyhow::anyhow!("check a password against its hash: {error}"))?;
            let stored = stored.filter(|_| is_right);
            let renewed = match &stored {
                Some(stored) if !is_current(stored, inner.argon2.params()) => Some(hash(&inner.argon2, &given)?),
                _ => None,
            };
            Ok(Check { is_right: stored.is_some(), renewed })
        })
        .await
    }

    async fn with_permit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner, &mut Vec<Block>) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let waiting = Waiting::new(&self.0).ok_or_else(|| Error::rate_limited(RETRY_AFTER_MS))?;
        let _permit = self.0.permits.acquire().await.context("wait for a permit to hash")?;
        drop(waiting);
        let inner = self.0.clone();
        let hashed = tokio::task::spawn_blocking(move || {
            let mut memory = inner.spare.lock().pop().unwrap_or_default();
            let result = work(&inner, &mut memory);
            let mut spare = inner.spare.lock();
            if inner.waiting.load(Ordering::Relaxed) > 0 {
                spare.push(memory);
            } else {
                spare.clear();
            }
            result
        });
        Ok(hashed.await.context("hash a password")??)
    }
}

/// What became of a password that somebody gave.
#[derive(Debug)]
pub struct Check {
    /// Whether it is the right one.
    pub is_right: bool,
    /// Its hash with today's parameters, where it is right and the stored hash was made with others.
    pub renewed: Option<String>,
}

/// One who waits for a permit, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    /// `None` when too many wait.
    fn new(inner: &'a Inner) -> Option<Self> {
        let waiting = Self(&inner.waiting);
        let before = inner.waiting.fetch_add(1, Ordering::Relaxed);
        if before >= inner.max_waiting {
            metrics::counter!("password_checks_refused_total").increment(1);
            return None;
        }
        Some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a hash in PHC format was made with these parameters.
fn is_current(stored: &str, params: &Params) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else { return false };
    let is_ours = stored.algorithm == argon2::ARGON2ID_IDENT && stored.version == Some(Version::V0x13.into());
    let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    is_ours && Params::try_from(&stored).is_ok_and(|made_with| costs(&made_with) == costs(params))
}

/// Whether this is the password behind a hash in PHC format, made with whatever parameters. Finds out in `memory`.
fn is_behind(password: &str, stored: &str, memory: &mut Vec<Block>) -> argon2::password_hash::Result<bool> {
    let stored = PasswordHash::new(stored)?;
    let params = Params::try_from(&stored)?;
    let version = stored.version.map_or(Ok(Version::V0x13), Version::try_from)?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else { return Ok(false) };
    let mut bytes = [0; Salt::MAX_LENGTH];
    let salt = salt.decode_b64(&mut bytes)?;
    memory.resize(params.block_count(), Block::default());
    let argon2 = Argon2::new(Algorithm::try_from(stored.algorithm)?, version, params);
    let found = Output::init_with(expected.len(), |out| {
        Ok(argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, memory.as_mut_slice())?)
    })?;
    // In a time that does not tell where they differ.
    Ok(found == expected)
}

fn hash(argon2: &Argon2<'_>, password: &str) -> anyhow::Result<String> {
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    let salt = SaltString::encode_b64(&salt).map_err(|error| anyhow::anyhow!("write a salt: {error}"))?;
    let hash = argon2.hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| anyhow::anyhow!("hash a password: {error}"))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_behind_its_hash_in_memory_that_others_left() {
        let mut memory = Vec::new();
        for (kib, passes, lanes) in [(64, 1, 1), (1_024, 2, 1), (32, 3, 2)] {
            let params = Params::new(kib, passes, lanes, None).expect("sane parameters");
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let stored = hash(&argon2, "right").expect("a hash");
            for (password, is_right) in [("right", true), ("wrong", false), ("", false), ("right", true)] {
                assert_eq!(is_behind(password, &stored, &mut memory), Ok(is_right), "{stored} {password}");
            }
        }
        assert!(is_behind("right", "no hash", &mut memory).is_err());
    }

    #[test]
    fn a_hash_is_current_that_was_made_with_the_parameters_of_today() {
        let params = |kib, passes| Params::new(kib, passes, 1, None).expect("sane parameters");
        let made = hash(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params(64, 2)), "x").expect("a hash");
        assert!(is_current(&made, &params(64, 2)));
        assert!(!is_current(&made, &params(128, 2)) && !is_current(&made, &params(64, 3)));
        let other = hash(&Argon2::new(Algorithm::Argon2i, Version::V0x13, params(64, 2)), "x").expect("a hash");
        assert!(!is_current(&other, &params(64, 2)) && !is_current("no hash", &params(64, 2)));
    }

    #[test]
    fn a_hash_of_the_reference_implementation_is_known() {
        // One of the test vectors of the reference implementation.
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert_eq!(is_behind("password", stored, &mut Vec::new()), Ok(true));
    }
}
