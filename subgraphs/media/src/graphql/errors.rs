//! Refusals as clients see them.

use polyphony_kit::{Result, user_errors};

use crate::{
    commands::{CommandError, CommandResult},
    domain::refusal::{Refusal, RefusalCode},
};

user_errors! {
    /// There is no such thing, or it is not the viewer's.
    NotFound,
    /// The viewer may not do this to this thing.
    NotAllowed,
    /// A value is not usable.
    InvalidInput,
    /// The thing is in no state for this.
    Conflict,
    /// The idempotency key came with other input before.
    IdempotencyKeyReused,
    /// The viewer has used up what is allowed.
    QuotaExceeded,
    /// The file is not audio that can be played.
    UnsupportedMedia,
    /// The file is larger or longer than allowed.
    MediaTooLarge,
    /// The bytes are not those that were announced.
    ChecksumMismatch,
    /// Parts of the file are missing.
    UploadIncomplete,
    /// The track cannot be played now.
    NotPlayable,
    /// The track is explicit, and the viewer has chosen to be shown nothing explicit.
    ExplicitContent,
    /// The device is not there, or does not answer.
    DeviceUnreachable,
    /// What the command was based on has changed since; the payload has the current state.
    StaleVersion,
    /// The listening session has no place left.
    SessionFull,
    /// The listening session is over.
    SessionEnded,
}

impl From<RefusalCode> for UserErrorCode {
    fn from(code: RefusalCode) -> Self {
        match code {
            RefusalCode::NotFound => Self::NotFound,
            RefusalCode::NotAllowed => Self::NotAllowed,
            RefusalCode::InvalidInput => Self::InvalidInput,
            RefusalCode::Conflict => Self::Conflict,
            RefusalCode::IdempotencyKeyReused => Self::IdempotencyKeyReused,
            RefusalCode::QuotaExceeded => Self::QuotaExceeded,
            RefusalCode::UnsupportedMedia => Self::UnsupportedMedia,
            RefusalCode::MediaTooLarge => Self::MediaTooLarge,
            RefusalCode::ChecksumMismatch => Self::ChecksumMismatch,
            RefusalCode::UploadIncomplete => Self::UploadIncomplete,
            RefusalCode::NotPlayable => Self::NotPlayable,
            RefusalCode::ExplicitContent => Self::ExplicitContent,
            RefusalCode::DeviceUnreachable => Self::DeviceUnreachable,
            RefusalCode::StaleVersion => Self::StaleVersion,
            RefusalCode::SessionFull => Self::SessionFull,
            RefusalCode::SessionEnded => Self::SessionEnded,
        }
    }
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        let error = Self::new(refusal.code.into(), refusal.message);
        if refusal.path.is_empty() { error } else { error.at(refusal.path) }
    }
}

/// Parts what a user can put right from what they cannot.
pub(super) fn outcome<T>(result: CommandResult<T>) -> Result<Result<T, UserError>> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(CommandError::Refused(refusal)) => Ok(Err(refusal.into())),
        Err(CommandError::Failed(error)) => Err(error),
    }
}

/// The refusal of an id that names nothing.
pub(super) fn nothing(what: &str, path: &'static str) -> UserError {
    UserError::new(UserErrorCode::NotFound, format!("There is no such {what}.")).at(&[path])
}
