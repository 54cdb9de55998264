//! Passwords that people choose.

use unicode_normalization::UnicodeNormalization;
use zxcvbn::{
    Score,
    feedback::{Suggestion, Warning},
    zxcvbn,
};

use super::Email;

/// The fewest characters of a password.
const MIN_CHARACTERS: usize = 8;
/// The most bytes of a password: enough for any passphrase, little enough to hash.
const MAX_BYTES: usize = 256;
/// How many guesses a password must be worth, on zxcvbn's scale of 0 to 4: over a million. Guesses are counted where people sign
/// in, and hashes are slow, so this is far more than anybody can try.
const MIN_SCORE: Score = Score::Two;
/// The estimate takes longer the longer the password; what a beginning of this length is worth, the whole is.
const MAX_ESTIMATED_CHARACTERS: usize = 64;

/// A password strong enough to be chosen. It never shows itself in logs.
#[derive(Clone)]
pub struct Password(String);

/// Whose password it will be: what others know of them is guessed first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owner<'a> {
    /// Their address.
    pub email: Option<&'a Email>,
    /// The name to be found by.
    pub handle: &'a str,
    /// The name to be called.
    pub display_name: &'a str,
}

/// Why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Weakness {
    /// Fewer than eight characters.
    #[error("the password needs at least {MIN_CHARACTERS} characters")]
    TooShort,
    /// More bytes than we hash.
    #[error("the password may have at most {MAX_BYTES} bytes")]
    TooLong,
    /// The address, the handle or the name itself.
    #[error("the password must not be your address, handle or name")]
    Personal,
    /// Guessed within a million guesses.
    #[error("the password is too easy to guess.{}{}", sentence(.warning.as_ref()), sentence(.suggestion.as_ref()))]
    Guessable {
        /// What makes it so, where there is one thing.
        warning: Option<Warning>,
        /// What would help.
        suggestion: Option<Suggestion>,
    },
}

/// A part of a message, if there is one.
fn sentence(part: Option<&impl std::fmt::Display>) -> String {
    part.map(|part| format!(" {part}")).unwrap_or_default()
}

impl Password {
    /// Accepts a password for this person.
    pub fn choose(text: &str, owner: Owner<'_>) -> Result<Self, Weakness> {
        let password = normalize(text);
        if password.chars().count() < MIN_CHARACTERS {
            return Err(Weakness::TooShort);
        }
        if password.len() > MAX_BYTES {
            return Err(Weakness::TooLong);
        }
        let personal = owner.words();
        let folded = password.to_lowercase();
        if personal.iter().any(|own| own.to_lowercase() == folded) {
            return Err(Weakness::Personal);
        }
        let beginning: String = password.chars().take(MAX_ESTIMATED_CHARACTERS).collect();
        let estimate = zxcvbn(&beginning, &personal);
        if estimate.score() < MIN_SCORE {
            let feedback = estimate.feedback();
            return Err(Weakness::Guessable {
                warning: feedback.and_then(zxcvbn::feedback::Feedback::warning),
                suggestion: feedback.and_then(|feedback| feedback.suggestions().first().copied()),
            });
        }
        Ok(Self(password))
    }

    /// The password itself, to be hashed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'a> Owner<'a> {
    /// What others know of the person, and what its parts are.
    fn words(&self) -> Vec<&'a str> {
        let email = self.email.map(|email| [email.as_str(), email.local()]);
        let names = [self.handle, self.display_name].into_iter().chain(self.display_name.split_whitespace());
        email.into_iter().flatten().chain(names).filter(|word| !word.is_empty()).collect()
    }
}

/// The form in which a password is hashed and checked: the same characters typed on any keyboard are the same bytes.
pub fn normalize(text: &str) -> String {
    text.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(text: &str) -> Result<Password, Weakness> {
        let email = Email::parse("margaret@example.org");
        let owner = Owner { email: email.as_ref(), handle: "hamilton69", display_name: "Margaret H. Lovelace" };
        Password::choose(text, owner)
    }

    fn weakness(text: &str) -> Option<Weakness> {
        choose(text).err()
    }

    #[test]
    fn a_password_has_at_least_eight_characters_and_at_most_256_bytes() {
        assert_eq!(weakness("7 chars"), Some(Weakness::TooShort));
        assert_eq!(weakness("ünïcödé"), Some(Weakness::TooShort));
        assert_eq!(weakness("8 chars!"), None);
        let long = "correct horse battery staple ".repeat(9);
        assert_eq!(weakness(&long[..256]), None);
        assert_eq!(weakness(&long[..257]), Some(Weakness::TooLong));
    }

    #[test]
    fn what_is_guessed_first_is_refused_however_it_is_written() {
        for text in
            ["password1", "PassWord1", "P@ssw0rd", "qwertyuiop", "12345678", "aaaaaaaaaaaa", "abcabcabc", "drowssap1"]
        {
            assert!(matches!(weakness(text), Some(Weakness::Guessable { .. })), "{text}");
        }
    }

    #[test]
    fn what_others_know_of_somebody_is_no_password_of_theirs() {
        for text in ["margaret@example.org", "Margaret", "Hamilton69", "margaret h. lovelace"] {
            assert_eq!(weakness(text), Some(Weakness::Personal), "{text}");
        }
        for text in ["hamilton691", "Lovelace1", "margaret!!"] {
            assert!(matches!(weakness(text), Some(Weakness::Guessable { .. })), "{text}");
            assert!(Password::choose(&format!("{text} of a stranger"), Owner::default()).is_ok());
        }
    }

    #[test]
    fn a_few_words_and_what_a_machine_makes_up_are_passwords() {
        for text in ["a quiet evening in May", "correct horse battery", "cafe au lait", "kX7#pQ2m", "q7hw-2kzn-x4dv"] {
            assert_eq!(weakness(text), None, "{text}");
        }
    }

    #[test]
    fn a_refusal_says_what_would_help() {
        let message = weakness("password1").unwrap().to_string();
        assert!(message.starts_with("the password is too easy to guess. This is"), "{message}");
        assert!(message.ends_with("Uncommon words are better."), "{message}");
    }

    #[test]
    fn a_composed_and_a_decomposed_letter_are_the_same_password() {
        assert_eq!(choose("caf\u{e9} au lait").unwrap().expose(), choose("cafe\u{301} au lait").unwrap().expose());
    }

    #[test]
    fn the_longest_password_is_estimated_in_a_moment() {
        let started = std::time::Instant::now();
        let _ = choose(&"aB3$xyzzy".repeat(28));
        assert!(started.elapsed() < std::time::Duration::from_secs(2), "{:?}", started.elapsed());
    }
}
