//! How a person likes it.

/// What a person has chosen for themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// The language of mails and messages.
    pub locale: Locale,
    /// Whether explicit tracks are shown.
    pub explicit_content: bool,
    /// The best quality to stream in.
    pub streaming_quality: StreamingQuality,
    /// Whether mail may be sent that they did not ask for.
    pub email_notifications: bool,
    /// Whether similar music goes on when the queue ends.
    pub autoplay: bool,
}

/// A quality to stream in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamingQuality {
    /// Up to 64 kbit/s.
    Low,
    /// Up to 128 kbit/s.
    Normal,
    /// Up to 320 kbit/s.
    High,
    /// As the source.
    Lossless,
}

impl StreamingQuality {
    const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Lossless];

    /// The stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Normal => "NORMAL",
            Self::High => "HIGH",
            Self::Lossless => "LOSSLESS",
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quality| quality.as_str() == text)
    }
}

/// A language, as a BCP 47 tag: `en`, `pt-BR`, `zh-Hant-TW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale(String);

impl Locale {
    /// Reads a language tag; its form is checked, not whether anybody speaks it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let language = parts.next().unwrap_or_default();
        let is_language = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
        let is_part = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        (text.len() <= 35 && is_language && parts.all(is_part)).then(|| Self(text.to_owned()))
    }

    /// The language of people who have not said.
    pub fn english() -> Self {
        Self("en".to_owned())
    }

    /// A tag that was parsed before it was stored.
    pub(crate) fn stored(tag: String) -> Self {
        Self(tag)
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Preferences {
    /// What people have who chose nothing.
    fn default() -> Self {
        Self {
            locale: Locale::english(),
            explicit_content: true,
            streaming_quality: StreamingQuality::High,
            email_notifications: true,
            autoplay: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_a_language_tag() {
        for text in ["en", "pt-BR", "zh-Hant-TW", "es-419", "gsw"] {
            assert!(Locale::parse(text).is_some(), "{text}");
        }
        for text in ["", "e", "english", "en_US", "en-", "en-x", "12", "en-ünïcö"] {
            assert!(Locale::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn every_quality_reads_as_it_was_written() {
        for quality in StreamingQuality::ALL {
            assert_eq!(StreamingQuality::parse(quality.as_str()), Some(quality));
        }
        assert_eq!(StreamingQuality::parse("low"), None);
    }
}
