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

#[derive(cynic::QueryFragment, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Viewer {
    pub(crate) id: cynic::Id,
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
