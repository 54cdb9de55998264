//! Makes access tokens the way accounts does, and all the ways in which it never would.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

/// A key that tokens are signed with.
#[derive(Clone)]
pub struct Key {
    id: String,
    secret: SigningKey,
}

impl Key {
    /// The key with this id; its secret follows from `seed`.
    pub fn new(id: &str, seed: u8) -> Self {
        Self { id: id.to_owned(), secret: SigningKey::from_bytes(&[seed; 32]) }
    }

    /// The key as accounts publishes it.
    pub fn public(&self) -> Value {
        json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
            "kid": self.id, "x": self.public_bytes(),
        })
    }

    /// The public half alone, in base64url.
    pub fn public_bytes(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.secret.verifying_key())
    }

    /// A good token for `user`.
    pub fn token(&self, user: &str) -> String {
        self.sign(&self.header(), &claims(user))
    }

    /// A good token for `user` that ends in so many seconds.
    pub fn token_for(&self, user: &str, seconds: u64) -> String {
        let mut claims = claims(user);
        claims["exp"] = (now() + seconds).into();
        self.sign(&self.header(), &claims)
    }

    /// The header of a good token.
    pub fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": self.id })
    }

    /// A token with any header and claims, signed with this key.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = signing_input(header, claims);
        let signature = self.secret.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// The claims of a good token for `user`.
pub fn claims(user: &str) -> Value {
    let now = now();
    json!({
        "sub": user, "sid": "ses_1", "role": "LISTENER", "scope": "", "jti": "1",
        "iss": "polyphony", "aud": "polyphony", "iat": now, "exp": now + 600,
    })
}

/// What of a token is signed.
pub fn signing_input(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Seconds since the Unix epoch.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
