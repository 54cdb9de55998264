//! What somebody fills in to have an account.

use chrono::{DateTime, Utc};
use polyphony_kit::{Role, UserId};

use super::{Account, DisplayName, Email, Handle, Owner, Password, Preferences, Refusal, User};

/// What was filled in, as it was typed.
#[derive(Clone, Copy)]
pub struct RegistrationForm<'a> {
    /// E-mail address.
    pub email: &'a str,
    /// Password.
    pub password: &'a str,
    /// Name to be found by.
    pub handle: &'a str,
    /// Name to be called.
    pub display_name: &'a str,
}

/// A form in which every answer is fit.
#[derive(Clone)]
pub struct Registration {
    /// E-mail address.
    pub email: Email,
    /// Password.
    pub password: Password,
    /// Name to be found by.
    pub handle: Handle,
    /// Name to be called.
    pub display_name: DisplayName,
}

impl RegistrationForm<'_> {
    /// Reads the form; tells all that is wrong with it at once.
    pub fn parse(self) -> Result<Registration, Vec<Refusal>> {
        let email = Email::choose(self.email);
        let handle = Handle::parse(self.handle).ok_or(Refusal::InvalidHandle);
        let display_name = DisplayName::parse(self.display_name).ok_or(Refusal::InvalidDisplayName);
        let handle_text = handle.as_ref().map_or(self.handle, Handle::as_str);
        let owner = Owner { email: email.as_ref().ok(), handle: handle_text, display_name: self.display_name };
        let password = Password::choose(self.password, owner).map_err(Refusal::WeakPassword);
        match (email, handle, display_name, password) {
            (Ok(email), Ok(handle), Ok(display_name), Ok(password)) => {
                Ok(Registration { email, password, handle, display_name })
            }
            (email, handle, display_name, password) => {
                let refusals = [email.err(), handle.err(), display_name.err(), password.err()];
                Err(refusals.into_iter().flatten().collect())
            }
        }
    }
}

impl Registration {
    /// The account that comes of it, with the preferences that people have who chose none.
    pub fn into_account(self, role: Role, password_hash: String, now: DateTime<Utc>) -> Account {
        Account {
            user: User {
                id: UserId::new(),
                handle: self.handle.as_str().to_owned(),
                display_name: self.display_name.as_str().to_owned(),
                avatar_url: None,
                picture: None,
                bio: None,
                created_at: now,
            },
            email: self.email,
            email_verified: false,
            password_hash: Some(password_hash),
            role,
            has_second_factor: false,
            suspended: false,
            preferences: Preferences::default(),
            version: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let form = RegistrationForm { email: "nobody", password: "short", handle: "x", display_name: " " };
        let weak = Refusal::WeakPassword(crate::domain::Weakness::TooShort);
        let expected = vec![Refusal::InvalidEmail, Refusal::InvalidHandle, Refusal::InvalidDisplayName, weak];
        assert_eq!(form.parse().err(), Some(expected));
    }
}
