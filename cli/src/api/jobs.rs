//! The jobs that make uploads playable.

use super::{UserError, schema};

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct RetryVariables {
    pub(crate) everybody: bool,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TranscodeJob")]
pub(crate) struct Job {
    pub(crate) id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "RetryTranscodesPayload")]
pub(crate) struct Retried {
    pub(crate) jobs: Vec<Job>,
    pub(crate) remaining: i32,
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "RetryVariables")]
pub(crate) struct Retry {
    #[arguments(everybody: $everybody)]
    pub(crate) retry_transcodes: Retried,
}
