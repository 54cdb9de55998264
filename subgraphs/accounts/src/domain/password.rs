//! Passwords that people choose.

use std::{collections::HashSet, sync::LazyLock};

use unicode_normalization::UnicodeNormalization;

use super::Email;

/// The fewest characters of a password.
const MIN_CHARACTERS: usize = 8;
/// The most bytes of a password: enough for any passphrase, little enough to hash.
const MAX_BYTES: usize = 256;
/// Passwords that are tried first by whoever guesses, a line each, lower-case.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../data/common_passwords.txt").lines().collect());

/// A password strong enough to be chosen. It never shows itself in logs.
#[derive(Clone)]
pub struct Password(String);

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Fewer than eight characters.
    #[error("the password needs at least {MIN_CHARACTERS} characters")]
    TooShort,
    /// More bytes than we hash.
    #[error("the password may have at most {MAX_BYTES} bytes")]
    TooLong,
    /// On the list of common passwords, or one character again and again.
    #[error("the password is one of those that are guessed first")]
    Common,
    /// The address or the handle itself.
    #[error("the password must not be the address or the handle")]
    Personal,
}

impl Password {
    /// Accepts a password for the person with this address and handle.
    pub fn choose(text: &str, email: Option<&Email>, handle: &str) -> Result<Self, Weakness> {
        let password = normalize(text);
        if password.chars().count() < MIN_CHARACTERS {
            return Err(Weakness::TooShort);
        }
        if password.len() > MAX_BYTES {
            return Err(Weakness::TooLong);
        }
        let folded = password.to_lowercase();
        if COMMON.contains(folded.as_str()) || is_one_character(&folded) {
            return Err(Weakness::Common);
        }
        let own = email.map(|email| [email.as_str(), email.local()]);
        if own.iter().flatten().chain([&handle]).any(|own| *own == folded) {
            return Err(Weakness::Personal);
        }
        Ok(Self(password))
    }

    /// The password itself, to be hashed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The form in which a password is hashed and checked: the same characters typed on any keyboard are the same bytes.
pub fn normalize(text: &str) -> String {
    text.nfc().collect()
}

fn is_one_character(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_none_or(|first| characters.all(|next| next == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str) -> Result<Password, Weakness> {
        Password::choose(text, Email::parse("margaret@example.org").as_ref(), "hamilton69")
    }

    fn weakness(text: &str) -> Option<Weakness> {
        choose(text).err()
    }

    #[test]
    fn a_password_has_at_least_eight_characters_and_at_most_256_bytes() {
        assert_eq!(weakness("7 chars"), Some(Weakness::TooShort));
        assert_eq!(weakness("ünïcödé"), Some(Weakness::TooShort));
        assert_eq!(weakness("8 chars!"), None);
        assert_eq!(weakness(&"ab".repeat(128)), None);
        assert_eq!(weakness(&format!("{}c", "ab".repeat(128))), Some(Weakness::TooLong));
    }

    #[test]
    fn a_common_password_is_refused_however_it_is_capitalised() {
        for text in ["password1", "PassWord1", "qwertyuiop", "12345678", "aaaaaaaaaaaa"] {
            assert_eq!(weakness(text), Some(Weakness::Common), "{text}");
        }
    }

    #[test]
    fn the_address_and_the_handle_are_no_passwords() {
        for text in ["margaret@example.org", "Margaret", "Hamilton69"] {
            assert_eq!(weakness(text), Some(Weakness::Personal), "{text}");
        }
    }

    #[test]
    fn a_composed_and_a_decomposed_letter_are_the_same_password() {
        assert_eq!(choose("caf\u{e9} au lait").unwrap().expose(), choose("cafe\u{301} au lait").unwrap().expose());
    }

    #[test]
    fn the_list_is_lower_case_and_has_hundreds_of_entries_that_are_long_enough_to_matter() {
        assert!(COMMON.iter().all(|entry| *entry == entry.trim().to_lowercase() && !entry.is_empty()));
        assert!(COMMON.iter().filter(|entry| entry.chars().count() >= MIN_CHARACTERS).count() >= 300);
    }
}
