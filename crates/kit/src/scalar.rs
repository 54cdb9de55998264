//! Scalars that several subgraphs share.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

/// An absolute URL (`https://…`), as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url(pub String);

#[Scalar(name = "Url", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = value else { return Err(InputValueError::expected_type(value)) };
        match url::Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && text.len() <= 2048 => Ok(Self(text)),
            _ => Err(InputValueError::custom("an absolute http or https URL of at most 2048 characters is needed")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
