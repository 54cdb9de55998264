//! Hashing and checking passwords: Argon2id, at most as many at once as the machine has cores.

use std::{sync::Arc, thread::available_parallelism};

use anyhow::Context;
use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version, password_hash::SaltString,
};
use rand::RngCore;
use tokio::sync::Semaphore;

use crate::domain::Password;

/// Hashes and checks passwords. Each takes 19 MiB and some ten milliseconds of a core, so they wait for their turn.
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    argon2: Argon2<'static>,
    turns: Semaphore,
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
        let turns = Semaphore::new(available_parallelism().map_or(2, usize::from));
        Ok(Self(Arc::new(Inner { argon2, turns, nobody })))
    }

    /// Hashes a chosen password, in PHC format.
    pub async fn hash(&self, password: &Password) -> anyhow::Result<String> {
        let password = password.expose().to_owned();
        self.in_turn(move |inner| hash(&inner.argon2, &password)).await
    }

    /// Whether `given` is the password behind `stored`. With nothing stored it is not, and finding out takes as long.
    pub async fn verify(&self, given: &str, stored: Option<&str>) -> anyhow::Result<bool> {
        let given = crate::domain::normalize_password(given);
        let stored = stored.map(str::to_owned);
        self.in_turn(move |inner| {
            let parsed = PasswordHash::new(stored.as_deref().unwrap_or(&inner.nobody));
            let parsed = parsed.map_err(|error| anyhow::anyhow!("read a password hash: {error}"))?;
            let is_right = inner.argon2.verify_password(given.as_bytes(), &parsed).is_ok();
            Ok(is_right && stored.is_some())
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let _turn = self.0.turns.acquire().await.context("wait for a turn to hash")?;
        let inner = self.0.clone();
        tokio::task::spawn_blocking(move || work(&inner)).await.context("hash a password")?
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> anyhow::Result<String> {
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    let salt = SaltString::encode_b64(&salt).map_err(|error| anyhow::anyhow!("write a salt: {error}"))?;
    let hash = argon2.hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| anyhow::anyhow!("hash a password: {error}"))?.to_string())
}
