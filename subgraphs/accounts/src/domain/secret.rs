//! Secrets that we hand out: 256 random bits, of which we keep the hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest, Sha256};

/// A secret. It never shows itself in logs, and the database has its hash only.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) [u8; 32]);

impl Secret {
    /// A secret that nobody has had before.
    pub(super) fn random() -> Self {
        Self(random_bytes())
    }

    /// Reads the written form, which begins with `prefix`.
    pub(super) fn parse(prefix: &str, text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix(prefix)?).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The written form, for whom it is meant.
    pub(super) fn expose(&self, prefix: &str) -> String {
        format!("{prefix}{}", URL_SAFE_NO_PAD.encode(self.0))
    }

    /// What the database knows of it.
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

/// 256 bits from the system's random number generator.
pub(super) fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
