//! E-mail addresses: one mailbox is one address, however it is typed.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

use super::Refusal;

/// An address in the one form in which it is kept, compared and sent to: the local part in NFKC and lower-case, the domain in
/// ASCII (Punycode, UTS #46).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The longest address that mail can be sent to, in bytes (RFC 5321, section 4.5.3.1.3).
const MAX_BYTES: usize = 254;
/// The longest part before the `@`, in bytes (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

impl Email {
    /// Reads an address that somebody is looked up by; `None` when nobody can have it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // Before normalisation, which takes some of them away without a word.
        if text.len() > 4 * MAX_BYTES || text.chars().any(is_invisible) {
            return None;
        }
        let text: String = text.nfkc().collect();
        let (local, domain) = text.rsplit_once('@')?;
        let local: String = local.to_lowercase().nfkc().collect();
        let domain = Uts46::new()
            .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
            .ok()?;
        let address = format!("{local}@{domain}");
        let fits = address.len() <= MAX_BYTES && local.len() <= MAX_LOCAL_BYTES;
        (fits && is_local(&local)).then_some(Self(address))
    }

    /// Reads an address that somebody wants to have. Mail to a local part that is not ASCII needs SMTPUTF8 (RFC 6531) on every
    /// server on its way, which nobody can promise, so it is refused before rather than lost after.
    pub fn choose(text: &str) -> Result<Self, Refusal> {
        let email = Self::parse(text).ok_or(Refusal::InvalidEmail)?;
        if email.is_deliverable() { Ok(email) } else { Err(Refusal::UndeliverableEmail) }
    }

    /// Whether any mail server can deliver to it.
    pub fn is_deliverable(&self) -> bool {
        self.0.is_ascii()
    }

    /// An address that was parsed before it was stored.
    pub(crate) fn stored(address: String) -> Self {
        Self(address)
    }

    /// The address as it is compared and sent to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as people read it: an internationalised domain in its own script, unless it could be taken for another one.
    pub fn display(&self) -> String {
        let Some((local, domain)) = self.0.rsplit_once('@') else { return self.0.clone() };
        let (shown, valid) = Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        // What would hide a character from the reader, or look like another domain, is shown as it is sent.
        let is_clear = valid.is_ok() && !shown.chars().any(is_invisible) && !shown.split('.').any(is_look_alike);
        let shown = if is_clear { shown } else { domain.into() };
        format!("{local}@{shown}")
    }

    /// The part behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
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

/// A dot-atom (RFC 5322, section 3.2.3) with letters and digits of any script; no quoted strings, no comments.
fn is_local(local: &str) -> bool {
    let is_fit = |c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    !local.is_empty() && local.chars().all(is_fit) && local.split('.').all(|part| !part.is_empty())
}

