//! The requests of this command, typed and checked against the composed schema when it is built.

pub(crate) mod auth;
pub(crate) mod batch;
pub(crate) mod beside;
pub(crate) mod jobs;
pub(crate) mod listen;
pub(crate) mod playlist;
pub(crate) mod search;
pub(crate) mod upload;
pub(crate) mod viewer;

use chrono::{DateTime, Utc};

/// The composed schema.
#[cynic::schema("polyphony")]
#[expect(unreachable_pub, reason = "what cynic makes of a schema is public")]
pub(crate) mod schema {}

cynic::impl_scalar!(DateTime<Utc>, schema::DateTime);

/// A URL as it came.
#[derive(cynic::Scalar, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url(pub(crate) String);

/// What a person can put right.
#[derive(cynic::QueryFragment, Clone, Debug)]
pub(crate) struct UserError {
    pub(crate) code: UserErrorCode,
    pub(crate) message: String,
}

/// The codes that this command acts on.
#[derive(cynic::Enum, Clone, Debug, PartialEq, Eq)]
#[cynic(non_exhaustive)]
pub(crate) enum UserErrorCode {
    IdempotencyKeyReused,
    InvalidInput,
    MediaTooLarge,
    UnsupportedMedia,
    UploadIncomplete,
    #[cynic(fallback)]
    Other(String),
}

impl UserErrorCode {
    /// The code as the API writes it.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::InvalidInput => "INVALID_INPUT",
            Self::MediaTooLarge => "MEDIA_TOO_LARGE",
            Self::UnsupportedMedia => "UNSUPPORTED_MEDIA",
            Self::UploadIncomplete => "UPLOAD_INCOMPLETE",
            Self::Other(code) => code,
        }
    }
}

/// The first of these errors, as the reason why a mutation was refused.
pub(crate) fn accepted(errors: Vec<UserError>) -> Result<(), crate::error::ApiError> {
    match errors.into_iter().next() {
        Some(error) => {
            let code = error.code.as_str().to_owned();
            Err(crate::error::ApiError::Refused { code, message: error.message })
        }
        None => Ok(()),
    }
}
