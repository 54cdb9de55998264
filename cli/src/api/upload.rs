//! Uploads and what becomes of them.

use super::{Url, UserError, schema};

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadState {
    AwaitingBytes,
    Received,
    Probing,
    Transcoding,
    Ready,
    Rejected,
    Expired,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    Queued,
    Running,
    Ready,
    Failed,
    Cancelled,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Track")]
pub(crate) struct TrackId {
    pub(crate) id: cynic::Id,
}

/// How far a job is.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "TranscodeJob")]
pub(crate) struct Job {
    pub(crate) id: cynic::Id,
    pub(crate) state: JobState,
    pub(crate) percent: f64,
    pub(crate) failed_because: Option<String>,
}

/// What became of an upload.
#[derive(cynic::QueryFragment, Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) id: cynic::Id,
    pub(crate) state: UploadState,
    pub(crate) rejected_because: Option<super::UserErrorCode>,
    pub(crate) duplicate_of: Option<TrackId>,
    pub(crate) job: Option<Job>,
    pub(crate) track: Option<TrackId>,
    pub(crate) cuts: Vec<Cut>,
    pub(crate) not_split_because: Option<String>,
}

/// A track of a file that is a whole album.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Upload")]
pub(crate) struct Cut {
    pub(crate) state: UploadState,
    pub(crate) track: Option<TrackId>,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
pub(crate) struct HttpHeader {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Where one part goes.
#[derive(cynic::QueryFragment, Clone, Debug)]
pub(crate) struct UploadPart {
    pub(crate) number: i32,
    pub(crate) url: Url,
    pub(crate) headers: Vec<HttpHeader>,
}

/// Where the bytes go.
#[derive(cynic::QueryFragment, Clone, Debug)]
pub(crate) struct UploadTarget {
    pub(crate) part_size_bytes: i32,
    pub(crate) parts: Vec<UploadPart>,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub(crate) struct CreateUploadInput {
    pub(crate) filename: String,
    pub(crate) size_bytes: f64,
    pub(crate) sha256: Option<String>,
    pub(crate) catalog_from_tags: Option<bool>,
    pub(crate) folder: Option<String>,
    pub(crate) replaces: Option<cynic::Id>,
    pub(crate) cue_sheet: Option<String>,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub(crate) struct CreateVariables {
    pub(crate) input: CreateUploadInput,
    pub(crate) key: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "CreateUploadPayload")]
pub(crate) struct Created {
    pub(crate) upload: Option<Upload>,
    pub(crate) target: Option<UploadTarget>,
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CreateVariables")]
pub(crate) struct Create {
    #[arguments(input: $input, idempotencyKey: $key)]
    pub(crate) create_upload: Created,
}

#[derive(cynic::InputObject, Clone, Debug)]
#[cynic(graphql_type = "CompletedPartInput")]
pub(crate) struct CompletedPart {
    pub(crate) number: i32,
    pub(crate) etag: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub(crate) struct CompleteVariables {
    pub(crate) id: cynic::Id,
    pub(crate) parts: Vec<CompletedPart>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "UploadPayload")]
pub(crate) struct Completed {
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CompleteVariables")]
pub(crate) struct Complete {
    #[arguments(uploadId: $id, parts: $parts)]
    pub(crate) complete_upload: Completed,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub(crate) struct ById {
    pub(crate) id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "ById")]
pub(crate) struct Look {
    #[arguments(id: $id)]
    pub(crate) upload: Option<Upload>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Upload")]
pub(crate) struct Unfinished {
    pub(crate) state: UploadState,
    pub(crate) missing_parts: Option<UploadTarget>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "ById")]
pub(crate) struct Missing {
    #[arguments(id: $id)]
    pub(crate) upload: Option<Unfinished>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "AckPayload")]
pub(crate) struct Ack {
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ById")]
pub(crate) struct Cancel {
    #[arguments(uploadId: $id)]
    pub(crate) cancel_upload: Ack,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TranscodePayload")]
pub(crate) struct Retried {
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ById")]
pub(crate) struct Retry {
    #[arguments(jobId: $id)]
    pub(crate) retry_transcode: Retried,
}

/// The frames of an upload.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Subscription", variables = "ById")]
pub(crate) struct Changed {
    #[arguments(uploadId: $id)]
    pub(crate) upload_changed: Upload,
}

/// The frames of a job.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Subscription", variables = "ById")]
pub(crate) struct Progress {
    #[arguments(jobId: $id)]
    pub(crate) transcode_progress: Job,
}
