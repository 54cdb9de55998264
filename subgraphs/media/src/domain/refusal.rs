//! Why something that a user asked for is not done, or a file is not taken.

use super::text_enum;
use crate::pipeline::{Rejection, RejectionCode};

text_enum! {
    /// The kinds of refusal, named as in the API's `UserErrorCode`.
    RefusalCode {
        /// There is no such thing, or it is not the viewer's.
        NotFound = "NOT_FOUND",
        /// The viewer may not do this to this thing.
        NotAllowed = "NOT_ALLOWED",
        /// A value is not usable.
        InvalidInput = "INVALID_INPUT",
        /// The thing is in no state for this.
        Conflict = "CONFLICT",
        /// The idempotency key came with other input before.
        IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
        /// The viewer has used up what is allowed.
        QuotaExceeded = "QUOTA_EXCEEDED",
        /// Not audio that we can play.
        UnsupportedMedia = "UNSUPPORTED_MEDIA",
        /// Larger or longer than allowed.
        MediaTooLarge = "MEDIA_TOO_LARGE",
        /// The bytes are not those that were announced.
        ChecksumMismatch = "CHECKSUM_MISMATCH",
        /// Parts are missing.
        UploadIncomplete = "UPLOAD_INCOMPLETE",
        /// The track cannot be played now.
        NotPlayable = "NOT_PLAYABLE",
        /// The track is explicit, and the viewer wants nothing explicit.
        ExplicitContent = "EXPLICIT_CONTENT",
        /// The device is not there, or does not answer.
        DeviceUnreachable = "DEVICE_UNREACHABLE",
        /// What the command was based on has changed since.
        StaleVersion = "STALE_VERSION",
        /// The listening session has no place left.
        SessionFull = "SESSION_FULL",
        /// The listening session is over.
        SessionEnded = "SESSION_ENDED",
    }
}

/// A refusal with its reason for a person, and where in the input its cause is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which kind.
    pub code: RefusalCode,
    /// Why, a sentence in English.
    pub message: String,
    /// Where in the input, from the argument's name down.
    pub path: &'static [&'static str],
}

impl Refusal {
    /// A refusal with its reason.
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), path: &[] }
    }

    /// The same, pointing at its cause in the input.
    #[must_use]
    pub fn at(mut self, path: &'static [&'static str]) -> Self {
        self.path = path;
        self
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let code = match rejection.code {
            RejectionCode::UnsupportedMedia => RefusalCode::UnsupportedMedia,
            RejectionCode::MediaTooLarge => RefusalCode::MediaTooLarge,
        };
        Self::new(code, rejection.because)
    }
}
