//! What can go wrong with a file: refusals, which are the file's fault and final, and failures, which are ours or the
//! machine's and may be tried again.

use std::io;

/// Why a file can never become a track. The text is meant for the person who uploaded it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{because}")]
pub struct Rejection {
    /// The kind of refusal, for programs.
    pub code: RejectionCode,
    /// One short sentence, for people.
    pub because: String,
}

/// The kinds of refusal, named as in the API's `UserErrorCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectionCode {
    /// Not audio that we can play: another kind of file, broken, encrypted, or without any sound in it.
    UnsupportedMedia,
    /// Longer, larger or costlier than the limits allow.
    MediaTooLarge,
}

impl RejectionCode {
    /// The name of the code in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnsupportedMedia => "UNSUPPORTED_MEDIA",
            Self::MediaTooLarge => "MEDIA_TOO_LARGE",
        }
    }
}

impl Rejection {
    /// A refusal because the file is not audio that we can play.
    pub fn unsupported(because: impl Into<String>) -> Self {
        Self { code: RejectionCode::UnsupportedMedia, because: because.into() }
    }

    /// A refusal because the file breaks a limit.
    pub fn too_large(because: impl Into<String>) -> Self {
        Self { code: RejectionCode::MediaTooLarge, because: because.into() }
    }
}

/// Why a step of the pipeline did not end well.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The file is refused; trying again would give the same answer.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// A child process took too long by the clock; a busy machine can be the cause, so it may be tried again.
    #[error("{0} took too long and was stopped")]
    TimedOut(&'static str),
    /// A child process failed for a reason that is not known to be the file's.
    #[error("{program} failed: {message}")]
    Tool {
        /// Which program.
        program: &'static str,
        /// The last thing it said, shortened.
        message: String,
    },
    /// The machine failed us: disk, pipes, a missing program.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl PipelineError {
    /// Whether another attempt can end better. Refusals and cancellations are final.
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Rejected(_) | Self::Cancelled)
    }

    /// For `map_err`: names what was being done when the system failed.
    pub(super) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}
