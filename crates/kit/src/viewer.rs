//! Who asks: the signed-in person of a request, read from the access token and nothing else.

use async_graphql::Context;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, SessionId, UserId};

/// What a person may do. CREATOR may upload and manage what it owns; ADMIN may do everything.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    async_graphql::Enum,
    schemars::JsonSchema,
    sqlx::Type,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Listens, makes playlists, follows.
    Listener,
    /// May also upload and manage what it owns.
    Creator,
    /// May do everything.
    Admin,
}

impl Role {
    /// As it stands in tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Listener => "LISTENER",
            Self::Creator => "CREATOR",
            Self::Admin => "ADMIN",
        }
    }
}

/// The signed-in person of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The person.
    pub user: UserId,
    /// The session whose token was sent; for an API key, the id of the key.
    pub session: SessionId,
    /// What the person may do.
    pub role: Role,
    /// What the token may be used for: `read`, `write`, `upload`, `admin`. A session's token has all that its person's role
    /// allows, an API key's token those of the key.
    pub scopes: Vec<String>,
}

impl Viewer {
    /// May upload and manage what it owns.
    pub fn is_creator(&self) -> bool {
        self.role >= Role::Creator
    }

    /// May do everything.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Whether the token may be used for this; a `*` is good for everything.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|given| given == scope || given == "*")
    }

    /// Refuses anyone who is not at least `role`.
    pub fn require(&self, role: Role) -> Result<()> {
        if self.role >= role { Ok(()) } else { Err(Error::forbidden("your role does not allow this")) }
    }
}

/// The viewer of this request, if somebody is signed in.
pub fn viewer<'ctx>(ctx: &Context<'ctx>) -> Option<&'ctx Viewer> {
    ctx.data_opt::<Option<Viewer>>().and_then(Option::as_ref)
}

/// The viewer of this request; UNAUTHENTICATED when nobody is signed in.
pub fn require_viewer<'ctx>(ctx: &Context<'ctx>) -> Result<&'ctx Viewer> {
    viewer(ctx).ok_or_else(Error::unauthenticated)
}
