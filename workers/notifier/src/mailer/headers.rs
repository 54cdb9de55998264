//! Headers that the library does not have.

use lettre::message::header::{Header, HeaderName, HeaderValue};

type ParseError = Box<dyn std::error::Error + Send + Sync>;

/// `Auto-Submitted: auto-generated` (RFC 3834): no out-of-office answers, please.
#[derive(Clone)]
pub(super) struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `List-Unsubscribe: <url>` (RFC 2369): where mail of this kind is turned off.
#[derive(Clone)]
pub(super) struct ListUnsubscribe(pub(super) String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self(text.trim_start_matches('<').trim_end_matches('>').to_owned()))
    }

    fn display(&self) -> HeaderValue {
        let url: String = self.0.chars().filter(char::is_ascii_graphic).collect();
        let value = format!("<{url}>");
        // As it is: a long URL must be neither folded nor encoded. It has nothing but printable ASCII.
        HeaderValue::dangerous_new_pre_encoded(Self::name(), value.clone(), value)
    }
}
