//! E-mail addresses.

use std::fmt;

/// An address as we keep and compare it: trimmed and lower-case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The longest address that mail can be sent to (RFC 5321, section 4.5.3.1.3).
const MAX_LENGTH: usize = 254;
/// The longest part before the `@`.
const MAX_LOCAL: usize = 64;

impl Email {
    /// Reads an address; `None` when no mail could be sent to it.
    pub fn parse(text: &str) -> Option<Self> {
        let address = text.trim().to_lowercase();
        let (local, domain) = address.rsplit_once('@')?;
        let fits = address.len() <= MAX_LENGTH && local.len() <= MAX_LOCAL;
        (fits && is_local(local) && is_domain(domain)).then_some(Self(address))
    }

    /// An address that was parsed before it was stored.
    pub(crate) fn stored(address: String) -> Self {
        Self(address)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_local(local: &str) -> bool {
    let is_fit = |c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    !local.is_empty() && local.chars().all(is_fit) && local.split('.').all(|part| !part.is_empty())
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_trimmed_and_lower_case() {
        assert_eq!(
            Email::parse(" Ada.Lovelace+music@Example.ORG ").unwrap().as_str(),
            "ada.lovelace+music@example.org"
        );
        assert_eq!(Email::parse("admin@localhost").unwrap().local(), "admin");
    }

    #[test]
    fn what_no_mail_can_be_sent_to_is_no_address() {
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a b@c.d",
            "a@b@c.d",
            "a..b@c.d",
            "a@b..c",
            "a@-b.c",
            "a\r\nbcc:x@y.z",
            &long,
        ] {
            assert_eq!(Email::parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_address_read_twice_is_the_same(text in "\\PC{1,20}@\\PC{1,20}") {
            if let Some(email) = Email::parse(&text) {
                proptest::prop_assert_eq!(Email::parse(email.as_str()), Some(email.clone()));
            }
        }
    }
}
