//! Sealing: authenticated encryption of short secrets on their way through what others can read, such as an outbox, a Kafka
//! topic, its dead letters and another service's tables. AES-256-GCM with a random nonce; the key is derived from a shared secret.

use std::{fmt, sync::Arc};

use anyhow::Context;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What the sealed form begins with; it names the algorithm and the derivation of its key.
const PREFIX: &str = "sealed1.";
/// What a key is derived for, so that the same secret gives another key elsewhere.
const DERIVED_FOR: &[u8] = b"polyphony kit::seal AES-256-GCM 1";

/// Seals and opens with shared secrets. It never shows them in logs.
#[derive(Clone)]
pub struct Sealer(Arc<[RandomizedNonceKey]>);

impl Sealer {
    /// A sealer with these secrets: the first seals, all open, so that a secret is replaced without an outage by putting the
    /// new one behind the old one everywhere, then before it, then alone. Without any it neither seals nor opens.
    pub fn new(secrets: &[String]) -> anyhow::Result<Self> {
        let keys: anyhow::Result<Vec<_>> = secrets.iter().map(|secret| derive_key(secret)).collect();
        Ok(Self(keys?.into()))
    }

    /// Seals `plain`. It opens only with the same `context`, which says what the secret is for and for whom, so that whoever can
    /// write where it travels cannot have it opened elsewhere.
    pub fn seal(&self, plain: &str, context: &str) -> anyhow::Result<String> {
        let key = self.0.first().context("no secret to seal with")?;
        let mut sealed = plain.as_bytes().to_vec();
        let nonce = key.seal_in_place_append_tag(Aad::from(context), &mut sealed).context("seal a secret")?;
        sealed.extend_from_slice(nonce.as_ref());
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Opens what was sealed with one of the secrets and in this context; `None` for everything else.
    pub fn open(&self, sealed: &str, context: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed.strip_prefix(PREFIX)?).ok()?;
        let (ciphertext, nonce) = bytes.split_last_chunk::<NONCE_LEN>()?;
        self.0.iter().find_map(|key| {
            let mut text = ciphertext.to_vec();
            let plain = key.open_in_place(Nonce::from(nonce), Aad::from(context), &mut text).ok()?;
            String::from_utf8(plain.to_vec()).ok()
        })
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({} secrets)", self.0.len())
    }
}

fn derive_key(secret: &str) -> anyhow::Result<RandomizedNonceKey> {
    let mut derivation = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).context("derive a sealing key")?;
    derivation.update(DERIVED_FOR);
    RandomizedNonceKey::new(&AES_256_GCM, &derivation.finalize().into_bytes()).context("make a sealing key")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an old secret of more than 32 characters";
    const NEW: &str = "a new secret of more than 32 characters!";

    fn sealer(secrets: &[&str]) -> Sealer {
        Sealer::new(&secrets.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn what_is_sealed_shows_nothing_and_opens_in_its_context_alone() {
        let sealer = sealer(&[OLD]);
        let token = sealer.seal("plym_token", "reset\nann@example.org").unwrap();
        assert!(!token.contains("plym_token") && token.starts_with(PREFIX), "{token}");
        assert_ne!(token, sealer.seal("plym_token", "reset\nann@example.org").unwrap(), "a nonce is used once");
        assert_eq!(sealer.open(&token, "reset\nann@example.org").as_deref(), Some("plym_token"));
        for context in ["reset\nthief@example.org", "verify\nann@example.org", ""] {
            assert_eq!(sealer.open(&token, context), None, "{context}");
        }
    }

    #[test]
    fn what_was_changed_or_never_sealed_does_not_open() {
        let sealer = sealer(&[OLD]);
        let token = sealer.seal("plym_token", "c").unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(&token[PREFIX.len()..]).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            assert_eq!(sealer.open(&format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&bytes)), "c"), None, "byte {at}");
            bytes[at] ^= 1;
        }
        for text in ["", "plym_token", "sealed1.", "sealed1.AAAA", "sealed1.!", &token[1..]] {
            assert_eq!(sealer.open(text, "c"), None, "{text}");
        }
    }

    #[test]
    fn a_secret_is_replaced_while_what_the_old_one_sealed_still_opens() {
        let (old, both, new) = (sealer(&[OLD]), sealer(&[NEW, OLD]), sealer(&[NEW]));
        let token = old.seal("token", "c").unwrap();
        assert_eq!(both.open(&token, "c").as_deref(), Some("token"));
        assert_eq!(new.open(&token, "c"), None);
        assert_eq!(new.open(&both.seal("token", "c").unwrap(), "c").as_deref(), Some("token"), "the first one seals");
        assert!(sealer(&[]).seal("token", "c").is_err());
        assert!(!format!("{both:?}").contains(NEW));
    }
}
