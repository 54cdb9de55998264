//! What people call themselves and their devices.

use super::{Email, email::is_invisible};

/// A name to be found by: 3 to 30 of `a-z 0-9 _ . -`, kept lower-case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle(String);

/// A name to be called, 1 to 80 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// A few words about oneself, at most 500 characters; nothing when there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bio(Option<String>);

/// What a client calls its device, at most 80 characters; nothing when it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceName(Option<String>);

/// What somebody calls an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(String);

impl KeyName {
    /// Reads the name of a key.
    pub fn parse(text: &str) -> Option<Self> {
        let name = line(text, 80)?;
        (!name.is_empty()).then_some(Self(name))
    }

    /// The name as text.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Handle {
    /// Reads a handle, whatever its capitals.
    pub fn parse(text: &str) -> Option<Self> {
        let handle = text.trim().to_lowercase();
        let is_fit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b);
        ((3..=30).contains(&handle.len()) && handle.bytes().all(is_fit)).then_some(Self(handle))
    }

    /// A handle like an address, short enough for a number behind it.
    pub fn like(email: &Email) -> Self {
        let is_fit = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(*c);
        let handle: String = email.local().chars().filter(is_fit).take(24).collect();
        Self(if handle.len() < 3 { format!("user{handle}") } else { handle })
    }

    /// The handle as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DisplayName {
    /// Reads a display name; blanks around it do not count, control characters are not let in, and something of it is seen.
    pub fn parse(text: &str) -> Option<Self> {
        let name = line(text, 80)?;
        (!name.chars().all(is_invisible)).then_some(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Bio {
    /// Reads a bio; it may have several lines.
    pub fn parse(text: &str) -> Option<Self> {
        let bio = text.trim();
        let is_fit = bio.chars().count() <= 500 && bio.chars().all(|c| c == '\n' || !c.is_control());
        is_fit.then(|| Self((!bio.is_empty()).then(|| bio.to_owned())))
    }

    /// The text, if there is any.
    pub fn into_text(self) -> Option<String> {
        self.0
    }
}

impl DeviceName {
    /// Reads what a client says of its device.
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let name = line(text.unwrap_or_default(), 80)?;
        Some(Self((!name.is_empty()).then_some(name)))
    }

    /// The name, if there is one.
    pub fn into_text(self) -> Option<String> {
        self.0
    }
}

fn line(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    (text.chars().count() <= most && !text.chars().any(breaks_line)).then(|| text.to_owned())
}

/// Characters that a name on one line has no use for: control characters, ends of lines, and what turns the direction of the text
/// around it (names stand in mails and lists, between words of ours).
fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_kept_lower_case() {
        assert_eq!(Handle::parse("Nina.Simone_33").unwrap().as_str(), "nina.simone_33");
    }

    #[test]
    fn a_handle_has_3_to_30_plain_characters() {
        for text in ["ab", &"a".repeat(31), "nina simone", "röyksopp", "nina@home", ""] {
            assert_eq!(Handle::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_display_name_has_1_to_80_characters_on_one_line() {
        assert_eq!(DisplayName::parse("  Röyksopp ").unwrap().as_str(), "Röyksopp");
        assert!(DisplayName::parse(&"é".repeat(80)).is_some());
        // Emoji are joined by what is not seen.
        assert!(DisplayName::parse("👩\u{200d}🎤 Nina").is_some());
        for text in [
            " ",
            "two\nlines",
            "two\u{2028}lines",
            "nina\u{202e}gpj.exe",
            "\u{2066}nina",
            "\u{200b}\u{3164}",
            &"é".repeat(81),
        ] {
            assert_eq!(DisplayName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_blank_bio_or_device_name_is_none() {
        assert_eq!(Bio::parse(" \n ").unwrap().into_text(), None);
        assert_eq!(Bio::parse("two\nlines").unwrap().into_text().as_deref(), Some("two\nlines"));
        assert_eq!(Bio::parse(&"x".repeat(501)), None);
        assert_eq!(DeviceName::parse(Some(" ")), DeviceName::parse(None));
        assert_eq!(DeviceName::parse(Some(&"x".repeat(81))), None);
    }
}
