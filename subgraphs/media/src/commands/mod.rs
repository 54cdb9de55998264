//! What media does: one write each, with its authorization, its rule, and its event in the same transaction.

pub mod begin_transcode;
pub mod cancel_transcode;
pub mod cancel_upload;
pub mod complete_upload;
pub mod create_upload;
mod discard;
pub mod expire_upload;
pub mod finish_transcode;
pub mod forget_user;
pub mod give_up_transcode;
pub mod reject_upload;
pub mod remake_upload;
pub mod retire_upload;
pub mod retry_transcode;

use polyphony_kit::Error;

use crate::domain::refusal::Refusal;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum CommandError {
    /// The user can put it right.
    Refused(Refusal),
    /// A client's mistake, or ours.
    Failed(Error),
}

/// The result of a command.
pub type CommandResult<T> = Result<T, CommandError>;

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Into<Error>> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
