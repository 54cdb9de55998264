//! Who is signed in.

use serde::Serialize;

use super::schema;

/// What a person may do.
#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Listener,
    Creator,
    Admin,
}

#[derive(cynic::QueryFragment, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) id: cynic::Id,
    pub(crate) handle: String,
    pub(crate) display_name: String,
}

#[derive(cynic::QueryFragment, Debug)]
pub(crate) struct Viewer {
    pub(crate) email: String,
    pub(crate) email_verified: bool,
    pub(crate) role: Role,
    pub(crate) user: User,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub(crate) struct WhoAmI {
    pub(crate) viewer: Option<Viewer>,
}

/// The viewer as an API key sees them: their address is not shown to it.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Viewer")]
pub(crate) struct KeyOwner {
    pub(crate) role: Role,
    pub(crate) user: User,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query")]
pub(crate) struct WhoOwnsTheKey {
    pub(crate) viewer: Option<KeyOwner>,
}

/// Who is signed in, by a session or by an API key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedIn {
    /// The id of the person, not of their `Viewer`.
    pub(crate) id: cynic::Id,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: Option<bool>,
    pub(crate) role: Role,
    pub(crate) user: User,
}

impl From<Viewer> for SignedIn {
    fn from(viewer: Viewer) -> Self {
        let (email, email_verified) = (Some(viewer.email), Some(viewer.email_verified));
        Self { id: viewer.user.id.clone(), email, email_verified, role: viewer.role, user: viewer.user }
    }
}

impl From<KeyOwner> for SignedIn {
    fn from(owner: KeyOwner) -> Self {
        let id = owner.user.id.clone();
        Self { id, email: None, email_verified: None, role: owner.role, user: owner.user }
    }
}
