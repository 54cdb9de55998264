//! What may go wrong between this command and the platform, each in one line that says what to do.

use std::time::Duration;

/// Why a request to the platform, or to its object store, came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("you are not signed in, or your session has ended: run `polyphony login`")]
    Unauthenticated,
    /// The role, or the scopes of the API key, do not allow it.
    #[error("{message}")]
    Forbidden { message: String },
    #[error("too many requests; try again in {} s", retry_after.as_secs().max(1))]
    RateLimited { retry_after: Duration },
    /// A mutation's `userErrors`: what a person can put right.
    #[error("{message}")]
    Refused { code: String, message: String },
    /// A GraphQL error.
    #[error("the server answered: {message}{}", code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Failed { code: Option<String>, message: String },
    #[error("{server} cannot be reached: {reason}")]
    Unreachable { server: String, reason: String },
    #[error("{server} answered {status}{}", detail.as_deref().map(|text| format!(": {text}")).unwrap_or_default())]
    Status { server: String, status: u16, detail: Option<String> },
    /// Trouble with the files that keep the session, or the file that is uploaded.
    #[error("{0}")]
    Local(String),
}

impl ApiError {
    /// Whether the same request may well succeed a little later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Unreachable { .. } => true,
            Self::Failed { code, .. } => !matches!(
                code.as_deref(),
                Some("BAD_USER_INPUT" | "GRAPHQL_VALIDATION_FAILED" | "GRAPHQL_PARSE_FAILED")
            ),
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::Unauthenticated | Self::Forbidden { .. } | Self::Refused { .. } | Self::Local(_) => false,
        }
    }

    /// Whether every other request of this command would fail alike.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self, Self::Unauthenticated | Self::Forbidden { .. })
    }

    /// A request that did not come through, told by its innermost cause.
    pub(crate) fn unreachable(server: &url::Url, error: &reqwest::Error) -> Self {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        Self::Unreachable { server: server.origin().ascii_serialization(), reason: cause.to_string() }
    }

    /// Local trouble, with its causes.
    pub(crate) fn local(error: impl Into<anyhow::Error>) -> Self {
        Self::Local(one_line(&error.into()))
    }
}

/// The error and its causes on one line, each said once.
pub(crate) fn one_line(error: &anyhow::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string().replace(['\n', '\r'], " ");
        if !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
    }
    said.join(": ")
}