/// Whether a label of a domain may be read as another one: it mixes Latin letters with those of other scripts, or has letters
/// of another script that all look Latin, or Latin ones that look like others. Browsers show such labels in Punycode too.
fn is_look_alike(label: &str) -> bool {
    let is_latin = |c: char| matches!(c, 'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    let letters = || label.chars().filter(|c| c.is_alphabetic());
    let latin = letters().filter(|c| is_latin(*c)).count();
    let others = letters().count() - latin;
    let are_all_alike = letters().all(|c| LATIN_LOOK_ALIKES.contains(c));
    (others > 0 && (latin > 0 || are_all_alike)) || label.contains(['\u{131}', '\u{1c0}', '\u{1c3}'])
}

/// Letters of Cyrillic, Greek and Armenian that look like Latin ones.
const LATIN_LOOK_ALIKES: &str = "асԁеһіјӏорԛѕԝхуъьҽпгѵѡкмтвнαγηικνορτυωχεաեոսցօքհ";

/// Characters that a reader does not see or that change the direction of text: control and format characters, fillers,
/// variation selectors, and every space.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<String> {
        Email::parse(text).map(|email| email.to_string())
    }

    #[test]
    fn an_address_is_kept_trimmed_and_lower_case() {
        assert_eq!(key(" Ada.Lovelace+music@Example.ORG ").as_deref(), Some("ada.lovelace+music@example.org"));
        assert_eq!(Email::parse("admin@localhost").unwrap().local(), "admin");
    }

    #[test]
    fn however_a_domain_is_written_it_is_one() {
        let spellings =
            ["a@MÜNCHEN.example", "a@mu\u{308}nchen.example", "a@xn--mnchen-3ya.example", "a@XN--MNCHEN-3YA.EXAMPLE"];
        for text in spellings {
            assert_eq!(key(text).as_deref(), Some("a@xn--mnchen-3ya.example"), "{text}");
        }
        assert_eq!(Email::parse(spellings[2]).unwrap().display(), "a@münchen.example");
        // Full-width letters, at sign and dots of East Asian keyboards.
        assert_eq!(key("ａｄａ＠ｅｘａｍｐｌｅ。ｏｒｇ").as_deref(), Some("ada@example.org"));
    }

    #[test]
    fn a_domain_that_looks_like_another_is_shown_as_it_is_sent() {
        let display = |text: &str| Email::parse(text).map(|email| email.display());
        // Cyrillic throughout; Cyrillic in the middle of Latin; a dotless i.
        for (text, shown) in [
            ("ada@аррӏе.example", "ada@xn--80ak6aa92e.example"),
            ("ada@exаmple.org", "ada@xn--exmple-4nf.org"),
            ("ada@mıcro.example", "ada@xn--mcro-lza.example"),
        ] {
            assert_eq!(display(text).as_deref(), Some(shown), "{text}");
        }
        for text in ["ada@münchen.example", "ada@пример.example", "ada@παράδειγμα.example", "ada@例え.example"]
        {
            assert_eq!(display(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_local_part_beyond_ascii_is_one_address_in_every_form_and_cannot_be_chosen() {
        assert_eq!(key("\u{c4}da@example.org"), key("a\u{308}da@example.org"));
        assert_eq!(Email::choose("äda@example.org"), Err(Refusal::UndeliverableEmail));
        assert_eq!(Email::choose("ada@münchen.example").unwrap().as_str(), "ada@xn--mnchen-3ya.example");
        // The Kelvin sign is a k.
        assert_eq!(Email::choose("\u{212a}im@example.org").unwrap().as_str(), "kim@example.org");
    }

    #[test]
    fn what_no_mail_can_be_sent_to_is_no_address() {
        let long = format!("{}@example.org", "a".repeat(65));
        let long_domain = format!("a@{}", "abcdefghi.".repeat(26) + "org");
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a b@c.d",
            "a@b@c.d",
            "a..b@c.d",
            ".a@c.d",
            "a@b..c",
            "a@-b.c",
            "a@b.c.",
            "a@b_c.d",
            "a@xn--a.example",
            "\"a\"@c.d",
            "a(b)@c.d",
            "a@[127.0.0.1]",
            "a\r\nbcc:x@y.z",
            &long,
            &long_domain,
        ] {
            assert_eq!(Email::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_reader_does_not_see_is_in_no_address() {
        for hidden in [
            '\u{0}',
            '\u{7f}',
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2060}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{e0061}',
            '\u{a0}',
            '\u{3000}',
        ] {
            assert_eq!(Email::parse(&format!("ad{hidden}a@example.org")), None, "{hidden:?}");
            assert_eq!(Email::parse(&format!("ada@exam{hidden}ple.org")), None, "{hidden:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_address_read_twice_is_the_same(text in "\\PC{1,20}@\\PC{1,20}") {
            if let Some(email) = Email::parse(&text) {
                proptest::prop_assert_eq!(Email::parse(email.as_str()), Some(email.clone()));
                proptest::prop_assert_eq!(Email::parse(&email.display()), Some(email.clone()));
                proptest::prop_assert!(!email.as_str().chars().any(is_invisible));
                proptest::prop_assert!(email.as_str().rsplit_once('@').unwrap().1.is_ascii());
            }
        }

        #[test]
        fn every_spelling_of_an_address_is_the_same(local in "[a-z0-9]{1,12}", label in "[a-zäöüéñαβγδжшщ]{1,12}") {
            let address = format!("{local}@{label}.example");
            let email = Email::parse(&address);
            proptest::prop_assert!(email.is_some(), "{address}");
            let wide: String = local.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
            let spellings = [
                address.to_uppercase(),
                address.nfd().collect(),
                address.nfkd().collect::<String>().to_uppercase(),
                format!("{wide}@{label}.example"),
                format!("{local}＠{label}。example"),
                email.as_ref().unwrap().to_string().to_uppercase(),
            ];
            for spelling in spellings {
                proptest::prop_assert_eq!(Email::parse(&spelling), email.clone(), "{}", spelling);
            }
        }
    }
}
