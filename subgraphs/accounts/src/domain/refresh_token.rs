//! Refresh tokens: 256 random bits that only the client has.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::secret::{Secret, random_bytes};

/// What the written form begins with, so that leaked tokens are recognised for what they are.
const PREFIX: &str = "plyr_";

/// A refresh token. It never shows itself in logs; the database has its hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(Secret);

impl RefreshToken {
    /// A token that nobody has had before.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// What the successor of a token is derived with.
    pub fn random_salt() -> [u8; 32] {
        random_bytes()
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(PREFIX, text).map(Self)
    }

    /// The written form, for the client.
    pub fn expose(&self) -> String {
        self.0.expose(PREFIX)
    }

    /// What the database knows of the token.
    pub fn hash(&self) -> Vec<u8> {
        self.0.hash()
    }

    /// The token that follows this one. With the same salt it is the same, so that a client whose answer was lost gets it
    /// again; without this token, or without the salt that only the database has, it cannot be had.
    #[must_use]
    pub fn successor(&self, salt: &[u8]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0.0).expect("HMAC takes keys of any length");
        mac.update(b"polyphony refresh token");
        mac.update(salt);
        Self(Secret(mac.finalize().into_bytes().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_as_it_was_written() {
        let token = RefreshToken::random();
        assert!(RefreshToken::parse(&token.expose()).is_some_and(|read| read == token));
        for text in ["", "plyr_", "plyr_c2hvcnQ", "nonsense", &token.expose()[1..], &format!("{}A", token.expose())] {
            assert!(RefreshToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_successor_needs_both_the_token_and_the_salt() {
        let (token, salt) = (RefreshToken::random(), RefreshToken::random_salt());
        assert!(token.successor(&salt) == token.successor(&salt));
        assert!(token.successor(&salt) != token.successor(&RefreshToken::random_salt()));
        assert!(token.successor(&salt) != RefreshToken::random().successor(&salt));
    }
}
