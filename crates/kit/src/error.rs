//! What a resolver may fail with: a client's mistake, or ours. Refusals that a user can put right are not errors; they go
//! into the payload's `userErrors`.

use std::sync::Arc;

use async_graphql::ErrorExtensions;

use crate::{db, request_id};

/// The result of a resolver.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The codes that clients find in `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// No token, or one that is not accepted.
    Unauthenticated,
    /// The viewer may not do this.
    Forbidden,
    /// Too many requests; `retryAfterMs` says when to come again.
    RateLimited,
    /// The request itself is malformed.
    BadUserInput,
    /// A part that this needs is away, the database for one; trying again later makes sense.
    Unavailable,
    /// Our mistake; opaque to clients, logged with the request id.
    Internal,
}

impl ErrorCode {
    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::RateLimited => "RATE_LIMITED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// What went wrong in a resolver or a command, by who is to blame.
///
/// It has no `Display` on purpose: async-graphql turns anything that can be displayed into text for the client.
#[derive(Debug)]
pub enum Error {
    /// The client's mistake: the message is for it.
    Client {
        /// Which kind of mistake.
        code: ErrorCode,
        /// What the client should know, in a sentence.
        message: String,
        /// For [`ErrorCode::RateLimited`]: when to come again.
        retry_after_ms: Option<u64>,
    },
    /// Our mistake, or the database is away: the client learns which, and the request id.
    Internal(anyhow::Error),
}

impl Error {
    /// A client's mistake with a message for it.
    pub fn client(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Client { code, message: message.into(), retry_after_ms: None }
    }

    /// Nobody is signed in.
    pub fn unauthenticated() -> Self {
        Self::client(ErrorCode::Unauthenticated, "sign in first")
    }

    /// The viewer may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::client(ErrorCode::Forbidden, message)
    }

    /// The request is malformed.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::client(ErrorCode::BadUserInput, message)
    }

    /// A part that only this field needs is away.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::client(ErrorCode::Unavailable, message)
    }

    /// Too many requests.
    pub fn rate_limited(retry_after_ms: u64) -> Self {
        Self::Client {
            code: ErrorCode::RateLimited,
            message: format!("too many requests, try again in {retry_after_ms} ms"),
            retry_after_ms: Some(retry_after_ms),
        }
    }

    /// The code that the client sees.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Client { code, .. } => *code,
            Self::Internal(source) if is_away(source) => ErrorCode::Unavailable,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }
}

/// Whether it is because the database is away, so that trying again later makes sense.
fn is_away(source: &anyhow::Error) -> bool {
    source.chain().any(|cause| {
        // Loaders share one error with all who wait for the batch.
        let shared = cause.downcast_ref::<Arc<sqlx::Error>>().map(Arc::as_ref);
        cause.downcast_ref::<sqlx::Error>().or(shared).is_some_and(db::is_transient)
    })
}

impl<E: Into<anyhow::Error>> From<E> for Error {
    fn from(source: E) -> Self {
        Self::Internal(source.into())
    }
}

impl From<Error> for async_graphql::ServerError {
    /// As the error of a whole request, which is of no place in the query.
    fn from(error: Error) -> Self {
        async_graphql::Error::from(error).into_server_error(async_graphql::Pos::default())
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let code = error.code().as_str();
        let request_id = request_id::current();
        match error {
            Error::Client { message, retry_after_ms, .. } => async_graphql::Error::new(message).extend_with(|_, e| {
                e.set("code", code);
                if let Some(ms) = retry_after_ms {
                    e.set("retryAfterMs", ms);
                }
            }),
            Error::Internal(source) => {
                let error = format!("{source:#}");
                let message = if code == ErrorCode::Unavailable.as_str() {
                    tracing::warn!(request.id = request_id, error, "a resolver was refused the database");
                    "this cannot be reached at the moment, try again"
                } else {
                    tracing::error!(request.id = request_id, error, "a resolver failed");
                    "internal error"
                };
                async_graphql::Error::new(message).extend_with(|_, e| {
                    e.set("code", code);
                    if let Some(id) = &request_id {
                        e.set("requestId", id.clone());
                    }
                })
            }
        }
    }
}

/// Makes the `UserErrorCode` enum and the `UserError` and `AckPayload` objects of a subgraph from the codes that it uses; composition
/// unites the enums of all subgraphs.
///
/// `user_errors! { /// doc NotFound, /// doc NotAllowed }`
#[macro_export]
macro_rules! user_errors {
    ($($(#[$doc:meta])* $code:ident),+ $(,)?) => {
        /// Why a mutation was refused, for a program.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum UserErrorCode { $($(#[$doc])* $code),+ }

        /// Something that the user can put right.
        #[derive(Clone, Debug, PartialEq, Eq, async_graphql::SimpleObject)]
        #[graphql(shareable)]
        pub struct UserError {
            /// Why, for a program.
            pub code: UserErrorCode,
            /// Why, for a person, in English.
            pub message: String,
            /// Where in the input, from the argument's name down.
            pub path: Option<Vec<String>>,
        }

        /// The answer of a mutation that gives nothing back but whether it was done.
        #[derive(Clone, Debug, PartialEq, Eq, async_graphql::SimpleObject)]
        #[graphql(shareable)]
        pub struct AckPayload {
            /// Whether it was done.
            pub ok: bool,
            /// Why not.
            pub user_errors: Vec<UserError>,
        }

        impl From<Result<(), UserError>> for AckPayload {
            fn from(done: Result<(), UserError>) -> Self {
                Self { ok: done.is_ok(), user_errors: done.err().into_iter().collect() }
            }
        }

        impl UserError {
            /// A refusal with its reason.
            pub fn new(code: UserErrorCode, message: impl Into<String>) -> Self {
                Self { code, message: message.into(), path: None }
            }

            /// The same refusal, pointing at the part of the input that caused it.
            #[must_use]
            pub fn at(mut self, path: &[&str]) -> Self {
                self.path = Some(path.iter().map(ToString::to_string).collect());
                self
            }
        }
    };
}
