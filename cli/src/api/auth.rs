//! Signing in, and renewing the session.

use chrono::{DateTime, Utc};

use super::{UserError, schema, viewer::Viewer};

#[derive(cynic::QueryFragment, Debug)]
pub(crate) struct AuthTokens {
    pub(crate) access_token: String,
    pub(crate) access_token_expires_at: DateTime<Utc>,
    pub(crate) refresh_token: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "AuthPayload")]
pub(crate) struct SignedIn {
    pub(crate) tokens: Option<AuthTokens>,
    pub(crate) viewer: Option<Viewer>,
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::InputObject, Debug)]
pub(crate) struct LoginInput {
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) device_name: Option<String>,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct LoginVariables {
    pub(crate) input: LoginInput,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "LoginVariables")]
pub(crate) struct Login {
    #[arguments(input: $input)]
    pub(crate) login: SignedIn,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "AuthPayload")]
pub(crate) struct Renewed {
    pub(crate) tokens: Option<AuthTokens>,
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct RefreshVariables {
    pub(crate) refresh_token: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "RefreshVariables")]
pub(crate) struct Refresh {
    #[arguments(refreshToken: $refresh_token)]
    pub(crate) refresh_tokens: Renewed,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct LogoutVariables {
    pub(crate) everywhere: Option<bool>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "LogoutVariables")]
pub(crate) struct Logout {
    #[arguments(everywhere: $everywhere)]
    pub(crate) logout: super::upload::Ack,
}
